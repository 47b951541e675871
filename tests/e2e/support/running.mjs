// A broker, a bridge that serves it, and a client of the test's own.
import { join } from 'node:path';
import { startBridge, writeSettings } from './bridge.mjs';
import { startBroker } from './broker.mjs';
import { connect } from './mqtt.mjs';
import { keeper, scratchDirectory } from './scratch.mjs';

/** Ends with the test. @param {import('node:test').TestContext} t */
export async function startRunning(t) {
  const dir = await scratchDirectory(t);
  const keep = keeper(t);
  const broker = await keep(startBroker({ dir: join(dir, 'broker') }));
  const settings = await writeSettings(dir, { mqtt: { url: broker.url } });
  const bridge = await keep(startBridge({ settings }));
  const client = await keep(connect(broker.url), (client) => client.end());
  return { dir, broker, settings, bridge, client };
}
