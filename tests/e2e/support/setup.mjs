// A machine's /etc on which `nudge setup` is tried.
import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runNudge } from './bridge.mjs';
import { freePort } from './ports.mjs';
import { runProcess, startProcess } from './process.mjs';
import { scratchDirectory } from './scratch.mjs';

const BEFORE = '; mine\n[mqtt]\n; url = mqtt://localhost:1883\n\n[log]\nlevel = debug\n';

/**
 * A machine's /etc, with a mosquitto that was installed, and perhaps used.
 *
 * @param {import('node:test').TestContext} t
 * @param {{ lines?: string[], passwords?: string }} [broker] of its settings
 */
export async function machine(t, { lines = [], passwords } = {}) {
  const etc = await scratchDirectory(t);
  const broker = join(etc, 'mosquitto');
  for (const folder of ['nudge/secrets', 'mosquitto/conf.d', 'mosquitto/certs', 'state'])
    await mkdir(join(etc, folder), {
      recursive: true,
      mode: folder === 'nudge/secrets' ? 0o700 : 0o755,
    });
  const conf = join(etc, 'nudge/nudge.conf');
  const share = join(process.cwd(), 'build/share');
  if (!existsSync(share)) await runProcess('make', ['-s', 'share']);
  await writeFile(
    conf,
    `${BEFORE}[state]\ndirectory = ${join(etc, 'state')}\n[http]\npage = ${share}/web\n`,
  );
  await writeFile(
    join(broker, 'mosquitto.conf'),
    [...lines, 'user root', `include_dir ${join(broker, 'conf.d')}`, ''].join('\n'),
  );
  if (passwords) {
    await writeFile(join(broker, 'passwords'), passwords, { mode: 0o600 });
    await runProcess('mosquitto_passwd', ['-U', join(broker, 'passwords')]);
  }
  const ports = [await freePort(), await freePort(), await freePort(), await freePort()];
  /** @param {string[]} args */
  const setup = (...args) =>
    runNudge([
      ...['setup', '-c', conf, '--broker-conf', join(broker, 'mosquitto.conf'), '--no-start'],
      ...['--ports', ports.join(','), ...args],
    ]);
  const kept = await scratchDirectory(t);
  return { etc, kept, conf, broker, ports, setup, own: join(broker, 'conf.d/nudge.conf') };
}

/** Everything below a folder, with what is in it. @param {string} folder */
export async function contents(folder) {
  /** @type {Record<string, string>} */
  const found = {};
  for (const file of await readdir(folder, { recursive: true }))
    if ((await stat(join(folder, file))).isFile())
      found[file] = await readFile(join(folder, file), 'utf8');
  return found;
}

/** @param {Awaited<ReturnType<typeof machine>>} it */
export async function startMosquitto(it) {
  const child = startProcess('mosquitto', ['-c', join(it.broker, 'mosquitto.conf')], {
    cwd: it.kept,
    env: { PATH: `${process.env.PATH}:/usr/sbin` },
  });
  await child.waitToBeUp(/mosquitto version \S+ running/);
  return child;
}

export const ALICE = ['--yes', '--user', 'alice', '--host', 'localhost'];
