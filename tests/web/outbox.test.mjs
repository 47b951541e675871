// What a person does while there is no connection: it waits, visibly, and goes out or is taken back.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Agent, echo } from './support/agent.mjs';
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
    await page.getByText('this waits, and is sent as soon as it can be').waitFor();
    await waits.getByText('1 change waits for the connection').click();
    await page.reload();
    await waits.getByText('1 change waits for the connection').click();
    await waits.getByText('What I want to know, Notes: on → off').waitFor();
    await scene.broker.restart();
    await scene.hear(user, 'prefs', ({ json }) => json.kinds?.note === false);
    await waits.waitFor({ state: 'detached' });
  });
});
