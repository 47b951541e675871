// What this browser keeps of the page: it may be full, refused, or written by another version.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Agent, echo } from './support/agent.mjs';
import { openBrowser } from './support/browser.mjs';
import { REPLY_KEY, setScene } from './support/scene.mjs';

/** @typedef {import('./support/browser.mjs').Page} Page */

/** @type {import('./support/scene.mjs').Scene} */
let scene;
/** @type {(() => any)[]} */
const endings = [];
before(async () => {
  scene = await setScene({ after: (end) => endings.unshift(end) });
});
after(async () => {
  for (const end of endings) await end();
});

/** Each runs in the page. @type {[string, () => void][]} */
const REFUSALS = [
  [
    'local storage is refused',
    () =>
      Object.defineProperty(window, 'localStorage', {
        get: () => {
          throw new DOMException('denied', 'SecurityError');
        },
      }),
  ],
  [
    'local storage is full',
    () => {
      Storage.prototype.setItem = () => {
        throw new DOMException('full', 'QuotaExceededError');
      };
    },
  ],
  [
    'local storage holds nonsense',
    () => {
      for (const name of ['nudge-looked', 'theme']) localStorage.setItem(name, '1e400');
    },
  ],
  [
    'the database is refused',
    () => {
      IDBFactory.prototype.open = () => {
        throw new DOMException('denied', 'SecurityError');
      };
    },
  ],
  [
    'the database never answers',
    () => {
      IDBFactory.prototype.open = () => /** @type {any} */ (new EventTarget());
    },
  ],
];

/**
 * Somebody pairs, is asked, and answers.
 *
 * @param {Page} page
 * @param {string} user
 */
async function live(page, user) {
  await page.goto(scene.pairingAddress(user));
  await page.getByLabel("This device's name").fill('My browser');
  await page.getByRole('button', { name: 'Connect' }).click();
  await page.getByText('Connected', { exact: true }).waitFor();
  await scene.hear(user, 'presence/', ({ text }) => text.includes('foreground'));
  const agent = new Agent(scene, user);
  const request = await agent.ask('permission', '1', echo);
  await page.getByRole('button', { name: 'Allow once' }).click();
  assert.equal((await agent.answer(request)).reply, 'once');
  await agent.settle(request);
  await page.getByText('Answered by workstation.').waitFor();
}

describe('the page works', () => {
  for (const [name, refuse] of REFUSALS)
    test(`where ${name}`, async (t) => {
      const { page } = await openBrowser(t);
      /** @type {string[]} */
      const faults = [];
      page.on('pageerror', (error) => faults.push(String(error)));
      await page.addInitScript(refuse);
      await live(page, scene.newUser());
      if (name.includes('database'))
        await page.getByText('This browser keeps nothing: pair it again').waitFor();
      for (const view of ['Activity', 'Preferences', 'Devices', 'Now'])
        await page.getByRole('navigation').getByRole('link', { name: view }).click();
      await page.getByText('Nobody needs you.').waitFor();
      assert.deepEqual(faults, []);
    });
});

/**
 * @param {Page} page
 * @param {string} name
 * @param {unknown} value
 */
async function keep(page, name, value) {
  await page.goto(new URL('icon.svg', scene.address).href);
  await page.evaluate(
    ({ name, value }) =>
      new Promise((done) => {
        const opening = indexedDB.open('keyval-store');
        opening.onsuccess = () => {
          const writing = opening.result.transaction('keyval', 'readwrite');
          writing.objectStore('keyval').put(value, name);
          writing.oncomplete = () => {
            opening.result.close();
            done(undefined);
          };
        };
      }),
    { name, value },
  );
  await page.goto(scene.address);
}

describe('what another version kept', () => {
  const unsent = { id: 'x', of: 'answer', request: 'per_1', untilMs: 9e15, fault: 'It failed.' };
  /** @type {[string, unknown][]} */
  const cases = [
    ['an answer in another form', [{ ...unsent, topic: 'nudge/', payload: '{"words":"yes"}' }]],
    ['no list', { all: [] }],
    ['nothing of ours', [null, 5, { ...unsent, of: 'wave', payload: '{}' }, { payload: 'x' }]],
  ];
  for (const [name, value] of cases)
    test(`to be sent is left out: ${name}`, async (t) => {
      const user = scene.newUser();
      const { page } = await scene.visit(t, user);
      const topic = `nudge/${user}/reply`;
      const all = Array.isArray(value) ? value.map((one) => one && { ...one, topic }) : value;
      await keep(page, 'unsent', all);
      await page.getByText('Connected', { exact: true }).waitFor();
      await page.getByText('Nobody needs you.').waitFor();
      assert.equal(await page.getByText('Not done').count(), 0);
    });

  test('of who one is says nothing: it is paired anew', async (t) => {
    const { page } = await scene.visit(t, scene.newUser());
    await keep(page, 'identity', { version: 9, places: [] });
    await page.getByRole('heading', { name: 'Welcome to nudge' }).waitFor();
    await live(page, scene.newUser());
  });
});

test('a name that the bridge would refuse is cut', async (t) => {
  const user = scene.newUser();
  const { browser, page } = await openBrowser(t);
  const { playPushManager } = await import('./support/push-manager.mjs');
  await playPushManager(browser, scene.push);
  await page.goto(scene.pairingAddress(user, { key: REPLY_KEY }));
  await page.getByLabel("This device's name").fill('電'.repeat(40));
  await page.getByRole('button', { name: 'Connect' }).click();
  await page.getByRole('button', { name: 'Turn notifications on' }).click();
  await scene.hear(user, 'state', ({ json }) => json?.devices === 1);
  const { json } = await scene.hear(user, 'device/', ({ json }) => json?.platform === 'webpush');
  assert.equal(json.name, '電'.repeat(21));
});
