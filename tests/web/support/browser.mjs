// A real browser, headless, that reaches nothing but the loopback.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { startProcess } from '../../e2e/support/process.mjs';

const ARGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--hide-scrollbars',
  '--remote-debugging-port=0',
  '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1',
];
const PATIENCE_MS = 30_000;

/**
 * @typedef {import('playwright-core').BrowserContext} Browser
 * @typedef {import('playwright-core').Page} Page
 *
 * @typedef {object} BrowserOptions
 * @property {string} [zone] where the person is
 * @property {'light' | 'dark'} [colours]
 * @property {{ width: number, height: number }} [size]
 * @property {number} [textPx] the size of text that the person set in the browser
 */

/**
 * A browser of its own, with a memory of its own, gone with the test. Its pages know whether they are
 * seen: what the library sets by default would keep them visible for ever.
 *
 * @param {{ after: (fn: () => Promise<void>) => void }} test
 * @param {BrowserOptions} [options]
 * @returns {Promise<{ browser: Browser, page: Page }>}
 */
export async function openBrowser(test, options = {}) {
  const { zone = 'Europe/Berlin', colours, size, textPx = 16 } = options;
  const dir = await mkdtemp(join(tmpdir(), 'nudge-browser-'));
  const text = `--blink-settings=defaultFontSize=${textPx}`;
  const args = [...ARGS, text, `--user-data-dir=${dir}`, 'about:blank'];
  const child = startProcess('/usr/bin/chromium', args, { env: { TZ: zone } });
  const line = await child.waitForLine(/DevTools listening on/, { timeoutMs: PATIENCE_MS });
  const devtools = await chromium.connectOverCDP(/ws:\S+/.exec(line)?.[0] ?? '', {
    noDefaults: true,
  });
  test.after(async () => {
    await devtools.close();
    await child.kill();
    await rm(dir, { recursive: true, force: true, maxRetries: 5 });
  });
  const [browser] = devtools.contexts();
  const [page] = browser?.pages() ?? [];
  if (!browser || !page) throw new Error('the browser has no page');
  browser.setDefaultTimeout(PATIENCE_MS);
  await browser.grantPermissions(['notifications']);
  await page.setViewportSize(size ?? { width: 390, height: 844 });
  await page.emulateMedia({ colorScheme: colours ?? 'light', reducedMotion: 'reduce' });
  return { browser, page };
}
