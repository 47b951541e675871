import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { source } from './source.mjs';

/** @type {typeof import('../src/core/marks')} */
const { mark } = await source('core/marks.ts');

const VECTORS = new URL('../../tests/vectors/marks.json', import.meta.url);
/** @type {{ cases: { name: string, text: string, marked: string }[] }} */
const { cases } = JSON.parse(readFileSync(VECTORS, 'utf8'));

describe('what cannot be seen', () => {
  for (const { name, text, marked } of cases)
    it(`is marked, once: ${name}`, () => {
      assert.equal(mark(text), marked);
      assert.equal(mark(marked), marked);
    });
});
