// A person answers OpenCode over MQTT with what only they can sign, and nobody else does.
import assert from 'node:assert/strict';
import { chmodSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { calls, says } from './support/model.mjs';
import {
  ask,
  database,
  echo,
  permission,
  person,
  question,
  signed,
  writeKey,
} from './support/opencode-reply.mjs';
import { startScene, warningsIn } from './support/opencode-scene.mjs';
import { serve } from './support/opencode.mjs';

const MCP = fileURLToPath(new URL('support/opencode-mcp.mjs', import.meta.url));
const HOST = { host: 'workstation' };

/** @type {import('./support/opencode-scene.mjs').Scene} */
let scene;
/** @type {string} */
let reply_key_file;

// The broker lets anybody in: what counts is the signature.
before(async () => {
  scene = await startScene();
  reply_key_file = writeKey(scene.dir);
});
after(() => scene?.stop());

/** @param {string} user */
const optionsOf = (user) => ({ user, replies: true, reply_key_file });

describe('a signed answer', () => {
  /** @type {import('./support/opencode.mjs').Server} */
  let server;
  /** @type {Awaited<ReturnType<typeof person>>} */
  let alice;

  before(async () => {
    alice = await person(scene, 'alice');
    server = await serve(scene.home('signed', { permission, options: optionsOf('alice') }));
  });
  after(() => server?.stop());

  it('grants a permission, and the turn goes on', async () => {
    const { session, event, ...asked } = await ask(
      ...[scene, server, 'permission.asked'],
      ...[echo, says('Done.')],
    );
    assert.deepEqual(event.ask, {
      ...{ tool: 'bash', input: 'echo hello', patterns: ['echo hello'], always: ['echo *'] },
      cut: false,
    });
    const granted = await alice.outcome(asked.request, signed({ ...asked, reply: 'once' }));
    assert.deepEqual(granted, { state: 'answered', ...HOST });
    assert.equal((await scene.event(session, 'permission.replied')).request.id, asked.request);
    assert.equal((await scene.event(session, 'session.idle')).body, 'Done.');
  });

  it('rejects a permission with a message for the model', async () => {
    const {
      session,
      event: _,
      ...asked
    } = await ask(...[scene, server, 'permission.asked'], ...[echo, says('Then not.')]);
    const reply = { ...asked, reply: 'reject', message: 'speak up first' };
    assert.equal((await alice.outcome(asked.request, signed(reply))).state, 'answered');
    await scene.event(session, 'permission.replied');
    assert.equal((await scene.event(session, 'session.idle')).body, 'Then not.');
    assert.ok(JSON.stringify(scene.model.requests.at(-1)).includes('speak up first'));
  });

  it('answers a question', async () => {
    const { session, event, ...asked } = await ask(
      ...[scene, server, 'question.asked'],
      ...[question, says('Good.')],
    );
    const { question: text, ...rest } = database;
    const put = { ...rest, text, multiple: false, custom: true };
    assert.deepEqual(event.ask, { questions: [put], cut: false });
    await alice.send({ ...asked, answers: [['SQLite']] });
    assert.equal((await scene.event(session, 'question.replied')).request.id, asked.request);
    assert.equal((await scene.event(session, 'session.idle')).body, 'Good.');
    const { content } = scene.model.requests.at(-1).messages.at(-1);
    assert.match(content, /"Which database\?"="SQLite"/);
  });

  it('answers what a session of the v2 API asks', async () => {
    for (const [kind, step, answer] of /** @type {const} */ ([
      ['permission', echo, { reply: 'once' }],
      ['question', question, { answers: [['SQLite']] }],
    ])) {
      const { data } = await server.call('POST', '/api/session', {});
      scene.model.answers(step, says('Good.'));
      await server.call('POST', `/api/session/${data.id}/prompt`, { prompt: { text: 'go' } });
      const { request, ask } = await scene.event(data.id, `${kind}.asked`);
      assert.ok(kind === 'question' || ask.input === 'echo hello');
      await alice.send({ request: request.id, nonce: request.nonce, ...answer });
      assert.equal((await scene.event(data.id, `${kind}.replied`)).request.id, request.id);
      assert.equal((await scene.event(data.id, 'session.idle')).body, 'Good.');
    }
  });

  it('rejects a question', async () => {
    const {
      session,
      event: _,
      ...asked
    } = await ask(...[scene, server, 'question.asked'], question);
    await alice.send({ ...asked, reply: 'reject' });
    assert.equal((await scene.event(session, 'question.rejected')).request.id, asked.request);
  });

  it('is refused with a reason if it is wrong, and uses up nothing', async () => {
    const {
      session,
      event: _,
      ...asked
    } = await ask(...[scene, server, 'permission.asked'], ...[echo, says('Done.')]);
    const once = { ...asked, reply: 'once' };
    const refused = async (/** @type {object} */ payload, /** @type {string} */ reason) =>
      assert.deepEqual(
        await alice.outcome(asked.request, payload),
        { state: 'refused', reason, ...HOST },
        JSON.stringify(payload),
      );
    await refused(once, 'signature');
    await refused(signed(once, Buffer.alloc(32)), 'signature');
    await refused({ ...signed(once), mac: signed({ ...once, reply: 'always' }).mac }, 'signature');
    await refused(signed({ ...once, nonce: 'wrong' }), 'nonce');
    await refused(signed({ ...once, reply: 'yes' }), 'answers');
    await refused(signed({ ...asked, answers: [['yes']] }), 'answers');

    const retained = await alice.outcome(asked.request, signed(once), { retain: true });
    const stale = { state: 'refused', reason: 'expired', detail: 'retained', ...HOST };
    assert.deepEqual(retained, stale);
    await alice.sendRaw('', { retain: true });
    await alice.sendRaw('once');
    await server.waitForLine(/^nudge: refused what is no reply/);
    const pending = await server.call('GET', '/permission');
    assert.deepEqual(
      pending.map((/** @type {any} */ { id }) => id),
      [asked.request],
    );

    assert.equal((await alice.outcome(asked.request, signed(once))).state, 'answered');
    await refused(signed(once), 'used');
    assert.equal((await scene.event(session, 'session.idle')).body, 'Done.');
    await refused(signed({ ...once, reply: 'always' }), 'used');
    const unknown = { ...once, request: 'per_elsewhere' };
    const strange = await alice.outcome(unknown.request, signed(unknown));
    assert.deepEqual(strange, { state: 'refused', reason: 'unknown', ...HOST });
  });

  it('is refused if the answers are not as many, or not such, as the questions want', async () => {
    const only = { ...database, custom: false };
    const {
      session,
      event: _,
      ...asked
    } = await ask(
      ...[scene, server, 'question.asked'],
      ...[calls('question', { questions: [database, { ...only, multiple: true }] }), says('Good.')],
    );
    for (const answers of [
      [['SQLite']],
      [['SQLite'], ['SQLite'], ['SQLite']],
      [['SQLite', 'Postgres'], ['SQLite']],
      [[], ['SQLite']],
    ])
      assert.deepEqual(await alice.outcome(asked.request, signed({ ...asked, answers })), {
        ...{ state: 'refused', reason: 'answers' },
        ...HOST,
      });
    const answers = [['another one'], ['SQLite', 'Postgres']];
    assert.equal(
      (await alice.outcome(asked.request, signed({ ...asked, answers }))).state,
      'answered',
    );
    assert.equal((await scene.event(session, 'session.idle')).body, 'Good.');
    const { content } = scene.model.requests.at(-1).messages.at(-1);
    assert.match(content, /="another one".*="SQLite, Postgres"/);
  });

  it('that comes when the turn was ended is told that nobody waits for it', async () => {
    const { session, event: _, ...asked } = await ask(...[scene, server, 'permission.asked'], echo);
    await server.call('POST', `/session/${session}/abort`);
    await scene.event(session, 'permission.replied');
    const late = await alice.outcome(asked.request, signed({ ...asked, reply: 'once' }));
    assert.deepEqual(late, { state: 'refused', reason: 'expired', ...HOST });
  });

  // Last: from then on no other test here is asked.
  it('grants a permission for ever', async () => {
    const {
      session,
      event: _,
      ...asked
    } = await ask(...[scene, server, 'permission.asked'], ...[echo, echo, says('Done.')]);
    await alice.send({ ...asked, reply: 'always' });
    assert.equal((await scene.event(session, 'session.idle')).body, 'Done.');
    const kinds = scene.of(session).map(({ kind }) => kind);
    assert.equal(kinds.filter((kind) => kind === 'permission.asked').length, 1);
    assert.deepEqual(
      warningsIn(server.lines).map((line) => line.slice(0, 30)),
      ['nudge: refused what is no repl'],
    );
  });
});

it('a permission to call a tool of an MCP server shows its arguments', async (test) => {
  const mcp = { tiny: { type: 'local', command: [process.execPath, MCP], enabled: true } };
  const home = scene.home('mcp', {
    ...{ permission: { tiny_transfer: 'ask' }, options: optionsOf('bob'), mcp },
  });
  const server = await serve(home);
  test.after(() => server.stop());
  const bob = await person(scene, 'bob');
  const transfer = calls('tiny_transfer', { amount: 5, to: 'bob' });
  const { session, event, ...asked } = await ask(
    ...[scene, server, 'permission.asked'],
    ...[transfer, says('Done.')],
  );
  assert.equal(event.body, 'tiny_transfer: amount=5, to="bob"');
  assert.deepEqual(event.ask.input, { amount: 5, to: 'bob' });
  await bob.send({ ...asked, reply: 'once' });
  assert.equal((await scene.event(session, 'session.idle')).body, 'Done.');
});

it('of two processes of one host only the one that asked answers', async (test) => {
  const home = scene.home('two', { permission, options: optionsOf('carol') });
  const [first, second] = [await serve(home), await serve(home)];
  test.after(() => Promise.all([first.stop(), second.stop()]));
  const carol = await person(scene, 'carol');
  const one = await ask(scene, first, 'permission.asked', echo);
  const other = await ask(scene, second, 'permission.asked', echo);
  for (const { session, request, nonce } of [one, other]) {
    await carol.send({ request, nonce, reply: 'once' });
    await scene.event(session, 'permission.replied');
  }
  // Whoever would call those unknown has done so when a second stranger after them is.
  for (const request of ['per_x', 'per_y'])
    await carol.outcome(request, signed({ request, nonce: 'n', reply: 'once' }));
  for (const { request } of [one, other])
    assert.deepEqual(
      carol.receiptsOf(request).map(({ state }) => state),
      ['answered'],
    );
});

describe('where answers are off', () => {
  /** @param {string} name @param {object} options @param {RegExp} [warning] */
  const isOff = async (name, options, warning) => {
    const user = `off-${name}`;
    const server = await serve(scene.home(user, { permission, options: { user, ...options } }));
    try {
      const me = await person(scene, user);
      const {
        event: _,
        session: __,
        ...asked
      } = await ask(...[scene, server, 'permission.asked'], echo);
      const once = signed({ ...asked, reply: 'once' });
      const refused = { state: 'refused', reason: 'off', ...HOST };
      assert.deepEqual(await me.outcome(asked.request, once), refused);
      assert.equal((await server.call('GET', '/permission')).length, 1);
      const warnings = warningsIn(server.lines);
      assert.equal(warnings.length, warning ? 1 : 0, warnings.join('\n'));
      if (warning) assert.match(warnings[0] ?? '', warning);
    } finally {
      await server.stop();
    }
  };

  it('one is told so', () => isOff('plain', {}));

  it('for want of a key one is told so, and how to get one', () =>
    isOff(
      'missing',
      { replies: true, reply_key_file: '/nowhere/key' },
      /replies stay off: reply_key_file \/nowhere\/key is missing\. "nudge pair off-missing" .*install --pair/,
    ));

  it('because others may read the key one is told so', async () => {
    chmodSync(reply_key_file, 0o644);
    const warning = /replies stay off: reply_key_file \S+ may be read by others: "chmod 600 /;
    await isOff('readable', { replies: true, reply_key_file }, warning);
    chmodSync(reply_key_file, 0o600);
  });
});

it('another directory’s settings open nothing', async (test) => {
  const open = scene.home('open-directory', { permission, options: optionsOf('dora') });
  const closed = scene.home('closed-directory', { permission, options: { user: 'dora' } });
  const server = await serve(open);
  test.after(() => server.stop());
  const dora = await person(scene, 'dora');
  const headers = { 'x-opencode-directory': closed.project };
  const granted = await ask(scene, server, 'permission.asked', echo, says('Done.'));
  const { id } = await server.call('POST', '/session', {}, headers);
  scene.model.answers(echo);
  const body = { parts: [{ type: 'text', text: 'go' }] };
  await server.call('POST', `/session/${id}/prompt_async`, body, headers);
  const { request } = await scene.event(id, 'permission.asked');
  const refused = { request: request.id, nonce: request.nonce, reply: 'once' };
  assert.equal((await dora.outcome(request.id, signed(refused))).reason, 'off');
  await dora.send({ request: granted.request, nonce: granted.nonce, reply: 'once' });
  await scene.event(granted.session, 'permission.replied');
});
