// A push service at a public address, as all of them are: what a name led to is looked at before anything
// is sent there, which no stand-in on the loopback ever meets.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { startBridge, writeSettings } from './support/bridge.mjs';
import { startBroker } from './support/broker.mjs';
import { connect } from './support/mqtt.mjs';
import { enterNetwork } from './support/netns.mjs';
import { startNtfy } from './support/ntfy.mjs';
import { NO_LIMIT } from './support/scene.mjs';
import { scratchDirectory } from './support/scratch.mjs';

const ADDRESS = '198.41.0.4';
await enterNetwork(import.meta.url, { addresses: [ADDRESS], names: { 'ntfy.sh': ADDRESS } });

/** @param {import('node:test').TestContext} t */
async function publicScene(t) {
  const dir = await scratchDirectory(t);
  const place = { name: 'ntfy.sh', address: ADDRESS };
  const ntfy = await startNtfy({ dir: join(dir, 'ntfy'), place });
  t.after(() => ntfy.stop());
  const broker = await startBroker({ dir: join(dir, 'broker') });
  t.after(() => broker.stop());
  const settings = await writeSettings(dir, {
    mqtt: { url: broker.url },
    ntfy: { ca_file: ntfy.caFile },
  });
  const bridge = await startBridge({ settings });
  t.after(() => bridge.stop());
  const client = await connect(broker.url);
  t.after(() => client.end());
  const receipts = await client.collect('nudge/me/receipt');
  const device = { platform: 'ntfy', url: `${ntfy.url}/topic`, prefs: NO_LIMIT };
  await client.publish('nudge/me/device/phone', device, { retain: true });
  await bridge.waitForLine(/me\/phone is registered/);
  return { ntfy, bridge, client, receipts };
}

test('a service that closes its idle connection delays no event after that', async (t) => {
  const { ntfy, client, receipts } = await publicScene(t);
  const has = (/** @type {string} */ id, /** @type {string} */ wanted) =>
    receipts.waitFor(({ json }) => json.event === id && json.state === wanted, {
      timeoutMs: 10_000,
      what: `that ${id} is ${wanted}`,
    });
  await client.publish('nudge/me/event', { id: 'first', kind: 'note', body: 'one' });
  await has('first', 'pushed');
  ntfy.dropConnections();
  for (const id of ['second', 'third', 'fourth', 'fifth']) {
    await client.publish('nudge/me/event', { id, kind: 'note', body: id });
    await has(id, 'accepted');
    await has(id, 'pushed');
  }
  assert.equal(ntfy.refused.length, 0);
});
