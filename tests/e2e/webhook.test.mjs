// The recipes of docs/providers.md, each against a stand-in for its service.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { startHooks, services as names } from './support/hooks.mjs';
import { scratchDirectory } from './support/scratch.mjs';
import { setServices } from './support/services.mjs';

const DOCS = new URL('../../docs/providers.md', import.meta.url);
const NASTY = 'He said "no" \\ }} {{title}}\n<!channel> @everyone </b>\u2028🔔';
const EVENT = { kind: 'note', title: 'A "title"', body: NASTY, ttl_s: 600 };

/** @type {Record<string, any>} registrations by the service's name */
const recipes = {};
/** @type {import('./support/services.mjs').Services} */
let services;
/** @type {Record<string, import('./support/hooks.mjs').Hooks>} */
const hooks = {};
/** @type {(() => any)[]} */
const endings = [];
const scope = { after: (/** @type {() => any} */ end) => endings.unshift(end) };

before(async () => {
  const docs = await readFile(DOCS, 'utf8');
  for (const [, name = '', json = ''] of docs.matchAll(/^### (\w+)$[^]*?^```json\n([^]*?)^```$/gm))
    recipes[name] = JSON.parse(json);
  const dir = await scratchDirectory(/** @type {any} */ (scope));
  let [, headers = ''] = /^```\n(https:[^]*?)^```$/m.exec(docs) ?? [];
  for (const name of names) {
    const hook = await startHooks({ dir: join(dir, name) });
    hooks[name] = hook;
    scope.after(() => hook.stop());
    const { origin } = new URL(recipes[name]?.url.replace('{{id}}', 'id'));
    headers = headers.replaceAll(origin, hook.url);
    recipes[name].url = recipes[name].url.replace(origin, hook.url);
  }
  const headersFile = join(dir, 'headers');
  await writeFile(headersFile, headers, { mode: 0o600 });
  const caFile = join(dir, 'ca.pem');
  const authorities = Object.values(hooks).map(({ caFile }) => readFile(caFile, 'utf8'));
  await writeFile(caFile, (await Promise.all(authorities)).join(''));
  const ports = Object.values(hooks).map(({ port }) => `localhost:${port}`);
  const allow_hosts = ['localhost', ...ports].join(', ');
  services = await setServices(scope, {
    webhook: { allow_hosts, headers_file: headersFile, ca_file: caFile },
  });
});
after(async () => {
  for (const end of endings) await end();
});

test('there is a recipe for each service, and none that nobody runs', () => {
  assert.deepEqual(Object.keys(recipes).sort(), [...names].sort());
});

/** @param {any} value @returns {string} all texts within, one after the other */
function textsOf(value) {
  if (typeof value === 'string') return value;
  return typeof value === 'object' && value ? Object.values(value).map(textsOf).join('\n') : '';
}

for (const name of names) {
  test(`${name} takes what its recipe makes of an event, whatever its text is`, async () => {
    const hook = /** @type {import('./support/hooks.mjs').Hooks} */ (hooks[name]);
    const person = await services.addPerson(recipes[name]);
    const receipt = await person.receipt(await person.tell(EVENT));
    const seen = JSON.stringify([receipt, hook.refused.map(({ reason }) => reason)]);
    assert.deepEqual([receipt.state, receipt.service], ['pushed', 'webhook'], seen);
    const texts = textsOf(hook.accepted.at(-1)?.body);
    for (const part of ['A "title"', 'He said "no" \\ }} {{title}}', '@everyone', '🔔'])
      assert.ok(texts.includes(part), `${part} in ${texts}`);
  });

  test(`${name} is told nothing with the privacy none`, async () => {
    const hook = /** @type {import('./support/hooks.mjs').Hooks} */ (hooks[name]);
    const prefs = { privacy: 'none', delay_s: { 'permission.asked': 0 } };
    const person = await services.addPerson({ ...recipes[name], prefs });
    const session = { id: 'ses_secret', title: 'Secret', parent: null };
    const event = { ...EVENT, session, host: 'secret-host', title: 'Secret title' };
    assert.equal((await person.receipt(await person.tell(event))).state, 'pushed');
    const texts = JSON.stringify(hook.accepted.at(-1)?.body);
    assert.ok(texts.includes('There is news from your agents.'), texts);
    assert.doesNotMatch(texts, /secret|He said|evt_/i);
  });
}

test('a repeat is the same to Matrix, and what it refuses stays a device', async () => {
  const hook = /** @type {import('./support/hooks.mjs').Hooks} */ (hooks.Matrix);
  const person = await services.addPerson(recipes.Matrix);
  const from = hook.accepted.length;
  hook.script([{ status: 500, reason: 'M_UNKNOWN' }]);
  assert.equal((await person.receipt(await person.tell(EVENT))).state, 'pushed');
  assert.equal(hook.faulted.at(-1)?.path, hook.accepted[from]?.path);
  hook.script([{ status: 404, reason: 'M_NOT_FOUND' }]);
  const refused = await person.receipt(await person.tell(EVENT));
  assert.deepEqual([refused.state, refused.reason], ['failed', 'M_NOT_FOUND']);
  assert.equal((await person.receipt(await person.tell(EVENT))).state, 'pushed');
});
