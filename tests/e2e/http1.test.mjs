// Services that do not speak HTTP/2.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { setPlainScene, startPlainNtfy } from './support/plain-ntfy.mjs';

/**
 * A scene whose ntfy server speaks no TLS.
 *
 * @param {import('node:test').TestContext} t
 * @param {import('node:net').Server} server
 */
async function setSceneWithoutTls(t, server) {
  server.listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return setPlainScene(t, {
    url: `http://127.0.0.1:${port}/alice`,
    ntfy: { allow_hosts: `127.0.0.1:${port}`, allow_http: 'yes' },
  });
}

const AT_ONCE = 8; // in flight to one ntfy server

test('a service with HTTP/1.1 gets as many connections as may be under way', async (t) => {
  const server = await startPlainNtfy(t);
  const scene = await setPlainScene(t, {
    url: `https://localhost:${server.port}/alice`,
    ntfy: { allow_hosts: `localhost, localhost:${server.port}`, ca_file: server.caFile },
  });
  // The first answer tells what the service speaks.
  await scene.tell('evt_first');
  assert.equal((await scene.end('evt_first')).state, 'pushed');
  assert.equal(server.connections, 1);

  let underWay = 0;
  /** @type {() => void} */
  let release = () => {};
  /** @type {Promise<void>} */
  const all = new Promise((resolve) => (release = resolve));
  // Nobody is answered before everybody has asked.
  server.hold = async () => {
    if (++underWay === AT_ONCE) release();
    await all;
  };
  const ids = Array.from({ length: 3 * AT_ONCE }, (_, i) => `evt_${i}`);
  for (const id of ids) await scene.tell(id);
  for (const id of ids) assert.equal((await scene.end(id)).state, 'pushed', id);
  assert.ok(server.connections <= AT_ONCE + 1, `${server.connections} connections`);
});

test('without TLS nobody waits for the first answer to tell what a service speaks', async (t) => {
  /** @type {import('node:http').ServerResponse[]} */
  const waiting = [];
  // Nobody is answered before two have asked.
  const server = createHttpServer((request, response) => {
    request.resume();
    waiting.push(response);
    if (waiting.length === 2)
      for (const one of waiting)
        one.end(JSON.stringify({ id: 'sPs71M8A2T', event: 'message', topic: 'alice' }));
  });
  const scene = await setSceneWithoutTls(t, server);
  t.after(() => server.closeAllConnections());
  await scene.tell('evt_1');
  await scene.tell('evt_2');
  for (const id of ['evt_1', 'evt_2']) assert.equal((await scene.end(id)).state, 'pushed', id);
});

test('what hangs of one person before a service answered lets nobody else wait', async (t) => {
  const server = await startPlainNtfy(t);
  const alice = await setPlainScene(t, {
    url: `https://localhost:${server.port}/topic`,
    ntfy: { allow_hosts: `localhost, localhost:${server.port}`, ca_file: server.caFile },
  });
  const bob = await alice.addPerson('bob');
  /** @type {() => void} */
  let release = () => {};
  const asked = new Promise((resolve) => {
    server.hold = () => {
      server.hold = async () => {};
      resolve(undefined);
      return new Promise((answer) => (release = answer));
    };
  });
  await alice.tell('evt_hangs');
  await asked;
  for (const id of ['evt_1', 'evt_2', 'evt_3']) {
    await bob.tell(id);
    assert.equal((await bob.end(id)).state, 'pushed');
  }
  release();
  const ended = await alice.end('evt_hangs');
  assert.equal(ended.state, 'pushed', 'it did not even end meanwhile');
});

test('an answer whose headers never end is broken off, and tried again', async (t) => {
  let written = 0;
  const server = createServer((socket) => {
    const line = `x-more: ${'m'.repeat(1000)}\r\n`;
    const more = () => {
      while (!socket.destroyed && socket.write(line)) written += line.length;
    };
    socket.on('error', () => {}).on('drain', more);
    socket.once('data', () => {
      socket.write('HTTP/1.1 200 OK\r\n');
      more();
    });
  });
  const scene = await setSceneWithoutTls(t, server);
  await scene.tell('evt_1');
  await scene.bridge.waitForLine(/ntfy did not take evt_1 \(.*too many headers/);
  assert.ok(written < 32_000_000, `${written} bytes were taken`);
});
