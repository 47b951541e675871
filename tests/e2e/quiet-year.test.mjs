// The year of quiet hours that the unit test goes through is what another implementation says.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { quietYear } from '../core/quiet-year.mjs';

test('the expected quiet hours of a year are those of Intl', async () => {
  const file = new URL('../core/quiet_year.inc', import.meta.url);
  assert.equal(quietYear(), await readFile(file, 'utf8'));
});
