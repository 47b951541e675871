// A proxy from the environment, at a private address as they all are: every service is reached through it.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createTlsServer } from 'node:https';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { startBridge, writeSettings } from './support/bridge.mjs';
import { startBroker } from './support/broker.mjs';
import { makeAuthority } from './support/certificates.mjs';
import { connect as connectToBroker } from './support/mqtt.mjs';
import { NO_LIMIT } from './support/scene.mjs';
import { scratchDirectory } from './support/scratch.mjs';
import { TOPIC, setServices } from './support/services.mjs';

/**
 * A proxy that takes every CONNECT to a port of this machine.
 *
 * @param {import('node:test').TestContext} t
 * @param {(target: string) => number} portOf where "host:port" is
 */
async function startProxy(t, portOf) {
  /** @type {string[]} */
  const asked = [];
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', (head) => {
      const [, target = ''] = /^CONNECT (\S+) /.exec(String(head)) ?? [];
      asked.push(target);
      const far = connect(portOf(target), '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        socket.pipe(far).pipe(socket);
      });
      far.on('error', () => socket.destroy());
      socket.on('close', () => far.destroy());
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return { asked, env: { https_proxy: `http://127.0.0.1:${port}`, no_proxy: '' } };
}

test('all four services are reached through a proxy', async (t) => {
  const { asked, env } = await startProxy(t, (target) => Number(target.split(':')[1]));
  const services = await setServices(t, { env });
  const { vapid_public_key } = await services.info();
  const token = '0a'.repeat(32);
  services.production.devices.set(token, { topic: TOPIC });
  services.fcm.devices.set('fcm-token-proxy', null);
  for (const [standIn, registration] of /** @type {[any, object][]} */ ([
    [services.production, { platform: 'apns', token }],
    [services.fcm, { platform: 'fcm', token: 'fcm-token-proxy' }],
    [services.webpush, { platform: 'webpush', ...services.webpush.subscribe(vapid_public_key) }],
    [services.ntfy, { platform: 'ntfy', url: `${services.ntfy.url}/alice` }],
  ])) {
    const person = await services.addPerson(registration);
    const receipt = await person.receipt(await person.tell({ kind: 'note', body: 'hello' }));
    assert.equal(receipt.state, 'pushed', JSON.stringify(receipt));
    assert.ok(asked.includes(`localhost:${standIn.port}`), standIn.url);
  }
});

test('a public service is asked for through a proxy, where a name is known to it alone', async (t) => {
  const dir = await scratchDirectory(t);
  const { loopback, caFile } = await makeAuthority(join(dir, 'ca'), ['ntfy.sh']);
  const ntfy = createTlsServer(loopback, (request, response) => {
    request.resume();
    response.end(JSON.stringify({ id: 'sPs71M8A2T', event: 'message', topic: 'alice' }));
  });
  ntfy.listen(0, '127.0.0.1');
  await once(ntfy, 'listening');
  t.after(() => ntfy.close());
  const { port } = /** @type {import('node:net').AddressInfo} */ (ntfy.address());
  const { asked, env } = await startProxy(t, () => port);
  const broker = await startBroker({ dir: join(dir, 'broker') });
  t.after(() => broker.stop());
  const settings = await writeSettings(dir, {
    mqtt: { url: broker.url },
    ntfy: { ca_file: caFile },
  });
  const bridge = await startBridge({ settings, env });
  t.after(() => bridge.stop());
  const client = await connectToBroker(broker.url);
  t.after(() => client.end());
  const receipts = await client.collect('nudge/alice/receipt');
  const device = { platform: 'ntfy', url: 'https://ntfy.sh/alice', prefs: NO_LIMIT };
  await client.publish('nudge/alice/device/phone', device, { retain: true });
  await client.publish('nudge/alice/event', { id: 'evt_1', kind: 'note', body: 'hello' });
  const { json } = await receipts.waitFor(({ json }) => json.device === 'phone');
  assert.equal(json.state, 'pushed', JSON.stringify(json));
  assert.deepEqual(asked, ['ntfy.sh:443']);
});
