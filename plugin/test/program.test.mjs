// Whatever command a line names must work as typed.
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { source } from './source.mjs';

/** @type {typeof import('../src/command/program')} */
const { asTyped } = await source('command/program.ts');

const LINE = '"opencode-nudge test" or "nudge pair me"';

/**
 * A clone, in which the program is installed as npx finds it.
 *
 * @param {import('node:test').TestContext} test
 */
function clone(test) {
  const dir = mkdtempSync(join(tmpdir(), 'nudge program-'));
  test.after(() => rmSync(dir, { recursive: true, force: true }));
  const write = (/** @type {string} */ path) => {
    mkdirSync(join(dir, path, '..'), { recursive: true });
    writeFileSync(join(dir, path), '');
    chmodSync(join(dir, path), 0o755);
    return join(dir, path);
  };
  return { dir, write, file: write('plugin/dist/cli.js') };
}

describe('a command', () => {
  it('is called by npx as npx was called, from where one is', (test) => {
    const { dir, file } = clone(test);
    const env = { npm_command: 'exec' };
    assert.match(asTyped(LINE, { file, cwd: dir, env }), /^"npx \.\/plugin test"/);
    assert.match(asTyped(LINE, { file, cwd: join(dir, 'plugin'), env }), /^"npx \. test"/);
    assert.ok(asTyped(LINE, { file, cwd: '/usr', env }).startsWith(`"npx '${dir}/plugin' test"`));
  });

  it('of a package that npx fetched has the name of the package', (test) => {
    const { write } = clone(test);
    const file = write('_npx/1/node_modules/opencode-nudge/dist/cli.js');
    const line = asTyped(LINE, { file, cwd: '/', env: { npm_command: 'exec' } });
    assert.match(line, /^"npx opencode-nudge test"/);
  });

  it('of a folder that npx copied has the name of the folder', (test) => {
    const { dir, write } = clone(test);
    const file = write('_npx/1/node_modules/opencode-nudge/dist/cli.js');
    write('build/nudge');
    const dependencies = { 'opencode-nudge': 'file:../../plugin' };
    writeFileSync(join(dir, '_npx/1/package.json'), JSON.stringify({ dependencies }));
    const line = asTyped(LINE, { file, cwd: dir, env: { npm_command: 'exec', PATH: dir } });
    assert.equal(line, '"npx ./plugin test" or "./build/nudge pair me"');
  });

  it('has its own name where the shell finds that, else that of its file', (test) => {
    const { dir, file } = clone(test);
    const bin = join(dir, 'bin');
    mkdirSync(bin);
    assert.match(asTyped(LINE, { file, cwd: dir, env: { PATH: bin } }), /^"node '.*cli\.js' test"/);
    symlinkSync(file, join(bin, 'opencode-nudge'));
    assert.match(asTyped(LINE, { file, cwd: dir, env: { PATH: bin } }), /^"opencode-nudge test"/);
  });

  it('of the bridge is the one of the clone, with its settings, unless one is installed', (test) => {
    const { dir, file, write } = clone(test);
    const bridge = () => asTyped(LINE, { file, cwd: dir, env: { PATH: join(dir, 'bin') } });
    assert.match(bridge(), /"nudge pair me"$/);
    write('build/nudge');
    assert.match(bridge(), /"\.\/build\/nudge pair me"$/);
    write('build/run/nudge.conf');
    assert.match(bridge(), /"\.\/build\/nudge pair me -c \.\/build\/run\/nudge\.conf"$/);
    write('bin/nudge');
    assert.match(bridge(), /"nudge pair me"$/);
  });
});
