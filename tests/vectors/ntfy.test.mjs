// What a phone with ntfy's own app gets of the same pushes: reading.json says what it must see, and a
// strict stand-in for ntfy's server takes each.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { openH2 } from '../e2e/support/h2.mjs';
import { startNtfy } from '../e2e/support/ntfy.mjs';
import { scratchDirectory } from '../e2e/support/scratch.mjs';

/** @param {string} name */
const read = (name) => JSON.parse(readFileSync(new URL(name, import.meta.url), 'utf8'));

/**
 * @typedef {{ title: string, body: string, tag: string, level: string }} Shown
 * @typedef {{ method: string, url: string, body: any }} Sent
 * @type {Map<string, { shows?: Shown, withdraws?: string }>}
 */
const expected = new Map(
  read('reading.json').vectors.map((/** @type {any} */ one) => [one.name, one]),
);
/** @type {{ name: string, ntfy: Sent }[]} */
const messages = read('push.json').messages;
const PRIORITIES = { passive: 2, active: 3, 'time-sensitive': 4 };

test('ntfy takes and shows every push, replaces and withdraws', async (t) => {
  const ntfy = await startNtfy({ dir: await scratchDirectory(t) });
  t.after(() => ntfy.stop());
  const h2 = await openH2(t, ntfy);
  for (const { name, ntfy: sent } of messages) {
    const { shows, withdraws } = expected.get(name) ?? {};
    const { pathname } = new URL(sent.url);
    const answer = await h2.post(
      pathname,
      { ':method': sent.method },
      sent.body ? JSON.stringify(sent.body) : '',
    );
    assert.equal(answer.status, 200, `${name}: ${answer.text}`);
    const noted = ntfy.accepted.at(-1);
    assert.equal(noted?.removed, withdraws ?? '', name);
    if (!shows) continue;
    const { message } = noted ?? {};
    assert.equal(message.sequence_id, shows.tag, name);
    assert.equal(message.title, shows.title, name);
    assert.equal(message.priority, PRIORITIES[/** @type {'active'} */ (shows.level)], name);
    // Where one of them is cut, it begins as the other.
    const [short, long] = [message.message, shows.body].sort((a, b) => a.length - b.length);
    assert.ok(long.startsWith(short.split('…')[0]), `${name}: ${message.message}`);
    if (!short.includes('…')) assert.equal(short, long, name);
    // It opens, and cannot answer.
    for (const action of message.actions ?? []) assert.equal(action.action, 'view', name);
  }
});
