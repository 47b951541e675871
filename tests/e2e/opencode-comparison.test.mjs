// docs/opencode-comparison.md says what the two plugins do today.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { it } from 'node:test';
import { compare, document } from '../compare/compare.mjs';
import { scratchDirectory } from './support/scratch.mjs';

const PAGE = new URL('../../docs/opencode-comparison.md', import.meta.url);

it('the comparison in docs is what comes of the recordings; else: make compare', async (t) => {
  const rows = await compare(await scratchDirectory(t));
  assert.equal(await readFile(PAGE, 'utf8'), document(rows));
});
