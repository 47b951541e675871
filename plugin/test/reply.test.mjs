import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { feed } from './recording.mjs';
import { source } from './source.mjs';

/** @type {typeof import('../src/core/reply')} */
const { readReply } = await source('core/reply.ts');
/** @type {typeof import('../src/core/tracker')} */
const { Tracker } = await source('core/tracker.ts');

/** @param {unknown} value */
const read = (value) => readReply(Buffer.from(JSON.stringify(value)));

describe('a reply', () => {
  const nonce = 'n';
  it('answers a permission', () => {
    for (const reply of ['once', 'always', 'reject'])
      assert.deepEqual(read({ request: 'per_1', nonce, reply }), {
        request: 'per_1',
        nonce,
        answer: { to: 'permission', reply },
      });
  });

  it('may say why', () => {
    const reply = read({ request: 'per_1', nonce, reply: 'reject', message: 'not the build' });
    assert.deepEqual(reply?.answer, {
      to: 'permission',
      reply: 'reject',
      message: 'not the build',
    });
  });

  it('answers a question, or rejects it', () => {
    const answers = [['SQLite'], []];
    assert.deepEqual(read({ request: 'que_1', nonce, answers })?.answer, {
      to: 'question',
      answers,
    });
    assert.deepEqual(read({ request: 'que_1', nonce, reply: 'reject' })?.answer, {
      to: 'question',
      reply: 'reject',
    });
  });

  const wrong = [
    null,
    [],
    'once',
    { request: 'per_1', reply: 'once' },
    { request: 'per_1', nonce, reply: 'yes' },
    { request: 'per_1', nonce: 7, reply: 'once' },
    { request: 'per_1/../..', nonce, reply: 'once' },
    { request: 'ses_1', nonce, reply: 'once' },
    { request: 'que_1', nonce },
    { request: 'que_1', nonce, answers: [] },
    { request: 'que_1', nonce, answers: ['SQLite'] },
    { request: 'que_1', nonce, answers: [[7]] },
  ];
  for (const value of wrong)
    it(`is not ${JSON.stringify(value)}`, () => assert.equal(read(value), null));

  it('is not what is no JSON, no UTF-8 or too long', () => {
    assert.equal(readReply(Buffer.from('{')), null);
    assert.equal(readReply(Buffer.from([0x22, 0xff, 0x22])), null);
    const message = ' '.repeat(70_000);
    assert.equal(read({ request: 'per_1', nonce, reply: 'reject', message }), null);
  });
});

describe('a nonce', () => {
  const asked = (nowMs = 0) => {
    const tracker = new Tracker();
    tracker.learn('ses_1', {});
    const properties = { id: 'per_1', sessionID: 'ses_1', metadata: {} };
    feed(tracker, { id: 'evt_1', type: 'permission.asked', properties }, nowMs);
    return tracker;
  };

  it('works once', () => {
    const tracker = asked();
    assert.deepEqual(tracker.claim('per_1', 'nonce', 1), { session: 'ses_1', api: 'v1' });
    assert.equal(tracker.claim('per_1', 'nonce', 2), 'refused');
  });

  it('must be the request’s own', () => {
    const tracker = asked();
    assert.equal(tracker.claim('per_1', 'other', 1), 'refused');
    assert.deepEqual(tracker.claim('per_1', 'nonce', 1), { session: 'ses_1', api: 'v1' });
  });

  it('ages', () => assert.equal(asked().claim('per_1', 'nonce', 24 * 3_600_000), 'refused'));

  it('is worth nothing once the request is answered', () => {
    const tracker = asked();
    const properties = { requestID: 'per_1', sessionID: 'ses_1' };
    feed(tracker, { id: 'evt_2', type: 'permission.replied', properties }, 1);
    assert.equal(tracker.claim('per_1', 'nonce', 2), 'unknown');
  });
});
