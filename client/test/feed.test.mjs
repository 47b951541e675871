// What happened, what became of it, and what waits for an answer.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { source } from './source.mjs';

/** @type {typeof import('../src/index')} */
const { doFit, waiting } = await source('index.ts');
/** @type {typeof import('../src/view')} */
const { EMPTY, forbid, markSeen, putAway, setFate, take, takeExplanation } =
  await source('view.ts');
/** @type {typeof import('../src/core/answer')} */
const { answerText } = await source('core/answer.ts');

const NOW = 1_000_000;
const DAY_MS = 86_400_000;

/** @typedef {import('../src/index').View} View */

/**
 * @param {(string | object)[]} payloads events and receipts, as they come
 * @param {View} [view]
 */
function told(payloads, view = EMPTY, nowMs = NOW) {
  return payloads.reduce((/** @type {View} */ before, payload) => {
    const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
    const of = text.includes('"state"') ? 'receipt' : 'event';
    return take(before, { of }, text, nowMs);
  }, view);
}

const needs = (/** @type {View} */ view, nowMs = NOW) =>
  waiting(view.feed, view.summary?.asks ?? [], nowMs);

const asked = {
  ...{ id: 'evt_1', kind: 'permission.asked', session: { id: 'ses_1' } },
  request: { id: 'per_1', nonce: 'n' },
  ask: { tool: 'bash', input: 'rm -rf build', patterns: ['rm *'], always: ['rm *'], cut: false },
};
const database = {
  ...{ header: 'Database', text: 'Which one?', multiple: false, custom: false },
  options: [
    { label: 'SQLite', description: 'a file' },
    { label: 'Postgres', description: '' },
  ],
};
const question = {
  ...{ id: 'evt_2', kind: 'question.asked', request: { id: 'que_1', nonce: 'n' } },
  ask: { questions: [database], cut: false },
};

describe('the feed', () => {
  it('keeps what waits until it is resolved, deleted or too old', () => {
    const view = told([asked]);
    assert.equal(needs(view).length, 1);
    assert.equal(needs(view, NOW + DAY_MS).length, 0);
    for (const resolution of [
      { kind: 'permission.replied', request: { id: 'per_1' } },
      { kind: 'session.deleted', session: { id: 'ses_1' } },
      { kind: 'session.busy', session: { id: 'ses_1' } },
    ])
      assert.equal(needs(told([resolution], view)).length, 0);
    const other = { kind: 'permission.replied', request: { id: 'per_2' } };
    assert.equal(needs(told([{ ...other, session: { id: 'ses_1' } }], view)).length, 1);
    assert.equal(needs(putAway(view, 'evt_1', NOW)).length, 0);
  });

  it('knows a repeat', () => {
    assert.equal(told([asked, asked]).feed.length, 1);
  });

  it('does not let a later event change what is seen of a request', () => {
    const ask = { ...asked.ask, input: 'ls' };
    const [need, ...more] = needs(told([asked, { ...asked, id: 'evt_9', ask }]));
    assert.equal(need?.event.ask?.input[0]?.text, 'rm -rf build');
    assert.deepEqual(more, []);
  });

  it('shows what is asked anew, with a new nonce', () => {
    const again = { ...asked, id: 'evt_9', request: { id: 'per_1', nonce: 'm' } };
    const [need, ...more] = needs(told([asked, again]));
    assert.equal(need?.asked?.nonce, 'm');
    assert.deepEqual(more, []);
  });

  it('gives an event without an id the one that the bridge gave it, and its time', () => {
    const accepted = { event: `msg_${(NOW - 5).toString(16)}_1`, state: 'accepted', ts: 1 };
    const pushed = { event: accepted.event, device: 'phone', state: 'pushed', ts: 2 };
    const { feed } = told(['a plain note', accepted, pushed]);
    assert.equal(feed[0]?.id, accepted.event);
    assert.equal(feed[0]?.ts, NOW - 5);
    assert.equal(feed[0]?.event.body, 'a plain note');
    assert.equal(feed[0]?.receipts.length, 2);
  });

  it('gives no receipt of another event to one without an id', () => {
    const refused = {
      ...{ event: 'msg_a_1', state: 'suppressed', reason: 'invalid' },
      ...{ detail: 'ts: must be a whole number', ts: 1 },
    };
    const elsewhere = { event: 'evt_7', state: 'accepted', ts: 2 };
    const accepted = { event: 'msg_a_2', state: 'accepted', ts: 3 };
    const bad = { kind: 'note', ts: -1e20 };
    const { feed } = told([bad, 'a plain note', refused, elsewhere, accepted]);
    assert.deepEqual(
      feed.map(({ id, receipts }) => [id, receipts.length]),
      [['msg_a_2', 1]],
    );
    // What came while nobody told of it is not named after what comes later.
    const late = told(['hello', 'later'], told(['early']), NOW + 60_000);
    const named = told([{ event: 'msg_b_1', state: 'accepted', ts: 4 }], late, NOW + 60_001);
    assert.deepEqual(
      named.feed.map(({ id, event }) => [id.startsWith('unnamed-'), event.body]),
      [
        [true, 'later'],
        [false, 'hello'],
        [true, 'early'],
      ],
    );
  });

  it('is bounded, remembers what was seen, and never loses a request', () => {
    const many = Array.from({ length: 600 }, (_, at) => ({ kind: 'note', id: `n${at}` }));
    const view = told([asked, ...many]);
    assert.equal(view.feed.length, 501);
    assert.equal(view.feed[0]?.id, 'n599');
    assert.equal(needs(view).length, 1);
    const seen = markSeen(view, new Set(['n599']));
    assert.deepEqual([seen.feed[0]?.isSeen, seen.feed[1]?.isSeen], [true, false]);
    const requests = Array.from({ length: 300 }, (_, at) => ({
      ...asked,
      ...{ id: `e${at}`, request: { id: `per_${at}`, nonce: 'n' } },
    }));
    assert.equal(needs(told(requests)).length, 300);
  });
});

describe('what the bridge tells when asked', () => {
  const receipt = (/** @type {object} */ more) => ({
    event: 'n1',
    state: 'pushed',
    ts: 5,
    ...more,
  });
  const tell = (/** @type {View} */ view, /** @type {object[]} */ decisions) =>
    takeExplanation(view, JSON.stringify({ event: 'n1', decisions }), 'me');

  it('is taken once, and of nobody else', () => {
    const decisions = [
      { user: 'me', receipt: receipt({ device: 'phone' }) },
      { user: 'eve', receipt: receipt({ device: 'other' }) },
      { user: 'me', receipt: { state: 'strange' } },
    ];
    const once = tell(told([{ kind: 'note', id: 'n1' }]), decisions);
    assert.deepEqual(
      tell(once, decisions).feed[0]?.receipts.map(({ device }) => device),
      ['phone'],
    );
    assert.equal(once.feed[0]?.ts, 5);
  });

  it('is nothing, where it knows nothing or may not be asked', () => {
    const view = told([{ kind: 'note', id: 'n1' }]);
    assert.equal(tell(view, []).feed[0]?.asking, 'nothing');
    assert.equal(forbid(view, new Set(['n1'])).feed[0]?.asking, 'forbidden');
    assert.equal(takeExplanation(view, '{"error":"no"}', 'me'), view);
  });
});

describe('what waits', () => {
  const ask = { ...asked.ask, cut: true };
  const listed = {
    ...{ id: 'evt_1', kind: 'permission.asked', request: { id: 'per_1', nonce: 'n' } },
    ...{ session: { id: 'ses_1', title: 'Fix login' }, project: 'webshop', host: 'workstation' },
    ...{ ask, ts: NOW - 1 },
  };
  const state = { of: /** @type {const} */ ('state') };

  it('is known from the state, if it was asked before pairing', () => {
    const view = take(EMPTY, state, JSON.stringify({ waiting: 1, asks: [listed, 5, {}] }), NOW);
    const [need, ...more] = needs(view);
    assert.deepEqual(more, []);
    assert.deepEqual(need?.asked, { id: 'per_1', nonce: 'n', questions: null });
    assert.equal(need?.event.project.name, 'webshop');
    assert.equal(need?.isWhole, false);
  });

  it('is shown whole, if its event came too, and not after its end', () => {
    const view = take(told([asked]), state, JSON.stringify({ asks: [listed] }), NOW);
    const [need, ...more] = needs(view);
    assert.deepEqual(more, []);
    assert.equal(need?.isWhole, true);
    const replied = { kind: 'permission.replied', request: { id: 'per_1' } };
    assert.deepEqual(needs(told([replied], view)), []);
  });

  it('is put away, though only the state knows it, and names it still', () => {
    const asks = JSON.stringify({ asks: [{ ...listed, request: { id: null, nonce: null } }] });
    const view = take(EMPTY, state, asks, NOW);
    assert.equal(needs(view).length, 1);
    assert.deepEqual(needs(take(putAway(view, 'evt_1', NOW), state, asks, NOW)), []);
  });

  it('is as old as its publisher and the bridge say', () => {
    const aged = told([{ ...asked, ts: NOW + 60_000, age_ms: 500 }]);
    assert.equal(aged.feed[0]?.ts, NOW - 500);
    // The publisher's clock is behind: the bridge knows better.
    const late = NOW + 2 * DAY_MS;
    const stale = told([{ ...asked, ts: 1 }], EMPTY, late);
    assert.deepEqual(needs(stale, late), []);
    const told2 = take(stale, state, JSON.stringify({ asks: [{ ...listed, ts: late - 1 }] }), late);
    assert.equal(needs(told2, late).length, 1);
  });

  it('is whole only if all of what is asked is here', () => {
    /** @type {[object, boolean][]} */
    const cases = [
      [{}, true],
      [{ ask: { ...asked.ask, cut: true } }, false],
      [{ ask: { tool: 'bash' } }, false],
      [{ ask: null, body: 'ls' }, true],
      [{ ask: null, body: 'ls…' }, false],
      [{ ask: null, body: 'x'.repeat(1998) }, false],
      [{ ask: null, body: 'ü'.repeat(1000) }, false],
      [{ ask: null }, false],
      [{ kind: 'question.asked', ask: null, body: 'Why?' }, false],
      [{ kind: 'question.asked', ask: question.ask }, true],
      [{ kind: 'question.asked', ask: { ...question.ask, cut: true } }, false],
    ];
    for (const [part, isWhole] of cases)
      assert.equal(needs(told([{ ...asked, ...part }]))[0]?.isWhole, isWhole, JSON.stringify(part));
  });

  it('cannot be answered, if it brings no request', () => {
    assert.equal(needs(told([{ ...asked, request: null }]))[0]?.asked, null);
    assert.equal(needs(told([{ ...asked, request: { id: 'per_1' } }]))[0]?.asked, null);
  });

  it('is shown as structure', () => {
    const input = { command: 'ls\nrm', deep: { a: [1] }, ['__proto__']: 'x' };
    const text = JSON.stringify({ ...asked, ask: { tool: 'x', input } });
    assert.deepEqual(needs(told([text]))[0]?.event.ask?.input, [
      { name: 'command', text: 'ls\nrm' },
      { name: 'deep', text: '{\n  "a": [\n    1\n  ]\n}' },
      { name: '__proto__', text: 'x' },
    ]);
    assert.deepEqual(needs(told([question]))[0]?.asked?.questions, [database]);
  });
});

describe('an answer', () => {
  const permission = { id: 'per_1', nonce: 'n', questions: null };
  const two = { id: 'que_1', nonce: 'n', questions: [database, { ...database, custom: true }] };

  it('is sent with its request and its nonce', () => {
    assert.equal(
      answerText(permission, { reply: 'reject', message: 'no' }),
      '{"request":"per_1","nonce":"n","reply":"reject","message":"no"}',
    );
    assert.equal(
      answerText(two, { answers: [['SQLite'], ['neither']] }),
      '{"request":"que_1","nonce":"n","answers":[["SQLite"],["neither"]]}',
    );
  });

  it('is not sent, if it does not fit', () => {
    for (const answers of [
      [],
      [['SQLite']],
      [['SQLite'], ['SQLite'], ['SQLite']],
      [['SQLite', 'Postgres'], ['SQLite']],
      [['mine'], ['SQLite']],
      [['SQLite'], [' ']],
      [['SQLite'], []],
    ]) {
      assert.equal(doFit(two.questions, answers), false, JSON.stringify(answers));
      assert.throws(() => answerText(two, { answers }), /do not fit/);
    }
    assert.throws(() => answerText(permission, { answers: [['x']] }), /do not fit/);
    assert.throws(() => answerText({ ...two, questions: [] }, { answers: [] }), /do not fit/);
    assert.throws(() => answerText(two, { reply: 'once' }), /cannot be allowed/);
    assert.throws(() => answerText({ ...permission, nonce: '' }, { reply: 'once' }), /cannot be/);
  });

  it('takes several labels where several may be chosen', () => {
    const multiple = { ...database, multiple: true };
    assert.equal(doFit([multiple], [['SQLite', 'Postgres']]), true);
    assert.equal(doFit([multiple], [['SQLite', 'mine']]), false);
  });

  it('has the fate that its agent tells', () => {
    const sent = setFate(EMPTY, 'per_1', { state: 'sent' });
    const receipt = { request: 'per_1', host: 'workstation', ts: 1 };
    const unknown = { ...receipt, host: 'laptop', state: 'refused', reason: 'unknown' };
    const used = { ...receipt, state: 'refused', reason: 'used', detail: 'once' };
    const answered = { ...receipt, state: 'answered' };
    const after = (/** @type {object[]} */ ...all) => told(all, sent).fates.get('per_1');
    assert.deepEqual(after(unknown, answered, used), { state: 'answered', host: 'workstation' });
    assert.deepEqual(after(used, unknown), {
      ...{ state: 'refused', host: 'workstation', reason: 'used', detail: 'once' },
    });
    assert.equal(told([answered]).fates.size, 0);
  });
});
