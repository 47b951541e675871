// Changes of lists are made on what will hold, though something older is shown.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { source } from './source.mjs';

/** @type {typeof import('../src/edits')} */
const { addingRule, editingRule, including, muting } = await source('edits.ts');

const [first, second, third] = ['UTC', 'Europe/Paris', 'Asia/Tokyo'].map((tz) => ({
  ...{ from: '22:00', to: '07:00', tz },
}));
assert.ok(first && second && third);
const shown = [first, second, third];

/**
 * @param {import('nudge-client').Change} change
 * @param {any} wanted
 * @returns {any}
 */
const made = (change, wanted) => (typeof change === 'function' ? change(wanted) : change);

describe('a rule', () => {
  const late = (/** @type {any} */ rule) => ({ ...rule, to: '09:00' });
  const edited = (/** @type {number} */ at, /** @type {any[]} */ quiet) =>
    made(editingRule(shown, at, late), { quiet }).quiet;

  it('is changed in its place', () => {
    assert.deepEqual(edited(1, shown), [first, late(second), third]);
  });

  it('is found when another went, or came', () => {
    assert.deepEqual(edited(1, [second, third]), [late(second), third]);
    assert.deepEqual(edited(0, [third, second, first]), [third, second, late(first)]);
  });

  it('is changed on top of what it was changed to', () => {
    const changed = { ...second, from: '20:00' };
    assert.deepEqual(edited(1, [first, changed, third]), [first, late(changed), third]);
    assert.deepEqual(edited(1, [first, changed, third, first]).length, 4);
  });

  it('that nobody finds is left alone', () => {
    assert.throws(() => edited(1, [first, third]), /others by now/);
    assert.throws(() => edited(1, []), /others by now/);
  });

  it('goes and comes back in its place', () => {
    const gone = made(
      editingRule(shown, 1, () => null),
      { quiet: shown },
    );
    assert.deepEqual(gone.quiet, [first, third]);
    assert.deepEqual(made(addingRule(second, 1), gone).quiet, shown);
    assert.deepEqual(made(addingRule(third), {}).quiet, [third]);
  });
});

it('a name is muted once, and unmuted', () => {
  const wanted = { mute: { hosts: ['pi'], projects: ['x'] } };
  assert.deepEqual(made(muting('hosts', 'box', true), wanted), { mute: { hosts: ['pi', 'box'] } });
  assert.deepEqual(made(muting('hosts', 'pi', true), wanted), { mute: { hosts: ['pi'] } });
  assert.deepEqual(made(muting('hosts', 'pi', false), wanted), { mute: { hosts: [] } });
});

it('one more or less keeps the order', () => {
  const all = ['a', 'b', 'c'];
  assert.deepEqual(including(all, ['c', 'a'], 'b', true), all);
  assert.deepEqual(including(all, ['c', 'a'], 'b', false), ['a', 'c']);
  assert.deepEqual(including(all, ['c', 'a'], 'c', false), ['a']);
});
