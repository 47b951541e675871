// What a person does while there is no connection: it waits, visibly, and goes out or is taken back.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Agent, echo } from './support/agent.mjs';
import { remembered } from './support/kept.mjs';
import { setScene } from './support/scene.mjs';

/**
 * A person's page that lost its broker, with two requests.
 *
 * @param {import('node:test').TestContext} t
 */
async function cutOff(t) {
  const scene = await setScene(t);
  const user = scene.newUser();
  const visit = await scene.visit(t, user);
  const agent = new Agent(scene, user);
  const requests = [await agent.ask('permission', '1', echo)];
  requests.push(await agent.ask('permission', '2', { ...echo, session: { title: 'Build it' } }));
  const card = (/** @type {string} */ title) =>
    visit.page.getByRole('article', { name: `Permission needed: ${title}` });
  await card('Build it').waitFor();
  for (const title of ['Fix login', 'Build it']) await remembered(visit.page, title);
  await scene.broker.stop();
  await visit.page.getByText('Offline: what you see may be old').waitFor();
  const waits = visit.page.getByRole('status', { name: 'Not sent yet' });
  return { ...visit, scene, user, agent, requests, card, waits };
}

describe('without a connection', () => {
  test('answers wait, survive a reload, and go out', async (t) => {
    const { scene, page, card, waits, requests, agent } = await cutOff(t);
    await card('Fix login').getByRole('button', { name: 'Allow once' }).click();
    await card('Build it').getByRole('button', { name: 'Reject' }).click();
    await waits.getByText('2 answers wait for the connection').waitFor();
    await page.reload();
    await waits.getByText('2 answers wait for the connection').click();
    await waits.getByText('Allow once: Fix login.').waitFor();
    await card('Fix login').getByText('Waits for the connection…').waitFor();
    await scene.broker.restart();
    const [first, second] = requests;
    assert.ok(first && second);
    assert.equal((await agent.answer(first)).reply, 'once');
    assert.equal((await agent.answer(second)).reply, 'reject');
    await agent.tell(first, 'answered');
    await card('Fix login').getByText('Answered by workstation.').waitFor();
    await waits.waitFor({ state: 'detached' });
    await page.reload();
    await page.getByText('Connected', { exact: true }).waitFor();
    assert.equal(await waits.count(), 0);
  });

  test('an answer to what was asked before says what it is about', async (t) => {
    const scene = await setScene(t);
    const user = scene.newUser();
    await new Agent(scene, user).ask('permission', '1', echo);
    await scene.hear(user, 'state', ({ json }) => json?.asks?.length === 1);
    const { page } = await scene.visit(t, user);
    const card = page.getByRole('article', { name: 'Permission needed: Fix login' });
    await card.waitFor();
    await scene.broker.stop();
    await page.getByText('Offline: what you see may be old').waitFor();
    await card.getByRole('button', { name: 'Allow once' }).click();
    const waits = page.getByRole('status', { name: 'Not sent yet' });
    await waits.getByText('1 answer waits for the connection').click();
    await waits.getByText('Allow once: Fix login.').waitFor();
  });

  test('an answer is taken back, and is never sent', async (t) => {
    const { scene, page, card, waits, user, requests, agent } = await cutOff(t);
    await card('Fix login').getByRole('button', { name: 'Allow once' }).click();
    await waits.getByText('1 answer waits for the connection').click();
    await waits.getByRole('button', { name: 'Take back' }).click();
    await card('Fix login').getByText('Not sent: You took it back.').waitFor();
    await page.reload();
    await card('Build it').getByRole('button', { name: 'Reject' }).click();
    await scene.broker.restart();
    const [, second] = requests;
    assert.ok(second);
    await agent.answer(second);
    const sent = scene.heard.messages.filter(({ topic }) => topic === `nudge/${user}/reply`);
    assert.equal(sent.length, 1);
  });

  test('a change of preferences waits with a word, and is made', async (t) => {
    const { scene, page, go, waits, user } = await cutOff(t);
    await go('Preferences');
    await page.getByRole('switch', { name: 'Notes' }).click();
    const toast = page.locator('.toast', {
      hasText: 'Not connected: this waits, and is sent later.',
    });
    await toast.waitFor();
    // It waits, and nothing is wrong.
    assert.equal(await toast.evaluate(({ classList }) => classList.contains('fault')), false);
    await waits.getByText('1 change waits for the connection').click();
    await page.reload();
    await waits.getByText('1 change waits for the connection').click();
    await waits.getByText('What I want to know, Notes: on → off').waitFor();
    await scene.broker.restart();
    await scene.hear(user, 'prefs', ({ json }) => json.kinds?.note === false);
    await waits.waitFor({ state: 'detached' });
  });

  test('changes of one list wait, and none undoes another', async (t) => {
    const { scene, page, go, waits, user } = await cutOff(t);
    await go('Preferences');
    const mute = async (/** @type {string} */ name) => {
      await page.getByLabel('Its name, folder or id').fill(name);
      await page.getByRole('button', { name: 'Mute', exact: true }).click();
    };
    await mute('one');
    await waits.getByText('1 change waits for the connection').waitFor();
    await page.reload();
    await waits.getByText('1 change waits for the connection').waitFor();
    await mute('two');
    await waits.getByText('2 changes wait for the connection').waitFor();
    await scene.broker.restart();
    const { json } = await scene.hear(user, 'prefs', (said) => said.json.mute?.projects.length > 1);
    assert.deepEqual(json.mute.projects, ['one', 'two']);
  });
});

describe('what waits in one tab', () => {
  /** @param {import('node:test').TestContext} t */
  async function twoTabs(t) {
    const one = await cutOff(t);
    await one.scene.broker.restart();
    const other = await one.browser.newPage();
    await other.goto(one.scene.address);
    await other.getByText('Connected', { exact: true }).waitFor();
    await one.page.getByText('Connected', { exact: true }).waitFor();
    await one.scene.broker.stop();
    for (const page of [one.page, other])
      await page.getByText('Offline: what you see may be old').waitFor();
    const [request] = one.requests;
    assert.ok(request);
    const cardIn = (/** @type {typeof other} */ page) =>
      page.getByRole('article', { name: 'Permission needed: Fix login' });
    const waitsIn = (/** @type {typeof other} */ page) =>
      page.getByRole('status', { name: 'Not sent yet' });
    await one.page.bringToFront();
    await cardIn(one.page).getByRole('button', { name: 'Allow once' }).click();
    await waitsIn(one.page).getByText('1 answer waits for the connection').waitFor();
    await other.bringToFront();
    await waitsIn(other).getByText('1 answer waits for the connection').click();
    await waitsIn(other).getByText('Allow once: Fix login.').waitFor();
    await cardIn(other).getByText('Waits for the connection…').waitFor();
    assert.ok(await cardIn(other).getByRole('button', { name: 'Reject' }).isDisabled());
    const sent = () =>
      one.scene.heard.messages.filter(({ topic }) => topic === `nudge/${one.user}/reply`).length;
    return { ...one, other, request, cardIn, waitsIn, sent };
  }

  test('is seen in the other, and is sent once', async (t) => {
    const { scene, agent, page, other, request, waitsIn, sent } = await twoTabs(t);
    await scene.broker.restart();
    assert.equal((await agent.answer(request)).reply, 'once');
    for (const tab of [page, other]) await waitsIn(tab).waitFor({ state: 'detached' });
    for (const tab of [page, other]) await tab.getByText('Connected', { exact: true }).waitFor();
    await agent.settle(request);
    await other.getByText('It was settled elsewhere.').waitFor();
    assert.equal(sent(), 1);
  });

  test('is sent by the other, once it is closed', async (t) => {
    const { scene, agent, page, other, request, cardIn, waitsIn, sent } = await twoTabs(t);
    await page.close();
    await scene.broker.restart();
    assert.equal((await agent.answer(request)).reply, 'once');
    await agent.tell(request, 'answered');
    await cardIn(other).getByText('Answered by workstation.').waitFor();
    await waitsIn(other).waitFor({ state: 'detached' });
    assert.equal(sent(), 1);
  });

  test('is taken back in the other', async (t) => {
    const { scene, agent, page, other, requests, cardIn, waitsIn, sent } = await twoTabs(t);
    await waitsIn(other).getByRole('button', { name: 'Take back' }).click();
    for (const tab of [page, other]) await waitsIn(tab).waitFor({ state: 'detached' });
    await cardIn(page).getByText('Not sent: You took it back.').waitFor();
    const second = other.getByRole('article', { name: 'Permission needed: Build it' });
    await second.getByRole('button', { name: 'Reject' }).click();
    await scene.broker.restart();
    const [, last] = requests;
    assert.ok(last);
    await agent.answer(last);
    assert.equal(sent(), 1);
  });
});
