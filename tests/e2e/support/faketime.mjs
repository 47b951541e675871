// Debian's libfaketime, which lets one process see another time.
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * A clock on the wall that can be set, for a process with this environment. How long something takes is
 * as it is.
 *
 * @param {string} dir
 */
export function fakeClock(dir) {
  const library = readdirSync('/usr/lib')
    .map((triplet) => join('/usr/lib', triplet, 'faketime/libfaketimeMT.so.1'))
    .find((file) => existsSync(file));
  assert.ok(library, 'libfaketime is missing: packaging/install test');
  const file = join(dir, 'clock');
  return {
    env: {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      // Where glibc needs it no more, it ends each wait at once.
      FAKETIME_FORCE_MONOTONIC_FIX: '0',
    },
    /**
     * At once and as a whole: it is read whenever the process asks for the time.
     *
     * @param {number} seconds ahead of the real one
     */
    async set(seconds) {
      const whole = Math.round(seconds);
      await writeFile(`${file}.new`, `${whole < 0 ? '-' : '+'}${Math.abs(whole)}`);
      await rename(`${file}.new`, file);
    },
  };
}
