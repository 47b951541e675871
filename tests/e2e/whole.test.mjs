// The whole way: the real OpenCode with the real plugin, a real broker, the real bridge, and a stand-in
// for APNs that accepts only what Apple would.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { calls, fails, says, startModel } from './support/model.mjs';
import { makeHome, run, serve } from './support/opencode.mjs';
import { scratchDirectory } from './support/scratch.mjs';
import { setScene } from './support/scene.mjs';

describe('what the real OpenCode does', () => {
  /** @type {import('./support/scene.mjs').Scene} */
  let scene;
  /** @type {import('./support/model.mjs').Model} */
  let model;
  let dir = '';
  /** @type {(() => Promise<void> | void)[]} */
  const endings = [];
  const scope = { after: (/** @type {() => any} */ end) => void endings.unshift(end) };

  before(async () => {
    scene = await setScene(scope);
    model = await startModel();
    scope.after(() => model.stop());
    dir = await scratchDirectory(scope);
  });
  after(async () => {
    for (const end of endings) await end();
  });

  /**
   * @param {import('./support/scene.mjs').User} user
   * @param {object} [permission]
   */
  const homeOf = (user, permission = {}) =>
    makeHome({
      dir: join(dir, user.name),
      model: model.url,
      options: { url: scene.broker.url, user: user.name, host: 'workstation' },
      permission,
    });

  /**
   * @param {import('./support/scene.mjs').User} user
   * @param {string} kind
   */
  const pushed = async (user, kind) => {
    const [push] = await scene.apns.waitForAccepted(
      ({ token, payload }) => token === user.token && payload.kind === kind,
    );
    assert.ok(push);
    return push;
  };

  test('a finished turn of `opencode run` reaches the phone', async () => {
    const user = await scene.addUser();
    model.answers(says('The login works again.'));

    const { code, lines } = await run(homeOf(user), 'fix the login');

    assert.equal(code, 0, lines.join('\n'));
    const { payload } = await pushed(user, 'session.idle');
    assert.equal(payload.aps.alert.title, 'Finished: Fix login');
    assert.equal(payload.aps.alert.subtitle, 'webshop');
    assert.equal(payload.aps.alert.body, 'The login works again.');
    assert.equal(user.pushes().length, 1);
  });

  test('a provider error of `opencode run` reaches the phone once', async () => {
    const user = await scene.addUser();
    model.answers(fails(400, 'no such model'));

    await run(homeOf(user), 'fix the login');

    const { payload } = await pushed(user, 'session.error');
    assert.match(payload.aps.alert.body, /no such model/);
    assert.equal(user.pushes().length, 1);
  });

  test('a permission asked by `opencode serve` reaches the phone, and the turn goes on', async () => {
    const user = await scene.addUser();
    const home = homeOf(user, { bash: 'ask' });
    const server = await serve(home);
    model.answers(calls('bash', { command: 'echo hello', description: 'greet' }), says('Greeted.'));

    const session = await server.newSession();
    await server.prompt(session, 'greet');
    const asked = await pushed(user, 'permission.asked');
    await server.call('POST', `/permission/${asked.payload.request_id}/reply`, { reply: 'once' });
    const finished = await pushed(user, 'session.idle');
    await server.stop();

    assert.equal(asked.payload.session_id, session);
    assert.equal(asked.payload.aps.category, 'NUDGE_PERMISSION');
    assert.match(asked.payload.aps.alert.body, /echo hello/);
    assert.equal(finished.payload.aps.alert.body, 'Greeted.');
  });
});
