// The real OpenCode with the real plugin, against a real broker: what a turn publishes, and that no
// trouble of the plugin becomes OpenCode's.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { calls, fails, hangs, says, TITLE } from './support/model.mjs';
import { startScene, warningsIn } from './support/opencode-scene.mjs';
import { run, serve, startRun } from './support/opencode.mjs';
import { freePort } from './support/ports.mjs';

/** @type {import('./support/opencode-scene.mjs').Scene} */
let scene;

before(async () => {
  scene = await startScene({ anonymous: true, users: { alice: 'right' } });
});
after(() => scene?.stop());

describe('opencode run', () => {
  /** @param {string} project */
  const published = (project) =>
    scene.events.messages
      .map(({ json }) => json)
      .filter((json) => json.project.directory === project)
      .map((json) => json.kind);

  /**
   * @param {string} project
   * @param {string} kind
   */
  const arrived = (project, kind) =>
    scene.events.waitFor(({ json }) => json.project.directory === project && json.kind === kind);

  it('publishes a finished turn', async () => {
    const home = scene.home('finished');
    scene.model.answers(says('All tests pass.\n\nThe login works again.'));

    const { code, lines } = await run(home, 'fix the login');

    assert.equal(code, 0, lines.join('\n'));
    const { topic, retain, json } = await arrived(home.project, 'session.idle');
    assert.equal(topic, 'nudge/me/event');
    assert.equal(retain, false);
    const { id, ts, session, duration_ms, age_ms, ...rest } = json;
    assert.match(id, /^evt_[A-Za-z0-9]+$/);
    assert.ok([ts, duration_ms, age_ms].every((ms) => Number.isInteger(ms) && ms >= 0));
    assert.match(session.id, /^ses_/);
    assert.equal(session.title, TITLE);
    assert.equal(session.parent, null);
    assert.deepEqual(rest, {
      v: 1,
      kind: 'session.idle',
      host: 'workstation',
      project: { name: 'webshop', directory: home.project },
      title: null,
      body: 'All tests pass.\n\nThe login works again.',
    });
    assert.deepEqual(published(home.project), ['session.busy', 'session.idle']);
    assert.deepEqual(warningsIn(lines), []);
  });

  it('publishes a permission that it refuses by itself, and the refusal', async () => {
    const home = scene.home('refused', { permission: { bash: 'ask' } });
    scene.model.answers(calls('bash', { command: 'rm -rf build', description: 'clean' }));

    await run(home, 'clean up');

    await arrived(home.project, 'permission.replied');
    assert.deepEqual(published(home.project), [
      'session.busy',
      'permission.asked',
      'permission.replied',
    ]);
  });

  it('ends of ctrl-c as ever, and has finished nothing', async () => {
    const home = scene.home('interrupted');
    scene.model.answers(hangs());
    const child = startRun(home, 'think');
    await arrived(home.project, 'session.busy');
    assert.equal((await child.kill('SIGINT')).signal, 'SIGINT');
    assert.deepEqual(published(home.project), ['session.busy']);
  });

  it('logs in with the password of a file', async () => {
    const password_file = join(scene.dir, 'right.txt');
    await writeFile(password_file, 'right\n', { mode: 0o600 });
    const home = scene.home('login', { options: { user: 'alice', password_file } });
    scene.model.answers(says('Done.'));

    const { lines } = await run(home, 'go');

    const { topic } = await arrived(home.project, 'session.idle');
    assert.equal(topic, 'nudge/alice/event');
    assert.deepEqual(warningsIn(lines), []);
  });

  /**
   * @param {object} options
   * @param {RegExp} warning
   */
  const endsAsEver = async (options, warning) => {
    const home = scene.home(`trouble-${warning.source.replace(/\W/g, '')}`, { options });
    scene.model.answers(says('Done.'));

    const { code, lines } = await run(home, 'go');

    assert.equal(code, 0, lines.join('\n'));
    assert.ok(lines.includes('Done.'), lines.join('\n'));
    const warnings = warningsIn(lines);
    assert.equal(warnings.length, 1, lines.join('\n'));
    assert.match(warnings[0] ?? '', warning);
  };

  it('ends as ever when the broker is down, with one warning', async () => {
    const url = `mqtt://127.0.0.1:${await freePort()}`;
    await endsAsEver({ url }, /cannot reach the broker at mqtt:.*ECONNREFUSED/);
  });

  it('ends as ever with a wrong option, with one warning that names it', () =>
    endsAsEver({ user: 'a/b' }, /option user is "a\/b": give 1 to 64 of/));

  it('ends as ever with a password file that is not there, with one warning', () =>
    endsAsEver({ password_file: '/nowhere/password' }, /option password_file cannot be used/));

  it('ends as ever with a wrong password, with one warning', async () => {
    const password_file = join(scene.dir, 'wrong.txt');
    await writeFile(password_file, 'wrong\n', { mode: 0o600 });
    await endsAsEver({ user: 'alice', password_file }, /refused the login of "alice"/);
  });

  it('ends as ever when nobody listens, with one warning', () =>
    endsAsEver({ root: 'unheard' }, /no bridge is listening on unheard\/me\/event/));
});

describe('opencode serve', () => {
  /** @type {import('./support/opencode.mjs').Server} */
  let server;

  before(async () => {
    const permission = { bash: 'ask' };
    server = await serve(
      scene.home('serve', { permission, env: { NUDGE_USER: 'bob', NUDGE_HOST: 'both' } }),
    );
  });
  after(() => server?.stop());

  /** @param {string} session */
  const published = (session) => scene.of(session).map(({ kind, body }) => [kind, body]);

  /**
   * @param {string} session
   * @param {string} body
   */
  const said = (session, body) =>
    scene.events.waitFor(({ json }) => json.session.id === session && json.body === body);

  it('publishes a finished turn, once', async () => {
    const session = await server.newSession();
    scene.model.answers(says('Done.'), says('And again.'));

    await server.turn(session, 'fix the login');
    await server.turn(session, 'again');

    const { topic } = await said(session, 'And again.');
    assert.equal(topic, 'nudge/bob/event');
    assert.deepEqual(published(session), [
      ['session.busy', null],
      ['session.idle', 'Done.'],
      ['session.busy', null],
      ['session.idle', 'And again.'],
    ]);
  });

  it('publishes an error once, and no completion beside it', async () => {
    const session = await server.newSession();
    scene.model.answers(fails(400, 'bad things\nhappen'), says('And again.'));

    await server.turn(session, 'fix the login');
    await server.turn(session, 'again');

    await said(session, 'And again.');
    assert.deepEqual(published(session), [
      ['session.busy', null],
      ['session.error', 'bad things'],
      ['session.busy', null],
      ['session.idle', 'And again.'],
    ]);
  });

  it('publishes a permission asked, and its answer', async () => {
    const session = await server.newSession();
    scene.model.answers(
      calls('bash', { command: 'echo hello', description: 'greet' }),
      says('Done.'),
    );
    await server.prompt(session, 'greet');

    const asked = await scene.event(session, 'permission.asked');
    assert.equal(asked.body, 'echo hello');
    assert.match(asked.request.id, /^per_/);
    assert.match(asked.request.nonce, /^[A-Za-z0-9_-]{22}$/);
    await server.call('POST', `/permission/${asked.request.id}/reply`, { reply: 'once' });

    const replied = await scene.event(session, 'permission.replied');
    assert.deepEqual(replied.request, { id: asked.request.id });
    assert.equal((await scene.event(session, 'session.idle')).body, 'Done.');
  });

  it('publishes a question asked, and its answer', async () => {
    const session = await server.newSession();
    const options = [
      { label: 'SQLite', description: 'a file' },
      { label: 'Postgres', description: 'a server' },
    ];
    const question = { question: 'Which database?', header: 'Database', options };
    scene.model.answers(calls('question', { questions: [question] }), says('Done.'));
    await server.prompt(session, 'choose');

    const asked = await scene.event(session, 'question.asked');
    assert.equal(asked.body, 'Which database?\n- SQLite: a file\n- Postgres: a server');
    await server.call('POST', `/question/${asked.request.id}/reply`, { answers: [['SQLite']] });

    const replied = await scene.event(session, 'question.replied');
    assert.equal(replied.request.id, asked.request.id);
    await scene.event(session, 'session.idle');
  });

  it('serves two directories over one connection', async () => {
    const other = scene.home('other');
    const headers = { 'x-opencode-directory': other.project };
    const { id } = await server.call('POST', '/session', {}, headers);
    scene.model.answers(says('There.'));
    const prompt = { parts: [{ type: 'text', text: 'go' }] };
    await server.call('POST', `/session/${id}/message`, prompt, headers);
    await said(id, 'There.');
    const projects = new Set(scene.of(id).map(({ project }) => project.directory));
    assert.deepEqual([...projects], [other.project]);
    const clients = scene.broker.lines.filter((line) => /as nudge-both-/.test(line));
    assert.equal(clients.length, 1, clients.join('\n'));
  });

  it('publishes the end of a subagent under its parent', async () => {
    const session = await server.newSession();
    const task = { description: 'look around', prompt: 'look', subagent_type: 'general' };
    scene.model.answers(calls('task', task), says('Nothing there.'), says('All seen.'));
    await server.prompt(session, 'delegate');

    const { json } = await said(session, 'All seen.').then(() =>
      scene.events.waitFor(({ json }) => json.body === 'Nothing there.'),
    );
    assert.equal(json.kind, 'session.idle');
    assert.equal(json.session.parent, session);
  });

  it('warns of nothing', () => assert.deepEqual(warningsIn(server.lines), []));
});

describe('a signal that OpenCode was told to ignore', () => {
  it('stays ignored: nohup opencode serve lives on', async (test) => {
    const server = await serve(scene.home('nohup'), ['nohup']);
    test.after(() => server.kill());
    const session = await server.newSession();
    scene.model.answers(says('Done.'), says('Still there.'));
    await server.turn(session, 'go');
    server.signal('SIGHUP');
    await server.turn(session, 'are you there?');
    const is = (/** @type {any} */ { json }) => json.body === 'Still there.';
    await scene.events.waitFor(is, { what: 'the end of the second turn' });
    assert.equal((await server.kill('SIGTERM')).signal, 'SIGTERM');
  });
});
