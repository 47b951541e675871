// docs/architecture.md and docs/topics.md name what there is, and nothing that there is not.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

const root = new URL('../../', import.meta.url);
const read = (/** @type {string} */ path) => readFileSync(new URL(path, root), 'utf8');
const architecture = read('docs/architecture.md');
const topics = read('docs/topics.md');

test('docs/architecture.md names each file of the rooms', () => {
  for (const room of ['arrive', 'know', 'decide', 'deliver', 'tell'])
    for (const file of readdirSync(new URL(`src/${room}`, root)))
      assert.match(
        architecture,
        new RegExp(`\\b${file.replace(/\.c$/, '')}\\b`),
        `${room}/${file}`,
      );
});

test('docs/architecture.md has each table with its owner, and no other', () => {
  const code = readdirSync(new URL('src/io', root))
    .map((file) => read(`src/io/${file}`))
    .join();
  /** @type {Map<string, boolean>} whether it is made or dropped, as it was last */
  const tables = new Map();
  for (const [, what, name = ''] of code.matchAll(
    /(CREATE|DROP) TABLE (?:IF (?:NOT )?EXISTS )?(\w+)/g,
  ))
    tables.set(name, what === 'CREATE');
  const made = [...tables.keys()].filter((name) => tables.get(name));
  const list = architecture.slice(architecture.indexOf('| table |')).split('\n\n')[0] ?? '';
  const told = list
    .split('\n')
    .slice(2)
    .flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`(\w+)`/g)].map(([, name]) => name));
  assert.deepEqual(told.sort(), made.sort());
});

test('docs/topics.md has each topic that the bridge reads, and each schema', () => {
  for (const [, leaf] of read('src/core/topic.c').matchAll(/\{ "(\w+)", (?:true|false), TOPIC_/g))
    assert.match(topics, new RegExp(`nudge/<user>/${leaf}\\b`), leaf);
  for (const file of readdirSync(new URL('docs/schema', root)))
    if (file !== 'common.schema.json') assert.ok(topics.includes(`schema/${file}`), file);
});
