// What stands between the person and being told: in one strip, on every tab, with its remedy.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it, test } from 'node:test';
import { runProcess } from '../e2e/support/process.mjs';
import { openBrowser } from './support/browser.mjs';
import { setScene } from './support/scene.mjs';

/**
 * @typedef {import('./support/browser.mjs').Page} Page
 * @typedef {import('./support/scene.mjs').Scene} Scene
 */

const VIEWS = /** @type {const} */ (['Now', 'Activity', 'Preferences', 'Devices']);

const strip = (/** @type {Page} */ page) =>
  page.getByRole('status', { name: 'What stands in the way' });

/** @param {Page} page */
const firstBelow = (page) =>
  page.evaluate(() => {
    const top = document.querySelector('main > :nth-child(2)')?.getBoundingClientRect().top;
    return (top ?? -1) + scrollY;
  });

describe('the strip', () => {
  /** @type {(() => any)[]} */
  const endings = [];
  /** @type {Scene} */
  let scene;
  before(async () => {
    scene = await setScene({ after: (end) => endings.unshift(end) });
  });
  after(async () => {
    for (const end of endings) await end();
  });

  it('says on every tab that one snoozed, and ends it', async (t) => {
    const user = scene.newUser();
    const { page, go } = await scene.visit(t, user);
    await scene.say(user, 'prefs/set', { snooze_until: Number.MAX_SAFE_INTEGER });
    for (const view of VIEWS) {
      await go(view);
      await strip(page).getByText('Snoozed until you end it.').waitFor();
    }
    await strip(page).getByRole('button', { name: 'End it' }).click();
    await scene.hear(user, 'prefs', ({ json }) => json.snooze_until === 0);
    await strip(page).getByText('Snoozed').waitFor({ state: 'detached' });
  });

  it('does not say that no bridge runs, where the broker does not let it know', async (t) => {
    const user = scene.newUser();
    const { page } = await openBrowser(t);
    await page.addInitScript(() => {
      const { get, set } = /** @type {Required<PropertyDescriptor>} */ (
        Object.getOwnPropertyDescriptor(WebSocket.prototype, 'onmessage')
      );
      // The broker refuses the last but one of the first filters: how bridges are.
      const refuse = (/** @type {MessageEvent<ArrayBuffer>} */ { data }) => {
        const bytes = new Uint8Array(data);
        if (bytes[0] === 0x90 && bytes.length > 6) bytes[bytes.length - 2] = 0x87;
        return { data };
      };
      Object.defineProperty(WebSocket.prototype, 'onmessage', {
        get,
        set(/** @type {(event: { data: ArrayBuffer }) => void} */ hear) {
          set.call(this, (/** @type {any} */ event) => hear(refuse(event)));
        },
      });
      // What lasts is known at once.
      const { setTimeout } = window;
      Object.assign(window, {
        setTimeout: (/** @type {() => void} */ work, /** @type {number} */ ms) =>
          setTimeout(work, ms === 3_000 ? 0 : ms),
      });
    });
    // Where no bridge tells of itself.
    const root = 'elsewhere';
    await page.goto(scene.pairingAddress(user, { root }));
    await page.getByRole('button', { name: 'Connect' }).click();
    await page.getByText(/does not let us read elsewhere\/bridge\/\+\/state/).waitFor();
    const agent = { state: 'online', sessions: [] };
    await scene.client.publish(`${root}/${user}/agent/pi`, agent);
    await page.getByRole('article', { name: 'Agent on pi' }).waitFor();
    assert.equal(await strip(page).getByText('No bridge runs').count(), 0);
  });

  it('says that it is quiet, and leads to the rule', async (t) => {
    const user = scene.newUser();
    const { page } = await scene.visit(t, user);
    const quiet = [{ from: '00:00', to: '24:00', tz: 'UTC', allow: ['permission.asked'] }];
    await scene.say(user, 'prefs/set', { quiet });
    await strip(page)
      .getByText(/^Quiet until .*: only permissions come through\.$/)
      .waitFor();
    await strip(page).getByRole('link', { name: 'Change' }).click();
    await page.getByRole('heading', { level: 1, name: 'Preferences' }).waitFor();
    const place = await page.waitForFunction(() => document.activeElement?.textContent);
    assert.match(String(await place.jsonValue()), /^Quiet hours/);
    await page.getByText('Every day all day in UTC, only permissions come through.').waitFor();
  });

  it('says that all is switched off, and switches on', async (t) => {
    const user = scene.newUser();
    const { page } = await scene.visit(t, user);
    await scene.say(user, 'prefs/set', { enabled: false });
    await strip(page).getByRole('button', { name: 'Switch on' }).click();
    await scene.hear(user, 'prefs', ({ json }) => json.enabled === true);
    await strip(page).getByText('Notifications are switched off.').waitFor({ state: 'detached' });
  });

  it('says that notifications are blocked, the more urgent before the milder', async (t) => {
    const user = scene.newUser();
    const { browser, page } = await scene.visit(t, user);
    await scene.say(user, 'prefs/set', { snooze_until: Number.MAX_SAFE_INTEGER });
    await strip(page).getByText('Snoozed until you end it.').waitFor();
    const devtools = await browser.newCDPSession(page);
    await devtools.send('Browser.setPermission', {
      permission: { name: 'notifications' },
      setting: 'denied',
    });
    await strip(page).getByText('Notifications are blocked in this browser.').waitFor();
    await strip(page).getByText('Snoozed').waitFor({ state: 'detached' });
    await strip(page).getByRole('button', { name: '1 more' }).click();
    await strip(page).getByText('Snoozed until you end it.').waitFor();
    await strip(page).getByRole('button', { name: 'What to do' }).click();
    await page.getByText("Allow it in the browser's settings for this page.").waitFor();
  });

  it('says that the address is not secure', async (t) => {
    const { page } = await scene.visit(t, scene.newUser());
    await page.addInitScript(() =>
      Object.defineProperty(window, 'isSecureContext', { value: false }),
    );
    await page.reload();
    await strip(page).getByText('This address is not secure').waitFor();
    await strip(page).getByRole('button', { name: 'What to do' }).click();
    await page.getByText('only on pages over https://').waitFor();
  });

  for (const [name, width] of /** @type {const} */ ([
    ['phone', 390],
    ['desktop', 1100],
  ]))
    it(`moves nothing when it comes and goes: ${name}`, async (t) => {
      const user = scene.newUser();
      const { page, go } = await scene.visit(t, user, { size: { width, height: 800 } });
      await go('Preferences');
      const top = await firstBelow(page);
      await scene.say(user, 'prefs/set', { quiet: [{ from: '00:00', to: '24:00', tz: 'UTC' }] });
      await strip(page).getByText('nothing comes through').waitFor();
      assert.equal(await firstBelow(page), top);
      // Neither does what tells that something is done.
      await page.getByRole('switch', { name: 'Notes' }).click();
      await page.getByText('Saved.').waitFor();
      assert.equal(await firstBelow(page), top);
      await page.getByText('Saved.').waitFor({ state: 'detached' });
    });
});

test('the strip says that no bridge runs, and that one hangs', async (t) => {
  const scene = await setScene(t);
  const { page, go } = await scene.visit(t, scene.newUser());
  await go('Preferences');
  scene.bridge.signal('SIGSTOP');
  await page.getByRole('switch', { name: 'Notes' }).click();
  await strip(page).getByText('The bridge runs, but does not answer.').waitFor();
  await strip(page).getByRole('button', { name: 'What to do' }).click();
  await page.getByText('nudge doctor').waitFor();
  const waits = page.getByRole('status', { name: 'Not sent yet' });
  await waits.getByText('The bridge did not answer.').waitFor();
  scene.bridge.signal('SIGCONT');
  await strip(page).getByText('does not answer').waitFor({ state: 'detached' });
  // What was said of the change holds no more.
  await waits.waitFor({ state: 'detached' });
  await scene.bridge.stop();
  await strip(page).getByText('No bridge runs: nothing is pushed.').waitFor();
});

test('the strip says that a bridge was not heard for minutes, until it is', async (t) => {
  const scene = await setScene(t);
  const { page, go } = await scene.visit(t, scene.newUser());
  // What looks each 20 s looks four times in a second here.
  await page.addInitScript(() => {
    const real = window.setInterval;
    const quick = (/** @type {any} */ work, /** @type {number} */ ms) =>
      real(work, ms === 20_000 ? 250 : ms);
    Object.assign(window, { setInterval: quick });
  });
  const health = (/** @type {number} */ ts) =>
    scene.client.publish('nudge/bridge/nudge/health', { ts }, { retain: true });
  await health(1);
  await page.reload();
  const words = strip(page).getByText('has said nothing for minutes');
  await words.waitFor();
  await go('Devices');
  await words.waitFor();
  await strip(page).getByRole('button', { name: 'What to do' }).click();
  await page.getByText('nudge doctor').waitFor();
  // What the broker kept is no word.
  await health(1);
  assert.equal(await words.count(), 1);
  await health(2);
  await words.waitFor({ state: 'detached' });
});

test('the strip says that the broker is away', async (t) => {
  const scene = await setScene(t);
  const { page } = await scene.visit(t, scene.newUser());
  await scene.broker.stop();
  await strip(page)
    .getByText(`No answer from ${new URL(scene.broker.wsUrl).host}.`)
    .waitFor();
  await scene.broker.restart();
  await strip(page).getByRole('button', { name: 'Try again' }).click();
  await strip(page).getByText('No answer').waitFor({ state: 'detached' });
});

describe('a password that was changed', () => {
  /** @param {import('node:test').TestContext} t */
  async function enter(t) {
    const users = { alice: 'first', bridge: 'x' };
    const scene = await setScene(t, { users, anonymous: true });
    const visit = await scene.visit(t, 'alice', {}, { username: 'alice', password: 'first' });
    const change = async () => {
      const file = join(scene.broker.dir, 'passwords');
      await runProcess('mosquitto_passwd', ['-b', file, 'alice', 'second']);
      await scene.broker.restart();
    };
    return { scene, change, ...visit };
  }

  it('is entered in the strip', async (t) => {
    const { page, change } = await enter(t);
    await change();
    await strip(page).getByText('The password is wrong now.').waitFor();
    await strip(page).getByRole('button', { name: 'Enter it' }).click();
    await page.getByLabel('Password of alice').fill('neither');
    await page.getByRole('button', { name: 'Connect' }).click();
    await page.getByText('The broker refuses the name or the password.').last().waitFor();
    await page.getByLabel('Password of alice').fill('second');
    await page.getByRole('button', { name: 'Connect' }).click();
    await page.getByText('Connected', { exact: true }).waitFor();
    await strip(page).getByText('The password').waitFor({ state: 'detached' });
  });

  it('is entered under Devices, and a wrong one changes nothing', async (t) => {
    const { page, go, change } = await enter(t);
    await go('Devices');
    await page.getByText('Password, unpair').click();
    await page.getByLabel('Password of alice').fill('neither');
    await page.getByRole('button', { name: 'Connect' }).click();
    await page.getByText('The broker refuses the name or the password.').waitFor();
    await page.reload();
    await page.getByText('Connected', { exact: true }).waitFor();
    await change();
    await page.getByText('Password, unpair').click();
    await page.getByLabel('Password of alice').first().fill('second');
    await page.getByRole('button', { name: 'Connect' }).first().click();
    await page.getByText('Connected', { exact: true }).waitFor();
  });
});
