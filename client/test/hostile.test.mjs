// Whatever comes from the broker: nothing throws, and nothing has another type than it must have.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { source } from './source.mjs';

/** @type {typeof import('../src/index')} */
const { foresee, preferencesIn, quietUntil, waiting, weekOf, wishesOf } = await source('index.ts');
/** @type {typeof import('../src/view')} */
const { EMPTY, sweep, take } = await source('view.ts');
/** @type {typeof import('../src/core/reading')} */
const reading = await source('core/reading.ts');

const EXAMPLES = new URL('../../tests/messages/', import.meta.url);

/** @typedef {import('../src/core/topics').Topic} Topic */

const NAMES = ['__proto__', 'constructor', 'hasOwnProperty', 'toString', 'phone'];
/** @type {Topic[]} */
const TOPICS = [
  ...['event', 'receipt', 'prefs', 'state'].map((of) => /** @type {Topic} */ ({ of })),
  ...['device', 'presence', 'agent'].flatMap((of) =>
    NAMES.map((name) => /** @type {Topic} */ ({ of, name })),
  ),
  { of: 'explained', user: 'me' },
  ...['state', 'info'].flatMap((leaf) =>
    NAMES.map((name) => /** @type {Topic} */ ({ of: 'bridge', name, leaf })),
  ),
];

/** Every example, and each of its members with values of every kind in its place. */
function* payloads() {
  /** @type {unknown[]} */
  const values = [
    ...[null, true, -1, 0.5, 1e300, -1e20, 9e15 + 1, '', 'x', '\u202e', 'constructor', '__proto__'],
    ...[[], {}, [null], [[]], { a: null }, { toString: 5 }, { length: 1e9 }, ['a', 5]],
  ];
  for (const folder of readdirSync(EXAMPLES))
    for (const file of readdirSync(new URL(`${folder}/`, EXAMPLES))) {
      const text = readFileSync(new URL(`${folder}/${file}`, EXAMPLES), 'utf8');
      yield text;
      for (const path of pathsIn(JSON.parse(text)))
        for (const value of values) yield JSON.stringify(replaced(JSON.parse(text), path, value));
    }
}

/**
 * @param {any} value
 * @returns {string[][]}
 */
function pathsIn(value) {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => [
    [name],
    ...pathsIn(inner).map((path) => [name, ...path]),
  ]);
}

/**
 * @param {any} value
 * @param {string[]} path
 * @param {unknown} replacement
 */
function replaced(value, [name = '', ...rest], replacement) {
  value[name] = rest.length > 0 ? replaced(value[name], rest, replacement) : replacement;
  return value;
}

const odd = [
  ...['', ' ', '{', 'null', '[]', '5', '"x"', '\ufeff{}', '{"__proto__":{"kind":"note"}}'],
  ...['{"kind":"note","__proto__":{"toString":5}}', '{"kind":"constructor"}', '{"kind":1e999}'],
  '{"kind":"note","ts":1e300}',
  '{"kind":"note","ts":-1e20}',
  '{"kind":"note","age_ms":9000000000000000}',
  '{"state":"pushed","ts":1e300}',
  '{"state":"pushed","ts":1,"event":"__proto__","device":"__proto__","reason":"constructor"}',
  `{"kind":"note","body":${'['.repeat(60_000)}${']'.repeat(60_000)}}`,
  `{"kind":"permission.asked","ask":{"input":${'{"a":'.repeat(2000)}1${'}'.repeat(2000)}}}`,
  '{"kind":"note",'.repeat(5000),
  `"${'\\'.repeat(100_000)}`,
];

/**
 * What the page computes of it.
 *
 * @param {import('../src/index').View} view
 */
function look(view) {
  const now = Date.now();
  const wishes = wishesOf(view.preferences);
  foresee('note', wishes, { ms: now, isPresent: false });
  quietUntil(wishes.quiet, null, now);
  weekOf(wishes.quiet, (days) => now + days * 86_400_000);
  for (const { prefs } of view.devices.values()) wishesOf(preferencesIn(prefs));
  for (const need of waiting(view.feed, view.summary?.asks ?? [], now)) structuredClone(need);
  for (const { ts } of view.feed) new Date(ts).toISOString();
  structuredClone(view);
}

describe('whatever comes', () => {
  for (const topic of TOPICS)
    it(`does not break the view: ${Object.values(topic).join(' ')}`, () => {
      for (const payload of [...payloads(), ...odd]) look(take(EMPTY, topic, payload, Date.now()));
    });

  it('is nobody, if its name is what every object has by birth', () => {
    const view = take(EMPTY, { of: 'device', name: '__proto__' }, '{"platform":"log"}', 1);
    assert.deepEqual([...view.devices.keys()], ['__proto__']);
    assert.equal(view.devices.get('constructor'), undefined);
    assert.equal(
      take(EMPTY, { of: 'device', name: 'a b' }, '{"platform":"log"}', 1).devices.size,
      0,
    );
  });

  it('is refused if it is nested too deep, and read if it only looks so', () => {
    const deep = (/** @type {number} */ levels) =>
      `{"kind":"note","x":${'['.repeat(levels)}${']'.repeat(levels)}}`;
    assert.ok(reading.readEvent(deep(15)));
    assert.equal(reading.readEvent(deep(16)), null);
    assert.ok(reading.readEvent(JSON.stringify({ kind: 'note', body: `\\"${'['.repeat(99)}` })));
  });

  it('changes nothing of what is known, if it breaks a rule', () => {
    /** @type {[Topic, string, string][]} */
    const cases = [
      [{ of: 'prefs' }, '{"hold_s":5,"rev":1}', '{"hold_s":"x"}'],
      [{ of: 'device', name: 'phone' }, '{"platform":"log"}', '{"platform":7}'],
      [{ of: 'agent', name: 'pi' }, '{"state":"online","sessions":[]}', '{"state":"on"}'],
      [{ of: 'presence', name: 'phone' }, 'foreground', 'sideways'],
      [{ of: 'state' }, '{"enabled":false}', '{'],
    ];
    for (const [topic, good, bad] of cases) {
      const known = take(EMPTY, topic, good, 1);
      assert.notDeepEqual(known, EMPTY);
      assert.deepEqual(take(known, topic, bad, 2), known, topic.of);
      assert.deepEqual(take(known, topic, '', 3), EMPTY, topic.of);
    }
  });

  it('is none of ours, where a bridge serves others', () => {
    const ours = { of: /** @type {const} */ ('bridge'), name: 'ours' };
    const theirs = { ...ours, name: 'theirs' };
    const info = (/** @type {string} */ version) => JSON.stringify({ version });
    /** @type {[Topic, string][]} */
    const told = [
      [{ ...theirs, leaf: 'state' }, 'online'],
      [{ ...ours, leaf: 'info' }, info('1')],
      [{ of: 'state' }, '{"bridge":"ours"}'],
      [{ ...theirs, leaf: 'info' }, info('2')],
      [{ ...ours, leaf: 'state' }, 'offline'],
    ];
    const view = told.reduce((before, [topic, payload]) => take(before, topic, payload, 1), EMPTY);
    assert.deepEqual([...view.bridges], [['ours', false]]);
    assert.equal(view.info?.version, '1');
    const later = take(view, { of: 'state' }, '{"bridge":"theirs"}', 2);
    assert.deepEqual([...later.bridges], [['theirs', true]]);
    assert.equal(later.info?.version, '2');
    const unsaid = take(view, { of: 'state' }, '{"bridge":7}', 2);
    assert.deepEqual([...unsaid.bridges.keys()], ['theirs', 'ours']);
  });

  it('is read without what is no warning', () => {
    const warning = { ts: 5, device: 'phone', reason: 'Unregistered' };
    const warnings = [warning, { device: 'tablet' }, 'x', { ...warning, advice: 7 }];
    const view = take(EMPTY, { of: 'state' }, JSON.stringify({ warnings }), 1);
    assert.deepEqual(view.summary?.warnings, [warning, warning]);
  });

  it('is gone if the broker does not tell it again, once a bridge is there to have told', () => {
    const bridge = { of: /** @type {const} */ ('bridge'), name: 'b', leaf: 'state' };
    /** @type {[Topic, string][]} */
    const told = [
      [bridge, 'online'],
      [{ of: 'state' }, '{"enabled":true}'],
      [{ of: 'device', name: 'phone' }, '{"platform":"log"}'],
      [{ of: 'device', name: 'tablet' }, '{"platform":"log"}'],
    ];
    const view = told.reduce((before, [topic, payload]) => take(before, topic, payload, 1), EMPTY);
    const forgotten = sweep(view, new Set());
    assert.deepEqual([forgotten.bridges.size, forgotten.devices.size], [0, 2]);
    const again = sweep(view, new Set(['bridge b', 'device phone']));
    assert.deepEqual([[...again.devices.keys()], again.summary], [['phone'], null]);
  });

  it('says for how long somebody looks', () => {
    const at = (/** @type {string} */ payload) =>
      take(EMPTY, { of: 'presence', name: 'phone' }, payload, 1000).presence.get('phone');
    assert.deepEqual(
      [
        'foreground',
        '{"state":"foreground","ttl_s":7}',
        'background',
        '{"state":"background"}',
      ].map(at),
      [121_000, 8000, 0, 0],
    );
  });

  it('does not grow without an end', () => {
    let view = EMPTY;
    for (let at = 0; at < 600; at++)
      view = take(view, { of: 'device', name: `d${at}` }, '{"platform":"log"}', 1);
    assert.equal(view.devices.size, 500);
  });
});

describe('one contract: what is read is what docs/schema says', () => {
  /** @type {[string, (payload: string) => unknown][]} */
  const readers = [
    ['event', reading.readEvent],
    ['receipt', (payload) => reading.readReceipt(payload) ?? reading.readReplyReceipt(payload)],
    ['agent', reading.readAgent],
    ['presence', reading.readPresence],
  ];
  for (const [message, read] of readers)
    for (const file of readdirSync(new URL(`${message}/`, EXAMPLES)))
      it(`${message}: ${file}`, () => {
        const text = readFileSync(new URL(`${message}/${file}`, EXAMPLES), 'utf8');
        assert.equal(read(text) !== null, file.startsWith('valid-'));
      });
});
