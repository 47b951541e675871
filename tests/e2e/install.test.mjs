// What is missing is installed, and what cannot be is said. apt is a stand-in.
import assert from 'node:assert/strict';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runProcess } from './support/process.mjs';
import { scratchDirectory } from './support/scratch.mjs';

const INSTALL = fileURLToPath(new URL('../../packaging/install', import.meta.url));
const GROUP = 'package';

/**
 * A machine that has no package, and whose apt ends as told.
 * @param {import('node:test').TestContext} t
 * @param {{ update: number, install: number }} codes
 */
async function install(t, { update, install }) {
  const dir = await scratchDirectory(t);
  const log = join(dir, 'log');
  const programs = {
    'dpkg-query': 'exit 1',
    dpkg: 'echo amd64',
    id: 'echo 0',
    'apt-get': `echo "$@" >>${log}; case $1 in update) exit ${update} ;; *) exit ${install} ;; esac`,
  };
  for (const [name, script] of Object.entries(programs)) {
    await writeFile(join(dir, name), `#!/bin/sh\n${script}\n`);
    await chmod(join(dir, name), 0o755);
  }
  const env = { PATH: `${dir}:${process.env.PATH}` };
  const { code, lines } = await runProcess(INSTALL, [GROUP], { env });
  return { code, lines, calls: (await readFile(log, 'utf8')).trim().split('\n') };
}

describe('packaging/install', () => {
  test('asks apt for what is missing', async (t) => {
    const { code, calls } = await install(t, { update: 0, install: 0 });
    assert.equal(code, 0);
    assert.equal(calls.length, 2);
    assert.match(calls[1] ?? '', /^install .* lintian$/);
  });

  test('goes on with the lists it has when one cannot be fetched', async (t) => {
    const { code, lines, calls } = await install(t, { update: 100, install: 0 });
    assert.equal(code, 0);
    assert.equal(calls.length, 2);
    assert.match(lines.join('\n'), /apt-get update failed: going on with the lists/);
  });

  test('fails when a package cannot be installed', async (t) => {
    const { code } = await install(t, { update: 0, install: 100 });
    assert.equal(code, 100);
  });
});
