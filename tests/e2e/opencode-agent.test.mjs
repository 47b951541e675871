// The retained document that says what OpenCode does on a host.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { calls, says, TITLE } from './support/model.mjs';
import { startScene } from './support/opencode-scene.mjs';
import { run, serve } from './support/opencode.mjs';

describe('the agent document', () => {
  /** @type {import('./support/opencode-scene.mjs').Scene} */
  let scene;
  /** @type {import('./support/mqtt.mjs').Collection} */
  let documents;

  before(async () => {
    scene = await startScene();
    documents = await scene.client.collect('nudge/me/agent/+');
  });
  after(() => scene?.stop());

  /**
   * @param {string} host
   * @param {(document: any) => boolean} is
   * @param {number} [from]
   */
  const document = async (host, is, from = 0) => {
    const wanted = (/** @type {import('./support/mqtt.mjs').Message} */ { topic, json }) =>
      topic === `nudge/me/agent/${host}` && is(json);
    return (await documents.waitFor(wanted, { from })).json;
  };

  it('follows a session, and is left by the broker when OpenCode is killed', async (test) => {
    const permission = { bash: 'ask' };
    const server = await serve(scene.home('one', { permission, options: { host: 'one' } }));
    test.after(() => server.kill());
    const session = await server.newSession();
    const command = { command: 'echo hello', description: 'greet' };
    scene.model.answers(calls('bash', command), says('Done.'));
    await server.prompt(session, 'go');

    const waiting = await document('one', ({ waiting }) => waiting === 1);
    const { since, ...rest } = waiting.sessions[0];
    assert.ok(Number.isInteger(since));
    assert.deepEqual(rest, { id: session, title: TITLE, project: 'webshop', state: 'waiting' });

    const { request } = await scene.event(session, 'permission.asked');
    await server.call('POST', `/permission/${request.id}/reply`, { reply: 'once' });
    const idle = await document('one', ({ sessions }) => sessions?.[0]?.state === 'idle');
    assert.equal(idle.running, 0);
    assert.equal(idle.waiting, 0);

    await server.kill();
    await document('one', ({ state }) => state === 'offline');
  });

  it('is put right by another OpenCode of the host', async (test) => {
    const home = scene.home('two', { options: { host: 'two' } });
    const [first, second] = [await serve(home), await serve(home)];
    test.after(() => Promise.all([first.kill(), second.kill()]));
    scene.model.answers(says('Done.'), says('Done.'));
    const one = await first.newSession();
    const other = await second.newSession();
    await first.turn(one, 'go');
    await second.turn(other, 'go');
    /** @param {any} json */
    const idsIn = ({ sessions = [] }) => sessions.map((/** @type {any} */ { id }) => id).sort();
    const both = [one, other].sort();
    await document('two', (json) => idsIn(json).join() === both.join());

    const from = documents.messages.length;
    await first.kill();
    await document('two', ({ state }) => state === 'offline', from);
    await document('two', (json) => idsIn(json).join() === other, from);
  });

  it('says offline once opencode run has ended', async () => {
    scene.model.answers(says('Done.'));
    await run(scene.home('three', { options: { host: 'three' } }), 'go');
    await document('three', ({ state }) => state === 'online');
    await document('three', ({ state }) => state === 'offline');
  });
});
