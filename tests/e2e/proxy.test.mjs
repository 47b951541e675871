// A proxy from the environment, at a private address as they all are: every service is reached through it.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { test } from 'node:test';
import { setPlainScene, startPlainNtfy } from './support/plain-ntfy.mjs';
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
  const ntfy = await startPlainNtfy(t, ['ntfy.sh']);
  const { asked, env } = await startProxy(t, () => ntfy.port);
  const { tell, end } = await setPlainScene(t, {
    ...{ url: 'https://ntfy.sh/alice', ntfy: { ca_file: ntfy.caFile }, env },
  });
  await tell('evt_1');
  const receipt = await end('evt_1');
  assert.equal(receipt.state, 'pushed', JSON.stringify(receipt));
  assert.deepEqual(asked, ['ntfy.sh:443']);
});
