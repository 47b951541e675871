import assert from 'node:assert/strict';
import { it } from 'node:test';
import { source } from './source.mjs';

/** @type {typeof import('../src/io/copies')} */
const { Copy } = await source('io/copies.ts');

it('of two copies of the plugin in a process one speaks for a directory, until it is closed', () => {
  const shared = {};
  const [one, other] = [new Copy(shared), new Copy(shared)];
  const ends = [one.claim('/a'), one.claim('/a')]; // OpenCode may open it twice
  assert.equal(other.claim('/a'), null);
  assert.notEqual(other.claim('/b'), null);
  assert.equal(one.claim('/b'), null);
  ends[0]?.();
  assert.equal(other.claim('/a'), null);
  ends[1]?.();
  assert.notEqual(other.claim('/a'), null);
  assert.equal(one.claim('/a'), null);
});
