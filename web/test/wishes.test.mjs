// Preferences in words: quiet rules, faults, imports, snoozes, times.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { source } from './source.mjs';

// A browser of somebody in Berlin.
process.env.TZ = 'Europe/Berlin';
const { DateTimeFormat } = Intl;
/** @type {any} */ (Intl).DateTimeFormat = function (
  /** @type {string} */ locale,
  /** @type {any} */ parts,
) {
  return new DateTimeFormat(locale ?? 'de-DE', parts);
};

/** @type {typeof import('../src/sentences')} */
const { changeWords, daysWords, faultWords, importedFrom, ruleWords } =
  await source('sentences.ts');
/** @type {typeof import('../src/snooze')} */
const { BY_HAND, snoozes } = await source('snooze.ts');
/** @type {typeof import('../src/words')} */
const { timeOf, untilWords } = await source('words.ts');

/** @type {typeof import('nudge-client')} */
const { DEFAULTS, wishesOf } = await source('../../client/src/index.ts');

const night = { from: '22:00', to: '07:00', tz: 'Europe/Berlin' };
/** @type {any} */
const weekdays = { ...night, days: ['mon', 'tue', 'wed', 'thu', 'fri'] };

describe('a quiet rule', () => {
  for (const [part, words] of /** @type {[any, string][]} */ ([
    [
      { allow: ['permission.asked'] },
      'Weekdays from 22:00 to 07:00, only permissions come through',
    ],
    [{ days: undefined }, 'Every day from 22:00 to 07:00, nothing comes through'],
    [
      { days: ['mon', 'wed'], digest: false },
      'Mon and Wed from 22:00 to 07:00, nothing comes through, the rest is dropped',
    ],
    [
      { days: ['sat', 'sun'], from: '00:00', to: '24:00', allow: ['note', 'session.idle'] },
      'Weekends all day, only notes and finished turns come through',
    ],
    [{ tz: 'UTC' }, 'Weekdays from 22:00 to 07:00 in UTC, nothing comes through'],
  ]))
    it(`is a sentence: ${words}`, () => {
      assert.equal(ruleWords({ ...weekdays, ...part }), words);
    });

  it('names its days', () => {
    assert.equal(daysWords(['tue', 'wed', 'thu']), 'Tue to Thu');
    assert.equal(daysWords(['sun', 'mon', 'tue', 'fri']), 'Mon, Tue, Fri and Sun');
    assert.equal(daysWords([]), 'Never');
  });
});

describe('a fault', () => {
  for (const [fault, words] of [
    [
      "quiet[0].tz: 'Mars/Olympus' is no zone of the IANA database",
      "Quiet hours 1, time zone: 'Mars/Olympus' is no zone of the IANA database",
    ],
    [
      'delay_s.session.idle: must be a whole number from 0 to 3600',
      'Wait first, Finished turns: must be a whole number from 0 to 3600',
    ],
    [
      'No bridge is listening: nothing was changed.',
      'No bridge is listening: nothing was changed.',
    ],
  ])
    it(`is said in words: ${fault}`, () => assert.equal(faultWords(fault ?? ''), words));
});

describe('an import', () => {
  it('is read whole, and says what would change', () => {
    const text = JSON.stringify({ quiet: [weekdays], kinds: { note: false }, hold_s: 9, rev: 4 });
    assert.deepEqual(changeWords(DEFAULTS, wishesOf(importedFrom(text))), [
      'What I want to know, Notes: on → off',
      'While I look, for how long: 3 s → 9 s',
      'Quiet hours: none → Weekdays from 22:00 to 07:00, nothing comes through',
    ]);
    assert.deepEqual(changeWords(DEFAULTS, wishesOf(importedFrom('{}'))), []);
  });

  for (const [text, complaint] of [
    ['hello', /holds no preferences/],
    ['[]', /holds no preferences/],
    ['{"privacy":"some"}', /unknown: A notification shows\./],
    ['{"kinds":{"note":1}}', /unknown: What I want to know, Notes\./],
    [
      '{"quiet":[{"from":"25:00","to":"07:00","tz":"UTC"}]}',
      /unknown: Quiet hours 1, their begin\./,
    ],
    ['{"name":"nudge"}', /unknown: name\./],
  ])
    it(`is refused: ${text}`, () => {
      assert.throws(() => importedFrom(String(text)), { message: complaint });
    });
});

describe('a snooze', () => {
  const at = (/** @type {string} */ text) => Date.parse(`${text}+01:00`);
  /** @param {string} now */
  const offered = (now) =>
    snoozes(at(now)).map(([words, until]) =>
      until === BY_HAND ? words : `${words} = ${new Date(until).toString().slice(0, 21)}`,
    );

  it('goes on until the next 8:00, not the one after it', () => {
    assert.deepEqual(offered('2026-01-14T02:00'), [
      '30 minutes = Wed Jan 14 2026 02:30',
      '1 hour = Wed Jan 14 2026 03:00',
      'Until 08:00 = Wed Jan 14 2026 08:00',
      'Until 18:00 = Wed Jan 14 2026 18:00',
      'Until Monday, 08:00 = Mon Jan 19 2026 08:00',
      'Until I end it',
    ]);
  });

  it('offers nothing twice, and nothing that is over', () => {
    assert.deepEqual(offered('2026-01-18T19:00').slice(2), [
      'Until tomorrow, 08:00 = Mon Jan 19 2026 08:00',
      'Until I end it',
    ]);
    assert.match(offered('2026-01-19T09:00')[4] ?? '', /Monday, 08:00 = Mon Jan 26/);
  });
});

describe('a time', () => {
  const now = Date.parse('2026-01-14T12:00+01:00');
  for (const [at, words] of [
    ['2026-01-14T07:05+01:00', '07:05'],
    ['2026-01-12T07:05+01:00', 'Mo 07:05'],
    ['2026-01-02T07:05+01:00', '2. Jan. 07:05'],
    ['2025-12-02T07:05+01:00', '2. Dez. 2025 07:05'],
  ])
    it(`is said once in one form: ${words}`, () => {
      assert.equal(timeOf(Date.parse(at ?? ''), now), words);
    });

  it('ends a snooze, or a hand does', () => {
    assert.equal(untilWords(now, now), 'until 12:00');
    assert.equal(untilWords(BY_HAND), 'until you end it');
  });
});
