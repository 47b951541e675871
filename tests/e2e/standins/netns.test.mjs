// The network that tests have for themselves.
import assert from 'node:assert/strict';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { test } from 'node:test';
import { addHost, enterNetwork } from '../support/netns.mjs';

await enterNetwork(import.meta.url, {
  addresses: ['198.41.0.4'],
  names: { 'push.example.org': '198.41.0.4' },
});

test('has nothing but the loopback and the addresses asked for', () => {
  const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  const ipv4 = addresses.filter(({ family }) => family === 'IPv4').map(({ address }) => address);
  assert.deepEqual(ipv4, ['127.0.0.1', '198.41.0.4']);
});

test('leads a public name to this machine', async () => {
  assert.equal((await lookup('push.example.org', 4)).address, '198.41.0.4');
});

test('has other hosts, which come from their own address', async (t) => {
  const host = await addHost(t, { ours: '192.168.77.1/24', theirs: '192.168.77.2/24' });
  const server = createServer((socket) => socket.end(`${socket.remoteAddress}\n`));
  server.listen(0, '192.168.77.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  const look = `require('net').connect(${port}, '192.168.77.1').pipe(process.stdout)`;
  const { lines } = await host.run(process.execPath, ['-e', look]);
  server.close();
  assert.deepEqual(lines, ['192.168.77.2']);
});
