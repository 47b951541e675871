// An ntfy server that speaks HTTP/1.1 only, as behind many a proxy: it takes whatever comes, but it can
// be held back. (What ntfy refuses is in ntfy.mjs.)
import { once } from 'node:events';
import { createServer } from 'node:https';
import { join } from 'node:path';
import { startBridge, writeSettings } from './bridge.mjs';
import { startBroker } from './broker.mjs';
import { makeAuthority } from './certificates.mjs';
import { connect } from './mqtt.mjs';
import { NO_LIMIT } from './scene.mjs';
import { scratchDirectory } from './scratch.mjs';

/**
 * @param {import('node:test').TestContext} t
 * @param {string[]} [names] of its certificate, beside localhost
 */
export async function startPlainNtfy(t, names) {
  const { loopback, caFile } = await makeAuthority(await scratchDirectory(t), names);
  const ntfy = {
    caFile,
    port: 0,
    connections: 0,
    /** Awaited before each answer. */
    hold: async () => {},
  };
  const server = createServer(loopback, async (request, response) => {
    request.resume();
    await ntfy.hold();
    response.end(JSON.stringify({ id: 'sPs71M8A2T', event: 'message', topic: 'alice' }));
  });
  server.on('secureConnection', () => ntfy.connections++);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  ntfy.port = /** @type {import('node:net').AddressInfo} */ (server.address()).port;
  return ntfy;
}

/**
 * A broker, the bridge, and alice, whose phone is a topic, as are those that are added.
 *
 * @param {import('node:test').TestContext} t
 * @param {{ url: string, ntfy: Record<string, string>, env?: NodeJS.ProcessEnv }} options url: of the topic
 */
export async function setPlainScene(t, { url, ntfy, env }) {
  const dir = await scratchDirectory(t);
  const broker = await startBroker({ dir: join(dir, 'broker') });
  t.after(() => broker.stop());
  const settings = await writeSettings(dir, { mqtt: { url: broker.url }, ntfy });
  const bridge = await startBridge({ settings, env });
  t.after(() => bridge.stop());
  const client = await connect(broker.url);
  t.after(() => client.end());
  const device = { platform: 'ntfy', url, prefs: NO_LIMIT };
  /** @param {string} user */
  const addPerson = async (user) => {
    const receipts = await client.collect(`nudge/${user}/receipt`);
    const registered = bridge.waitForLine(new RegExp(`${user}/phone is registered`));
    await client.publish(`nudge/${user}/device/phone`, device, { retain: true });
    await registered;
    return {
      /** @param {string} id */
      tell: (id) => client.publish(`nudge/${user}/event`, { id, kind: 'note', body: id }),
      /** The receipt that says how it ended. @param {string} id */
      end: async (id) =>
        (await receipts.waitFor(({ json }) => json.event === id && json.device === 'phone')).json,
    };
  };
  return { bridge, addPerson, ...(await addPerson('alice')) };
}
