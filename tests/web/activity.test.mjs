// What happened and what became of it, as the page tells it.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { scratchDirectory } from '../e2e/support/scratch.mjs';
import { setScene } from './support/scene.mjs';

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
  await page.goto('about:blank');
  await where.hear(user, 'presence/', ({ text }) => text === 'background');
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

  test('is not known to who may not ask, and the page says so', async (t) => {
    const acl = join(await scratchDirectory(t), 'acl');
    const own = ['topic readwrite nudge/alice/#', 'topic read nudge/bridge/+/state'];
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
