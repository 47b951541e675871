// Notifications: from an event over the real bridge and a strict push service to what is on the screen.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { actOn, notifications, pushInto } from './support/push-manager.mjs';
import { Agent, echo } from './support/agent.mjs';
import { setScene } from './support/scene.mjs';

/**
 * @typedef {import('./support/scene.mjs').Scene} Scene
 * @typedef {import('./support/browser.mjs').Page} Page
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
 * A person who turned notifications on.
 *
 * @param {import('node:test').TestContext} t
 * @param {Record<string, string>} [pairing] further members of the pairing text
 */
async function notified(t, pairing) {
  const user = scene.newUser();
  const visit = await scene.visit(t, user, {}, pairing);
  await visit.page.getByRole('button', { name: 'Turn notifications on' }).click();
  const { topic, json } = await scene.hear(user, 'device/');
  await visit.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  const deliver = await pushInto(visit.page);
  const { endpoint } = json;
  return {
    ...{ ...visit, user, endpoint, deliver, device: topic.split('/').at(-1) ?? '' },
    /** @param {(payload: any) => boolean} isIt */
    receive: async (isIt) => {
      const isOurs = (/** @type {any} */ push) => push.endpoint === endpoint && isIt(push.payload);
      const [push] = await scene.push.waitForAccepted(isOurs);
      await deliver(push?.text ?? '');
      return push?.payload;
    },
    hide: async () => {
      const other = await visit.browser.newPage();
      await other.bringToFront();
      await scene.hear(user, 'presence/', ({ text }) => text === 'background');
      return other;
    },
  };
}

const permission = {
  ...{ kind: 'permission.asked', body: 'rm -rf build' },
  ...{ session: { id: 'ses_1', title: 'Fix login' }, request: { id: 'per_1', nonce: 'secret' } },
};

describe('a browser that is notified', () => {
  test('registers with what its push service gave it', async (t) => {
    const { user, endpoint, page, go } = await notified(t);
    const { json, topic } = await scene.hear(user, 'device/');
    assert.match(topic, /\/my-browser-[0-9a-f]{12}$/);
    assert.deepEqual(Object.keys(json).sort(), ['acks', 'endpoint', 'keys', 'name', 'platform']);
    assert.ok(endpoint.startsWith(scene.push.url));
    await go('Devices');
    await page.getByRole('button', { name: 'Turn notifications off' }).click();
    await scene.hear(user, 'device/', ({ text }) => text === '');
  });

  test('shows a permission with its buttons', async (t) => {
    const { page, user, receive, hide } = await notified(t);
    await hide();
    await scene.say(user, 'event', { id: `${user}_1`, ...permission });
    const sent = await receive(({ notification }) => notification.data.kind === 'permission.asked');
    const [shown] = await notifications(page, ({ length }) => length === 1);
    assert.deepEqual(shown, {
      title: sent.notification.title,
      body: sent.notification.body,
      tag: sent.notification.tag,
      actions: ['once', 'reject'],
    });
    assert.match(shown?.title ?? '', /Fix login/);
    assert.match(shown?.body ?? '', /rm -rf build/);
  });

  test('replaces a notification of the same session, and outdates its end', async (t) => {
    const { page, user, receive, hide } = await notified(t);
    await hide();
    const session = { id: 'ses_1', title: 'Fix login' };
    for (const body of ['first', 'second']) {
      await scene.say(user, 'event', {
        id: `${user}_${body}`,
        kind: 'session.idle',
        session,
        body,
      });
      await receive(({ notification }) => notification.data.event_id === `${user}_${body}`);
    }
    const [idle] = await notifications(page, (all) => /second/.test(all[0]?.body ?? ''));
    assert.ok(idle);

    await scene.say(user, 'event', { id: `${user}_3`, ...permission });
    await receive(({ notification }) => notification.data.event_id === `${user}_3`);
    const isAlone = (/** @type {any[]} */ all) => all.length === 1 && all[0].actions.length === 2;
    await notifications(page, isAlone);
  });

  test('closes what is withdrawn, and nothing else', async (t) => {
    const { page } = await notified(t);
    const deliver = await pushInto(page);
    for (const [at, tag] of ['one', 'two'].entries()) {
      await deliver(JSON.stringify({ web_push: 8030, notification: { title: tag, tag } }));
      await notifications(page, ({ length }) => length === at + 1);
    }
    await deliver(JSON.stringify({ withdraw: 'one' }));
    const left = await notifications(page, ({ length }) => length === 1);
    assert.equal(left[0]?.tag, 'two');
  });

  test('forgets none of those that come at once', async (t) => {
    const { deliver, page } = await notified(t);
    const tags = Array.from({ length: 100 }, (_, at) => `at ${at}`);
    const ends = [];
    for (const tag of tags) {
      ends.push(deliver(JSON.stringify({ notification: { title: tag, tag } })));
      await page.evaluate(() => new Promise(requestAnimationFrame));
    }
    await Promise.all(ends);
    const shown = await notifications(page, () => true);
    assert.deepEqual(shown.map(({ tag }) => tag).sort(), tags.sort());
  });

  test('shows something for a push that it cannot read', async (t) => {
    const { page } = await notified(t);
    const deliver = await pushInto(page);
    await deliver('{"notification":{}}');
    const [shown] = await notifications(page, ({ length }) => length === 1);
    assert.equal(shown?.title, 'nudge');
  });

  test('offers to allow nothing that it does not show whole', async (t) => {
    const { page } = await notified(t);
    const deliver = await pushInto(page);
    const message = (/** @type {string} */ tag, /** @type {object} */ data) =>
      deliver(JSON.stringify({ notification: { title: tag, tag, data } }));
    await message('cut', { category: 'NUDGE_PERMISSION', cut: 'true' });
    await message('category', { category: 'NUDGE_PERMISSION_CUT' });
    await message('whole', { category: 'NUDGE_PERMISSION' });
    const shown = await notifications(page, ({ length }) => length === 3);
    assert.deepEqual(Object.fromEntries(shown.map(({ tag, actions }) => [tag, actions])), {
      ...{ cut: ['open', 'reject'], category: ['open', 'reject'] },
      whole: ['once', 'reject'],
    });
  });

  test('shows what a text hides', async (t) => {
    const { page } = await notified(t);
    const deliver = await pushInto(page);
    const notification = { title: 'a\u202eb', body: 'rm \u200b-rf', tag: 'x' };
    await deliver(JSON.stringify({ notification }));
    const [shown] = await notifications(page, ({ length }) => length === 1);
    assert.deepEqual([shown?.title, shown?.body], ['a[U+202E]b', 'rm [U+200B]-rf']);
  });

  test('answers from the button while the page is open in the background', async (t) => {
    const { user, page, receive, hide } = await notified(t);
    await hide();
    const agent = new Agent(scene, user);
    const request = await agent.ask('permission', '1', echo);
    await receive(({ notification }) => notification.data.request_id === request.id);
    await notifications(page, ({ length }) => length === 1);
    await page.getByText('echo hello').waitFor({ state: 'attached' });
    await actOn(page, 'once');
    assert.equal((await agent.answer(request)).reply, 'once');
    await agent.settle(request);
    await page.getByText('Nobody needs you.').waitFor({ state: 'attached' });
    assert.deepEqual(await notifications(page, () => true), []);
  });

  test('says that the agent refused the answer of its button', async (t) => {
    const { user, page, receive, hide } = await notified(t);
    await hide();
    const agent = new Agent(scene, user);
    const request = await agent.ask('permission', '1', echo);
    await receive(({ notification }) => notification.data.request_id === request.id);
    await notifications(page, ({ length }) => length === 1);
    await actOn(page, 'once');
    await agent.answer(request);
    await agent.tell(request, 'refused', 'used');
    const isTold = (/** @type {any[]} */ [shown]) => /^Not answered: /.test(shown?.body ?? '');
    const [shown] = await notifications(page, isTold);
    assert.match(shown?.body ?? '', /workstation refused it: it was answered before/);
  });

  test('answers from the button with no page at all', async (t) => {
    const { user, page, browser } = await notified(t);
    const keeper = await browser.newPage();
    await keeper.goto(new URL('icon.svg', scene.address).href);
    await scene.left(user, () => page.close());
    const agent = new Agent(scene, user);
    const request = await agent.ask('permission', '1', echo);
    const isOurs = (/** @type {any} */ { payload }) =>
      payload?.notification?.data.event_id === `${user}_1`;
    const [push] = await scene.push.waitForAccepted(isOurs);
    await (
      await pushInto(keeper)
    )(push?.text ?? '');
    await notifications(keeper, ({ length }) => length === 1);
    await actOn(keeper, 'reject');
    assert.equal((await agent.answer(request)).reply, 'reject');
  });

  test('without a key opens the page, and answers nothing', async (t) => {
    const { page, deliver } = await notified(t, {});
    const notification = { title: 'x', tag: 'x', data: { category: 'NUDGE_PERMISSION' } };
    await deliver(JSON.stringify({ notification }));
    const [shown] = await notifications(page, ({ length }) => length === 1);
    assert.deepEqual(shown?.actions, ['open']);
  });

  test('acknowledges what is tapped, and comes to the front', async (t) => {
    const { user, page, receive, hide } = await notified(t);
    await hide();
    await scene.say(user, 'event', { id: `${user}_1`, kind: 'note', body: 'The doorbell' });
    await receive(({ notification }) => notification.data.event_id === `${user}_1`);
    await notifications(page, ({ length }) => length === 1);
    await actOn(page, '');
    await scene.hear(user, 'ack', ({ json }) => json.event === `${user}_1`);
  });

  test('has a test button that says what became of it', async (t) => {
    const { user, page, go } = await notified(t);
    await go('Devices');
    await page.getByRole('button', { name: 'Test My browser' }).click();
    await page.getByText('Pushed', { exact: true }).waitFor();
    assert.ok(await scene.hear(user, 'event', ({ json }) => json.kind === 'test'));
    await page.getByText(/^Last push .+\.$/).waitFor();
  });

  test('is removed when its push service says that it is gone', async (t) => {
    const { user, page, go, endpoint, hide } = await notified(t);
    await go('Devices');
    await hide();
    scene.push.unsubscribe(/** @type {any} */ ({ endpoint }));
    await scene.say(user, 'event', { id: `${user}_1`, kind: 'note', body: 'hello' });
    await scene.hear(user, 'device/', ({ text }) => text === '');
    await page.bringToFront();
    await page.getByText('Not notified yet.').waitFor();
    await page.getByText(/removed/).waitFor();
  });
});

describe('presence', () => {
  test('follows whether the page is seen', async (t) => {
    const { user, page, hide, device } = await notified(t);
    const topic = `presence/${device}`;
    await scene.hear(user, topic, ({ json }) => json?.state === 'foreground');
    const other = await hide();
    await other.close();
    await page.bringToFront();
    const isBack = () =>
      scene.heard.messages.filter(
        (message) => message.topic.endsWith(topic) && message.json?.state === 'foreground',
      ).length === 2;
    await scene.heard.waitFor(isBack);
  });

  test('ends after a minute without input, and comes back with it', async (t) => {
    const user = scene.newUser();
    const { page } = await scene.visit(t, user, { isAlone: true });
    await page.clock.install();
    // The browser gives the page its focus some time after it is loaded, which counts as input.
    await page.addInitScript(() =>
      addEventListener('focus', () => Object.assign(window, { hadFocus: true })),
    );
    await page.reload();
    await page.getByText('Connected', { exact: true }).waitFor();
    await page.waitForFunction(() => 'hadFocus' in window);
    const count = (/** @type {RegExp} */ state) =>
      scene.heard.messages.filter(
        ({ topic, text }) => topic.startsWith(`nudge/${user}/presence/`) && state.test(text),
      ).length;
    await scene.heard.waitFor(() => count(/foreground/) >= 2);
    const before = count(/background/);
    await page.clock.fastForward(61_000);
    await scene.heard.waitFor(() => count(/background/) > before);
    const looks = count(/foreground/);
    await page.mouse.move(100, 100, { steps: 3 });
    await scene.heard.waitFor(() => count(/foreground/) > looks);
  });

  test('of who looked when the machine fell asleep is over when it wakes', async (t) => {
    const user = scene.newUser();
    const { page } = await scene.visit(t, user, { isAlone: true });
    await page.clock.install();
    await page.reload();
    await page.getByText('Connected', { exact: true }).waitFor();
    const count = (/** @type {string} */ leaf, /** @type {RegExp} */ isIt) =>
      scene.heard.messages.filter(
        ({ topic, text }) => topic.startsWith(`nudge/${user}/${leaf}`) && isIt.test(text),
      ).length;
    await scene.heard.waitFor(() => count('presence/', /foreground/) >= 2);
    const before = count('presence/', /background/);
    // Its timers slept, too.
    await page.clock.setSystemTime(Date.now() + 3_600_000);
    await scene.say(user, 'event', { id: `${user}_1`, ...permission, ttl_s: 86_400 });
    await page.getByRole('article', { name: /^Permission needed/ }).waitFor();
    await scene.heard.waitFor(() => count('presence/', /background/) > before);
    assert.equal(count('ack', /./), 0);
  });

  test('acknowledges nothing that another view would show', async (t) => {
    const { user, go } = await notified(t);
    await go('Preferences');
    await scene.say(user, 'event', { id: `${user}_1`, ...permission });
    await scene.receipt(user, `${user}_1`, 'pushed');
    await go('Now');
    await scene.hear(user, 'ack', ({ json }) => json.event === `${user}_1`);
  });

  test('is taken back by the Last Will when the browser dies', async (t) => {
    const user = scene.newUser();
    const { browser } = await scene.visit(t, user, { isAlone: true });
    await scene.hear(user, 'presence/', ({ json }) => json?.state === 'foreground');
    const devtools = await browser.browser()?.newBrowserCDPSession();
    // Nobody is left to answer that.
    void devtools?.send('Browser.crash').catch(() => {});
    await scene.hear(user, 'presence/', ({ text }) => text === 'background');
  });

  test('keeps quiet about what the page shows, and pushes once it is hidden', async (t) => {
    const { user, go, hide, endpoint } = await notified(t);
    await go('Activity');
    await scene.say(user, 'event', { id: `${user}_1`, kind: 'note', body: 'You see it' });
    await scene.hear(user, 'ack', ({ json }) => json.event === `${user}_1`);
    await hide();
    await scene.say(user, 'event', { id: `${user}_2`, kind: 'note', body: 'You do not' });
    await scene.receipt(user, `${user}_2`, 'pushed');
    const ours = scene.push.accepted.filter((push) => push.endpoint === endpoint);
    assert.deepEqual(
      ours.map(({ payload }) => payload.notification.data.event_id),
      [`${user}_2`],
    );
  });
});
