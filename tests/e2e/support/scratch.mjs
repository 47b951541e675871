// What one test has for itself, and what goes with it.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Gone when the test ends.
 *
 * @param {{ after: (fn: () => Promise<void>) => void }} test the test's context
 * @returns {Promise<string>}
 */
export async function scratchDirectory(test) {
  const dir = await mkdtemp(join(tmpdir(), 'nudge-'));
  test.after(() => rm(dir, { recursive: true, force: true, maxRetries: 5 }));
  return dir;
}

/**
 * What is kept is stopped when the test ends, the youngest first, even when the rest of its scene never
 * came up: what still listens would hold the test process for ever.
 *
 * @param {{ after: (fn: () => any) => void }} test
 * @returns {<T>(starting: T | Promise<T>, stop?: (it: T) => any) => Promise<T>}
 */
export function keeper(test) {
  /** @type {(() => any)[]} */
  const stops = [];
  let isOver = false;
  test.after(async () => {
    isOver = true;
    for (const stop of stops.reverse()) await stop();
  });
  return async (starting, stop = (/** @type {any} */ it) => it.stop()) => {
    const it = await starting;
    if (isOver) await stop(it);
    else stops.push(() => stop(it));
    return it;
  };
}
