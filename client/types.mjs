// Writes src/messages.ts from docs/schema. With --check it only says whether that file is up to date.
import { compile } from 'json-schema-to-typescript';
import { readdir, readFile, writeFile } from 'node:fs/promises';

const folder = new URL('../docs/schema/', import.meta.url);
const target = new URL('src/messages.ts', import.meta.url);

/** One schema of all, so that what they share has one name. */
async function everything() {
  /** @type {Record<string, object>} */
  const all = {};
  for (const file of (await readdir(folder)).sort()) {
    const text = await readFile(new URL(file, folder), 'utf8');
    const schema = JSON.parse(text.replaceAll('common.schema.json#/', '#/'));
    const { title, $id: _id, $schema: _schema, $defs = {}, ...rest } = schema;
    for (const name of Object.keys($defs))
      if (name in all) throw new Error(`${file}: two schemas define ${name}`);
    Object.assign(all, $defs);
    if (title !== 'Common') all[title] = rest;
  }
  return JSON.parse(JSON.stringify({ title: 'Messages', type: 'object', $defs: all }));
}

const text = await compile(await everything(), 'Messages', {
  additionalProperties: false,
  bannerComment: '// Made from docs/schema by `npm run types`; change those files, not this one.',
  style: { singleQuote: true, printWidth: 100 },
  ignoreMinAndMaxItems: true,
  unreachableDefinitions: true,
});
const wanted = text
  .replace(/^export interface Messages \{\}\n/m, '')
  .replace(/( \*\n)? \* This interface was referenced by [^/]*?\n \*\//g, ' */')
  .replace(/\/\*\*\n \*\/\n/g, '');

if (process.argv.includes('--check')) {
  if (wanted !== (await readFile(target, 'utf8'))) {
    console.error(
      'client/src/messages.ts is not what docs/schema says: npm --prefix client run types',
    );
    process.exit(1);
  }
} else {
  await writeFile(target, wanted);
}
