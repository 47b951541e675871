// Every view at phone and desktop size, light and dark: without violations of accessibility, usable by
// keyboard. With SCREENSHOTS=1 the pictures of docs/screenshots are taken again.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { after, before, describe, it } from 'node:test';
import { openBrowser } from './support/browser.mjs';
import { setScene } from './support/scene.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core'), 'utf8');
const SHOTS = fileURLToPath(new URL('../../docs/screenshots', import.meta.url));
const VIEWS = /** @type {const} */ (['Now', 'Activity', 'Preferences', 'Devices']);
const MINUTE_MS = 60_000;

const LOOKS = /** @type {const} */ ([
  ['phone-light', { colours: 'light', size: { width: 390, height: 844 } }],
  ['phone-dark', { colours: 'dark', size: { width: 390, height: 844 } }],
  ['desktop-light', { colours: 'light', size: { width: 1100, height: 800 } }],
  ['desktop-dark', { colours: 'dark', size: { width: 1100, height: 800 } }],
]);

/** The small ones are for those who mend the page. */
const isKept = (/** @type {string} */ name) => !name.startsWith('small-');

/** @typedef {import('./support/browser.mjs').Page} Page */

/** @type {(() => any)[]} */
const endings = [];
/** @type {import('./support/scene.mjs').Scene} */
let scene;
before(async () => {
  scene = await setScene({ after: (end) => endings.unshift(end) });
});
after(async () => {
  for (const end of endings) await end();
});

/**
 * Something of everything.
 *
 * @param {string} user
 */
async function furnish(user) {
  const now = Date.now();
  const at = (/** @type {number} */ minutes) => now - minutes * MINUTE_MS;
  const place = { host: 'workstation', project: { name: 'webshop', directory: '/home/a/webshop' } };
  const session = (/** @type {string} */ id, /** @type {string} */ title) => ({ id, title });
  await scene.say(user, 'device/terminal', { platform: 'log', name: 'The terminal' }, true);
  await scene.say(
    user,
    'prefs',
    {
      ...{ mute: { projects: ['scratch'] }, presence: 'ignore', rev: 3 },
      quiet: [
        {
          days: ['mon', 'tue', 'wed', 'thu', 'fri'],
          ...{ from: '22:00', to: '07:00', tz: 'Europe/Berlin' },
          ...{ allow: ['permission.asked', 'session.idle'], digest: true },
        },
      ],
    },
    true,
  );
  const agents = [
    { id: 'ses_1', title: 'Fix login', project: 'webshop', state: 'waiting', since: at(2) },
    { id: 'ses_2', title: 'Choose a database', project: 'webshop', state: 'waiting', since: at(1) },
    { id: 'ses_3', title: 'Tidy the docs', project: 'handbook', state: 'busy', since: at(5) },
  ];
  const agent = { state: 'online', running: 1, waiting: 2, sessions: agents };
  await scene.say(user, 'agent/workstation', agent, true);
  for (const event of [
    {
      ...{ id: `${user}_1`, ts: at(30), kind: 'session.idle', duration_ms: 93_000 },
      ...{ session: session('ses_4', 'Add a search box'), body: 'It finds products by name.' },
    },
    {
      ...{ id: `${user}_2`, ts: at(12), kind: 'session.error', body: 'The provider answered 529.' },
      session: session('ses_5', 'Upgrade the framework'),
    },
    {
      ...{ id: `${user}_6`, ts: at(8), kind: 'session.idle', body: 'All of it is sorted.' },
      ...{ session: session('ses_6', 'Sort the photos'), project: { name: 'scratch' } },
    },
    { id: `${user}_3`, ts: at(4), kind: 'note', body: 'The backup of the NAS is done' },
    {
      ...{
        id: `${user}_4`,
        ts: at(2),
        kind: 'permission.asked',
        request: { id: 'per_1', nonce: 'n' },
      },
      ...{ session: session('ses_1', 'Fix login'), body: 'rm -rf build && npm ci' },
      ask: {
        ...{ tool: 'bash', input: 'rm -rf build && npm ci' },
        ...{ patterns: ['rm -rf build', 'npm ci'], always: ['rm *', 'npm ci *'], cut: false },
      },
    },
    {
      ...{
        id: `${user}_5`,
        ts: at(1),
        kind: 'question.asked',
        request: { id: 'que_1', nonce: 'n' },
      },
      session: session('ses_2', 'Choose a database'),
      body: 'Which database shall I use?\n- SQLite\n- Postgres',
      ask: {
        questions: [
          {
            ...{ header: 'Database', text: 'Which database shall I use?' },
            options: [
              { label: 'SQLite', description: 'One file, nothing to run.' },
              { label: 'Postgres', description: 'A server of its own.' },
            ],
            ...{ multiple: false, custom: true },
          },
        ],
        cut: false,
      },
    },
  ])
    await scene.say(user, 'event', { ...place, ...event });
}

/** @param {Page} page */
async function violations(page) {
  await page.evaluate(`${AXE}; undefined`); // the page lets no script in
  return page.evaluate(async () => {
    const { axe } = /** @type {any} */ (window);
    const { violations } = await axe.run(document, { resultTypes: ['violations'] });
    return violations.map((/** @type {any} */ { id, nodes }) => `${id}: ${nodes[0].html}`);
  });
}

/**
 * @param {Page} page
 * @param {string} name
 */
async function picture(page, name) {
  if (process.env.SCREENSHOTS && isKept(name))
    await page.screenshot({ path: `${SHOTS}/${name}.png` });
}

describe('the page', () => {
  for (const [look, options] of LOOKS)
    it(`is accessible in every view: ${look}`, async (t) => {
      const user = scene.newUser();
      const { page, go } = await scene.visit(t, user, options);
      for (const view of VIEWS) {
        await go(view);
        assert.deepEqual(await violations(page), [], `${view}, empty`);
        await picture(page, `${look}-${view.toLowerCase()}-empty`);
      }
      await go('Now');
      await furnish(user);
      await page.getByText('Which database shall I use?').waitFor();
      for (const view of VIEWS) {
        await go(view);
        // All that can be opened counts too.
        await page.evaluate(() => {
          for (const details of document.querySelectorAll('details')) details.open = true;
        });
        assert.deepEqual(await violations(page), [], view);
      }
      // As if somebody came back from lunch.
      await page.addInitScript(() =>
        localStorage.setItem('nudge-looked', String(Date.now() - 45 * 60_000)),
      );
      await page.reload();
      await page.getByText('Connected', { exact: true }).waitFor();
      for (const view of VIEWS) {
        await go(view);
        await page.evaluate(() => scrollTo(0, 0));
        await picture(page, `${look}-${view.toLowerCase()}`);
      }
      await go('Activity');
      await page.locator('.event summary').filter({ hasText: 'Sort the photos' }).click();
      await page.getByRole('link', { name: 'Change this' }).waitFor();
      await page.getByText('Filter', { exact: true }).click();
      assert.deepEqual(await violations(page), [], 'an opened event');
      await picture(page, `${look}-activity-opened`);
      for (let at = 0; at < 4; at++)
        await scene.say(user, 'event', {
          ...{ id: `${user}_more${at}`, kind: 'permission.asked', body: `make part-${at}` },
          ...{ session: { id: `ses_${at % 2}`, title: at % 2 ? 'Fix login' : 'Build it' } },
          request: { id: `per_more${at}`, nonce: 'n' },
        });
      await go('Now');
      await page.getByRole('button', { name: 'make part-3' }).click();
      await page.getByText('Mute, snooze… Tidy the docs').click();
      assert.deepEqual(await violations(page), [], 'many requests');
      await picture(page, `${look}-now-many`);
    });

  it('shows its quiet hours', async (t) => {
    const user = scene.newUser();
    await furnish(user);
    const { page, go } = await scene.visit(t, user);
    await go('Preferences');
    await page.getByRole('img', { name: /^Quiet hours\. Mon: 10:00\sPM to 12:00\sAM/ }).waitFor();
    await page.evaluate(() => document.querySelector('.week')?.scrollIntoView({ block: 'center' }));
    await picture(page, 'phone-light-quiet');
  });

  for (const [look, options] of LOOKS)
    it(`is accessible at the first visit: ${look}`, async (t) => {
      const { page } = await openBrowser(t, options);
      await page.goto(`${scene.pairingAddress('me')}&username=me`);
      await page.getByLabel('Password of me').waitFor();
      assert.deepEqual(await violations(page), []);
      await picture(page, `${look}-pair`);
    });

  it('does with the keyboard alone', async (t) => {
    const user = scene.newUser();
    const { page } = await scene.visit(t, user);
    await furnish(user);
    await page.getByRole('button', { name: 'Allow once' }).waitFor();
    await page.getByRole('link', { name: 'Now' }).focus();
    const focused = () => page.evaluate(() => document.activeElement?.textContent?.trim() ?? '');
    const seen = [];
    for (let i = 0; i < 12 && seen.at(-1) !== 'Allow once'; i++) {
      await page.keyboard.press('Tab');
      seen.push(await focused());
    }
    assert.deepEqual(seen.slice(0, 3), ['Activity', 'Preferences', 'Devices']);
    assert.equal(seen.at(-1), 'Allow once');
    await page.keyboard.press('Enter');
    await scene.hear(user, 'reply', ({ json }) => /"reply":"once"/.test(json.signed));
    await page.getByText('Sent. Waiting for the agent…').waitFor();
  });

  for (const [name, textPx] of /** @type {const} */ ([
    ['a small phone', 16],
    ['a small phone with text of twice the size', 32],
  ]))
    it(`does not scroll sideways on ${name}`, async (t) => {
      const user = scene.newUser();
      const { page, go } = await scene.visit(t, user, {
        size: { width: 320, height: 640 },
        textPx,
      });
      await furnish(user);
      const size = await page.evaluate(() => getComputedStyle(document.body).fontSize);
      assert.equal(size, `${textPx}px`);
      for (const view of VIEWS) {
        await go(view);
        await page.evaluate(() => {
          for (const details of document.querySelectorAll('details')) details.open = true;
        });
        const wide = await page.evaluate(() =>
          [...document.querySelectorAll('body *:not(.hidden, datalist *)')]
            .filter((one) => one.getBoundingClientRect().right > 321 && !one.closest('pre'))
            .map((one) => one.outerHTML.slice(0, 90)),
        );
        assert.deepEqual(wide, [], view);
        const width = await page.evaluate(() => document.documentElement.scrollWidth);
        assert.ok(width <= 320, `${view} is ${width} wide`);
        await picture(page, `small-${textPx}-${view.toLowerCase()}`);
      }
    });

  it('is accessible while something waits for the connection', async (t) => {
    const cut = await setScene(t);
    const { page, go } = await cut.visit(t, cut.newUser());
    await go('Preferences');
    await cut.broker.stop();
    await page.getByText('Offline: what you see may be old').waitFor();
    await page.getByRole('switch', { name: 'Notes' }).click();
    await page.getByText('1 change waits for the connection').click();
    await page.getByText('Not connected: this waits, and is sent later.').waitFor();
    await page.getByText('No answer from').waitFor();
    assert.deepEqual(await violations(page), []);
    await page.evaluate(() => scrollTo(0, 0));
    await picture(page, 'phone-light-waiting');
  });

  it('is accessible when much stands in the way, and after it was unpaired', async (t) => {
    const user = scene.newUser();
    const { browser, page, go } = await scene.visit(t, user);
    const devtools = await browser.newCDPSession(page);
    await devtools.send('Browser.setPermission', {
      permission: { name: 'notifications' },
      setting: 'denied',
    });
    const quiet = [{ from: '00:00', to: '24:00', tz: 'UTC' }];
    await scene.say(user, 'prefs/set', { snooze_until: Number.MAX_SAFE_INTEGER, quiet });
    await page.getByRole('button', { name: '2 more' }).click();
    await page.getByRole('button', { name: 'What to do' }).click();
    await go('Preferences');
    await page.getByLabel('Import a file').setInputFiles({
      ...{ name: 'preferences.json', mimeType: 'application/json' },
      buffer: Buffer.from('{"privacy":"none","hold_s":60}'),
    });
    await page.getByRole('group', { name: 'What the file would change' }).waitFor();
    await page.getByRole('button', { name: 'Back to the defaults' }).click();
    await page.getByRole('button', { name: 'Undo' }).waitFor();
    assert.deepEqual(await violations(page), []);
    await page.evaluate(() => scrollTo(0, 0));
    await picture(page, 'phone-light-strip');
    await go('Devices');
    await page.getByText('Unpair', { exact: true }).click();
    await page.getByRole('button', { name: 'Unpair this browser' }).click();
    await page.getByRole('heading', { name: 'This browser is unpaired' }).waitFor();
    assert.deepEqual(await violations(page), []);
  });
});
