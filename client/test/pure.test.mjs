import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { source } from './source.mjs';

/** @type {typeof import('../src/index')} */
const { DEFAULTS, KINDS, foresee, questionsIn, quietUntil, readPairing, ...client } =
  await source('index.ts');
const { sessionAddress, sessionPath, waiting, weekOf, wishesOf } = client;
/** @type {typeof import('../src/view')} */
const { EMPTY, markSeen, take } = await source('view.ts');

describe('a pairing text', () => {
  it('is read in both of its forms', () => {
    const query = 'user=alice&broker=mqtts%3A%2F%2Fpi.lan%3A8883&username=al&root=home&ca=00ff';
    const pairing = {
      ...{ ws: 'wss://pi.lan:9001', broker: 'mqtts://pi.lan:8883', user: 'alice' },
      ...{ username: 'al', root: 'home', ca: '00ff' },
    };
    assert.deepEqual(readPairing(`nudge:pair?${query}`), pairing);
    assert.deepEqual(readPairing(` https://pi.lan/nudge/#pair?${query}\n`), pairing);
  });

  it('prefers the WebSocket that it names', () => {
    const text = 'nudge:pair?user=me&broker=mqtt%3A%2F%2Fpi.lan&ws=ws%3A%2F%2Fpi.lan%3A81';
    assert.equal(readPairing(text)?.ws, 'ws://pi.lan:81');
  });

  it('is none, or wrong', () => {
    assert.equal(readPairing('hello'), null);
    for (const user of ['', 'a b', 'bridge', 'a/b'])
      assert.throws(() => readPairing(`nudge:pair?ws=ws://x&user=${user}`), /names no user/);
    assert.throws(() => readPairing('nudge:pair?user=me&ws=pi.lan'), /names no broker/);
  });
});

describe('preferences', () => {
  it('are the defaults, and each layer over them', () => {
    assert.deepEqual(wishesOf({}), DEFAULTS);
    const wishes = wishesOf({ kinds: { note: false }, hold_s: 9 }, { hold_s: 1 });
    assert.equal(wishes.kinds.note, false);
    assert.equal(wishes.kinds['session.idle'], true);
    assert.equal(wishes.hold_s, 1);
  });

  it('have their default again where a layer says null', () => {
    const wishes = wishesOf(
      { hold_s: 9, kinds: { note: false }, delay_s: { note: 5 }, sound: 'bell' },
      { hold_s: null, kinds: null, delay_s: { note: null }, sound: null },
    );
    assert.equal(wishes.hold_s, DEFAULTS.hold_s);
    assert.deepEqual(wishes.kinds, DEFAULTS.kinds);
    assert.equal(wishes.delay_s.note, 0);
    assert.equal(wishes.sound, null);
  });

  it('ignore what has another type: the bridge refuses it', () => {
    const wrong = /** @type {any} */ ({ enabled: 'no', quiet: 'always', kinds: true, mood: 1 });
    assert.deepEqual(wishesOf(wrong), DEFAULTS);
  });
});

const night = { from: '22:00', to: '07:00', tz: 'Europe/Berlin', allow: [], digest: false };

describe('quiet hours', () => {
  /** @type {[string, object, string, string | null][]} */
  const cases = [
    ['in the evening', {}, '2026-01-14T22:30+01:00', '2026-01-15T07:00+01:00'],
    ['in the morning', {}, '2026-01-15T06:59+01:00', '2026-01-15T07:00+01:00'],
    ['not at their end', {}, '2026-01-15T07:00+01:00', null],
    ['not before', {}, '2026-01-14T21:59+01:00', null],
    [
      'of the day they begin',
      { days: ['wed'] },
      '2026-01-15T01:00+01:00',
      '2026-01-15T07:00+01:00',
    ],
    ['not of the next day', { days: ['thu'] }, '2026-01-15T01:00+01:00', null],
    ['over the summer time', {}, '2026-03-28T23:00+01:00', '2026-03-29T07:00+02:00'],
    ['over the winter time', {}, '2026-10-24T23:00+02:00', '2026-10-25T07:00+01:00'],
    ['on a quarter', { tz: 'Asia/Kathmandu' }, '2026-01-14T17:00Z', '2026-01-15T01:15Z'],
    ['to the minute', { to: '07:10' }, '2026-01-15T07:05+01:00', '2026-01-15T07:10+01:00'],
    ['never in a zone that is none', { tz: 'Mars/Olympus' }, '2026-01-14T22:30+01:00', null],
    ['never without a zone', { tz: undefined }, '2026-01-14T22:30+01:00', null],
    ['never without times', { from: 5 }, '2026-01-14T22:30+01:00', null],
  ];
  for (const [name, part, now, end] of cases)
    it(`are on ${name}`, () => {
      const until = quietUntil(
        [/** @type {any} */ ({ ...night, ...part })],
        'note',
        Date.parse(now),
      );
      assert.equal(until, end && Date.parse(end));
    });

  it('let through what they allow', () => {
    const rules = [{ ...night, allow: /** @type {['note']} */ (['note']) }];
    const now = Date.parse('2026-01-14T22:30+01:00');
    assert.equal(quietUntil(rules, 'note', now), null);
    assert.notEqual(quietUntil(rules, 'session.idle', now), null);
    assert.notEqual(quietUntil(rules, null, now), null);
  });

  it('make a week whose summer time begins', () => {
    // Berlin, the week from Monday 23 March 2026; Sunday has 23 hours.
    const midnight = (/** @type {number} */ days) =>
      Date.parse(`2026-03-${23 + days}T00:00+01:00`) - (days > 6 ? 3_600_000 : 0);
    const week = weekOf([night], midnight);
    assert.deepEqual(week[0], [
      { from: 0, to: 420 },
      { from: 1320, to: 1440 },
    ]);
    assert.deepEqual(week[6], [
      { from: 0, to: 360 },
      { from: 1260, to: 1380 },
    ]);
  });
});

describe('what would happen', () => {
  const now = { ms: Date.parse('2026-01-14T22:30+01:00'), isPresent: false };
  /** @type {[object, boolean, string, string | null][]} */
  const cases = [
    [{}, false, 'pushed', null],
    [{ enabled: false, kinds: { note: false } }, false, 'suppressed', 'disabled'],
    [{ kinds: { note: false } }, false, 'suppressed', 'kind'],
    [{ snooze_until: now.ms + 1, quiet: [night] }, false, 'suppressed', 'snoozed'],
    [{ quiet: [night] }, true, 'suppressed', 'quiet'],
    [{ quiet: [{ ...night, digest: true }] }, false, 'deferred', 'quiet'],
    [{ quiet: [{ ...night, digest: undefined }] }, false, 'deferred', 'quiet'],
    [{}, true, 'held', 'presence'],
    [{ presence: 'suppress' }, true, 'suppressed', 'foreground'],
    [{ presence: 'ignore' }, true, 'pushed', null],
    [{ delay_s: { note: 7 } }, false, 'held', 'delay'],
  ];
  for (const [preferences, isPresent, fate, reason] of cases)
    it(`is ${fate} for ${reason} with ${JSON.stringify(preferences)}`, () => {
      const found = foresee('note', wishesOf(preferences), { ...now, isPresent });
      assert.deepEqual([found.fate, found.reason], [fate, reason]);
    });

  it('can be said of each kind', () => {
    for (const kind of KINDS) assert.ok(foresee(kind, DEFAULTS, now).fate);
  });
});

describe('a link', () => {
  it('leads to the session by server, else by directory', () => {
    const session = 'ses_1';
    assert.equal(
      sessionPath({ server: 'http://10.0.0.5:4096/', session }),
      '/server/aHR0cDovLzEwLjAuMC41OjQwOTY/session/ses_1',
    );
    assert.equal(sessionPath({ directory: '/home/a/ü', session }), '/L2hvbWUvYS_DvA/session/ses_1');
    assert.equal(sessionPath({ session }), null);
    assert.equal(
      sessionAddress({ server: 'http://pi:4096/', directory: '/home/a', session }),
      'http://pi:4096/L2hvbWUvYQ/session/ses_1',
    );
    assert.equal(sessionAddress({ server: 'http://pi:4096' }), 'http://pi:4096/');
  });
});

/**
 * @param {(string | object)[]} payloads events and receipts, as they come
 * @param {import('../src/index').View} [view]
 */
function told(payloads, view = EMPTY) {
  return payloads.reduce((/** @type {import('../src/index').View} */ before, payload) => {
    const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
    const of = text.includes('"state"') ? 'receipt' : 'event';
    return take(before, { of }, text, 1_000_000);
  }, view);
}

const asked = {
  ...{ id: 'evt_1', kind: 'permission.asked', session: { id: 'ses_1' } },
  request: { id: 'per_1', nonce: 'n' },
};

describe('the feed', () => {
  it('keeps what waits until it is resolved, deleted or too old', () => {
    const view = told([asked]);
    assert.equal(waiting(view.feed, 1_000_000).length, 1);
    assert.equal(waiting(view.feed, 1_000_000 + 86_400_000).length, 0);
    for (const resolution of [
      { kind: 'permission.replied', request: { id: 'per_1' } },
      { kind: 'session.deleted', session: { id: 'ses_1' } },
      { kind: 'session.busy', session: { id: 'ses_1' } },
    ])
      assert.equal(waiting(told([resolution], view).feed, 1_000_000).length, 0);
    const other = {
      kind: 'permission.replied',
      request: { id: 'per_2' },
      session: { id: 'ses_1' },
    };
    assert.equal(waiting(told([other], view).feed, 1_000_000).length, 1);
  });

  it('knows a repeat', () => {
    assert.equal(told([asked, asked]).feed.length, 1);
  });

  it('gives an event without an id the one that the bridge gave it', () => {
    const accepted = { event: 'msg_1', state: 'accepted', ts: 1 };
    const pushed = { event: 'msg_1', device: 'phone', state: 'pushed', ts: 2 };
    const { feed } = told(['a plain note', accepted, pushed]);
    assert.equal(feed[0]?.id, 'msg_1');
    assert.equal(feed[0]?.event.body, 'a plain note');
    assert.equal(feed[0]?.receipts.length, 2);
  });

  it('ignores what breaks a rule', () => {
    const view = told(['{', '{"kind":5}', '', '{"id":"a b","kind":"note"}', { state: 5, ts: 1 }]);
    assert.deepEqual(view.feed, []);
    const odd = told([{ kind: 'note', id: 'x', body: { a: 1 }, session: 'ses', ts: 'now' }]);
    assert.equal(odd.feed[0]?.event.body, null);
  });

  it('is bounded, and remembers what was seen', () => {
    const many = Array.from({ length: 300 }, (_, at) => ({ kind: 'note', id: `n${at}` }));
    const view = told(many);
    assert.equal(view.feed.length, 200);
    assert.equal(view.feed[0]?.id, 'n299');
    const seen = markSeen(view, new Set(['n299']));
    assert.deepEqual([seen.feed[0]?.isSeen, seen.feed[1]?.isSeen], [true, false]);
  });
});

describe('a question', () => {
  it('is read with its options, as the plugin writes it', () => {
    assert.deepEqual(questionsIn('Which one?\nReally?\n- A\n- B - C\nAnd why?'), [
      { words: 'Which one?\nReally?', options: ['A', 'B - C'] },
      { words: 'And why?', options: [] },
    ]);
  });
});
