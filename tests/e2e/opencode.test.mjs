// The real OpenCode with the real plugin, against a real broker: what a turn publishes, and that no
// trouble of the plugin becomes OpenCode's.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { startBroker } from './support/broker.mjs';
import { calls, fails, says, startModel, TITLE } from './support/model.mjs';
import { connect } from './support/mqtt.mjs';
import { makeHome, run, serve } from './support/opencode.mjs';
import { freePort } from './support/process.mjs';

/**
 * @typedef {import('./support/mqtt.mjs').Message} Message
 * @typedef {Parameters<typeof makeHome>[0]} HomeOptions
 */

/** @type {string} */
let dir;
/** @type {import('./support/broker.mjs').Broker} */
let broker;
/** @type {import('./support/model.mjs').Model} */
let model;
/** @type {import('./support/mqtt.mjs').Client} */
let client;
/** @type {import('./support/mqtt.mjs').Collection} */
let events;

before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'nudge-opencode-'));
  broker = await startBroker({
    dir: join(dir, 'broker'),
    anonymous: true,
    users: { alice: 'right' },
  });
  model = await startModel();
  client = await connect(broker.url);
  events = await client.collect('nudge/+/event');
});

after(async () => {
  await client?.end();
  await model?.stop();
  await broker?.stop();
  await rm(dir, { recursive: true, force: true });
});

/**
 * @param {string} name a directory of its own
 * @param {Partial<HomeOptions>} [given]
 */
function home(name, given = {}) {
  const options = { url: broker.url, host: 'workstation', ...given.options };
  return makeHome({ dir: join(dir, name), model: model.url, ...given, options });
}

/** @param {string} project */
const kindsOf = (project) =>
  events.messages
    .map(({ json }) => json)
    .filter((event) => event.project.directory === project)
    .map((event) => event.kind);

/** @param {string[]} lines */
const warningsIn = (lines) => lines.filter((line) => line.startsWith('nudge: '));

describe('opencode run', () => {
  it('publishes a finished turn before it ends', async () => {
    const { project, env } = home('finished');
    model.answers(says('All tests pass.\n\nThe login works again.'));

    const { code, lines } = await run({ project, env }, 'fix the login');

    assert.equal(code, 0, lines.join('\n'));
    const { topic, retain, json } = await events.waitFor(
      ({ json }) => json.kind === 'session.idle' && json.project.directory === project,
    );
    assert.equal(topic, 'nudge/me/event');
    assert.equal(retain, false);
    const { id, ts, session, duration_ms, ...rest } = json;
    assert.match(id, /^evt_[A-Za-z0-9]+$/);
    assert.ok(Number.isInteger(ts) && Number.isInteger(duration_ms));
    assert.match(session.id, /^ses_/);
    assert.equal(session.title, TITLE);
    assert.equal(session.parent, null);
    assert.deepEqual(rest, {
      v: 1,
      kind: 'session.idle',
      host: 'workstation',
      project: { name: 'webshop', directory: project },
      title: null,
      body: 'All tests pass.\n\nThe login works again.',
    });
    assert.deepEqual(kindsOf(project), ['session.busy', 'session.idle']);
    assert.deepEqual(warningsIn(lines), []);
  });

  it('publishes a permission that it refuses by itself, and the refusal', async () => {
    const { project, env } = home('refused', { permission: { bash: 'ask' } });
    model.answers(calls('bash', { command: 'rm -rf build', description: 'clean' }));

    const { lines } = await run({ project, env }, 'clean up');

    await events.waitFor(
      ({ json }) => json.kind === 'permission.replied' && json.project.directory === project,
    );
    assert.deepEqual(
      kindsOf(project),
      ['session.busy', 'permission.asked', 'permission.replied'],
      lines.join('\n'),
    );
  });

  it('ends as ever when the broker is down, with one warning', async () => {
    const url = `mqtt://127.0.0.1:${await freePort()}`;
    model.answers(says('Done.'));

    const { code, lines } = await run(home('down', { options: { url } }), 'go');

    assert.equal(code, 0, lines.join('\n'));
    assert.ok(lines.includes('Done.'), lines.join('\n'));
    assert.equal(warningsIn(lines).length, 1, lines.join('\n'));
    assert.match(warningsIn(lines)[0] ?? '', /cannot reach the broker at mqtt:.*ECONNREFUSED/);
  });

  it('ends as ever with a wrong option, with one warning that names it', async () => {
    model.answers(says('Done.'));

    const { code, lines } = await run(home('option', { options: { user: 'a/b' } }), 'go');

    assert.equal(code, 0, lines.join('\n'));
    assert.ok(lines.includes('Done.'), lines.join('\n'));
    assert.equal(warningsIn(lines).length, 1, lines.join('\n'));
    assert.match(warningsIn(lines)[0] ?? '', /option user is "a\/b": give 1 to 64 of/);
  });

  it('ends as ever with a wrong password, with one warning', async () => {
    const password_file = join(dir, 'wrong.txt');
    await writeFile(password_file, 'wrong\n', { mode: 0o600 });
    const options = { user: 'alice', password_file };
    model.answers(says('Done.'));

    const { code, lines } = await run(home('password', { options }), 'go');

    assert.equal(code, 0, lines.join('\n'));
    assert.ok(lines.includes('Done.'), lines.join('\n'));
    assert.equal(warningsIn(lines).length, 1, lines.join('\n'));
    assert.match(warningsIn(lines)[0] ?? '', /refused the login of "alice"/);
  });

  it('logs in with the password of a file', async () => {
    const password_file = join(dir, 'right.txt');
    await writeFile(password_file, 'right\n', { mode: 0o600 });
    const options = { user: 'alice', password_file };
    model.answers(says('Done.'));

    const { lines } = await run(home('login', { options }), 'go');

    await events.waitFor(
      ({ topic, json }) => topic === 'nudge/alice/event' && json.kind === 'session.idle',
    );
    assert.deepEqual(warningsIn(lines), []);
  });
});

describe('opencode serve', () => {
  /** @type {import('./support/opencode.mjs').Server} */
  let server;

  before(async () => {
    const permission = { bash: 'ask' };
    server = await serve(home('serve', { permission, env: { NUDGE_USER: 'bob' } }));
  });
  after(() => server?.stop());

  /**
   * @param {string} session
   * @param {string} kind
   */
  const event = async (session, kind) => {
    const { topic, json } = await events.waitFor(
      ({ json }) => json.session.id === session && json.kind === kind,
      { what: `${kind} of ${session}` },
    );
    assert.equal(topic, 'nudge/bob/event');
    return json;
  };

  /**
   * @param {string} session
   * @param {string} body
   */
  const body = (session, body) =>
    events.waitFor(({ json }) => json.session.id === session && json.body === body);

  /** @param {string} session */
  const summary = (session) =>
    events.messages
      .map(({ json }) => json)
      .filter((json) => json.session.id === session)
      .map((json) => [json.kind, json.body]);

  it('publishes a finished turn, once', async () => {
    const session = await server.newSession();
    model.answers(says('Done.'), says('And again.'));

    await server.turn(session, 'fix the login');
    await server.turn(session, 'again');

    await body(session, 'And again.');
    assert.deepEqual(summary(session), [
      ['session.busy', null],
      ['session.idle', 'Done.'],
      ['session.busy', null],
      ['session.idle', 'And again.'],
    ]);
  });

  it('publishes an error once, and no completion beside it', async () => {
    const session = await server.newSession();
    model.answers(fails(400, 'bad things\nhappen'), says('And again.'));

    await server.turn(session, 'fix the login');
    await server.turn(session, 'again');

    await body(session, 'And again.');
    assert.deepEqual(summary(session), [
      ['session.busy', null],
      ['session.error', 'bad things'],
      ['session.busy', null],
      ['session.idle', 'And again.'],
    ]);
  });

  it('publishes a permission asked, and its answer', async () => {
    model.answers(calls('bash', { command: 'echo hello', description: 'greet' }), says('Done.'));
    const session = await server.newSession();
    await server.prompt(session, 'greet');

    const asked = await event(session, 'permission.asked');
    assert.equal(asked.body, 'echo hello');
    assert.match(asked.request.id, /^per_/);
    assert.match(asked.request.nonce, /^[A-Za-z0-9_-]{22}$/);
    await server.call('POST', `/permission/${asked.request.id}/reply`, { reply: 'once' });

    const replied = await event(session, 'permission.replied');
    assert.deepEqual(replied.request, { id: asked.request.id });
    assert.equal((await event(session, 'session.idle')).body, 'Done.');
  });

  it('publishes a question asked, and its answer', async () => {
    const options = [
      { label: 'SQLite', description: 'a file' },
      { label: 'Postgres', description: 'a server' },
    ];
    const question = { question: 'Which database?', header: 'Database', options };
    model.answers(calls('question', { questions: [question] }), says('Done.'));
    const session = await server.newSession();
    await server.prompt(session, 'choose');

    const asked = await event(session, 'question.asked');
    assert.equal(asked.body, 'Which database?\n- SQLite\n- Postgres');
    await server.call('POST', `/question/${asked.request.id}/reply`, { answers: [['SQLite']] });

    assert.equal((await event(session, 'question.replied')).request.id, asked.request.id);
    await event(session, 'session.idle');
  });

  it('publishes the end of a subagent under its parent', async () => {
    const task = { description: 'look around', prompt: 'look', subagent_type: 'general' };
    model.answers(calls('task', task), says('Nothing there.'), says('All seen.'));
    const session = await server.newSession();
    await server.prompt(session, 'delegate');

    const { json: child } = await events.waitFor(({ json }) => json.session.parent === session);
    assert.equal((await event(child.session.id, 'session.idle')).body, 'Nothing there.');
    assert.equal((await event(session, 'session.idle')).body, 'All seen.');
  });

  it('warns of nothing', () => assert.deepEqual(warningsIn(server.lines), []));
});
