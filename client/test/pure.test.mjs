import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { source } from './source.mjs';

/** @type {typeof import('../src/index')} */
const { DEFAULTS, KINDS, foresee, patched, quietUntil, webAddress, ...client } =
  await source('index.ts');
const { preferencesIn, replacing, sessionAddress, sessionPath, weekOf, wishesOf } = client;
/** @type {typeof import('../src/core/preferences')} */
const { doHold } = await source('core/preferences.ts');

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

  it('can be replaced: what is not said is as by default', () => {
    const patch = /** @type {any} */ (replacing({ kinds: { note: false }, hold_s: 9 }));
    assert.equal(patch.kinds.note, false);
    assert.equal(patch.kinds['session.idle'], null);
    assert.deepEqual([patch.hold_s, patch.mute, patch.sound], [9, null, 'default']);
    assert.equal(replacing({ sound: '' }).sound, '');
    assert.deepEqual(wishesOf(replacing({})), DEFAULTS);
  });

  it('of each kind are kept', () => {
    const step = { after_s: 300, devices: ['tablet'] };
    const asks = { ...DEFAULTS.rate.asks, burst: 5 };
    const all = {
      ...DEFAULTS,
      ...{
        snooze_allow: ['note'],
        remind_s: { 'permission.asked': [60, 3600], 'question.asked': [] },
      },
      ...{ escalate: [step], gather_s: 20, progress: true, rate: { ...DEFAULTS.rate, asks } },
    };
    assert.deepEqual(preferencesIn(JSON.parse(JSON.stringify(all))), all);
    assert.deepEqual(wishesOf(preferencesIn(all)), all);
    assert.deepEqual(preferencesIn({ escalate: [{ after_s: 'x' }, step] }), { escalate: [step] });
    const patch = /** @type {any} */ (replacing({ rate: { asks: { burst: 5 } } }));
    assert.deepEqual(patch.rate, {
      burst: null,
      per_minute: null,
      asks: { burst: 5, per_minute: null },
    });
  });

  it('are what patches make of them, and hold what changes nothing', () => {
    const said = { hold_s: 9, mute: { hosts: ['pi'] }, kinds: { note: false } };
    const patches = [{ hold_s: null, mute: { hosts: ['pi', 'box'] } }, { kinds: { note: null } }];
    assert.deepEqual(patched(said, ...patches), { mute: { hosts: ['pi', 'box'] }, kinds: {} });
    assert.equal(said.mute.hosts.length, 1, 'what was there is left alone');
    assert.equal(doHold(said, ...patches), false);
    assert.equal(doHold(said, { hold_s: 9 }, { hold_s: 5 }), false);
    assert.equal(doHold(said, { hold_s: 5 }, { hold_s: 9 }), true, 'the last one counts');
    const rule = { from: '22:00', to: '07:00', tz: 'UTC' };
    const other = { tz: 'UTC', to: '07:00', from: '22:00' };
    assert.equal(doHold({ quiet: [rule] }, { quiet: [other] }), true, 'whatever the order');
    assert.equal(doHold({}, { subagents: null, presence: 'hold' }), true);
  });

  it('keep a snooze that only ends by hand, and quiet hours that end with the day', () => {
    const day = { from: '00:00', to: '24:00', tz: 'UTC' };
    const said = { snooze_until: Number.MAX_SAFE_INTEGER, quiet: [day] };
    assert.deepEqual(preferencesIn(said), said);
    assert.ok(quietUntil([day], 'note', Date.parse('2026-01-14T23:59Z')));
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

  it('ask the clocks of a zone once for each minute', () => {
    const { formatToParts } = Intl.DateTimeFormat.prototype;
    let count = 0;
    Intl.DateTimeFormat.prototype.formatToParts = function (/** @type {any} */ at) {
      count++;
      return formatToParts.call(this, at);
    };
    try {
      const always = { from: '00:00', to: '24:00', tz: 'Asia/Tokyo' };
      for (const kind of [null, ...KINDS, ...KINDS]) quietUntil([always, always], kind, 1);
      assert.ok(count < 1000, `${count} times`);
    } finally {
      Intl.DateTimeFormat.prototype.formatToParts = formatToParts;
    }
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
    [{ snooze_until: now.ms + 1, quiet: [night] }, false, 'deferred', 'snoozed'],
    [{ snooze_until: now.ms + 1, snooze_allow: ['note'] }, false, 'pushed', null],
    [{ gather_s: 20 }, false, 'pushed', null],
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

  it('is told with other turns that finish', () => {
    const found = foresee('session.idle', wishesOf({ gather_s: 20 }), now);
    assert.deepEqual([found.fate, found.reason, found.waitS], ['held', 'gather', 20]);
  });

  it('is told of a device that hears of it later', () => {
    const escalate = [{ after_s: 60, devices: ['tablet'] }];
    const of = (
      /** @type {import('../src/index').WishKind} */ kind,
      /** @type {string} */ device,
    ) => foresee(kind, wishesOf({ escalate }), { ...now, device });
    assert.deepEqual(
      [of('question.asked', 'tablet'), of('question.asked', 'phone'), of('note', 'tablet')].map(
        ({ reason, waitS }) => [reason, waitS],
      ),
      [
        ['escalate', 60],
        ['delay', 1],
        [null, 0],
      ],
    );
  });

  it('is held for the longest of what holds it', () => {
    const wishes = wishesOf({ hold_s: 3, delay_s: { note: 7 } });
    const { reason, waitS } = foresee('note', wishes, { ...now, isPresent: true });
    assert.deepEqual([reason, waitS], ['delay', 7]);
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

  it('is one of the web, or none', () => {
    const session = { directory: '/home/a', session: 'ses_1' };
    for (const server of [
      'javascript:alert(1)',
      'JavaScript:alert(1)',
      ' java\tscript:alert(1)',
      'data:text/html,x',
      'blob:http://pi/1',
      'file:///etc/passwd',
      'http:',
      'http://alice:S3cret@pi',
      'pi:4096',
      '//pi',
      '',
    ]) {
      assert.equal(webAddress(server), null, server);
      assert.equal(sessionAddress({ server, ...session }), null, server);
    }
    assert.equal(webAddress(' HTTPS://pi '), 'https://pi/');
  });
});
