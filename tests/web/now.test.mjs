// The first view: who needs me, what happened meanwhile, and how many wait where the page is not seen.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Agent, echo } from './support/agent.mjs';
import { remembered } from './support/kept.mjs';
import { setScene } from './support/scene.mjs';

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

const focused = (/** @type {Page} */ page) =>
  page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? '');

const titled = (/** @type {string} */ title) => ({ ...echo, session: { id: title, title } });

describe('requests', () => {
  test('that are answered stay with their result, and keep the focus', async (t) => {
    const user = scene.newUser();
    const { page } = await scene.visit(t, user);
    const agent = new Agent(scene, user);
    const first = await agent.ask('permission', '1', titled('First'));
    await agent.ask('permission', '2', titled('Second'));
    const card = page.getByRole('article', { name: 'Permission needed: First' });
    await card.getByRole('button', { name: 'Allow once' }).click();
    await agent.answer(first);
    await agent.settle(first);
    await card.getByText('Answered by workstation.').waitFor();
    await card.getByRole('button', { name: 'Allow once' }).waitFor({ state: 'detached' });
    assert.equal(await focused(page), 'Permission needed: First');
    await card.waitFor({ state: 'detached' });
    assert.equal(await focused(page), 'Permission needed: Second');
  });

  test('that were settled elsewhere say so before they go', async (t) => {
    const user = scene.newUser();
    const { page } = await scene.visit(t, user);
    const agent = new Agent(scene, user);
    const request = await agent.ask('permission', '1', echo);
    await page.getByRole('button', { name: 'Allow once' }).waitFor();
    await agent.settle(request);
    await page.getByText('It was settled elsewhere.').waitFor();
    await page.getByText('It was settled elsewhere.').waitFor({ state: 'detached' });
  });

  test('are lines by session from four on, and are answered when opened', async (t) => {
    const user = scene.newUser();
    const { page } = await scene.visit(t, user);
    const agent = new Agent(scene, user);
    for (const name of ['1', '2', '3'])
      await agent.ask('permission', name, titled(name === '3' ? 'Other' : 'Same'));
    await page.getByRole('button', { name: 'Allow once' }).nth(2).waitFor();
    const last = await agent.ask('permission', '4', titled('Same'));
    const group = page.getByRole('region', { name: 'Same' });
    await group.getByText('3 requests').waitFor();
    assert.equal(await group.getByRole('article').count(), 3);
    assert.equal(await page.getByRole('button', { name: 'Allow once' }).count(), 0);
    await group.getByRole('article').nth(2).getByRole('button').first().click();
    await group.getByRole('button', { name: 'Allow once' }).click();
    assert.equal((await agent.answer(last)).reply, 'once');
  });

  test('are all there, however many: each is counted, and the oldest is answered', async (t) => {
    const user = scene.newUser();
    const { page } = await scene.visit(t, user);
    const agent = new Agent(scene, user);
    const first = await agent.ask('permission', 'first', titled('First'));
    const many = Array.from({ length: 249 }, (_, at) =>
      agent.ask('permission', `n${at}`, titled(`Session-${at % 40}`)),
    );
    await Promise.all(many);
    await page.waitForFunction(() => document.title.startsWith('(250) '));
    await page.reload();
    await page.waitForFunction(() => document.title.startsWith('(250) '));
    const card = page.getByRole('article', { name: 'Permission needed: First' });
    await card.getByRole('button').first().click();
    await card.getByRole('button', { name: 'Allow once' }).click();
    assert.equal((await agent.answer(first)).reply, 'once');
  });

  test('are counted no more once the browser is unpaired', async (t) => {
    const user = scene.newUser();
    const { page, go } = await scene.visit(t, user);
    await new Agent(scene, user).ask('permission', '1', echo);
    await page.waitForFunction(() => document.title === '(1) Now · nudge');
    await go('Devices');
    await page.getByText('Unpair', { exact: true }).click();
    await page.getByRole('button', { name: 'Unpair this browser' }).click();
    await page.getByRole('heading', { name: 'This browser is unpaired' }).waitFor();
    await page.waitForFunction(() => document.title === 'Welcome · nudge');
    assert.equal(await page.locator('link[rel=icon]').getAttribute('href'), 'icon.svg');
  });

  test('that only the bridge tells of stay while the connection comes back', async (t) => {
    const user = scene.newUser();
    const session = { id: 'ses_1', title: 'Long ago' };
    await scene.say(user, 'event', { id: `${user}_1`, kind: 'permission.asked', session });
    await scene.hear(user, 'state', ({ json }) => json?.asks?.length === 1);
    const { page } = await scene.visit(t, user);
    const card = page.getByRole('article', { name: 'Permission needed: Long ago' });
    await card.waitFor();
    const said = await page.evaluateHandle(() => {
      const said = /** @type {string[]} */ ([]);
      new MutationObserver(() => said.push(document.body.innerText)).observe(document.body, {
        ...{ childList: true, subtree: true, characterData: true },
      });
      return said;
    });
    await scene.broker.restart();
    await page.waitForFunction((said) => /Offline[^]*Connected/.test(said.join()), said);
    await scene.say(user, 'agent/pi', { state: 'online', sessions: [] }, true);
    await page.getByRole('article', { name: 'Agent on pi' }).waitFor();
    const all = (await said.jsonValue()).join();
    assert.doesNotMatch(all, /settled elsewhere|Nobody needs you/);
    assert.equal(await card.getByText('There is more of it').count(), 0);
    await card.getByRole('button', { name: 'Put it away' }).click();
    await page.getByText('Nobody needs you.').waitFor();
    await remembered(page, 'put away');
    await page.reload();
    await page.getByText('Connected', { exact: true }).waitFor();
    await page.getByText('Nobody needs you.').waitFor();
  });

  test('are answered with buttons of the full width', async (t) => {
    const user = scene.newUser();
    const { page } = await scene.visit(t, user);
    await new Agent(scene, user).ask('permission', '1', echo);
    const widthOf = async (/** @type {string} */ name) =>
      (await page.getByRole('button', { name, exact: true }).boundingBox())?.width ?? 0;
    await page.getByRole('button', { name: 'Reject' }).waitFor();
    const widths = [await widthOf('Allow once'), await widthOf('Reject')];
    const card = (await page.getByRole('article').boundingBox())?.width ?? 0;
    assert.ok((widths[0] ?? 0) + (widths[1] ?? 0) > card * 0.85, `${widths} of ${card}`);
  });

  test('are counted in the tab, the title and both icons, and the count is cleared', async (t) => {
    const user = scene.newUser();
    const { page } = await scene.visit(t, user);
    await page.evaluate(() => {
      const badges = /** @type {(number | null)[]} */ ([]);
      Object.assign(window, { badges });
      Object.assign(Navigator.prototype, {
        setAppBadge: async (/** @type {number} */ count) => badges.push(count),
        clearAppBadge: async () => badges.push(null),
      });
    });
    const agent = new Agent(scene, user);
    const request = await agent.ask('permission', '1', echo);
    await page.getByRole('link', { name: 'Now 1 waiting' }).waitFor();
    await page.waitForFunction(() => document.title === '(1) Now · nudge');
    const icon = () => page.locator('link[rel=icon]').getAttribute('href');
    assert.equal(await icon(), 'icon-waiting.svg');
    await agent.settle(request);
    await page.waitForFunction(() => document.title === 'Now · nudge');
    assert.equal(await icon(), 'icon.svg');
    const badges = await page.evaluate(() => /** @type {any} */ (window).badges);
    assert.deepEqual(badges, [1, null]);
  });
});

describe('who comes back', () => {
  test('sees what ended and failed meanwhile, and nothing from before', async (t) => {
    const user = scene.newUser();
    const { page, browser } = await scene.visit(t, user);
    const say = (/** @type {string} */ title, /** @type {string} */ kind) =>
      scene.say(user, 'event', { id: `${user}_${title}`, kind, session: { id: title, title } });
    await say('Before', 'session.idle');
    await scene.receipt(user, `${user}_Before`, 'accepted');
    await scene.left(user, () => page.goto('about:blank'));
    await say('Ended', 'session.idle');
    await say('Broke', 'session.error');
    const again = await browser.newPage();
    await again.goto(scene.address);
    const away = again.getByRole('region', { name: 'Since you were here' });
    await away.getByText('Broke').waitFor();
    await away.getByText('Ended').waitFor();
    assert.equal(await away.getByText('Before').count(), 0);
  });
});

describe('a session', () => {
  test('is muted, and everything snoozed, from its menu', async (t) => {
    const user = scene.newUser();
    const { page } = await scene.visit(t, user);
    const sessions = [
      { id: 'ses_1', title: 'Tidy', project: 'webshop', state: 'busy', since: Date.now() },
    ];
    await scene.say(user, 'agent/workstation', { state: 'online', sessions }, true);
    await page.getByText('Mute, snooze… Tidy').click();
    await page.getByRole('button', { name: 'Mute this session' }).click();
    await scene.hear(user, 'prefs', ({ json }) => json.mute?.sessions?.[0] === 'ses_1');
    await page.getByLabel('Snooze everything').selectOption({ label: '1 hour' });
    await scene.hear(user, 'prefs', ({ json }) => json.snooze_until > Date.now());
  });
});
