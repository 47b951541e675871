// aedes speaks MQTT 3.1.1 alone: the bridge cannot use it, and says so in one line.
import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { BINARY, runNudge, writeSettings } from '../e2e/support/bridge.mjs';
import { freePort } from '../e2e/support/ports.mjs';
import { startProcess } from '../e2e/support/process.mjs';
import { scratchDirectory } from '../e2e/support/scratch.mjs';
import { startProgram } from './core.mjs';

const OLD = /speaks MQTT 3\.1\.1; nudge needs 5: mosquitto 1\.6 or later/;
const program = fileURLToPath(new URL('aedes/broker.mjs', import.meta.url));

test('aedes is no broker for nudge, and one line says why', async (t) => {
  const dir = await scratchDirectory(t);
  const args = (/** @type {number} */ port) => [program, `${port}`];
  const broker = await startProgram('node', args, await freePort(), dir);
  t.after(() => broker.stop());
  const settings = await writeSettings(join(dir, 'bridge'), { mqtt: { url: broker.url } });
  const bridge = startProcess(BINARY, ['run', '-c', settings], { cwd: dirname(settings) });
  t.after(() => bridge.stop());
  await bridge.waitForLine(OLD);
  const sent = await runNudge(['send', '-c', settings, 'hello']);
  assert.equal(sent.code, 69);
  assert.match(sent.lines.join('\n'), OLD);
  assert.equal(bridge.lines.filter((line) => OLD.test(line)).length, 1);
});
