// `nudge pair`: what it shows is what a phone's camera reads, and what the client understands.
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import jsQR from 'jsqr';
import { source } from '../../client/test/source.mjs';
import { runNudge, writeSettings } from './support/bridge.mjs';
import { makeAuthority } from './support/certificates.mjs';
import { runProcess } from './support/process.mjs';
import { scratchDirectory } from './support/scratch.mjs';

const BINARY = process.env.NUDGE_BINARY ?? 'build/nudge';
const MODULE = 4; // pixels

/** @type {{ readPairing: (text: string) => any }} */
const { readPairing } = await source('index.ts');

/**
 * The picture on a terminal, as a camera sees it.
 *
 * @param {string[]} lines
 */
function photograph(lines) {
  const rows = lines
    .filter((line) => line.includes('\x1b[38;5;16'))
    .map((line) => [...line.replace(/\x1b\[[0-9;]*m/g, '').trimEnd()]);
  const width = Math.max(...rows.map((row) => row.length));
  const black = rows.flatMap((row) => [
    Array.from({ length: width }, (_, x) => '▀█'.includes(row[x] ?? ' ') && row[x] !== undefined),
    Array.from({ length: width }, (_, x) => '▄█'.includes(row[x] ?? ' ') && row[x] !== undefined),
  ]);
  const height = black.length;
  const pixels = new Uint8ClampedArray(width * height * MODULE * MODULE * 4).fill(255);
  for (let y = 0; y < height * MODULE; y++)
    for (let x = 0; x < width * MODULE; x++)
      if (black[Math.floor(y / MODULE)]?.[Math.floor(x / MODULE)])
        pixels.fill(0, (y * width * MODULE + x) * 4, (y * width * MODULE + x) * 4 + 3);
  return { pixels, width: width * MODULE, height: height * MODULE };
}

/**
 * @param {string} text
 * @returns {Record<string, string>}
 */
function membersOf(text) {
  return Object.fromEntries(new URLSearchParams(text.slice(text.indexOf('?') + 1)));
}

/**
 * @param {string} dir
 * @param {string} user
 */
async function keyOf(dir, user) {
  return (await readFile(join(dir, 'state', 'reply-keys', user), 'utf8')).trim();
}

describe('nudge pair', () => {
  test('shows on a terminal a code that says the same as its text', async (t) => {
    const dir = await scratchDirectory(t);
    const settings = await writeSettings(dir, {});
    const args = '--broker mqtts://pi.lan:8883 --page https://pi.lan/nudge/ alice';
    const command = `${BINARY} pair -c ${settings} ${args}`;
    const { lines } = await runProcess('script', ['-qec', command, join(dir, 'log')]);
    const text = lines.find((line) => line.startsWith('https:'))?.trim();
    const { pixels, width, height } = photograph(lines);
    assert.equal(/** @type {any} */ (jsQR)(pixels, width, height)?.data, text);
    const start = 'https://pi.lan/nudge/#pair?user=alice&broker=mqtts%3A%2F%2Fpi.lan%3A8883&key=';
    assert.equal(text, start + (await keyOf(dir, 'alice')));
    assert.ok(lines.some((line) => /^Whoever has this may answer in your name\./.test(line)));
  });

  test('tells all that the settings know, and never the password of the bridge', async (t) => {
    const dir = await scratchDirectory(t);
    const { caFile } = await makeAuthority(dir);
    const password_file = join(dir, 'bridge-password');
    await writeFile(password_file, 'not for apps\n', { mode: 0o600 });
    const mqtt = { url: 'mqtts://pi.lan:8883', username: 'bridge', password_file };
    const settings = await writeSettings(dir, {
      mqtt: { ...mqtt, root: 'home', ca_file: caFile },
    });
    const { code, lines } = await runNudge(['pair', '-c', settings, 'alice']);
    assert.equal(code, 0);
    assert.equal(lines.length, 1);
    const certificate = new X509Certificate(await readFile(caFile));
    assert.deepEqual(membersOf(lines[0] ?? ''), {
      broker: 'mqtts://pi.lan:8883',
      user: 'alice',
      username: 'alice',
      root: 'home',
      ca: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
      key: await keyOf(dir, 'alice'),
    });
    assert.equal(readPairing(lines[0] ?? '').ws, 'wss://pi.lan:9001');
  });

  test('keeps a reply key for each person, where only its owner reads it', async (t) => {
    const dir = await scratchDirectory(t);
    const settings = await writeSettings(dir, {});
    const pair = (/** @type {string[]} */ ...args) => runNudge(['pair', '-c', settings, ...args]);
    const key = async (/** @type {string[]} */ ...args) =>
      membersOf((await pair('--ws', 'wss://pi.lan', ...args)).lines[0] ?? '')['key'];
    const first = await key('alice');
    assert.match(first ?? '', /^[\w-]{43}$/);
    assert.equal(await key('alice'), first, 'the same each time');
    assert.notEqual(await key('bob'), first);
    for (const [path, mode] of /** @type {const} */ ([
      ['reply-keys', 0o700],
      ['reply-keys/alice', 0o600],
    ]))
      assert.equal((await stat(join(dir, 'state', path))).mode & 0o777, mode, path);
    const { code, lines } = await pair('--ws', 'wss://pi.lan', '--new-key', 'alice');
    assert.equal(code, 0);
    assert.ok(lines.some((line) => /the key is new: pair every phone/.test(line)));
    assert.notEqual(await keyOf(dir, 'alice'), first);
    assert.equal(await key('alice'), await keyOf(dir, 'alice'));
  });

  test('brings the password when it is given, and then the login too', async (t) => {
    const dir = await scratchDirectory(t);
    const settings = await writeSettings(dir, { mqtt: { url: 'mqtts://pi.lan' } });
    const file = join(dir, 'password');
    await writeFile(file, 'a&b=c ü%\nnot this\n', { mode: 0o600 });
    const args = ['pair', '-c', settings, '--password-file', file, 'alice'];
    const { lines } = await runNudge(args);
    const { username, password } = membersOf(lines[0] ?? '');
    assert.deepEqual([username, password], ['alice', 'a&b=c ü%']);
    for (const [mode, text, complaint] of /** @type {const} */ ([
      [0o644, 'secret', /can be read by everybody; do: chmod 600/],
      [0o600, '\n', /holds no password/],
    ])) {
      await writeFile(file, text);
      await chmod(file, mode);
      const { code, lines } = await runNudge(args);
      assert.equal(code, 78);
      assert.equal(lines.length, 1);
      assert.match(lines[0] ?? '', complaint);
    }
  });

  test('says in one line that there is no place for the key, or that it is spoilt', async (t) => {
    const dir = await scratchDirectory(t);
    const settings = await writeSettings(dir, {});
    const args = ['pair', '-c', settings, '--ws', 'wss://pi.lan', 'alice'];
    const env = { NUDGE_STATE_DIRECTORY: join(dir, 'nowhere') };
    const missing = await runNudge(args, { env });
    assert.equal(missing.code, 1);
    assert.deepEqual(missing.lines, [
      `nudge pair: [state] directory ${join(dir, 'nowhere')}: No such file or directory`,
    ]);
    await mkdir(join(dir, 'state', 'reply-keys'), { mode: 0o700 });
    await writeFile(join(dir, 'state', 'reply-keys', 'alice'), 'spoilt', { mode: 0o600 });
    const spoilt = await runNudge(args);
    assert.equal(spoilt.code, 1);
    assert.match(spoilt.lines[0] ?? '', /reply-keys\/alice holds no reply key/);
  });

  test('says that localhost is another machine on another machine', async (t) => {
    const settings = await writeSettings(await scratchDirectory(t), {});
    const { code, lines } = await runNudge(['pair', '-c', settings, 'me']);
    assert.equal(code, 0);
    assert.ok(lines.some((line) => /only this machine reaches mqtt:\/\/localhost:1883/.test(line)));
  });

  test('refuses what is no user and no address, in one line', async () => {
    for (const [args, complaint] of /** @type {const} */ ([
      [['bridge'], /USER must be/],
      [['a/b'], /USER must be/],
      [['--ws', 'http://pi.lan', 'me'], /--ws must begin with ws:/],
      [['--broker', 'pi.lan', 'me'], /--broker must begin with mqtt:/],
      [['--broker', 'mqtt://alice:s3cret@pi.lan', 'me'], /--broker must have no login in it$/],
      [['--page', 'pi.lan', 'me'], /--page must begin with http:/],
      [['--page', 'http://pi.lan/#x', 'me'], /--page must have no '#'/],
      [[], /usage: nudge pair/],
    ])) {
      const { code, lines } = await runNudge(['pair', ...args]);
      assert.equal(code, 64, lines.join('\n'));
      assert.equal(lines.length, 1);
      assert.match(lines[0] ?? '', complaint);
    }
  });

  test('says in one line that a certificate cannot be read', async (t) => {
    const dir = await scratchDirectory(t);
    const settings = await writeSettings(dir, {});
    const ca_file = settings; // a file, and no certificate
    const env = { NUDGE_MQTT_URL: 'mqtts://pi.lan', NUDGE_MQTT_CA_FILE: ca_file };
    const { code, lines } = await runNudge(['pair', '-c', settings, 'me'], { env });
    assert.equal(code, 78);
    assert.deepEqual(lines, [`nudge pair: [mqtt] ca_file: ${ca_file} holds no certificate`]);
  });
});
