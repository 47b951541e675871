// The key counts as it is when an answer comes, not as it was when OpenCode began.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { source } from './source.mjs';

/** @type {typeof import('../src/io/gate')} */
const { Gate } = await source('io/gate.ts');
/** @type {typeof import('../src/io/login')} */
const { toSettings } = await source('io/login.ts');
/** @type {typeof import('../src/io/own-files')} */
const { OwnFiles } = await source('io/own-files.ts');
/** @type {typeof import('../src/core/options')} */
const { readOptions } = await source('core/options.ts');

const OLD = Buffer.alloc(32, 1);
const NEW = Buffer.alloc(32, 2);

/** @param {import('node:test').TestContext} test */
function scene(test) {
  const dir = mkdtempSync(join(tmpdir(), 'nudge-key-'));
  test.after(() => rmSync(dir, { recursive: true, force: true }));
  const file = join(dir, 'reply-key');
  /** @param {Buffer} key @param {string} [path] */
  const write = (key, path = file) =>
    writeFileSync(path, `${key.toString('base64url')}\n`, { mode: 0o600 });
  write(OLD);
  /** @type {string[]} */
  const warnings = [];
  const { options } = readOptions({ replies: true, reply_key_file: file }, {});
  const gate = new Gate(
    toSettings(options, []),
    (line) => void warnings.push(line),
    () => {},
  );
  /** @param {Buffer} key */
  const refuses = (key) => {
    const signed = '{}';
    const mac = createHmac('sha256', key).update(signed).digest('base64url');
    const proof = { signed, mac };
    return gate.refuses({ request: 'per_1', nonce: 'n', answer: null, proof });
  };
  return { dir, file, write, warnings, refuses };
}

it('a secret is written for its owner alone, whatever lies in the way', (test) => {
  const { dir } = scene(test);
  mkdirSync(join(dir, 'nudge'));
  const file = join(dir, 'nudge', 'password');
  writeFileSync(join(dir, 'theirs'), 'theirs');
  for (const lay of [
    () => writeFileSync(`${file}.new`, 'half', { mode: 0o644 }),
    () => symlinkSync(join(dir, 'theirs'), `${file}.new`),
  ]) {
    rmSync(file, { force: true });
    lay();
    new OwnFiles({ XDG_CONFIG_HOME: dir }).write('password', 's3cret');
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.equal(readFileSync(file, 'utf8'), 's3cret\n');
    assert.equal(readFileSync(join(dir, 'theirs'), 'utf8'), 'theirs');
  }
});

describe('a reply key', () => {
  it('that was replaced proves nothing any more, and the new one does', async (test) => {
    const { write, refuses, dir, file } = scene(test);
    assert.equal(await refuses(OLD), null);
    write(NEW, join(dir, 'new'));
    renameSync(join(dir, 'new'), file);
    assert.equal(await refuses(OLD), 'signature');
    assert.equal(await refuses(NEW), null);
  });

  it('that is gone, or that others may read, proves nothing, which is said', async (test) => {
    const { write, refuses, warnings, file, dir } = scene(test);
    rmSync(file);
    assert.equal(await refuses(OLD), 'off');
    assert.match(warnings.at(-1) ?? '', /is missing/);
    write(OLD, join(dir, 'elsewhere'));
    symlinkSync(join(dir, 'elsewhere'), file);
    assert.equal(await refuses(OLD), null);
    chmodSync(join(dir, 'elsewhere'), 0o644);
    assert.equal(await refuses(OLD), 'off');
    assert.match(warnings.at(-1) ?? '', /may be read by others/);
    chmodSync(file, 0o600);
    assert.equal(await refuses(OLD), null);
  });

  it('that is a pipe or a folder keeps nobody waiting', async (test) => {
    const { refuses, warnings, file } = scene(test);
    rmSync(file);
    execFileSync('mkfifo', ['-m', '600', file]);
    assert.equal(await refuses(OLD), 'off');
    assert.match(warnings.at(-1) ?? '', /is no file/);
  });
});
