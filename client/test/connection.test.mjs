// How one connection deals with time, and with brokers that are slow, silent or shared. Its clock is ours.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { source } from './source.mjs';

/** @type {typeof import('../src/io/connection')} */
const { Connection } = await source('io/connection.ts');
/** @type {typeof import('../src/brief')} */
const { ackBriefly, answerBriefly } = await source('brief.ts');

const { setTimeout, setInterval, clearTimeout, clearInterval } = globalThis;
const real = { setTimeout, setInterval, clearTimeout, clearInterval };
const { now } = Date;
const global = /** @type {any} */ (globalThis);

let nowMs = 0;
let lastTimer = 0;
/** @type {Map<number, { atMs: number, everyMs: number | null, work: () => void }>} */
const timers = new Map();

/** What promised to go on has done so. */
const settled = () => new Promise((pass) => setTimeout(pass, 0));

/** Time passes, and what was to happen meanwhile happens in its order. @param {number} ms */
async function pass(ms) {
  const endMs = nowMs + ms;
  for (;;) {
    await settled();
    const [first] = [...timers].sort(([, one], [, other]) => one.atMs - other.atMs);
    if (!first || first[1].atMs > endMs) break;
    const [id, timer] = first;
    nowMs = Math.max(nowMs, timer.atMs);
    if (timer.everyMs === null) timers.delete(id);
    else timer.atMs += timer.everyMs;
    timer.work();
  }
  nowMs = endMs;
}

/** The machine sleeps: its clock goes on, and nothing else. @param {number} ms */
function sleep(ms) {
  nowMs += ms;
  for (const timer of timers.values()) timer.atMs += ms;
}

beforeEach(() => {
  nowMs = 1_700_000_000_000;
  const set =
    (/** @type {boolean} */ again) =>
    (/** @type {() => void} */ work, ms = 0) => {
      timers.set(++lastTimer, { atMs: nowMs + ms, everyMs: again ? ms : null, work });
      return lastTimer;
    };
  const clear = (/** @type {number} */ id) => void timers.delete(id);
  global.setTimeout = set(false);
  global.setInterval = set(true);
  global.clearTimeout = global.clearInterval = clear;
  Date.now = () => nowMs;
});
afterEach(() => {
  Object.assign(global, real);
  Date.now = now;
  timers.clear();
});

const [CONNECT, PUBLISH, SUBSCRIBE, PINGREQ, DISCONNECT] = [1, 3, 8, 12, 14];
const connack = [0x20, 3, 0, 0, 0];
const pingresp = [0xd0, 0];
const takenOver = [0xe0, 1, 0x8e];
/** @param {number} reason */
const suback = (reason) => [0x90, 4, 0, 1, 0, reason];
/** @param {string} topic @param {string} payload */
const published = (topic, payload, isRetained = false) => {
  const body = [0, topic.length, ...Buffer.from(topic), 0, ...Buffer.from(payload)];
  return [isRetained ? 0x31 : 0x30, body.length, ...body];
};

/** The far ends of all connections that were opened, as a broker has them. */
function startBroker() {
  /** @type {{ sent: Uint8Array[], isClosed: boolean, say: (...packets: number[][]) => void, types: () => number[] }[]} */
  const ends = [];
  /** @type {import('../src/io/wire').OpenWire} */
  const open = (events) => {
    /** @type {Uint8Array[]} */
    const sent = [];
    const end = {
      sent,
      isClosed: false,
      say: (/** @type {number[][]} */ ...packets) =>
        packets.forEach((packet) => events.bytes(Uint8Array.from(packet))),
      types: () => sent.map(([first = 0]) => first >> 4),
    };
    ends.push(end);
    queueMicrotask(() => end.isClosed || events.open());
    const close = () => {
      end.isClosed = true;
      queueMicrotask(() => events.closed());
    };
    return { send: (bytes) => void (end.isClosed || sent.push(bytes)), close };
  };
  return { ends, open, last: () => ends[ends.length - 1] ?? assert.fail('nobody connects') };
}

/** @param {{ sessionS?: number }} [options] */
async function begin({ sessionS = 60 } = {}) {
  const broker = startBroker();
  /** @type {string[]} */
  const states = [];
  const connection = new Connection({
    ...{ open: broker.open, clientId: 'me', login: null, sessionS },
    will: { topic: 'w', payload: 'background' },
    subscriptions: [{ filter: 'a', qos: 0 }],
    onMessage: () => {},
    onState: (state) => void states.push(state),
  });
  connection.start();
  await settled();
  const state = () => states[states.length - 1];
  return { ...broker, connection, states, state };
}

describe('a connection', () => {
  it('waits for its subscriptions as long as a slow broker speaks', async () => {
    const { ends, last, state } = await begin();
    last().say(connack);
    const state128 = published('a', 'x'.repeat(100), true);
    for (const byte of state128) {
      await pass(5_000);
      last().say([byte]);
    }
    assert.deepEqual([ends.length, state()], [1, 'connecting']);
    assert.ok(last().types().includes(PINGREQ), 'the broker hears that we live');
    last().say(suback(0));
    assert.equal(state(), 'online');
    last().say(pingresp);
    await pass(12_000);
    assert.equal(state(), 'online');
  });

  it('gives up who takes it and never answers its subscriptions', async () => {
    const { ends, last, states } = await begin();
    last().say(connack);
    await pass(11_000);
    assert.ok(ends.length > 1);
    assert.equal(ends[0]?.isClosed, true);
    assert.deepEqual(states.slice(0, 3), ['connecting', 'offline', 'connecting']);
  });

  it('says nothing any more once it is stopped, and lets its will speak if it was not subscribed', async () => {
    const { connection, last, state, ends } = await begin();
    last().say(connack);
    connection.stop({ topic: 'w', payload: 'background' });
    last().say(suback(0));
    await pass(60_000);
    assert.deepEqual([state(), ends.length, last().isClosed], ['offline', 1, true]);
    assert.deepEqual(last().types(), [CONNECT, SUBSCRIBE]);
  });

  it('says farewell when it is stopped, and begins anew at once', async () => {
    const { connection, last, state, ends } = await begin();
    last().say(connack, suback(0));
    connection.stop({ topic: 'w', payload: 'background' });
    assert.deepEqual(last().types(), [CONNECT, SUBSCRIBE, PUBLISH, DISCONNECT]);
    connection.start();
    await settled();
    assert.equal(ends.length, 2);
    last().say(connack, suback(0));
    await settled();
    assert.equal(state(), 'online');
  });

  it('is not believed after the machine slept: the broker gave it up', async () => {
    for (const isLooking of [true, false]) {
      const { connection, last, state, ends } = await begin();
      last().say(connack, suback(0));
      await pass(14_000);
      last().say(pingresp);
      connection.wake();
      assert.deepEqual([state(), ends.length], ['online', 1]);
      sleep(3_600_000);
      if (isLooking) connection.wake();
      else await pass(1_000);
      assert.equal(ends[0]?.isClosed, true);
      assert.notEqual(state(), 'online');
      await pass(1_000);
      assert.equal(ends.length, 2);
    }
  });

  it('lives where a browser lets a hidden page beat but once a minute', async () => {
    const { last, state, ends } = await begin();
    last().say(connack, suback(0));
    const connect = Buffer.from(ends[0]?.sent[0] ?? []);
    const keepAliveS = connect.readUInt16BE(connect.indexOf('MQTT') + 6);
    assert.ok(keepAliveS * 1.5 > 60, 'the broker waits for so long'); // MQTT 5, 3.1.2.10
    for (const beat of [1, 2, 3]) {
      sleep(45_000);
      await pass(15_000);
      assert.equal(
        last()
          .types()
          .filter((type) => type === PINGREQ).length,
        beat,
      );
      last().say(pingresp);
    }
    assert.deepEqual([state(), ends.length], ['online', 1]);
  });

  it('leaves its session to another of its name, instead of fighting for it', async () => {
    const { last, ends, state } = await begin();
    /** @param {number} at */
    const nameAt = (at) => {
      const bytes = ends[at]?.sent[0] ?? [];
      return /me(-[a-z0-9]+)?/.exec(Buffer.from(bytes).toString('latin1'))?.[0] ?? '';
    };
    assert.equal(nameAt(0), 'me');
    last().say(connack, suback(0), takenOver);
    assert.equal(state(), 'offline');
    await pass(1_000);
    assert.match(nameAt(1), /^me-./);
    last().say(connack, takenOver);
    await pass(2_000);
    assert.equal(nameAt(2), nameAt(1));
  });
});

describe('a word without an app', () => {
  const place = { ws: '', broker: null, user: 'me', username: null, root: 'nudge', ca: null };
  const asked = { id: 'per_1', nonce: 'n', questions: null };
  const begun = () => {
    const broker = startBroker();
    const sign = async () => 'mac';
    const options = { pairing: place, password: null, device: 'phone', open: broker.open, sign };
    return { ...broker, options };
  };
  const puback = [0x40, 2, 0, 1];

  it('that arrived late is not said to be unsent: nobody took it yet', async () => {
    const { last, options } = begun();
    /** @type {any} */
    let fate;
    answerBriefly(options, asked, { reply: 'once' }).then(
      (told) => (fate = told),
      (error) => (fate = error),
    );
    await pass(9_000);
    last().say(connack);
    await pass(8_000);
    last().say([0x90, 4, 0, 2, 0, 0], puback);
    await pass(9_000);
    assert.equal(fate, undefined);
    await pass(2_000);
    assert.deepEqual(fate, { state: 'untaken' });
    assert.ok(last().types().includes(DISCONNECT));
  });

  it('ends soon if the broker never answers', async () => {
    const { options, ends } = begun();
    /** @type {any} */
    let fate;
    ackBriefly(options, 'evt').catch((error) => (fate = error));
    await pass(19_000);
    assert.match(String(fate), /The broker does not answer/);
    const { length } = ends;
    await pass(60_000);
    assert.equal(ends.length, length);
  });

  it('is not answered by what the broker kept of old', async () => {
    const { last, options } = begun();
    /** @type {any} */
    let fate;
    void answerBriefly(options, asked, { reply: 'once' }).then((told) => (fate = told));
    await settled();
    const receipt = { request: 'per_1', host: 'pi', state: 'answered', ts: 1 };
    const told = (isRetained = false) =>
      published('nudge/me/receipt', JSON.stringify(receipt), isRetained);
    last().say(connack, told(true), [0x90, 4, 0, 2, 0, 0], puback);
    await settled();
    assert.equal(fate, undefined);
    last().say(told());
    await settled();
    assert.deepEqual(fate, { state: 'answered', host: 'pi' });
  });
});
