// The first visit, and what happens when the network comes and goes.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { openBrowser } from './support/browser.mjs';
import { remembered } from './support/kept.mjs';
import { setScene } from './support/scene.mjs';

/** @typedef {import('./support/scene.mjs').Scene} Scene */

describe('a first visit', () => {
  /** @type {Scene} */
  let scene;
  /** @type {(() => any)[]} */
  const endings = [];
  before(async () => {
    scene = await setScene(
      { after: (end) => endings.unshift(end) },
      {
        users: { alice: 'right', bridge: 'x' },
        anonymous: true,
      },
    );
  });
  after(async () => {
    for (const end of endings) await end();
  });

  test('connects with the address that nudge pair prints, and again without it', async (t) => {
    const { page } = await scene.visit(t, scene.newUser());
    assert.equal(new URL(page.url()).hash, '');
    await page.reload();
    await page.getByText('Connected', { exact: true }).waitFor();
  });

  test('connects with a text that is pasted', async (t) => {
    const { page } = await openBrowser(t);
    await page.goto(scene.address);
    const query = new URLSearchParams({ user: scene.newUser(), ws: scene.broker.wsUrl });
    await page.getByLabel('Pairing text').fill(` nudge:pair?${query}\n`);
    await page.getByRole('button', { name: 'Connect' }).click();
    await page.getByText('Connected', { exact: true }).waitFor();
  });

  test('says what is wrong with a text', async (t) => {
    const { page } = await openBrowser(t);
    await page.goto(scene.address);
    for (const [text, complaint] of [
      ['hello', 'This is no pairing text'],
      ['nudge:pair?ws=ws://127.0.0.1', 'names no user'],
      ['nudge:pair?user=me', 'names no broker'],
      ['nudge:pair?user=me&broker=http://pi.lan', 'is no address of a broker'],
    ]) {
      await page.getByLabel('Pairing text').fill(text ?? '');
      await page
        .getByRole('alert')
        .getByText(complaint ?? '')
        .waitFor();
    }
  });

  test('asks for the password, and says that it is wrong', async (t) => {
    const { page } = await openBrowser(t);
    const address = `${scene.pairingAddress('alice')}&username=alice`;
    await page.goto(address);
    const password = page.getByLabel('Password of alice');
    await password.fill('wrong');
    await page.getByRole('button', { name: 'Connect' }).click();
    await page.getByText('The broker refuses the name or the password.').waitFor();
    await password.fill('right');
    await page.getByRole('button', { name: 'Connect' }).click();
    await page.getByText('Connected', { exact: true }).waitFor();
  });

  test('says that the server of the page knows another broker', async (t) => {
    const { page } = await openBrowser(t);
    const query = new URLSearchParams({ user: 'me', ws: 'ws://127.0.0.1:1' });
    await page.goto(`${scene.address}#pair?${query}`);
    await page.getByRole('button', { name: 'Connect' }).click();
    await page.getByText('lets it connect to another broker only').waitFor();
  });
});

test('a first visit says that nobody is there', async (t) => {
  const scene = await setScene(t);
  const { page } = await openBrowser(t);
  await page.goto(scene.pairingAddress('me'));
  await scene.broker.stop();
  await page.getByRole('button', { name: 'Connect' }).click();
  await page.getByText(`Nobody answers at ${scene.broker.wsUrl}.`).waitFor();
});

describe('offline', () => {
  test('the page shows what it knew, keeps what one does, and catches up', async (t) => {
    const scene = await setScene(t);
    const user = scene.newUser();
    const { page, go } = await scene.visit(t, user);
    await scene.say(user, 'event', { id: 'before', kind: 'note', body: 'Before the cut' });
    await go('Activity');
    await page.getByRole('heading', { name: 'Before the cut' }).waitFor();

    await remembered(page, 'Before the cut');
    await scene.broker.stop();
    await page.getByText('Offline: what you see may be old').waitFor();
    await page.getByRole('heading', { name: 'Before the cut' }).waitFor();
    await page.reload();
    await page.getByRole('heading', { name: 'Before the cut' }).waitFor();

    await go('Devices');
    await page.getByText('Offline: what you see may be old').waitFor();
    await scene.broker.restart();
    await page.getByText('Connected', { exact: true }).waitFor();
    await scene.say(user, 'event', { id: 'after', kind: 'note', body: 'After the cut' });
    await go('Activity');
    await page.getByRole('heading', { name: 'After the cut' }).waitFor();
  });

  test('the broker keeps the events of a page that is closed', async (t) => {
    const scene = await setScene(t);
    const user = scene.newUser();
    const { browser, page } = await scene.visit(t, user);
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
    await scene.left(user, () => page.goto('about:blank'));
    await scene.say(user, 'event', {
      ...{ id: 'missed', kind: 'permission.asked', body: 'make install' },
      ...{ request: { id: 'per_1', nonce: 'n' }, session: { id: 'ses_1', title: 'Build it' } },
    });
    const again = await browser.newPage();
    await again.goto(scene.address);
    await again.getByText('make install').waitFor();
    await again.getByRole('button', { name: 'Allow once' }).waitFor();
  });

  test('the page opens without its server once it was there', async (t) => {
    const scene = await setScene(t);
    const { page } = await scene.visit(t, scene.newUser());
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
    await page.reload();
    await scene.stopPage();
    await page.reload();
    await page.getByText('Connected', { exact: true }).waitFor();
  });

  test('the page opens while its server accepts and says nothing', async (t) => {
    const scene = await setScene(t);
    const { page } = await scene.visit(t, scene.newUser());
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
    await page.reload();
    await page.getByText('Connected', { exact: true }).waitFor();
    // The kernel still takes connections for it.
    scene.server.signal('SIGSTOP');
    try {
      await page.reload();
      await page.getByText('Connected', { exact: true }).waitFor();
      const tookMs = await page.evaluate(() => {
        const [visit] = performance.getEntriesByType('navigation');
        return /** @type {PerformanceNavigationTiming} */ (visit).domContentLoadedEventEnd;
      });
      t.diagnostic(`the shell was there after ${Math.round(tookMs)} ms`);
    } finally {
      scene.server.signal('SIGCONT');
    }
  });
});
