// `nudge pair`: what it shows is what a phone's camera reads, and what the client understands.
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
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

describe('nudge pair', () => {
  test('shows on a terminal a code that says the same as its text', async (t) => {
    const dir = await scratchDirectory(t);
    const args = '--broker mqtts://pi.lan:8883 --page https://pi.lan/nudge/ alice';
    const command = `${BINARY} pair ${args}`;
    const { lines } = await runProcess('script', ['-qec', command, join(dir, 'log')]);
    const text = lines.find((line) => line.startsWith('https:'))?.trim();
    const { pixels, width, height } = photograph(lines);
    assert.equal(/** @type {any} */ (jsQR)(pixels, width, height)?.data, text);
    assert.equal(text, 'https://pi.lan/nudge/#pair?user=alice&broker=mqtts%3A%2F%2Fpi.lan%3A8883');
  });

  test('tells all that the settings know, and never the password', async (t) => {
    const dir = await scratchDirectory(t);
    const { caFile } = await makeAuthority(dir);
    const settings = await writeSettings(dir, {
      mqtt: { url: 'mqtts://pi.lan:8883', username: 'bridge', root: 'home', ca_file: caFile },
    });
    const { code, lines } = await runNudge(['pair', '-c', settings, 'alice']);
    assert.equal(code, 0);
    assert.equal(lines.length, 1);
    const certificate = new X509Certificate(await readFile(caFile));
    assert.deepEqual(readPairing(lines[0] ?? ''), {
      ws: 'wss://pi.lan:9001',
      broker: 'mqtts://pi.lan:8883',
      user: 'alice',
      username: 'alice',
      root: 'home',
      ca: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
    });
  });

  test('says that localhost is another machine on another machine', async () => {
    const { code, lines } = await runNudge(['pair', 'me']);
    assert.equal(code, 0);
    assert.ok(lines.some((line) => /only this machine reaches mqtt:\/\/localhost:1883/.test(line)));
  });

  test('refuses what is no user and no address, in one line', async () => {
    for (const [args, complaint] of /** @type {const} */ ([
      [['bridge'], /USER must be/],
      [['a/b'], /USER must be/],
      [['--ws', 'http://pi.lan', 'me'], /--ws must begin with ws:/],
      [['--broker', 'pi.lan', 'me'], /--broker must begin with mqtt:/],
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
