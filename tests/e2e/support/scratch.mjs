// A directory of its own for one test.
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
