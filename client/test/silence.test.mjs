// When a bridge that is said to run is said to be silent, and when nobody can know.
import assert from 'node:assert/strict';
import { beforeEach, afterEach, describe, it } from 'node:test';
import { source } from './source.mjs';

/** @type {typeof import('../src/silence')} */
const { Silence } = await source('silence.ts');

const { setInterval: setReal, clearInterval: clearReal } = globalThis;
/** @type {Set<() => void>} */
const looks = new Set();
/** @param {number} count */
const look = (count) => {
  for (let at = 0; at < count; at++) for (const one of looks) one();
};

beforeEach(() => {
  /** @type {any} */ (globalThis).setInterval = (/** @type {() => void} */ work) => {
    looks.add(work);
    return work;
  };
  globalThis.clearInterval = (work) => void looks.delete(/** @type {any} */ (work));
});
afterEach(() => {
  globalThis.setInterval = setReal;
  globalThis.clearInterval = clearReal;
  looks.clear();
});

/** @param {string[]} running */
function begun(running) {
  let changes = 0;
  const silence = new Silence({ running: () => running, onChange: () => changes++ });
  silence.begin();
  return { silence, changes: () => changes };
}

describe('a bridge that is said to run', () => {
  it('is silent once it was not heard for so long, and is not when it is heard', () => {
    const { silence, changes } = begun(['nudge']);
    silence.hearHealth('nudge', '{"ts":1}');
    look(7);
    assert.deepEqual([silence.of, changes()], [null, 0]);
    look(1);
    assert.deepEqual([silence.of, changes()], ['unheard', 1]);
    silence.hearHealth('nudge', '{"ts":1}');
    assert.equal(silence.of, 'unheard', 'the same again is nothing new');
    silence.hearHealth('nudge', 'no health');
    assert.equal(silence.of, 'unheard');
    silence.hearHealth('nudge', '{"ts":2}');
    assert.equal(silence.of, null);
    look(7);
    silence.hear();
    look(7);
    assert.equal(silence.of, null, 'whatever it says counts');
  });

  it('is heard by each message, where none says its time', () => {
    const { silence } = begun(['nudge']);
    for (const payload of ['{}', '{"ts":"now"}', '{"ts":-1}']) {
      silence.hearHealth('nudge', payload);
      look(7);
    }
    assert.equal(silence.of, null);
  });

  it('owes nothing, if it never says how it is', () => {
    const { silence } = begun(['nudge']);
    look(100);
    assert.equal(silence.of, null);
  });

  it('is silent only if every one is', () => {
    const { silence } = begun(['one', 'two']);
    silence.hearHealth('one', '{"ts":1}');
    look(20);
    assert.equal(silence.of, null);
    silence.hearHealth('two', '{"ts":1}');
    look(20);
    assert.equal(silence.of, 'unheard');
    assert.equal(begun([]).silence.of, null);
  });

  it('is not known to be silent without a connection, nor at its begin', () => {
    const { silence } = begun(['nudge']);
    silence.hearHealth('nudge', '{"ts":1}');
    look(8);
    silence.stop();
    assert.deepEqual([silence.of, looks.size], [null, 0]);
    silence.begin();
    silence.hearHealth('nudge', '{"ts":1}');
    assert.equal(silence.of, null);
    silence.stop();
  });
});
