// Ports that a test may name before somebody listens there.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { freePort } from '../support/ports.mjs';
import { runProcess } from '../support/process.mjs';

const support = JSON.stringify(fileURLToPath(new URL('../support/ports.mjs', import.meta.url)));
const range = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8');

/** @type {number[]} all of this process */
const ours = [];

/** @param {number} count */
const next = async (count) => {
  for (let i = 0; i < count; i++) ours.push(await freePort());
  return ours.slice(-count);
};

test('no client of this machine is given a port that a test has for its server', async () => {
  const ports = await next(200);
  const first = parseInt(range, 10);
  assert.deepEqual(
    ports.filter((port) => port >= first),
    [],
  );
  assert.equal(new Set(ports).size, 200);
});

test('two test processes at once share no port', async () => {
  await next(100);
  // As if both had the same number, so that they begin at the same place.
  const program = `
    Object.defineProperty(process, 'pid', { value: ${process.pid} });
    const { freePort } = await import(${support});
    for (let i = 0; i < 100; i++) console.log(await freePort());
    process.exit();`;
  const { code, lines } = await runProcess('node', ['--input-type=module', '-e', program]);
  assert.equal(code, 0, lines.join('\n'));
  assert.equal(lines.length, 100);
  assert.deepEqual(
    lines.filter((line) => ours.includes(Number(line))),
    [],
  );
});

test('a port where somebody listens is passed over', async (t) => {
  const [port] = await next(1);
  const server = createServer().listen((port ?? 0) + 1, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  assert.deepEqual(await next(1), [(port ?? 0) + 2]);
});
