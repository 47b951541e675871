// What is asked, as the page shows it, and the answers that it lets out.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Agent, echo } from './support/agent.mjs';
import { setScene } from './support/scene.mjs';

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

/**
 * A person's page, and an agent that asks.
 *
 * @param {import('node:test').TestContext} t
 * @param {Record<string, string>} [pairing]
 */
async function meet(t, pairing) {
  const user = scene.newUser();
  const visit = await scene.visit(t, user, {}, pairing);
  const agent = new Agent(scene, user);
  const card = visit.page.getByRole('article').filter({ hasText: 'Fix login' });
  const button = (/** @type {string} */ name) => card.getByRole('button', { name, exact: true });
  return { ...visit, user, agent, card, button };
}

/** @param {import('playwright-core').Locator} locator */
const isShownWhole = (locator) =>
  locator.evaluate(
    (block) =>
      block.scrollHeight <= block.clientHeight + 2 && block.scrollWidth <= block.clientWidth + 2,
  );

describe('a permission', () => {
  test('is shown whole, with its tool, its arguments and what it touches', async (t) => {
    const { agent, card } = await meet(t);
    const content = Array.from({ length: 150 }, (_, at) => `line ${at}`).join('\n');
    const input = { path: `/home/a/${'deep/'.repeat(60)}x`, content, overwrite: true };
    await agent.ask('permission', '1', { ask: { tool: 'write', input, patterns: ['/home/a/*'] } });
    for (const name of ['write', 'path', 'content', 'overwrite', '/home/a/*'])
      await card.getByText(name, { exact: true }).waitFor();
    const blocks = await card.locator('pre').all();
    assert.deepEqual(await Promise.all(blocks.map((block) => block.textContent())), [
      input.path,
      content,
      'true',
    ]);
    for (const block of blocks) assert.ok(await isShownWhole(block));
  });

  test('is allowed once, and the card goes when its agent took it', async (t) => {
    const { agent, button, page, card } = await meet(t);
    const request = await agent.ask('permission', '1', echo);
    await button('Allow once').click();
    assert.equal((await agent.answer(request)).reply, 'once');
    await card.getByText('Sent. Waiting for the agent…').waitFor();
    assert.ok(await button('Allow once').isDisabled());
    await agent.settle(request);
    await page.getByText('Nobody needs you.').waitFor();
  });

  test('is allowed always only where it stands what that covers', async (t) => {
    const { agent, button, card } = await meet(t);
    const request = await agent.ask('permission', '1', echo);
    await button('Allow once').waitFor();
    assert.equal(await button('Allow always').isVisible(), false);
    await card.getByText('Always…').click();
    await card.getByText('echo *', { exact: true }).waitFor();
    await button('Allow always').click();
    assert.equal((await agent.answer(request)).reply, 'always');
  });

  test('that covers nothing more cannot be allowed always', async (t) => {
    const { agent, button, card } = await meet(t);
    await agent.ask('permission', '1', { ask: { ...echo.ask, always: [] } });
    await button('Allow once').waitFor();
    assert.equal(await card.getByText('Always…').count(), 0);
  });

  test('is rejected with a reason', async (t) => {
    const { agent, button, card } = await meet(t);
    const request = await agent.ask('permission', '1', echo);
    await card.getByText('Say why you reject it').click();
    await card.getByLabel('A message for the agent').fill('not on a Friday');
    await button('Reject').click();
    const { reply, message } = await agent.answer(request);
    assert.deepEqual([reply, message], ['reject', 'not on a Friday']);
  });

  test('shows what its text hides', async (t) => {
    const { agent, card, page } = await meet(t);
    const hidden = `ls${'\n'.repeat(60)}rm -rf ~ \u202egnp.exe\u200b`;
    await agent.ask('permission', '1', {
      ask: { tool: 'ba\u200bsh', input: { ['com\u2066mand']: hidden }, always: ['rm\u200b *'] },
      session: { id: 'ses_1', title: 'Fix login\u202e' },
    });
    assert.equal(
      await card.locator('pre').textContent(),
      'ls\n[59 blank lines]\nrm -rf ~ [U+202E]gnp.exe[U+200B]',
    );
    for (const text of ['ba[U+200B]sh', 'com[U+2066]mand', 'Fix login[U+202E]'])
      await card.getByText(text, { exact: true }).first().waitFor();
    await page.getByRole('article', { name: 'Fix login[U+202E]' }).waitFor();
    await card.getByText('Always…').click();
    await card.getByText('rm[U+200B] *', { exact: true }).waitFor();
  });

  /** @type {[string, object][]} */
  const cuts = [
    ['whose structure was cut', { ask: { ...echo.ask, cut: true } }],
    ['whose text was cut', { body: `${'x'.repeat(1990)}…` }],
    ['whose text may have been cut', { body: 'x'.repeat(2000) }],
    ['that says nothing', { ask: { tool: 'bash' } }],
  ];
  for (const [name, part] of cuts)
    test(`${name} can be rejected, and not allowed`, async (t) => {
      const { agent, button, card } = await meet(t);
      const request = await agent.ask('permission', '1', part);
      await card.getByText('Look at it in OpenCode on workstation').waitFor();
      assert.equal(await button('Allow once').count(), 0);
      assert.equal(await card.getByText('Always…').count(), 0);
      await button('Reject').click();
      assert.equal((await agent.answer(request)).reply, 'reject');
    });

  test('that is not whole is opened where this device knows its host', async (t) => {
    const { agent, card, go, page, user } = await meet(t);
    await scene.say(user, 'agent/workstation', { state: 'online', sessions: [] }, true);
    await go('Devices');
    await page.getByRole('button', { name: 'Turn notifications on' }).click();
    await page.getByText('Only for this device').click();
    const address = page.getByLabel('Where this device finds OpenCode on workstation');
    await address.fill('http://10.0.0.5:4096');
    await address.blur();
    await scene.hear(user, 'device/', ({ json }) => json?.servers?.workstation !== undefined);
    await go('Now');
    await agent.ask('permission', '1', { ask: { ...echo.ask, cut: true } });
    const link = card.getByRole('link', { name: 'Open', exact: true });
    assert.match((await link.getAttribute('href')) ?? '', /^http:\/\/10\.0\.0\.5:4096\/.*ses_1$/);
    assert.equal(await link.getAttribute('rel'), 'noopener noreferrer');
  });

  test('of nobody has no buttons to allow it, and can be put away', async (t) => {
    const { button, page, user } = await meet(t);
    const session = { id: 'ses_1', title: 'Fix login' };
    await scene.say(user, 'event', { kind: 'permission.asked', session, body: 'rm -rf build' });
    await page.getByText('Nobody waits for an answer to this.').waitFor();
    assert.equal(await button('Allow once').count(), 0);
    await button('Put it away').click();
    await page.getByText('Nobody needs you.').waitFor();
  });

  test('cannot be answered without a key, and the page says so', async (t) => {
    const { agent, button, card } = await meet(t, {});
    await agent.ask('permission', '1', echo);
    await card.getByText('This page cannot answer: pair it again with nudge pair.').waitFor();
    for (const name of ['Allow once', 'Reject']) assert.equal(await button(name).count(), 0);
  });

  test('asked before the page was paired can be answered', async (t) => {
    const user = scene.newUser();
    // The bridge keeps what somebody is to hear of.
    const registered = scene.bridge.waitForLine(new RegExp(`${user}/terminal is registered`));
    await scene.say(user, 'device/terminal', { platform: 'log' }, true);
    await registered;
    const agent = new Agent(scene, user);
    const request = await agent.ask('permission', '1', echo);
    await scene.hear(user, 'state', ({ json }) => json.asks?.length === 1);
    const { page } = await scene.visit(t, user);
    await page.getByText('webshop on workstation').waitFor();
    await page.getByRole('button', { name: 'Allow once' }).click();
    assert.equal((await agent.answer(request)).reply, 'once');
    await agent.tell(request, 'answered');
    await page.getByText('Answered by workstation.').waitFor();
    await agent.settle(request);
    await page.getByText('Nobody needs you.').waitFor();
  });
});

describe('an answer', () => {
  test('that is refused says why, and can be given anew', async (t) => {
    const { agent, button, card } = await meet(t);
    const request = await agent.ask('permission', '1', echo);
    await button('Allow once').click();
    await agent.answer(request);
    await agent.tell(request, 'refused', 'signature');
    await card.getByText(/workstation refused it: it was signed with another key/).waitFor();
    assert.ok(await button('Allow once').isEnabled());
  });

  test('that no agent took says so', async (t) => {
    const { agent, button, card } = await meet(t);
    await agent.ask('permission', '1', echo);
    await button('Allow once').click();
    await card.getByText('No agent took it. Does OpenCode still run there?').waitFor();
    assert.ok(await button('Allow once').isEnabled());
  });
});

const question = (/** @type {object} */ more = {}) => ({
  ...{ header: 'Database', text: 'Which database?', multiple: false, custom: false },
  options: [
    { label: 'SQLite', description: 'One file.' },
    { label: 'Postgres', description: '' },
  ],
  ...more,
});

describe('a question', () => {
  test('of several is answered in one form, each as it allows', async (t) => {
    const { agent, button, page } = await meet(t);
    const plan = 'This is my plan:\n- drop the table customers\n- make it anew\nShall I go on?';
    const request = await agent.ask('question', '1', {
      body: 'not parsed:\n- at all',
      ask: {
        questions: [
          question({ text: plan, options: [], custom: true, header: 'Plan' }),
          question(),
          question({ header: 'Tests', text: 'Which tests?', multiple: true, custom: true }),
        ],
      },
    });
    const form = page.getByRole('article', { name: 'Question: Fix login' });
    const group = (/** @type {string | RegExp} */ name) =>
      form.getByRole('radiogroup', { name }).or(form.getByRole('group', { name }));
    const answer = button('Answer');
    assert.equal(
      await group(/drop the table customers/)
        .getByRole('radio')
        .count(),
      0,
    );
    await group(/drop the table/)
      .getByLabel('Your answer')
      .fill('no, keep it');
    assert.ok(await answer.isDisabled());
    await group('Which database?').getByLabel('SQLite').check();
    await group('Which database?').getByLabel('Postgres').check();
    assert.equal(await group('Which database?').getByRole('radio', { checked: true }).count(), 1);
    await form.getByText('One file.').first().waitFor();
    assert.equal(await group('Which database?').getByRole('textbox').count(), 0);
    assert.ok(await answer.isDisabled());
    await group('Which tests?').getByLabel('SQLite').check();
    await group('Which tests?').getByLabel('Or in your own words').pressSequentially('SQLite too');
    await answer.click();
    const { answers } = await agent.answer(request);
    assert.deepEqual(answers, [['no, keep it'], ['Postgres'], ['SQLite', 'SQLite too']]);
  });

  test('takes own words in place of a single choice', async (t) => {
    const { agent, button, page } = await meet(t);
    const request = await agent.ask('question', '1', {
      ask: { questions: [question({ custom: true })] },
    });
    await page.getByLabel('SQLite').check();
    // On their way they are the same as an option's.
    await page.getByLabel('Or in your own words').pressSequentially('Postgres and SQLite');
    assert.equal(await page.getByRole('radio', { checked: true }).count(), 0);
    await button('Answer').click();
    assert.deepEqual((await agent.answer(request)).answers, [['Postgres and SQLite']]);
  });

  test('sends the label as it is, and shows what it hides', async (t) => {
    const { agent, button, page } = await meet(t);
    const request = await agent.ask('question', '1', {
      ask: { questions: [question({ options: [{ label: 'ye\u200bs' }] })] },
    });
    await page.getByLabel('ye[U+200B]s').check();
    await button('Answer').click();
    assert.deepEqual((await agent.answer(request)).answers, [['ye\u200bs']]);
  });

  test('whose structure is not there can only be rejected', async (t) => {
    const { agent, button, page, card } = await meet(t);
    const request = await agent.ask('question', '1', { body: 'Which?\n- A\n- B' });
    await card.getByText('Which?').waitFor();
    assert.equal(await button('Answer').count(), 0);
    assert.equal(await page.getByRole('checkbox').or(page.getByRole('radio')).count(), 0);
    await button('Reject').click();
    assert.equal((await agent.answer(request)).reply, 'reject');
  });
});
