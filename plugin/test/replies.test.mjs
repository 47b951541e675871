// Every answer that comes over MQTT gets one receipt, of the process that knows best.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { source } from './source.mjs';

/** @typedef {import('../src/io/replies').Outcome} Outcome */

/** @type {typeof import('../src/io/replies')} */
const { Replies } = await source('io/replies.ts');
/** @type {typeof import('../src/io/gate')} */
const { Gate } = await source('io/gate.ts');

/** @param {object} [change] */
const payload = (change) =>
  Buffer.from(JSON.stringify({ request: 'per_1', nonce: 'n', reply: 'once', ...change }));

function open() {
  /** @type {Map<object, { ms: number, act: () => void }>} */
  const waiting = new Map();
  /** @type {import('../src/io/replies').After} */
  const after = (ms, act) => {
    const key = {};
    waiting.set(key, { ms, act });
    return () => void waiting.delete(key);
  };
  /** @type {any[]} */
  const receipts = [];
  /** @type {string[]} */
  const warnings = [];
  const replies = new Replies({
    ...{ host: 'workstation', after },
    publish: (receipt) => receipts.push(JSON.parse(receipt)),
    warn: (warning) => warnings.push(warning),
    isElsewhere: (request) => request === 'per_slow',
  });
  /** @param {number} passedMs since all that waits began to */
  const tick = (passedMs) => {
    for (const [key, { ms, act }] of [...waiting]) if (ms <= passedMs && waiting.delete(key)) act();
  };
  return { replies, receipts, warnings, tick };
}

const unknown = { request: 'per_1', host: 'workstation', state: 'refused', reason: 'unknown' };

/** @param {any} receipt */
const withoutTime = ({ ts: _, ...receipt }) => receipt;

describe('an answer', () => {
  it('gets a receipt at once from whoever asked', async () => {
    const { replies, receipts } = open();
    /** @type {(Outcome | null)[]} */
    const outcomes = [null, { state: 'refused', reason: 'nonce' }];
    const stops = outcomes.map((outcome) => replies.onReply(async () => outcome));
    await replies.take(payload(), false);
    assert.ok(Math.abs(receipts[0].ts - Date.now()) < 60_000);
    assert.deepEqual(receipts.map(withoutTime), [{ ...unknown, reason: 'nonce' }]);
    for (const stop of stops) stop();
    await replies.take(payload({ request: 'per_2' }), false);
    assert.equal(receipts.length, 1);
  });

  it('to a request that nobody knows is refused after a second or more, once', async () => {
    const { replies, receipts, tick } = open();
    for (let i = 0; i < 3; i++) await replies.take(payload(), false);
    tick(999);
    assert.deepEqual(receipts, []);
    tick(1_500);
    assert.deepEqual(receipts.map(withoutTime), [unknown]);
  });

  it('to a request of a process that lives and is slow is refused after seven seconds', async () => {
    const { replies, receipts, tick } = open();
    await replies.take(payload({ request: 'per_slow' }), false);
    tick(6_999);
    assert.deepEqual(receipts, []);
    tick(7_500);
    assert.deepEqual(receipts.map(withoutTime), [{ ...unknown, request: 'per_slow' }]);
  });

  it('that another process has dealt with gets no second receipt', async () => {
    const { replies, receipts, tick } = open();
    await replies.take(payload(), false);
    replies.heard({ event: 'evt_1', state: 'accepted' });
    replies.heard({ request: 'per_2', state: 'answered' });
    replies.heard({ request: 'per_1', state: 'answered' });
    tick(10_000);
    assert.deepEqual(receipts, []);
  });

  it('that is retained is refused, whoever asked', async () => {
    const { replies, receipts, tick } = open();
    replies.onReply(() => assert.fail('was asked'));
    await replies.take(payload(), true);
    tick(10_000);
    assert.deepEqual(
      receipts.map(({ reason, detail }) => [reason, detail]),
      [['expired', 'retained']],
    );
  });

  it('that names no request is said once to be none; an empty one is nothing', async () => {
    const { replies, receipts, warnings, tick } = open();
    await replies.take(Buffer.alloc(0), true);
    assert.deepEqual(warnings, []);
    await replies.take(Buffer.from('once'), false);
    assert.match(warnings.join(), /^refused what is no reply/);
    tick(10_000);
    assert.deepEqual(receipts, []);
  });

  it('does not make memory grow without end', async () => {
    const { replies, receipts, tick } = open();
    for (let i = 0; i < 1_000; i++) await replies.take(payload({ request: `per_${i}` }), false);
    tick(10_000);
    assert.equal(receipts.length, 100);
    await replies.take(payload(), false);
    replies.close();
    tick(10_000);
    assert.equal(receipts.length, 100);
  });
});

describe('the settings', () => {
  const key = Buffer.alloc(32, 7);
  /** @param {{ replies: boolean | string, replyKey?: Buffer }} settings */
  const gate = ({ replies, replyKey }) => {
    const reply = { key: replyKey, fault: undefined };
    const given = /** @type {any} */ ({ url: 'mqtt://pi', base: 'nudge/me', replies, reply });
    return new Gate(
      given,
      () => {},
      () => {},
    );
  };
  const plain = { request: 'per_1', nonce: 'n', answer: null, proof: null };
  const forged = { ...plain, proof: { signed: '{}', mac: key.toString('base64url') } };

  it('let through signed answers alone, or none', async () => {
    for (const [settings, toPlain, toForged] of /** @type {const} */ ([
      [{ replies: false, replyKey: key }, 'off', 'off'],
      [{ replies: true }, 'off', 'off'],
      [{ replies: true, replyKey: key }, 'signature', 'signature'],
      [{ replies: 'account' }, 'off', 'signature'],
      [{ replies: 'account', replyKey: key }, 'off', 'signature'],
    ])) {
      assert.equal(await gate(settings).refuses(plain), toPlain, JSON.stringify(settings));
      assert.equal(await gate(settings).refuses(forged), toForged, JSON.stringify(settings));
    }
  });
});
