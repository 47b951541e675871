// A real OpenCode asks, and is answered from the page.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { calls, says, startModel } from '../e2e/support/model.mjs';
import { makeHome, serve } from '../e2e/support/opencode.mjs';
import { scratchDirectory } from '../e2e/support/scratch.mjs';
import { REPLY_KEY, setScene } from './support/scene.mjs';

const USER = 'alice';
const permission = { bash: 'ask' };
const echo = calls('bash', { command: 'echo hello', description: 'greet' });
const question = calls('question', {
  questions: [
    {
      question: 'Which database?',
      header: 'Database',
      options: [
        { label: 'SQLite', description: 'a file' },
        { label: 'Postgres', description: 'a server' },
      ],
    },
  ],
});

/** @type {(() => any)[]} */
const endings = [];
const lifetime = { after: (/** @type {() => any} */ end) => endings.unshift(end) };
/** @type {import('./support/scene.mjs').Scene} */
let scene;
/** @type {import('../e2e/support/model.mjs').Model} */
let model;
/** @type {import('../e2e/support/opencode.mjs').Server} */
let opencode;

before(async () => {
  scene = await setScene(lifetime);
  model = await startModel();
  lifetime.after(() => model.stop());
  const scratch = await scratchDirectory(lifetime);
  const reply_key_file = join(scratch, 'reply-key');
  await writeFile(reply_key_file, REPLY_KEY, { mode: 0o600 });
  const place = { url: scene.broker.url, host: 'workstation', user: USER };
  const options = { ...place, replies: true, reply_key_file };
  const dir = join(scratch, 'home');
  opencode = await serve(makeHome({ dir, model: model.url, permission, options }));
  lifetime.after(() => opencode.stop());
});
after(async () => {
  for (const end of endings) await end();
});

/** The retained state names nothing any more that an earlier test asked: it is told every two seconds at most. */
async function settled() {
  const topic = `nudge/${USER}/state`;
  const { messages } = scene.heard;
  const last = messages.filter((message) => message.topic === topic).at(-1);
  if (last?.json?.asks?.length)
    await scene.heard.waitFor((message) => message.topic === topic && !message.json.asks.length, {
      from: messages.length,
    });
}

/** @param {...import('../e2e/support/model.mjs').Step} steps */
async function turn(...steps) {
  const session = await opencode.newSession();
  model.answers(...steps);
  await opencode.prompt(session, 'go');
  return session;
}

/**
 * @param {string} session
 * @param {string} kind
 */
const event = async (session, kind) =>
  (
    await scene.hear(
      USER,
      'event',
      ({ json }) => json?.session?.id === session && json.kind === kind,
    )
  ).json;

describe('from the page', () => {
  it('a permission of OpenCode is approved, and the turn goes on', async (t) => {
    await settled();
    const { page } = await scene.visit(t, USER);
    const session = await turn(echo, says('Done.'));
    const card = page.getByRole('article').filter({ hasText: 'Permission needed' });
    await card.getByText('echo hello').waitFor();
    await page.getByText('waits for you').waitFor();
    await card.getByRole('button', { name: 'Allow once' }).click();
    assert.equal((await event(session, 'session.idle')).body, 'Done.');
    await page.getByText('Nobody needs you.').waitFor();
    await page.getByText('is done').first().waitFor();
  });

  it('a permission is rejected with a reason for the model', async (t) => {
    await settled();
    const { page } = await scene.visit(t, USER);
    const session = await turn(echo, says('Then not.'));
    await page.getByText('Say why you reject it').click();
    await page.getByLabel('A message for the agent').fill('speak up first');
    await page.getByRole('button', { name: 'Reject' }).click();
    await event(session, 'permission.replied');
    assert.equal((await event(session, 'session.idle')).body, 'Then not.');
    assert.ok(JSON.stringify(model.requests.at(-1)).includes('speak up first'));
  });

  it('a question is answered with one of its options', async (t) => {
    await settled();
    const { page } = await scene.visit(t, USER);
    const session = await turn(question, says('Good.'));
    await page.getByRole('radiogroup', { name: 'Which database?' }).waitFor();
    await page.getByLabel('SQLite').check();
    await page.getByRole('button', { name: 'Answer' }).click();
    assert.equal((await event(session, 'session.idle')).body, 'Good.');
    const { content } = model.requests.at(-1).messages.at(-1);
    assert.match(content, /"Which database\?"="SQLite"/);
  });

  it('what is answered elsewhere goes away', async (t) => {
    await settled();
    const { page } = await scene.visit(t, USER);
    const session = await turn(echo, says('Done.'));
    await page.getByRole('button', { name: 'Allow once' }).waitFor();
    const { request } = await event(session, 'permission.asked');
    await opencode.call('POST', `/permission/${request.id}/reply`, { reply: 'once' });
    await page.getByText('Nobody needs you.').waitFor();
  });
});
