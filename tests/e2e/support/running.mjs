// A broker, a bridge that serves it, and a client of the test's own.
import { join } from 'node:path';
import { startBridge, writeSettings } from './bridge.mjs';
import { startBroker } from './broker.mjs';
import { connect } from './mqtt.mjs';
import { scratchDirectory } from './scratch.mjs';

/** Ends with the test. @param {import('node:test').TestContext} t */
export async function startRunning(t) {
  const dir = await scratchDirectory(t);
  const broker = await startBroker({ dir: join(dir, 'broker') });
  t.after(() => broker.stop());
  const settings = await writeSettings(dir, { mqtt: { url: broker.url } });
  const bridge = await startBridge({ settings });
  t.after(() => bridge.stop());
  const client = await connect(broker.url);
  t.after(() => client.end());
  return { dir, broker, settings, bridge, client };
}
