// Each preference once: docs/schema says what it may be and what it is by default; tests/core/test_catalog.c holds
// the bridge's table to it. Here: what a patch may say, and the list of the client and the page.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { source } from '../../plugin/test/source.mjs';

/** @param {string} name */
const schemaOf = async (name) =>
  JSON.parse(
    await readFile(new URL(`../../docs/schema/${name}.schema.json`, import.meta.url), 'utf8'),
  );

const whole = await schemaOf('preferences');
const patch = await schemaOf('preferences-patch');
/** @type {typeof import('../../client/src/core/preferences')} */
const { DEFAULTS } = await source('../../client/src/core/preferences.ts');
const rules = await readFile(new URL('../../docs/rules.md', import.meta.url), 'utf8');

/**
 * What a merge patch may say where a document may say that: null means the default again.
 *
 * @param {any} schema
 * @returns {any}
 */
function orNull(schema) {
  const { default: _, ...rest } = schema;
  if (rest.$ref) return { anyOf: [rest, { type: 'null' }] };
  const types = [rest.type].flat();
  return {
    ...rest,
    type: types.includes('null') ? rest.type : [...types, 'null'],
    ...(rest.enum && { enum: [...rest.enum, null] }),
    ...(rest.properties && { properties: orNullEach(rest.properties) }),
  };
}

/** @param {Record<string, any>} properties */
const orNullEach = (properties) =>
  Object.fromEntries(Object.entries(properties).map(([name, one]) => [name, orNull(one)]));

/**
 * The defaults, as the schema has them.
 *
 * @param {any} schema
 * @returns {any}
 */
const defaultOf = (schema) =>
  schema.type === 'object'
    ? Object.fromEntries(
        Object.entries(schema.properties).map(([name, one]) => [name, defaultOf(one)]),
      )
    : schema.default;

const { rev: _, ...said } = whole.properties;

describe('a preference', () => {
  it('may be patched with what it may be, or null', () => {
    assert.deepEqual(patch.properties, orNullEach(said));
  });

  it('has its default in the schema, and the same in the client', () => {
    assert.deepEqual(
      JSON.parse(JSON.stringify(DEFAULTS)),
      defaultOf({ type: 'object', properties: said }),
    );
  });

  for (const name of Object.keys(said))
    it(`stands in docs/rules.md: ${name}`, () => {
      const rows = rules.slice(rules.indexOf('| preference |')).split('\n\n')[0] ?? '';
      assert.match(rows, new RegExp(`^\\| \`${name}\\b`, 'm'));
    });
});
