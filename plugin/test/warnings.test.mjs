import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { source } from './source.mjs';

/** @type {typeof import('../src/io/warnings')} */
const { notes, warnings } = await source('io/warnings.ts');

/** @type {string[]} */
const logged = [];
const client = /** @type {any} */ ({
  app: { log: async (/** @type {any} */ { body }) => void logged.push(body.message) },
  tui: { showToast: async () => {} },
});

/** @param {import('node:test').TestContext} test */
function listen(test) {
  /** @type {string[]} */
  const shown = [];
  logged.length = 0;
  test.mock.method(process.stderr, 'write', (/** @type {string} */ text) => {
    shown.push(text);
    return true;
  });
  return shown;
}

describe('a warning', () => {
  it('begins with our name wherever it is read, and is one line', (test) => {
    const shown = listen(test);
    warnings(client)('something\nis wrong');
    notes(client)('something is\nworth knowing');
    const expected = ['nudge: something is wrong', 'nudge: something is worth knowing'];
    assert.deepEqual(logged, expected);
    assert.deepEqual(
      shown,
      expected.map((line) => `${line}\n`),
    );
  });

  it('is said once, whatever file or reason it names', (test) => {
    listen(test);
    const warn = warnings(client);
    for (const name of ['a', 'b', 'c'])
      warn(`events may be lost: ENOSPC: no space left on device, open '/home/x/spool/${name}'`);
    for (const file of ['/home/x/1', '/home/x/2']) warn(`cannot write ${file}: no space`);
    for (const reason of ['ECONNREFUSED', 'EHOSTUNREACH', 'it does not answer'])
      warn(`cannot reach the broker at mqtt://pi.lan:1883 (${reason}): is it running?`);
    assert.equal(logged.length, 3, logged.join('\n'));
  });

  it('is another one of another broker, or of another option', (test) => {
    listen(test);
    const warn = warnings(client);
    for (const port of [1884, 1885]) warn(`cannot reach the broker at mqtt://pi.lan:${port} (x)`);
    for (const user of ['a/b', 'c/d']) warn(`option user is "${user}": give 1 to 64`);
    assert.equal(logged.length, 4, logged.join('\n'));
  });
});
