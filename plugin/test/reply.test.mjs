import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { callsOf, feed } from './recording.mjs';
import { source } from './source.mjs';

/** @typedef {import('../src/core/reply').Answer} Answer */

/** @type {typeof import('../src/core/reply')} */
const { isProven, isWhole, readKey, readReply } = await source('core/reply.ts');
/** @type {typeof import('../src/core/tracker')} */
const { Tracker } = await source('core/tracker.ts');

const VECTORS = new URL('../../tests/vectors/replies.json', import.meta.url);
const vectors = JSON.parse(readFileSync(VECTORS, 'utf8'));
const key = readKey(vectors.key) ?? assert.fail('no key');

/** @param {unknown} value */
const read = (value) => readReply(Buffer.from(JSON.stringify(value)));

describe('a signed reply', () => {
  for (const { name, signed, mac } of vectors.good)
    it(`counts: ${name}`, () => {
      const reply = read({ signed, mac }) ?? assert.fail('was not read');
      assert.ok(isWhole(reply));
      const { request, nonce } = JSON.parse(signed);
      assert.deepEqual([reply.request, reply.nonce], [request, nonce]);
      assert.equal(isProven(reply.proof ?? assert.fail('no proof'), key), true);
    });

  for (const { name, signed, mac } of vectors.bad)
    it(`does not count: ${name}`, () => {
      const { proof } = read({ signed, mac }) ?? assert.fail('was not read');
      assert.equal(isProven(proof ?? assert.fail('no proof'), key), false);
    });

  it('says what is in the signed text, and nothing beside it', () => {
    const [{ signed, mac }] = vectors.good;
    const reply = read({ signed, mac, request: 'per_other', nonce: 'n', reply: 'always' });
    assert.equal(reply?.request, JSON.parse(signed).request);
    assert.deepEqual(reply?.answer, { to: 'permission', reply: 'once' });
    assert.equal(read({ mac, request: 'per_1', nonce: 'n', reply: 'once' }), null);
  });

  it('may be surrounded by what editors put there', () => {
    const text = JSON.stringify(vectors.good[0]);
    assert.notEqual(readReply(Buffer.from(`\ufeff ${text}\r\n`)), null);
  });
});

describe('a reply key', () => {
  for (const value of ['', vectors.key.slice(1), `${vectors.key}A`, '!'.repeat(43), 'B'.repeat(43)])
    it(`is not ${JSON.stringify(value)}`, () => assert.equal(readKey(value), null));
});

describe('a reply', () => {
  const nonce = 'n';
  /** @param {unknown} value */
  const readAnswer = (value) => {
    const reply = read(value);
    return reply && isWhole(reply) ? reply.answer : null;
  };

  it('answers a permission', () => {
    for (const reply of ['once', 'always', 'reject'])
      assert.deepEqual(read({ request: 'per_1', nonce, reply }), {
        request: 'per_1',
        nonce,
        answer: { to: 'permission', reply },
        proof: null,
      });
  });

  it('may say why', () =>
    assert.deepEqual(
      readAnswer({ request: 'per_1', nonce, reply: 'reject', message: 'not the build' }),
      { to: 'permission', reply: 'reject', message: 'not the build' },
    ));

  it('answers a question, or rejects it', () => {
    const answers = [['SQLite'], []];
    assert.deepEqual(readAnswer({ request: 'que_1', nonce, answers }), { to: 'question', answers });
    assert.deepEqual(readAnswer({ request: 'que_1', nonce, reply: 'reject' }), {
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
    { request: 'que_1', nonce, answers: [['A']], reply: 'once' },
  ];
  for (const value of wrong)
    it(`is not ${JSON.stringify(value)}`, () => assert.equal(readAnswer(value), null));

  it('is not what is no JSON, no UTF-8 or too long', () => {
    assert.equal(readReply(Buffer.from('{')), null);
    assert.equal(readReply(Buffer.from([0x22, 0xff, 0x22])), null);
    const message = ' '.repeat(70_000);
    assert.equal(read({ request: 'per_1', nonce, reply: 'reject', message }), null);
  });
});

/** @param {Record<string, unknown>} change @param {string} [request] */
const reply = (change = {}, request = 'per_1') => ({
  request,
  nonce: 'nonce',
  answer: /** @type {Answer} */ ({ to: 'permission', reply: 'once' }),
  proof: null,
  ...change,
});

const ASKER = { session: 'ses_1', api: 'v1' };

/** A tracker that was asked something at 0.
 * @param {object} [question] */
const asked = (question) => {
  const tracker = new Tracker();
  tracker.learn('ses_1', {});
  const [id, type] = question ? ['que_1', 'question'] : ['per_1', 'permission'];
  const properties = { id, sessionID: 'ses_1', metadata: { command: 'ls' }, ...question };
  feed(tracker, { id: 'evt_1', type: `${type}.asked`, properties }, 0);
  return tracker.requests;
};

describe('a request', () => {
  it('is answered once', () => {
    const requests = asked();
    assert.deepEqual(requests.claim(reply(), 1), ASKER);
    assert.equal(requests.claim(reply(), 2), 'used');
  });

  it('wants its own nonce, and a refused reply uses up nothing', () => {
    const requests = asked();
    for (const nonce of ['other', '', null])
      assert.equal(requests.claim(reply({ nonce }), 1), 'nonce');
    for (const answer of [null, { to: 'question', reply: 'reject' }])
      assert.equal(requests.claim(reply({ answer }), 1), 'answers');
    assert.deepEqual(requests.claim(reply(), 1), ASKER);
  });

  it('expires after a day, by a clock that nobody sets', () => {
    const day = 24 * 3_600_000;
    assert.equal(asked().claim(reply(), day), 'expired');
    assert.deepEqual(asked().claim(reply(), day - 1), ASKER);
  });

  it('can be answered again if OpenCode did not take the answer', () => {
    const requests = asked();
    requests.claim(reply(), 1);
    requests.release('per_1');
    assert.deepEqual(requests.claim(reply(), 2), ASKER);
  });

  it('tells a late answer that it was answered, or that nobody can answer it any more', () => {
    for (const [type, reason] of /** @type {const} */ ([
      ['permission.replied', 'used'],
      ['session.idle', 'expired'],
      ['session.deleted', 'expired'],
    ])) {
      const tracker = new Tracker();
      const properties = { id: 'per_1', requestID: 'per_1', sessionID: 'ses_1' };
      feed(tracker, { id: 'evt_1', type: 'permission.asked', properties }, 0);
      feed(tracker, { id: 'evt_2', type, properties }, 1);
      assert.equal(tracker.requests.knows('per_1'), true);
      assert.equal(tracker.requests.claim(reply(), 2), reason, type);
      assert.equal(tracker.requests.claim(reply({ nonce: 'x' }), 2), 'nonce', type);
    }
  });

  it('of another process is unknown', () => {
    assert.equal(asked().claim(reply({}, 'per_2'), 1), 'unknown');
    assert.equal(asked().knows('per_2'), false);
  });

  it('that has ended is remembered, but not for ever', () => {
    const tracker = new Tracker();
    for (let i = 0; i < 300; i++) {
      const properties = { id: `per_${i}`, requestID: `per_${i}`, sessionID: 'ses_1' };
      feed(tracker, { id: 'evt_1', type: 'permission.asked', properties }, 0);
      feed(tracker, { id: 'evt_2', type: 'permission.replied', properties }, 1);
    }
    assert.equal(tracker.requests.knows('per_99'), false);
    assert.equal(tracker.requests.knows('per_100'), true);
  });
});

describe('the answers', () => {
  const one = { question: 'Which?', header: 'W', options: [{ label: 'A' }, { label: 'B' }] };
  /** @param {object[]} questions @param {string[][]} answers */
  const claim = (questions, answers) =>
    asked({ questions }).claim(reply({ answer: { to: 'question', answers } }, 'que_1'), 1);

  const cases = /** @type {const} */ ([
    ['one of the options', [one], [['A']], true],
    ['words of one’s own', [one], [['neither']], true],
    ['to each question one', [one, one], [['A'], ['B']], true],
    ['several where several may be', [{ ...one, multiple: true }], [['A', 'B']], true],
    ['none where several may be', [{ ...one, multiple: true }], [[]], true],
    ['two to one question', [one], [['A'], ['B']], false],
    ['one to two questions', [one, one], [['A']], false],
    ['several where one is wanted', [one], [['A', 'B']], false],
    ['none where one is wanted', [one], [[]], false],
    ['words of one’s own where only options count', [{ ...one, custom: false }], [['C']], false],
    ['an option where only options count', [{ ...one, custom: false }], [['B']], true],
  ]);
  for (const [name, questions, answers, fits] of cases)
    it(`${fits ? 'fit' : 'do not fit'}: ${name}`, () => {
      const given = answers.map((labels) => [...labels]);
      assert.deepEqual(claim([...questions], given), fits ? ASKER : 'answers');
    });

  it('of six questions are six', () => {
    const tracker = new Tracker();
    for (const { t, event } of callsOf('y07-question-many')) {
      feed(tracker, event, t);
      if (event.type === 'question.asked') break;
    }
    const request = 'que_2141bbc70001DtxJZJj1Nqa0ob';
    const answers = (/** @type {number} */ count) => ({
      answer: { to: 'question', answers: Array(count).fill(['A']) },
    });
    for (const count of [4, 5, 7])
      assert.equal(tracker.requests.claim(reply(answers(count), request), 1), 'answers');
    assert.equal(typeof tracker.requests.claim(reply(answers(6), request), 1), 'object');
  });
});
