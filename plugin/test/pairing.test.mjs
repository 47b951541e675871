import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { source } from './source.mjs';

/** @type {typeof import('../src/core/pairing')} */
const { BadPairing, readPairing } = await source('core/pairing.ts');

const VECTORS = new URL('../../tests/vectors/pairing.json', import.meta.url);
const vectors = JSON.parse(readFileSync(VECTORS, 'utf8'));

describe('a pairing text', () => {
  for (const { name, text, members } of vectors.good)
    it(`is read: ${name}`, () => assert.deepEqual(readPairing(text), members));

  for (const { name, text } of vectors.bad)
    it(`is refused: ${name}`, () => assert.throws(() => readPairing(text), BadPairing));

  it('may come from a terminal or a file', () =>
    assert.equal(readPairing(' nudge:pair?user=me&broker=mqtt%3A%2F%2Fpi.lan\r\n').user, 'me'));

  const hostile = [
    'nudge:pair?user=me&broker=mqtt%3A%2F%2Fpi.lan&password=a%00b',
    'nudge:pair?user=me&broker=mqtt%3A%2F%2Fpi.lan&password=%FF',
    'nudge:pair?user=me&broker=mqtt%3A%2F%2Fpi.lan&username=',
    'nudge:pair?user=me&broker=mqtt%3A%2F%2Fpi.lan&colour=red&colour=blue',
    `nudge:pair?user=me&broker=mqtt%3A%2F%2Fpi.lan&x=${'y'.repeat(5_000)}`,
    'nudge:pair?user=me&broker=mqtt%3A%2F%2Fpi.lan rm -rf',
    'javascript:x#pair?user=me&broker=mqtt%3A%2F%2Fpi.lan',
  ];
  for (const text of hostile)
    it(`is refused, and what was in it is not said: ${text.slice(40, 90)}`, () => {
      try {
        readPairing(text);
        assert.fail('was read');
      } catch (error) {
        assert.ok(error instanceof BadPairing, String(error));
        assert.ok(!error.message.includes('pi.lan'));
      }
    });
});
