// Each device: how it is, the one next step, a test of it alone; what is taken away can be had again.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { remembered } from './support/kept.mjs';
import { setScene } from './support/scene.mjs';

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
 * A person with two terminals, at the devices.
 *
 * @param {import('node:test').TestContext} t
 */
async function enter(t) {
  const user = scene.newUser();
  for (const name of ['desk', 'hall']) {
    const heard = scene.bridge.waitForLine(new RegExp(`${user}/${name} is registered`));
    await scene.say(user, `device/${name}`, { platform: 'log', name: `The ${name}` }, true);
    await heard;
  }
  const visit = await scene.visit(t, user);
  await visit.go('Devices');
  const card = (/** @type {string} */ name) => visit.page.getByRole('article', { name });
  return { ...visit, user, card };
}

describe('a device', () => {
  it('is tested alone, and has its last push', async (t) => {
    const { user, card } = await enter(t);
    await card('The desk').getByText('No push seen from here yet.').waitFor();
    await card('The desk').getByRole('button', { name: 'Test The desk' }).click();
    await card('The desk').getByText('Pushed', { exact: true }).waitFor();
    await card('The desk')
      .getByText(/^Last push \d+:\d\d [AP]M\.$/)
      .waitFor();
    const { json } = await scene.hear(user, 'event');
    assert.equal(json.device, 'desk');
    const told = scene.heard.messages.filter(
      ({ topic, json }) => topic.endsWith(`${user}/receipt`) && json.device,
    );
    assert.ok(told.every((receipt) => receipt.json.device === 'desk'));
    await card('The hall').getByText('No push seen from here yet.').waitFor();
  });

  it('that is this browser has one next step', async (t) => {
    const { user, card } = await enter(t);
    await card('This device').getByText('It is not notified yet.').waitFor();
    await card('This device').getByRole('button', { name: 'Turn notifications on' }).click();
    await card('This device').getByText('No push seen from here yet. Try it:').waitFor();
    await card('This device').getByRole('button', { name: 'Test My browser' }).click();
    await card('This device').getByText('Pushed', { exact: true }).waitFor();
    await scene.hear(user, 'event', ({ json }) => json.kind === 'test');
  });

  it('that a push service gave up is told of, to its person alone', async (t) => {
    const { page, user } = await enter(t);
    const other = await enter(t);
    const { text } = await scene.heard.waitFor(({ topic }) => topic.endsWith('/info'));
    const lost = scene.push.subscribe(JSON.parse(text).vapid_public_key);
    scene.push.unsubscribe(lost);
    await scene.say(user, 'device/lost', { platform: 'webpush', ...lost }, true);
    await scene.say(user, 'event', { kind: 'note', device: 'lost', body: 'hello' });
    await page.getByText(/\(lost\): removed, \S/).waitFor();
    await scene.hear(other.user, 'state');
    await other.page.getByRole('heading', { name: 'Bridge' }).waitFor();
    assert.equal(await other.page.getByText(/lost/).count(), 0);
  });

  it('that was removed can be had again', async (t) => {
    const { page, user, card } = await enter(t);
    const { json: before } = await scene.hear(user, 'device/hall');
    await card('The hall').getByRole('button', { name: 'Remove The hall' }).click();
    await scene.hear(user, 'device/hall', ({ text }) => text === '');
    await card('The hall').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Undo' }).click();
    await card('The hall').waitFor();
    const told = scene.heard.messages.filter(({ topic }) => topic.endsWith(`${user}/device/hall`));
    assert.deepEqual(told.at(-1)?.json, before);
  });

  it('that was unpaired can be had again while the page is open', async (t) => {
    const { page, user, card } = await enter(t);
    await card('This device').getByRole('button', { name: 'Turn notifications on' }).click();
    const { json, topic } = await scene.hear(
      user,
      'device/',
      (said) => said.json?.platform === 'webpush',
    );
    await page.getByText('Unpair', { exact: true }).click();
    await page.getByRole('button', { name: 'Unpair this browser' }).click();
    await page.getByRole('heading', { name: 'This browser is unpaired' }).waitFor();
    const leaf = topic.split('/').slice(2).join('/');
    await scene.hear(user, leaf, ({ text }) => text === '');
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByText('Connected', { exact: true }).waitFor();
    const again = scene.heard.messages.filter((said) => said.topic === topic);
    assert.deepEqual(again.at(-1)?.json, json);

    await page.getByText('Unpair', { exact: true }).click();
    await page.getByRole('button', { name: 'Unpair this browser' }).click();
    await page.getByRole('button', { name: 'Pair anew' }).click();
    await page.getByRole('heading', { name: 'Welcome to nudge' }).waitFor();
  });

  it('is not changed without a connection, and that is said', async (t) => {
    const { page, user, card } = await enter(t);
    await remembered(page, 'The hall');
    await scene.broker.stop();
    await page.getByText('Offline: what you see may be old').waitFor();
    const said = page.getByText('Not connected: nothing was changed.');
    await card('The hall').getByRole('button', { name: 'Remove The hall' }).click();
    await said.waitFor();
    await page.reload();
    await card('The hall').getByRole('button', { name: 'Test The hall' }).click();
    await said.waitFor();
    await scene.broker.restart();
    await page.getByText('Connected', { exact: true }).waitFor();
    await card('The hall').waitFor();
    const told = scene.heard.messages.filter(({ topic }) => topic.endsWith(`${user}/device/hall`));
    assert.equal(told.at(-1)?.json?.name, 'The hall');
  });

  it('that was unpaired without a connection hears nothing more', async (t) => {
    const { page, user, card } = await enter(t);
    await card('This device').getByRole('button', { name: 'Turn notifications on' }).click();
    await scene.hear(user, 'device/', (said) => said.json?.platform === 'webpush');
    const subscription = () =>
      page.evaluate(async () => {
        const { pushManager } = await navigator.serviceWorker.ready;
        return (await pushManager.getSubscription()) !== null;
      });
    assert.equal(await subscription(), true);
    await scene.broker.stop();
    await page.getByText('Offline: what you see may be old').waitFor();
    await page.getByText('Unpair', { exact: true }).click();
    await page.getByRole('button', { name: 'Unpair this browser' }).click();
    await page.getByRole('heading', { name: 'This browser is unpaired' }).waitFor();
    assert.equal(await subscription(), false);
  });
});
