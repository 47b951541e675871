// A real browser, headless, that reaches nothing but the loopback.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { chromium } from 'playwright-core';
import { patiently } from '../../e2e/support/arrivals.mjs';
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
const ZONE = 'Europe/Berlin';

/**
 * @typedef {import('playwright-core').BrowserContext} Browser
 * @typedef {import('playwright-core').Page} Page
 *
 * @typedef {object} BrowserOptions
 * @property {string} [zone] where the person is
 * @property {'light' | 'dark'} [colours]
 * @property {{ width: number, height: number }} [size]
 * @property {number} [textPx] the size of text that the person set in the browser
 * @property {boolean} [isAlone] no other test has this browser, before or after: its clock is set, or it
 *   is ended
 *
 * @typedef {object} Started
 * @property {Browser} browser
 * @property {() => Promise<void>} stop
 */

/**
 * It knows whether its pages are seen: what the library sets by default would keep them visible for ever.
 * Contexts that the library makes cannot go without that, so there is one alone.
 *
 * @param {string} zone
 * @param {number} textPx
 * @returns {Promise<Started>}
 */
async function start(zone, textPx) {
  const dir = await mkdtemp(join(tmpdir(), 'nudge-browser-'));
  const text = `--blink-settings=defaultFontSize=${textPx}`;
  const args = [...ARGS, text, `--user-data-dir=${dir}`, 'about:blank'];
  const child = startProcess('/usr/bin/chromium', args, { env: { TZ: zone } });
  const line = await child.waitToBeUp(/DevTools listening on/, { timeoutMs: PATIENCE_MS });
  const devtools = await chromium.connectOverCDP(/ws:\S+/.exec(line)?.[0] ?? '', {
    noDefaults: true,
  });
  const [browser] = devtools.contexts();
  if (!browser) throw new Error('the browser has no context');
  browser.setDefaultTimeout(PATIENCE_MS);
  const stop = async () => {
    await devtools.close();
    await child.kill();
    await rm(dir, { recursive: true, force: true, maxRetries: 5 });
  };
  return { browser, stop };
}

/** The one that the tests of this file share; each leaves it as it was. */
class Shared {
  /** @type {Promise<Started> | null} */
  #started = null;
  /** Where its pages were. @type {Set<string>} */
  #origins = new Set();
  isTaken = false;

  async take() {
    this.isTaken = true;
    const isNew = this.#started === null;
    this.#started ??= start(ZONE, 16);
    const { browser } = await this.#started;
    if (isNew) {
      const [page] = browser.pages();
      if (page) this.#watch(page);
      browser.on('page', (page) => this.#watch(page));
    }
    return browser;
  }

  /** @param {Page} page */
  #watch(page) {
    page.on('framenavigated', (frame) => {
      const { origin } = new URL(frame.url());
      if (origin !== 'null') this.#origins.add(origin);
    });
  }

  async clean() {
    const { browser } = (await this.#started) ?? {};
    if (!browser) return;
    const last = browser.pages();
    const fresh = await browser.newPage();
    for (const page of last) await page.close();
    const devtools = await browser.newCDPSession(fresh);
    for (const origin of this.#origins)
      await devtools.send('Storage.clearDataForOrigin', { origin, storageTypes: 'all' });
    this.#origins.clear();
    await devtools.send('Network.clearBrowserCache');
    await devtools.detach();
    await browser.clearPermissions();
    this.isTaken = false;
  }

  async stop() {
    const started = await this.#started;
    this.#started = null;
    this.isTaken = false;
    await started?.stop();
  }
}

const shared = new Shared();
after(() => shared.stop());

/**
 * A browser without a memory, with one page that is looked at; with the test all of it is forgotten. It is
 * the same for the tests of a file, unless one needs another, or a second.
 *
 * @param {{ after: (fn: () => Promise<void>) => void }} test
 * @param {BrowserOptions} [options]
 * @returns {Promise<{ browser: Browser, page: Page }>}
 */
export async function openBrowser(test, options = {}) {
  const { zone = ZONE, colours, size, textPx = 16, isAlone } = options;
  const browser =
    isAlone || shared.isTaken || zone !== ZONE || textPx !== 16
      ? await openAlone(test, zone, textPx)
      : await openShared(test);
  const page = browser.pages().at(-1) ?? (await browser.newPage());
  await page.bringToFront();
  await browser.grantPermissions(['notifications']);
  await page.setViewportSize(size ?? { width: 390, height: 844 });
  await page.emulateMedia({ colorScheme: colours ?? 'light', reducedMotion: 'reduce' });
  return { browser, page };
}

/** @param {Parameters<typeof openBrowser>[0]} test @param {string} zone @param {number} textPx */
async function openAlone(test, zone, textPx) {
  const { browser, stop } = await start(zone, textPx);
  test.after(stop);
  return browser;
}

/** @param {Parameters<typeof openBrowser>[0]} test */
async function openShared(test) {
  test.after(async () => {
    try {
      await patiently(shared.clean(), 'a browser that forgets');
    } catch {
      await shared.stop(); // the next test has a new one
    }
  });
  return shared.take();
}
