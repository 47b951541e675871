// The real bridge, `nudge run`, with settings of the test.
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runProcess, startProcess } from './process.mjs';

export const BINARY =
  process.env.NUDGE_BINARY ?? fileURLToPath(new URL('../../../build/nudge', import.meta.url));

/**
 * @typedef {Record<string, Record<string, string | number | boolean>>} Settings section, key, value
 */

/**
 * Writes `nudge.conf` into the directory; the state goes beside it unless the settings say otherwise.
 *
 * @param {string} dir
 * @param {Settings} settings
 * @returns {Promise<string>} the file
 */
export async function writeSettings(dir, settings) {
  const file = join(dir, 'nudge.conf');
  const state = { directory: join(dir, 'state'), ...settings.state };
  await mkdir(state.directory, { recursive: true });
  const sections = Object.entries({ ...settings, state }).map(([section, values]) => {
    const lines = Object.entries(values).map(([key, value]) => `${key} = ${value}\n`);
    return `[${section}]\n${lines.join('')}`;
  });
  await writeFile(file, sections.join('\n'), { mode: 0o600 });
  return file;
}

/**
 * Resolves once the bridge says that it is ready.
 *
 * @param {{ settings: string, env?: NodeJS.ProcessEnv }} options settings: the file
 * @returns {Promise<import('./process.mjs').Started>}
 */
export async function startBridge({ settings, env }) {
  const bridge = startProcess(BINARY, ['run', '-c', settings], { env, cwd: dirname(settings) });
  await bridge.waitToBeUp(/\bready\b/);
  return bridge;
}

/**
 * One of the commands, run to its end.
 *
 * @param {string[]} args
 * @param {Parameters<typeof startProcess>[2]} [options]
 */
export function runNudge(args, options) {
  return runProcess(BINARY, args, options);
}
