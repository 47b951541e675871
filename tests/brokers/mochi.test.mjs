import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '../e2e/support/ports.mjs';
import { startProgram, testBroker } from './core.mjs';

const program = fileURLToPath(new URL('../../build/brokers/mochi/mochi', import.meta.url));

testBroker('mochi', async (dir) => {
  await mkdir(dir, { recursive: true });
  const args = (/** @type {number} */ port, /** @type {string} */ home) => [`${port}`, home];
  return startProgram(program, args, await freePort(), dir);
});
