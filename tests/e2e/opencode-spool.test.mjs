// Never lost: what the bridge has not confirmed is sent again, whatever ended OpenCode.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { startBroker } from './support/broker.mjs';
import { calls, says } from './support/model.mjs';
import { connect } from './support/mqtt.mjs';
import { startScene, warningsIn } from './support/opencode-scene.mjs';
import { run, serve } from './support/opencode.mjs';
import { freePort } from './support/ports.mjs';
import { isKept, kept } from './support/spool.mjs';

/** @type {import('./support/opencode-scene.mjs').Scene} */
let scene;

before(async () => {
  scene = await startScene();
});
after(() => scene?.stop());

/** A repeat is harmless, as the contract has it; so each id counts once.
 * @param {any[]} events */
const idsOf = (events) => [...new Set(events.map(({ id }) => id))].sort();

describe('an event nobody could take', () => {
  for (const signal of /** @type {const} */ (['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGKILL']))
    it(`outlives ${signal} of opencode serve, and is sent by the next OpenCode`, async (test) => {
      const port = await freePort();
      const home = scene.home(signal, { options: { url: `mqtt://127.0.0.1:${port}` } });
      const server = await serve(home);
      test.after(() => server.kill());
      const session = await server.newSession();
      scene.model.answers(says('Done.'));
      await server.turn(session, 'go');
      await isKept(home, 'session.idle');
      await server.kill(signal);
      assert.equal(warningsIn(server.lines).length, 1);
      const left = kept(home);
      assert.deepEqual(left.map(({ kind }) => kind).sort(), ['session.busy', 'session.idle']);

      const broker = await startBroker({ dir: join(scene.dir, `broker-${signal}`), port });
      test.after(() => broker.stop());
      const client = await connect(broker.url);
      test.after(() => client.end());
      const events = await client.collect('nudge/me/event');
      scene.model.answers(says('Next.'));
      await run(home, 'go on');

      for (const event of left) {
        const { json } = await events.waitFor(({ json }) => json.id === event.id);
        const { age_ms, ...rest } = json;
        assert.deepEqual(rest, event);
        assert.ok(age_ms > 0, `${age_ms}`);
      }
    });
});

describe('a request nobody can answer any more', () => {
  for (const signal of /** @type {const} */ (['SIGTERM', 'SIGINT', 'SIGHUP']))
    it(`is taken back when ${signal} ends opencode serve`, async (test) => {
      const home = scene.home(`asks-${signal}`, { permission: { bash: 'ask' } });
      const server = await serve(home);
      test.after(() => server.kill());
      const session = await server.newSession();
      scene.model.answers(calls('bash', { command: 'echo hello', description: 'greet' }));
      await server.prompt(session, 'go');
      const { request } = await scene.event(session, 'permission.asked');
      assert.equal((await server.kill(signal)).signal, signal);
      const { id } = (await scene.event(session, 'permission.replied')).request;
      assert.equal(id, request.id);
    });

  it('is taken back by the next OpenCode when SIGKILL ended opencode serve, and no living one’s is', async (test) => {
    const home = scene.home('killed', { permission: { bash: 'ask' } });
    const asking = async () => {
      const server = await serve(home);
      test.after(() => server.kill());
      const session = await server.newSession();
      scene.model.answers(calls('bash', { command: 'echo hello', description: 'greet' }));
      await server.prompt(session, 'go');
      const { request } = await scene.event(session, 'permission.asked');
      return { server, session, request };
    };
    const killed = await asking();
    const living = await asking();
    await killed.server.kill();
    scene.model.answers(says('Done.'));
    await run(home, 'something else');

    const end = await scene.event(killed.session, 'permission.replied');
    assert.deepEqual(end.request, { id: killed.request.id });
    assert.equal(end.project.directory, home.project);
    const ends = scene.of(living.session).filter(({ kind }) => kind === 'permission.replied');
    assert.deepEqual(ends, []);
    await living.server.call('POST', `/permission/${living.request.id}/reply`, { reply: 'reject' });
    await scene.event(living.session, 'permission.replied');
  });
});

describe('an event the broker took', () => {
  it('is sent again by each OpenCode until the bridge confirms it, and never after', async () => {
    const home = scene.home('receipts');
    const { messages } = scene.events;
    const turn = async () => {
      const from = messages.length;
      scene.model.answers(says('Done.'));
      await run(home, 'go');
      return idsOf(messages.slice(from).map(({ json }) => json));
    };

    const first = await turn();
    assert.equal(first.length, 2);
    assert.deepEqual(idsOf(kept(home)), first);

    const second = await turn();
    assert.equal(second.length, 4);
    for (const id of first) assert.ok(second.includes(id));

    scene.client.client.on('message', confirm);
    const third = await turn();
    assert.equal(third.length, 6);
    assert.deepEqual(kept(home), []);

    assert.equal((await turn()).length, 2);
    scene.client.client.off('message', confirm);
  });

  it('is sent to a bridge that comes later', async (test) => {
    const home = scene.home('later', { options: { root: 'late' } });
    const server = await serve(home);
    test.after(() => server.stop());
    const session = await server.newSession();
    scene.model.answers(says('Done.'));
    await server.turn(session, 'go');
    await isKept(home, 'session.idle');
    await server.waitForLine(/nudge: no bridge is listening on late\/me\/event/);
    const left = idsOf(kept(home));

    const events = await scene.client.collect('late/me/event');
    await scene.client.publish('late/bridge/nudge/state', 'online', { retain: true });
    assert.deepEqual(idsOf((await events.waitForCount(left.length)).map((m) => m.json)), left);
  });
});

/**
 * What the bridge does with an event, as far as the plugin sees it.
 *
 * @param {string} topic
 * @param {Buffer} payload
 */
function confirm(topic, payload) {
  const receipt = topic.replace(/event$/, 'receipt');
  if (receipt === topic) return;
  const { id } = JSON.parse(String(payload));
  void scene.client.publish(receipt, { event: id, state: 'accepted' });
}
