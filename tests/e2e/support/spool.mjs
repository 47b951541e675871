// What the plugin keeps on disk until the bridge has it.
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync, watch } from 'node:fs';
import { join } from 'node:path';

const TURN_MS = 60_000; // on a busy machine OpenCode takes its time

/** @param {import('./opencode.mjs').Home} home */
const folderOf = (home) => join(home.env['XDG_STATE_HOME'] ?? '', 'nudge/spool');

/**
 * @param {import('./opencode.mjs').Home} home
 * @returns {any[]} the events kept on disk
 */
export function kept(home) {
  const folder = folderOf(home);
  const files = readdirSync(folder, { recursive: true }).map((name) => join(folder, String(name)));
  return files
    .filter((file) => statSync(file).isFile())
    .map((file) => readFileSync(file, 'utf8'))
    .filter((text) => text !== '') // just being written
    .map((text) => JSON.parse(text));
}

/**
 * @param {import('./opencode.mjs').Home} home
 * @param {string} kind an event of which is kept, now or soon
 */
export async function isKept(home, kind) {
  const found = () => kept(home).some((event) => event.kind === kind);
  const [key = ''] = readdirSync(folderOf(home));
  const changes = watch(join(folderOf(home), key));
  const signal = AbortSignal.timeout(TURN_MS);
  try {
    while (!found()) await once(changes, 'change', { signal });
  } catch (error) {
    throw new Error(`no ${kind} is kept within ${TURN_MS} ms`, { cause: error });
  } finally {
    changes.close();
  }
}
