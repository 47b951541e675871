// docs/opencode-situations.md is the specification; this runs it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { play, recordings } from './recording.mjs';

const TABLE = new URL('../../docs/opencode-situations.md', import.meta.url);

/** @returns {Map<string, string[]>} recording to what is published */
function rows() {
  const lines = readFileSync(TABLE, 'utf8').split('\n');
  const cells = lines
    .filter((line) => line.startsWith('| ') && !line.startsWith('| recording'))
    .map((line) => line.split('|').map((cell) => cell.trim()));
  return new Map(cells.map(([, name = '', , list = '']) => [name, list ? list.split(', ') : []]));
}

describe('each recorded situation', () => {
  const table = rows();

  for (const [name, published] of table)
    it(`publishes what the table says: ${name}`, () => {
      const found = play(name).map(({ kind, session }) => (session.parent ? `> ${kind}` : kind));
      assert.deepEqual(found, published);
    });

  it('has a row in the table, and each row a recording', () => {
    assert.deepEqual([...table.keys()].sort(), recordings().sort());
  });
});
