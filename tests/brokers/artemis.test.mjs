import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '../e2e/support/ports.mjs';
import { startProgram, testBroker } from './core.mjs';

const path = (/** @type {string} */ file) => fileURLToPath(new URL(file, import.meta.url));
const libraries = readFileSync(path('../../build/brokers/artemis/classpath'), 'utf8').trim();
const memory = ['-Xmx512m', '-XX:TieredStopAtLevel=1', '-XX:-UsePerfData'];

testBroker('artemis', async (dir) => {
  await mkdir(dir, { recursive: true });
  const args = (/** @type {number} */ port, /** @type {string} */ home) => [
    ...[...memory, '-cp', libraries, path('artemis/Broker.java'), `${port}`, home],
  ];
  return startProgram('java', args, await freePort(), dir);
});
