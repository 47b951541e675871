// What happened and what became of it, as the page tells it.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withFiles, withPlugin } from '../e2e/support/logins.mjs';
import { scratchDirectory } from '../e2e/support/scratch.mjs';
import { Agent, echo } from './support/agent.mjs';
import { REPLY_KEY, setScene } from './support/scene.mjs';

/**
 * @typedef {import('./support/scene.mjs').Scene} Scene
 * @typedef {import('./support/scene.mjs').Visit} Visit
 */

/** @type {Scene} */
let scene;
/** @type {(() => any)[]} */
const endings = [];
before(async () => {
  scene = await setScene({ after: (end) => endings.unshift(end) });
});
after(async () => {
  for (const end of endings) await end();
});

/**
 * Something happens while nobody has the page open.
 *
 * @param {Scene} where
 * @param {string} user
 * @param {Visit} visit
 * @param {() => Promise<unknown>} happen
 * @returns {Promise<import('./support/browser.mjs').Page>} the page, open again
 */
async function whileAway(where, user, { browser, page }, happen) {
  await where.left(user, () => page.goto('about:blank'));
  await happen();
  const again = await browser.newPage();
  await again.goto(`${where.address}#activity`);
  return again;
}

/**
 * @param {Scene} where
 * @param {string} user
 */
async function register(where, user) {
  const registered = where.bridge.waitForLine(new RegExp(`${user}/terminal is registered`));
  await where.say(user, 'device/terminal', { platform: 'log', name: 'The terminal' }, true);
  await registered;
}

describe('what happened while the page was closed', () => {
  test('is asked of the bridge, with the time at which it came there', async (t) => {
    const user = scene.newUser();
    await register(scene, user);
    const visit = await scene.visit(t, user);
    let cameMs = 0;
    const page = await whileAway(scene, user, visit, async () => {
      await scene.say(user, 'event', { id: 'away', kind: 'note', body: 'While you were away' });
      cameMs = (await scene.receipt(user, 'away', 'pushed')).ts;
      while (Date.now() - cameMs < 1_000) await visit.page.waitForTimeout(50);
    });
    const line = page.getByRole('listitem').filter({ hasText: 'While you were away' }).first();
    await line.getByText(/The terminal: Pushed/).waitFor();
    const shown = await line.locator('time').first().getAttribute('datetime');
    assert.ok(Math.abs(Date.parse(shown ?? '') - cameMs) < 500, `${shown} is not ${cameMs}`);
  });

  for (const [kind, guard] of /** @type {const} */ ([
    ['a password_file and an acl_file', withFiles],
    ['dynamic security', withPlugin],
  ]))
    test(`is told to a login of a broker with ${kind}`, async (t) => {
      const guarded = await setScene(t, {}, { guard });
      await register(guarded, 'alice');
      await guarded.say('alice', 'prefs/set', { delay_s: { 'permission.asked': 600 } });
      const login = { username: 'alice', password: guarded.password, key: REPLY_KEY };
      const visit = await guarded.visit(t, 'alice', {}, login);
      const page = await whileAway(guarded, 'alice', visit, async () => {
        await guarded.say('alice', 'event', { id: 'away', kind: 'note', body: 'While away' });
        await guarded.receipt('alice', 'away', 'pushed');
        const agent = new Agent(guarded, 'alice');
        const request = await agent.ask('permission', '1', echo);
        await guarded.receipt('alice', 'alice_1', 'held');
        await agent.settle(request);
        await guarded.receipt('alice', 'alice_1', 'suppressed');
      });
      const line = (/** @type {string} */ text) =>
        page.getByRole('listitem').filter({ hasText: text }).first();
      await line('While away').getByText('The terminal: Pushed').waitFor();
      await line('Fix login').getByText('The terminal: Not pushed: it was answered').waitFor();
      await page.getByText('Connected', { exact: true }).waitFor();
    });

  test('is not known to who may not ask, and the page says so', async (t) => {
    const acl = join(await scratchDirectory(t), 'acl');
    const leaves = ['event', 'prefs', 'prefs/set', 'device/+', 'presence/+', 'ack'];
    const own = [
      ...leaves.map((leaf) => `topic readwrite nudge/alice/${leaf}`),
      'topic read nudge/alice/#',
      'topic read nudge/bridge/+/state',
    ];
    const all = ['topic readwrite #', 'user alice', ...own];
    await writeFile(acl, `${all.join('\n')}\n`);
    const users = { alice: 'secret' };
    const extra = [`acl_file ${acl}`];
    const guarded = await setScene(t, { users, extra, anonymous: true });
    await register(guarded, 'alice');
    const login = { username: 'alice', password: 'secret' };
    const visit = await guarded.visit(t, 'alice', {}, login);
    const page = await whileAway(guarded, 'alice', visit, async () => {
      await guarded.say('alice', 'event', { id: 'away', kind: 'note', body: 'While away' });
      await guarded.receipt('alice', 'away', 'pushed');
    });
    await page.getByText('this login may not ask the bridge').first().waitFor();
  });
});

/** @param {import('./support/browser.mjs').Page} page */
const lines = (page) => page.locator('.event summary');

describe('an event', () => {
  test('is a line with its fate as a mark, and leads to the preference behind it', async (t) => {
    const user = scene.newUser();
    await register(scene, user);
    const { page, go } = await scene.visit(t, user);
    await scene.say(user, 'prefs/set', { kinds: { note: false }, presence: 'ignore' });
    await scene.hear(user, 'prefs', ({ json }) => json.kinds?.note === false);
    const session = { id: 'ses_1', title: 'Fix login' };
    await scene.say(user, 'event', { id: `${user}_1`, kind: 'session.error', session });
    await scene.say(user, 'event', { id: `${user}_2`, kind: 'note', body: 'The backup is done' });
    await go('Activity');
    await lines(page)
      .filter({ hasText: 'Fix login' })
      .getByText('pushed', { exact: true })
      .waitFor();
    const silent = lines(page).filter({ hasText: 'The backup is done' });
    await silent.getByText('silent', { exact: true }).waitFor();
    await silent.click();
    await page
      .getByText(/you do not want this kind, because of kinds\.note, your wish\./)
      .waitFor();
    await page.getByRole('link', { name: 'Change this' }).click();
    await page.getByRole('heading', { level: 1, name: 'Preferences' }).waitFor();
    const place = await page.waitForFunction(
      () => document.activeElement?.getAttribute('data-of') ?? '',
    );
    assert.match(String(await place.jsonValue()), /kinds/);
  });

  test('stands with the others of its session, under its day', async (t) => {
    const user = scene.newUser();
    const { page, go } = await scene.visit(t, user);
    const session = { id: 'ses_1', title: 'Fix login' };
    const old = Date.now() - 40 * 3_600_000;
    for (const [id, event] of Object.entries({
      old: { kind: 'session.idle', session, ts: old },
      first: { kind: 'session.idle', session },
      between: { kind: 'note', body: 'Between' },
      second: { kind: 'session.error', session },
    }))
      await scene.say(user, 'event', { id: `${user}_${id}`, ...event });
    await go('Activity');
    const today = page.getByRole('region', { name: 'Today' });
    const group = today.getByRole('listitem').filter({ hasText: 'Fix login' }).first();
    await group.getByRole('heading', { level: 4, name: 'Failed' }).waitFor();
    await group.getByRole('heading', { level: 4, name: 'Finished' }).waitFor();
    assert.equal(await group.getByText('Between').count(), 0);
    assert.equal(await page.getByRole('heading', { level: 2 }).count(), 2);
  });

  test('that was pushed and then taken back was pushed', async (t) => {
    const user = scene.newUser();
    const { page, go } = await scene.visit(t, user);
    await scene.say(user, 'event', { id: `${user}_1`, kind: 'note', body: 'Seen elsewhere' });
    for (const state of ['pushed', 'withdrawn'])
      await scene.say(user, 'receipt', { event: `${user}_1`, device: 'x', state, ts: Date.now() });
    await go('Activity');
    const line = lines(page).filter({ hasText: 'Taken back' });
    await line.getByText('pushed', { exact: true }).waitFor();
  });

  test('that waits until one ends it says so', async (t) => {
    const user = scene.newUser();
    await register(scene, user);
    const { browser, page, go } = await scene.visit(t, user);
    await scene.say(user, 'prefs/set', { snooze_until: Number.MAX_SAFE_INTEGER });
    await scene.hear(user, 'prefs', ({ json }) => json.snooze_until > 0);
    await go('Activity');
    // What is looked at is seen, and waits no more.
    await (await browser.newPage()).bringToFront();
    await scene.hear(user, 'presence/', ({ text }) => text === 'background');
    await scene.say(user, 'event', { id: `${user}_1`, kind: 'note', body: 'Later' });
    const line = lines(page).filter({ hasText: 'Waits until you end it: you snoozed' });
    await line.getByText('waits', { exact: true }).waitFor({ state: 'attached' });
  });

  test("of nobody yet is tried in this person's name", async (t) => {
    const user = scene.newUser();
    const { page, go } = await scene.visit(t, user);
    await go('Activity');
    await page.getByText(`nudge send -u ${user} hello`).waitFor();
  });

  test('is found by its words, its kind and that it was not pushed', async (t) => {
    const user = scene.newUser();
    await register(scene, user);
    const { page, go } = await scene.visit(t, user);
    await scene.say(user, 'prefs/set', { kinds: { note: false }, presence: 'ignore' });
    await scene.hear(user, 'prefs', ({ json }) => json.kinds?.note === false);
    for (const body of ['apples', 'pears'])
      await scene.say(user, 'event', { id: `${user}_${body}`, kind: 'note', body });
    await scene.say(user, 'event', { id: `${user}_3`, kind: 'session.error', title: 'It broke' });
    await scene.receipt(user, `${user}_3`, 'pushed');
    await go('Activity');
    await lines(page).nth(2).waitFor();
    const shown = () => lines(page).getByRole('heading').allTextContents();
    await page.getByLabel('Search').fill('PEAR');
    assert.deepEqual(await shown(), ['pears']);
    await page.getByLabel('Search').fill('');
    await page.getByText('Filter', { exact: true }).click();
    await page.getByLabel('Only what was not pushed').check();
    assert.deepEqual(await shown(), ['pears', 'apples']);
    await page.getByLabel('Kind').selectOption({ label: 'Failed' });
    await page.getByText('Nothing is like that.').waitFor();
    await page.getByRole('button', { name: 'Show all' }).click();
    assert.equal((await shown()).length, 3);
  });
});

test('500 events and 40 sessions are shown, and how long that keeps the page busy', async (t) => {
  const user = scene.newUser();
  const { page, go } = await scene.visit(t, user);
  await page.evaluate(() => {
    const tasks = /** @type {number[]} */ ([]);
    Object.assign(window, { tasks });
    const observer = new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) tasks.push(Math.round(duration));
    });
    observer.observe({ entryTypes: ['longtask'] });
    // So that it is known to be measured.
    setTimeout(() => {
      const endMs = performance.now() + 120;
      while (performance.now() < endMs);
    }, 100);
  });
  await page.waitForFunction(() => /** @type {any} */ (window).tasks.length > 0);
  /** @param {string} what */
  const tell = async (what) => {
    const tasks = await page.evaluate(() => {
      const { tasks } = /** @type {any} */ (window);
      return tasks.splice(0, tasks.length);
    });
    t.diagnostic(`${what}: ${tasks.length} long tasks [${tasks.join(', ')}] ms`);
  };
  await tell('120 ms of nothing, to know that it is measured');
  const now = Date.now();
  const sessions = Array.from({ length: 40 }, (_, at) => ({
    ...{ id: `ses_${at}`, title: `Session ${at}`, project: 'webshop', state: 'busy', since: now },
  }));
  await scene.say(user, 'agent/workstation', { state: 'online', sessions }, true);
  for (let at = 0; at < 500; at++)
    void scene.say(user, 'event', {
      ...{ id: `${user}_${at}`, kind: 'session.idle', body: `turn ${at}`, ts: now - at },
      ...{ session: { id: `ses_${at % 40}`, title: `Session ${at % 40}` }, host: 'workstation' },
    });
  await scene.receipt(user, `${user}_499`, 'accepted');
  await page.getByText('28 more sessions').click();
  await page.locator('b', { hasText: 'Session 39' }).waitFor();
  await tell('500 events come while Now is shown');
  await go('Activity');
  await page.getByRole('button', { name: 'Show 400 older' }).waitFor();
  await tell('Activity is opened');
  for (const more of ['400', '300', '200', '100'])
    await page.getByRole('button', { name: `Show ${more} older` }).click();
  await page.waitForFunction(() => document.querySelectorAll('.event').length === 500);
  await tell('all 500 are shown');
  await scene.say(user, 'event', { id: `${user}_last`, kind: 'note', body: 'one more' });
  await page.getByRole('heading', { name: 'one more' }).waitFor();
  await tell('one more comes');
  await page.getByLabel('Search').pressSequentially('turn 499');
  await page.waitForFunction(() => document.querySelectorAll('.event').length === 1);
  await tell('one is searched');
});
