// dist/nudge.js as OpenCode finds it.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire, isBuiltin } from 'node:module';
import { describe, it } from 'node:test';

const BUNDLE = new URL('../dist/nudge.js', import.meta.url);
const module = await import(BUNDLE.href);

describe('the bundle', () => {
  it('exports one thing: OpenCode 1.x takes each other export for a plugin, or refuses them all', () => {
    assert.deepEqual(Object.keys(module), ['default']);
    assert.equal(module.default.id, 'nudge'); // OpenCode wants one of a plugin that is a path
    assert.equal(typeof module.default.server, 'function');
  });

  it('is left alone by OpenCode 2.x, which calls setup and gives what is not ours', () => {
    const context = new Proxy(() => {}, { get: () => assert.fail('was touched') });
    assert.equal(module.default.setup(context), undefined);
  });

  it('does nothing, and says so, where another copy of it speaks already', async () => {
    const [one, other] = await Promise.all(['one', 'other'].map((it) => import(`${BUNDLE}?${it}`)));
    /** @type {string[]} */
    const said = [];
    const log = async (/** @type {any} */ { body }) => void said.push(body.message);
    const client = { app: { log }, tui: { showToast: async () => {} } };
    const input = { client, directory: '/nowhere/a', worktree: '/' };
    const host = { host: 'bundle-test' };
    const hooks = await one.default.server(input, host);
    assert.deepEqual(await other.default.server(input, host), {});
    assert.match(
      said.join('\n'),
      /^nudge: OpenCode loads this plugin from two files, and this one/,
    );
    const elsewhere = await other.default.server({ ...input, directory: '/nowhere/b' }, host);
    await Promise.all([hooks.dispose(), elsewhere.dispose()]);
    const again = await other.default.server(input, host);
    assert.equal(typeof again.event, 'function');
    await again.dispose();
  });

  it('has no package.json beside it: OpenCode would load what that names', () => {
    assert.ok(!existsSync(new URL('package.json', BUNDLE)));
  });

  it('imports nothing that is not in it', () => {
    const imports = readFileSync(BUNDLE, 'utf8').matchAll(/^import .*? from ["']([^"']+)["'];$/gm);
    const foreign = [...imports].map(([, name = '']) => name).filter((name) => !isBuiltin(name));
    assert.deepEqual(foreign, []);
  });

  it('is what the package and its program say they are', () => {
    const manifest = createRequire(import.meta.url)('../package.json');
    assert.equal(new URL(`../${manifest.main}`, import.meta.url).href, BUNDLE.href);
    const program = readFileSync(new URL(`../${manifest.bin['opencode-nudge']}`, import.meta.url));
    assert.ok(program.subarray(0, 20).equals(Buffer.from('#!/usr/bin/env node\n')));
  });
});
