// What no real broker does on demand: it takes an event, says nothing, and hangs up.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import mqttPacket from 'mqtt-packet';
import { source } from './source.mjs';

/** @type {typeof import('../src/io/broker')} */
const { Broker } = await source('io/broker.ts');
/** @type {typeof import('../src/io/clock')} */
const { steadyMs } = await source('io/clock.ts');
/** @type {typeof import('../src/io/spool')} */
const { Spool } = await source('io/spool.ts');

const MQTT5 = { protocolVersion: 5 };
const NO_SUBSCRIBERS = 0x10; // MQTT 5 section 3.4.2.1
const PATIENCE_MS = 20_000;

/**
 * Answers all but events; those it is asked about.
 *
 * @param {(event: any, say: (packet: any) => void) => number | null} take an event, with this reason code;
 *   null: it hangs up instead. It may say something first
 */
async function startBroker(take) {
  const server = createServer((socket) => {
    const parser = mqttPacket.parser(MQTT5);
    const say = (/** @type {any} */ packet) => socket.write(mqttPacket.generate(packet, MQTT5));
    socket.on('data', (data) => void parser.parse(data));
    socket.on('error', () => {});
    parser.on('packet', (/** @type {any} */ packet) => {
      const { cmd, messageId, topic, payload } = packet;
      if (cmd === 'connect') say({ cmd: 'connack', reasonCode: 0, sessionPresent: false });
      if (cmd === 'subscribe') say({ cmd: 'suback', messageId, granted: [1, 1] });
      if (cmd !== 'publish') return;
      const reasonCode = topic.endsWith('/event') ? take(JSON.parse(payload), say) : 0;
      if (reasonCode === null) socket.destroy();
      else say({ cmd: 'puback', messageId, reasonCode });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return { url: `mqtt://127.0.0.1:${port}`, stop: () => server.close() };
}

/**
 * One event, sent twice to such a broker.
 *
 * @param {import('node:test').TestContext} test
 * @param {(say: (packet: any) => void) => number | null} answerFirst what the broker makes of it at first
 * @returns {Promise<any[]>} what the broker got
 */
async function sentTwice(test, answerFirst) {
  const home = mkdtempSync(join(tmpdir(), 'nudge-broker-'));
  test.after(() => rmSync(home, { recursive: true, force: true }));
  /** @type {any[]} */
  const events = [];
  const twice = new AbortController();
  const isTwice = once(twice.signal, 'abort', { signal: AbortSignal.timeout(PATIENCE_MS) });
  const fake = await startBroker((event, say) => {
    if (events.push(event) === 1) return answerFirst(say);
    twice.abort();
    return 0;
  });
  test.after(() => fake.stop());
  const settings = /** @type {any} */ ({
    url: fake.url,
    base: 'nudge/me',
    root: 'nudge',
    host: 'h',
  });
  const ignore = () => {};
  const broker = new Broker(settings, home, new Spool(settings, home, ignore), ignore);
  const event = /** @type {any} */ ({ v: 1, id: 'evt_1', ts: 7, kind: 'session.idle' });
  broker.publish({ ...event, ts: Date.now() }, steadyMs());
  try {
    await isTwice;
  } finally {
    await broker.close(0);
  }
  return events;
}

it('an event whose receipt was lost is sent again, by then older', async (test) => {
  const [first, second] = await sentTwice(test, () => null);
  assert.equal(second.id, first.id);
  assert.ok(second.age_ms > first.age_ms, `${first.age_ms}, then ${second.age_ms}`);
});

it('an event nobody heard is sent again to a bridge that came before the broker said so', async (test) => {
  const [first, second] = await sentTwice(test, (say) => {
    say({ cmd: 'publish', topic: 'nudge/bridge/nudge/state', payload: 'online', qos: 0 });
    return NO_SUBSCRIBERS;
  });
  assert.equal(second.id, first.id);
});

it('a broker that takes the connection and never answers is told of when OpenCode ends', async (test) => {
  const home = mkdtempSync(join(tmpdir(), 'nudge-broker-'));
  test.after(() => rmSync(home, { recursive: true, force: true }));
  const server = createServer((socket) => void socket.on('error', () => {}));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  test.after(() => server.close());
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  const url = `mqtt://127.0.0.1:${port}`;
  const settings = /** @type {any} */ ({ url, base: 'nudge/me', root: 'nudge', host: 'h' });
  /** @type {string[]} */
  const warnings = [];
  const warn = (/** @type {string} */ line) => void warnings.push(line);
  const broker = new Broker(settings, home, new Spool(settings, home, warn), warn);
  broker.publish(
    /** @type {any} */ ({ v: 1, id: 'evt_1', ts: Date.now(), kind: 'session.idle' }),
    steadyMs(),
  );
  await broker.drain(50);
  await broker.close(50);
  assert.equal(warnings.length, 1, warnings.join('\n'));
  assert.match(warnings[0] ?? '', /cannot reach the broker at mqtt:.*it does not answer/);
});
