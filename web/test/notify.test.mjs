// The service worker understands every message that the bridge seals for a device: tests/vectors.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { source } from './source.mjs';

/** @type {typeof import('../src/worker/notify')} */
const { isOutdated, optionsOf, readPush } = await source('worker/notify.ts');

const read = (/** @type {string} */ file) =>
  JSON.parse(readFileSync(new URL(`../../tests/vectors/${file}`, import.meta.url), 'utf8'));
const { messages } = read('push.json');
/** @type {Map<string, any>} */
const shows = new Map(
  read('reading.json').vectors.map((/** @type {any} */ one) => [one.name, one]),
);

describe('a push', () => {
  for (const { name, text } of messages)
    it(`is understood: ${name}`, () => {
      const push = readPush(text);
      assert.ok(push);
      const expected = shows.get(name);
      if ('withdraw' in push) return assert.equal(push.withdraw, expected.withdraws);
      const options = /** @type {any} */ (optionsOf(push.show, true));
      const shown = expected.shows;
      assert.equal(options.title, shown.title);
      assert.equal(options.body, shown.body);
      assert.equal(options.tag, shown.tag);
      assert.equal(options.data.event_id, shown.event);
      assert.equal(options.data.nonce, shown.request?.nonce);
      assert.equal(
        options.actions?.length,
        /^NUDGE_PERMISSION/.test(shown.category) ? 2 : undefined,
      );
      assert.equal(options.requireInteraction, shown.level === 'time-sensitive');
    });

  it('is none of ours', () => {
    for (const text of ['', '{', '[]', '{}', '{"notification":{"title":5}}', 'null'])
      assert.equal(readPush(text), null);
  });

  it('outdates the end of its own session, and no request', () => {
    const next = { title: 'x', tag: 'b', data: { thread: 't' } };
    assert.equal(isOutdated({ tag: 'a', data: { thread: 't' } }, next), true);
    assert.equal(isOutdated({ tag: 'b', data: { thread: 't' } }, next), false);
    assert.equal(isOutdated({ tag: 'a', data: { thread: 'u' } }, next), false);
    assert.equal(isOutdated({ tag: 'a', data: null }, next), false);
    const asked = { thread: 't', category: 'NUDGE_PERMISSION' };
    assert.equal(isOutdated({ tag: 'a', data: asked }, next), false);
  });
});
