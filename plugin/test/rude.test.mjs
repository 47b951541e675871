// Whatever OpenCode or the broker hand over: nothing throws, and what is published keeps the contract.
// Recorded events are damaged at random; the seed is printed and can be given: SEED=…
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { describe, it } from 'node:test';
import { callsOf, feed, recordings } from './recording.mjs';
import { source } from './source.mjs';

/** @type {typeof import('../src/core/entry')} */
const { findEntry, Unreadable, withEntry, withoutEntry } = await source('core/entry.ts');
/** @type {typeof import('../src/core/event')} */
const { isId, toEvent } = await source('core/event.ts');
/** @type {typeof import('../src/core/reply')} */
const { readReply } = await source('core/reply.ts');
/** @type {typeof import('../src/core/tracker')} */
const { Tracker } = await source('core/tracker.ts');

const seed = Number(process.env['SEED'] ?? randomInt(2 ** 31));
console.log(`SEED=${seed}`);

let state = seed >>> 0;
/** mulberry32
 * @param {number} below */
function random(below) {
  state = (state + 0x6d2b79f5) >>> 0;
  let bits = Math.imul(state ^ (state >>> 15), state | 1);
  bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
  return ((bits ^ (bits >>> 14)) >>> 0) % below;
}

const ODD = [
  ...[null, true, -1, 1e300, '', 'x'.repeat(100_000), '\ud800', [], {}, [[[]]]],
  ...['__proto__', 'constructor'],
];

/** A copy in which some values are others.
 * @param {any} value
 * @returns {any} */
function damaged(value) {
  if (random(40) === 0) return ODD[random(ODD.length)];
  if (Array.isArray(value)) return value.map(damaged);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, damaged(one)]));
}

/** @param {string} text */
function scratched(text) {
  const at = random(text.length + 1);
  const odd = ['', '"', '{', ']', ',', '\\', '/*', '//', '\u0000'][random(9)];
  return text.slice(0, at) + odd + text.slice(at + random(4));
}

const place = { host: 'workstation', project: 'webshop', directory: '/home/a/webshop' };

describe('rude input', () => {
  it('makes the tracker publish nothing that breaks the contract', () => {
    for (const name of recordings()) {
      const tracker = new Tracker();
      for (const { t, event } of callsOf(name)) {
        const { id, type } = event;
        const rude = { id, type, properties: damaged(event.properties) ?? {} };
        for (const happening of feed(tracker, rude, t)) {
          const published = toEvent(happening, place);
          assert.ok(isId(published.id) && isId(published.session.id), JSON.stringify(published));
          assert.ok(!published.request || isId(published.request.id));
          assert.ok(Buffer.byteLength(JSON.stringify(published)) < 65_536);
        }
      }
      const end = { nowMs: 0, steadyMs: Number.MAX_SAFE_INTEGER, nonce: '' };
      tracker.tick(end);
      tracker.close(end);
      tracker.sessions('webshop');
    }
  });

  it('is no reply, or one that keeps the contract', () => {
    const good = JSON.stringify({ request: 'que_1', nonce: 'n', answers: [['a'], ['b']] });
    for (let i = 0; i < 20_000; i++) {
      const reply = readReply(Buffer.from(scratched(scratched(good)), 'latin1'));
      if (reply) assert.ok(isId(reply.request) && reply.nonce !== '');
    }
  });

  it('in OpenCode’s settings is refused, or survives an entry that comes and goes', () => {
    const good = '{\n  // mine\n  "plugin": [\n    "a", /* b */\n    ["c", {}],\n  ],\n}\n';
    for (let i = 0; i < 5_000; i++) {
      const text = scratched(scratched(good));
      try {
        const changed = withEntry(text, 'opencode-nudge');
        assert.equal(findEntry(changed), 'opencode-nudge', text);
        assert.equal(findEntry(withoutEntry(changed)), null, text);
      } catch (error) {
        if (!(error instanceof Unreadable)) throw error;
      }
    }
  });
});
