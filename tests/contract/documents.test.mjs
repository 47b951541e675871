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
  const made = readdirSync(new URL('src/io', root)).flatMap((file) => [
    ...read(`src/io/${file}`).matchAll(/CREATE TABLE(?: IF NOT EXISTS)? (\w+)\(/g),
  ]);
  const list = architecture.slice(architecture.indexOf('| table |')).split('\n\n')[0] ?? '';
  const told = list
    .split('\n')
    .slice(2)
    .flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`(\w+)`/g)]);
  const names = (/** @type {RegExpMatchArray[]} */ all) => [
    ...new Set(all.map(([, name]) => name)),
  ];
  assert.deepEqual(names(told).sort(), names(made).sort());
});

test('docs/topics.md has each topic that the bridge reads, and each schema', () => {
  for (const [, leaf] of read('src/core/topic.c').matchAll(/\{ "(\w+)", (?:true|false), TOPIC_/g))
    assert.match(topics, new RegExp(`nudge/<user>/${leaf}\\b`), leaf);
  for (const file of readdirSync(new URL('docs/schema', root)))
    if (file !== 'common.schema.json') assert.ok(topics.includes(`schema/${file}`), file);
});
