// A person answers OpenCode over MQTT, and nobody else does.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { calls, says } from './support/model.mjs';
import { startScene, warningsIn } from './support/opencode-scene.mjs';
import { serve } from './support/opencode.mjs';

/**
 * @typedef {import('./support/opencode-scene.mjs').Scene} Scene
 * @typedef {import('./support/opencode.mjs').Server} Server
 */

const NO_MATCHING_SUBSCRIBERS = 0x10;

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

/**
 * @param {Scene} scene
 * @param {object} reply
 */
const send = (scene, reply) => scene.client.publish('nudge/alice/reply', reply);

describe('on a broker that wants a login', () => {
  /** @type {Scene} */
  let scene;
  /** @type {Server} */
  let server;

  before(async () => {
    scene = await startScene({ users: { alice: 'right' } });
    const password_file = join(scene.dir, 'password.txt');
    await writeFile(password_file, 'right\n', { mode: 0o600 });
    const options = { user: 'alice', password_file, replies: true };
    server = await serve(scene.home('replies', { permission, options }));
  });
  after(async () => {
    await server?.stop();
    await scene?.stop();
  });

  /**
   * @param {string} kind
   * @param {...import('./support/model.mjs').Step} steps
   */
  const ask = async (kind, ...steps) => {
    const session = await server.newSession();
    scene.model.answers(...steps);
    await server.prompt(session, 'go');
    const { request } = await scene.event(session, kind);
    return { session, request: request.id, nonce: request.nonce };
  };

  it('grants a permission, and the turn goes on', async () => {
    const { session, ...asked } = await ask('permission.asked', echo, says('Done.'));
    await send(scene, { ...asked, reply: 'once' });
    assert.equal((await scene.event(session, 'permission.replied')).request.id, asked.request);
    assert.equal((await scene.event(session, 'session.idle')).body, 'Done.');
  });

  it('rejects a permission with a message for the model', async () => {
    const { session, ...asked } = await ask('permission.asked', echo, says('Then not.'));
    await send(scene, { ...asked, reply: 'reject', message: 'speak up first' });
    await scene.event(session, 'permission.replied');
    assert.equal((await scene.event(session, 'session.idle')).body, 'Then not.');
    assert.ok(JSON.stringify(scene.model.requests.at(-1)).includes('speak up first'));
  });

  it('refuses a wrong nonce, a second use, a retained reply, and what is no reply', async () => {
    const { session, ...asked } = await ask('permission.asked', echo, says('Done.'));
    await send(scene, { ...asked, nonce: 'wrong', reply: 'once' });
    await server.waitForLine(/nudge: refused a reply to per_\w+: its nonce is wrong/);
    await scene.client.publish('nudge/alice/reply', 'once');
    await server.waitForLine(/nudge: refused what is no reply on nudge\/alice\/reply/);
    const pending = await server.call('GET', '/permission');
    assert.deepEqual(
      pending.map((/** @type {any} */ { id }) => id),
      [asked.request],
    );

    await send(scene, { ...asked, reply: 'once' });
    await send(scene, { ...asked, reply: 'reject' });
    assert.equal((await scene.event(session, 'session.idle')).body, 'Done.');
  });

  it('answers a question', async () => {
    const { session, ...asked } = await ask('question.asked', question, says('Good.'));
    await send(scene, { ...asked, answers: [['SQLite']] });
    assert.equal((await scene.event(session, 'question.replied')).request.id, asked.request);
    assert.equal((await scene.event(session, 'session.idle')).body, 'Good.');
    const { content } = scene.model.requests.at(-1).messages.at(-1);
    assert.match(content, /"Which database\?"="SQLite"/);
  });

  it('answers what a session of the v2 API asks', async () => {
    await server.newSession(); // OpenCode opens no plugin for the v2 API alone
    for (const [kind, step, answer] of /** @type {const} */ ([
      ['permission', echo, { reply: 'once' }],
      ['question', question, { answers: [['SQLite']] }],
    ])) {
      const { data } = await server.call('POST', '/api/session', {});
      scene.model.answers(step, says('Good.'));
      await server.call('POST', `/api/session/${data.id}/prompt`, { prompt: { text: 'go' } });
      const { request } = await scene.event(data.id, `${kind}.asked`);
      await send(scene, { request: request.id, nonce: request.nonce, ...answer });
      assert.equal((await scene.event(data.id, `${kind}.replied`)).request.id, request.id);
      assert.equal((await scene.event(data.id, 'session.idle')).body, 'Good.');
    }
  });

  it('rejects a question', async () => {
    const { session, ...asked } = await ask('question.asked', question);
    await send(scene, { ...asked, reply: 'reject' });
    assert.equal((await scene.event(session, 'question.rejected')).request.id, asked.request);
  });
});

describe('on a broker that lets anybody in', () => {
  /** @type {Scene} */
  let scene;

  before(async () => {
    scene = await startScene();
  });
  after(() => scene?.stop());

  it('keeps replies off, and says why', async (test) => {
    const options = { user: 'alice', replies: true };
    const server = await serve(scene.home('open', { permission, options }));
    test.after(() => server.stop());
    const session = await server.newSession();
    scene.model.answers(echo);
    await server.prompt(session, 'go');
    await server.waitForLine(/nudge: replies stay off: the broker at \S+ lets anybody in/);
    const { request } = await scene.event(session, 'permission.asked');

    const { client } = scene.client;
    const [puback] = await Promise.all([
      new Promise((resolve) => client.on('packetreceive', (packet) => resolve(packet))),
      send(scene, { request: request.id, nonce: request.nonce, reply: 'once' }),
    ]);
    assert.equal(puback.reasonCode, NO_MATCHING_SUBSCRIBERS);
    assert.equal(warningsIn(server.lines).length, 1);
  });

  it('allows them if told that only this machine reaches it', async (test) => {
    const options = { user: 'alice', replies: 'anonymous' };
    const server = await serve(scene.home('local', { permission, options }));
    test.after(() => server.stop());
    const session = await server.newSession();
    scene.model.answers(echo, says('Done.'));
    await server.prompt(session, 'go');
    const { request } = await scene.event(session, 'permission.asked');
    await send(scene, { request: request.id, nonce: request.nonce, reply: 'once' });
    assert.equal((await scene.event(session, 'session.idle')).body, 'Done.');
  });

  it('keeps them off for a directory whose settings do not allow them', async (test) => {
    const options = { user: 'alice', replies: 'anonymous' };
    const open = scene.home('open-directory', { permission, options });
    const closed = scene.home('closed-directory', { permission, options: { user: 'alice' } });
    const server = await serve(open);
    test.after(() => server.stop());
    const headers = { 'x-opencode-directory': closed.project };
    const body = { parts: [{ type: 'text', text: 'go' }] };

    const first = await server.newSession();
    scene.model.answers(echo, says('Done.'));
    await server.prompt(first, 'go');
    const granted = (await scene.event(first, 'permission.asked')).request;
    const { id } = await server.call('POST', '/session', {}, headers);
    scene.model.answers(echo, says('Done.'), says('Done.'));
    await server.call('POST', `/session/${id}/prompt_async`, body, headers);
    const refused = (await scene.event(id, 'permission.asked')).request;

    for (const request of [refused, granted])
      await send(scene, { request: request.id, nonce: request.nonce, reply: 'once' });
    await scene.event(first, 'session.idle');
    const pending = await server.call('GET', '/permission', undefined, headers);
    assert.deepEqual(
      pending.map((/** @type {any} */ { id }) => id),
      [refused.id],
    );
  });
});
