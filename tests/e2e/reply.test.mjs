// `nudge reply`: shows what waits, signs the answer, and tells what became of it. An agent is played by
// the test, which checks the signature as the plugin does.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { runNudge, startBridge, writeSettings } from './support/bridge.mjs';
import { startBroker } from './support/broker.mjs';
import { connect } from './support/mqtt.mjs';
import { freePort } from './support/ports.mjs';
import { scratchDirectory } from './support/scratch.mjs';

/** @type {(() => any)[]} */
const endings = [];
/** @type {string} */
let dir;
/** @type {string} */
let settings;
/** @type {import('./support/mqtt.mjs').Client} */
let client;
let users = 0;

before(async () => {
  dir = await scratchDirectory({ after: (end) => endings.unshift(end) });
  const broker = await startBroker({ dir: join(dir, 'broker') });
  endings.unshift(() => broker.stop());
  settings = await writeSettings(dir, { mqtt: { url: broker.url } });
  const bridge = await startBridge({ settings });
  endings.unshift(() => bridge.stop());
  client = await connect(broker.url);
  client.client.setMaxListeners(0);
  endings.unshift(() => client.end());
});
after(async () => {
  for (const end of endings) await end();
});

const BASH = {
  ...{ tool: 'bash', input: 'rm -rf build', patterns: ['rm -rf build'], always: ['rm *'] },
  cut: false,
};
const DATABASE = {
  ...{ header: 'Store', text: 'Which?', multiple: false, custom: false },
  options: [{ label: 'SQLite' }, { label: 'none' }],
};
const TESTS = { text: 'Tests?', multiple: true, options: [{ label: 'unit' }, { label: 'e2e' }] };

/** Somebody whose agent asks. */
async function person() {
  const name = `user${++users}`;
  await runNudge(['pair', '-c', settings, '--ws', 'ws://pi.lan', name]);
  const file = join(dir, 'state', 'reply-keys', name);
  const key = Buffer.from((await readFile(file, 'utf8')).trim(), 'base64url');
  const state = await client.collect(`nudge/${name}/state`);
  const replies = await client.collect(`nudge/${name}/reply`);
  const online = { state: 'online', running: 0, waiting: 0, sessions: [] };
  await client.publish(`nudge/${name}/agent/workstation`, online, { retain: true });
  return {
    name,
    replies,
    /** @param {string} id @param {object} ask @param {object} [more] */
    async ask(id, ask, more = {}) {
      const kind = id.startsWith('per_') ? 'permission.asked' : 'question.asked';
      const request = { id, nonce: `nonce of ${id}` };
      const event = { kind, host: 'workstation', request, ask, ...more };
      await client.publish(`nudge/${name}/event`, event);
      await state.waitFor(({ json }) =>
        json?.asks.some((/** @type {any} */ each) => each.request.id === id),
      );
    },
    /** What the agent hears, and says to it: nothing, if it is null. @param {object | null} receipt */
    async answerOnce(receipt) {
      const { json } = await replies.waitFor(() => true);
      const mac = createHmac('sha256', key).update(json.signed, 'utf8').digest('base64url');
      assert.equal(json.mac, mac);
      const answer = JSON.parse(json.signed);
      const whole = { request: answer.request, host: 'workstation', ts: 1, ...receipt };
      if (receipt) await client.publish(`nudge/${name}/receipt`, whole);
      return answer;
    },
    /** @param {string[]} args */
    reply: (...args) => runNudge(['reply', '-c', settings, '-u', name, ...args]),
  };
}

describe('nudge reply', { concurrency: 4 }, () => {
  test('shows a permission, signs the answer, and says who took it', async () => {
    const someone = await person();
    await someone.ask('per_1', BASH);
    const [{ code, lines }, answer] = await Promise.all([
      someone.reply('per_1', 'once', '--message', 'be "careful"'),
      someone.answerOnce({ state: 'answered' }),
    ]);
    assert.equal(code, 0, lines.join('\n'));
    assert.deepEqual(lines, [
      'permission per_1 of workstation',
      '  | bash: rm -rf build',
      "  'always' would cover",
      '  | rm *',
      'answered by workstation',
    ]);
    assert.deepEqual(answer, {
      ...{ request: 'per_1', nonce: 'nonce of per_1', reply: 'once', message: 'be "careful"' },
    });
  });

  test('answers questions, one word for each', async () => {
    const someone = await person();
    await someone.ask('que_1', { questions: [DATABASE, TESTS], cut: false });
    const [{ code, lines }, answer] = await Promise.all([
      someone.reply('que_1', 'SQLite', '["unit","e2e"]', '--json'),
      someone.answerOnce({ state: 'answered' }),
    ]);
    assert.equal(code, 0);
    assert.deepEqual(JSON.parse(lines.join('')), {
      ...{ request: 'que_1', state: 'answered', host: 'workstation' },
    });
    assert.deepEqual(answer, {
      ...{ request: 'que_1', nonce: 'nonce of que_1', answers: [['SQLite'], ['unit', 'e2e']] },
    });
  });

  test('sends nothing that does not fit, and nothing for what it cannot show whole', async () => {
    const someone = await person();
    const long = { ...BASH, input: 'x'.repeat(20_000) };
    await someone.ask('que_1', { questions: [DATABASE], cut: false });
    await someone.ask('per_1', { ...BASH, cut: true });
    await someone.ask('per_2', long);
    await someone.ask('per_3', BASH);
    for (const [args, complaint] of /** @type {const} */ ([
      [['que_1', 'sqlite'], /answer 1: 'sqlite' is none of its labels/],
      [['que_1', 'SQLite', 'none'], /there is 1 question, and 2 answers/],
      [['que_1', '["SQLite","none"]'], /answer 1 must be one label, and is 2/],
      [['per_1', 'once'], /not all of what it asks is here/],
      [['per_2', 'always'], /not all of what it asks is here/],
      [['per_3', 'yes'], /answered with once, always or reject/],
    ])) {
      const { code, lines } = await someone.reply(...args);
      assert.equal(code, 64, lines.join('\n'));
      assert.match(lines.at(-1) ?? '', complaint);
    }
    assert.deepEqual(someone.replies.messages, []);
    const [{ code }, answer] = await Promise.all([
      someone.reply('per_2', 'reject'),
      someone.answerOnce({ state: 'answered' }),
    ]);
    assert.equal(code, 0);
    assert.equal(answer.reply, 'reject');
  });

  test('only shows what is asked if there is no answer', async () => {
    const someone = await person();
    const session = { id: 'ses_1', title: 'Fix \u202elogin\u001b[2J' };
    await someone.ask('per_1', { ...BASH, input: 'a\n\u001b[1Aanswered by me' }, { session });
    const { code, lines } = await someone.reply('per_1');
    assert.equal(code, 0);
    assert.match(lines[0] ?? '', /session Fix \[U\+202E\]login \[2J$/);
    assert.ok(lines.includes('  | [U+001B][1Aanswered by me'), lines.join('\n'));
    assert.deepEqual(someone.replies.messages, []);
  });

  for (const [reason, complaint] of /** @type {const} */ ([
    ['off', /refused by workstation: it takes no answers from here: set .* replies/],
    ['signature', /refused by workstation: it has another reply key: pair it again/],
    ['used', /refused by workstation: it was answered before/],
    ['answers', /refused by workstation: the answer does not fit \(2 of 3\)/],
    ['\u001b[2J', /refused by workstation: it gives no reason that is known here/],
  ]))
    test(`says why an agent refuses: ${JSON.stringify(reason)}`, async () => {
      const someone = await person();
      await someone.ask('per_1', BASH);
      const detail = reason === 'answers' ? { detail: '2 of 3' } : {};
      const [{ code, lines }] = await Promise.all([
        someone.reply('per_1', 'once'),
        someone.answerOnce({ state: 'refused', reason, ...detail }),
      ]);
      assert.equal(code, 1);
      assert.match(lines.at(-1) ?? '', complaint);
    });

  test('waits for the agent that knows the request, whatever another says', async () => {
    const someone = await person();
    await someone.ask('per_1', BASH);
    const [{ code, lines }] = await Promise.all([
      someone.reply('per_1', 'once', '--json'),
      (async () => {
        await someone.answerOnce({ state: 'refused', reason: 'unknown', host: 'laptop' });
        const other = { request: 'per_2', state: 'refused', reason: 'used', host: 'laptop' };
        await client.publish(`nudge/${someone.name}/receipt`, other);
        await client.publish(`nudge/${someone.name}/receipt`, 'no JSON');
        const last = { request: 'per_1', state: 'answered', host: 'workstation' };
        await client.publish(`nudge/${someone.name}/receipt`, last);
      })(),
    ]);
    assert.equal(code, 0);
    assert.equal(JSON.parse(lines.join('')).host, 'workstation');
  });

  test('says that no agent took it', async () => {
    const someone = await person();
    await someone.ask('per_1', BASH);
    const { code, lines } = await someone.reply('per_1', 'once', '--json');
    assert.equal(code, 69);
    const [json, line] = [...lines].sort().reverse();
    assert.deepEqual(JSON.parse(json ?? ''), { request: 'per_1', state: 'unanswered' });
    assert.match(line ?? '', /no agent took it/);
  });

  test('says in one line what is not there', async () => {
    const someone = await person();
    await someone.ask('per_1', BASH);
    await someone.ask('per_2', BASH);
    const missing = join(dir, 'nowhere');
    for (const [args, code, complaint] of /** @type {const} */ ([
      [['per_3', 'once'], 1, /per_3 does not wait for an answer; these do: per_2, per_1$/],
      [['-u', 'nobody', 'per_1', 'once'], 69, /no state of this USER/],
      [['-u', 'bridge', 'per_1', 'once'], 64, /USER must be/],
    ])) {
      const result = await someone.reply(...args);
      assert.equal(result.code, code, result.lines.join('\n'));
      assert.equal(result.lines.length, 1, result.lines.join('\n'));
      assert.match(result.lines[0] ?? '', complaint);
    }
    const noKey = await someone.reply('--key-file', missing, 'per_1', 'once');
    assert.equal(noKey.code, 78);
    assert.match(noKey.lines.at(-1) ?? '', /cannot read .*nowhere.*'nudge pair USER' makes/);
    const usage = await someone.reply();
    assert.equal(usage.code, 64);
    assert.match(usage.lines[0] ?? '', /say the REQUEST/);
    const env = { NUDGE_MQTT_URL: `mqtt://127.0.0.1:${await freePort()}` };
    const away = await runNudge(['reply', '-c', settings, 'per_1', 'once'], { env });
    assert.equal(away.code, 69);
  });

  test("takes the plugin's key where nobody paired", async () => {
    const someone = await person();
    await someone.ask('per_1', BASH);
    const home = join(dir, 'home');
    await mkdir(join(home, '.config', 'nudge'), { recursive: true });
    const key = await readFile(join(dir, 'state', 'reply-keys', someone.name));
    await writeFile(join(home, '.config', 'nudge', 'reply-key'), key, { mode: 0o600 });
    const env = { HOME: home, NUDGE_STATE_DIRECTORY: join(dir, 'elsewhere') };
    const [{ code, lines }] = await Promise.all([
      runNudge(['reply', '-c', settings, '-u', someone.name, 'per_1', 'always'], { env }),
      someone.answerOnce({ state: 'answered' }),
    ]);
    assert.equal(code, 0, lines.join('\n'));
  });

  test('finds a request among so many that the state is long', async () => {
    const someone = await person();
    const input = 'a long command; '.repeat(240);
    await Promise.all(
      Array.from({ length: 50 }, (_, i) => someone.ask(`per_${i}`, { ...BASH, input })),
    );
    const { code, lines } = await someone.reply('per_0');
    assert.equal(code, 0, lines.join('\n').slice(0, 500));
    assert.equal(lines[0], 'permission per_0 of workstation');
  });
});
