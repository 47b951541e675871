// What happens once is told again by the broker when somebody published it with the retain flag: at each
// connection of the bridge. Then it is refused, and has happened once.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startBridge } from './support/bridge.mjs';
import { NO_LIMIT, setScene } from './support/scene.mjs';

test('a retained copy of what happened once is refused, and changes nothing', async (t) => {
  const scene = await setScene(t);
  const user = await scene.addUser();
  const isFailed = (/** @type {any} */ { state }) => state === 'failed';

  await user.say('event', 'the door bell', true);
  await user.receipt(({ state }) => state === 'pushed');
  await user.say('event', { id: 'evt_kept', kind: 'note', body: 'the post' }, true);
  await user.receipt(({ event, state }) => event === 'evt_kept' && state === 'pushed');
  await user.say('ack', { event: 'evt_seen', device: 'phone' }, true);
  await user.say('prefs/set', { min_duration_s: 7 }, true);
  await user.say('prefs/set', { min_duration_s: 0 });
  const prefs = await scene.client.collect(`nudge/${user.name}/prefs`);
  await prefs.waitFor(({ json }) => json.min_duration_s === 0);
  const responses = await scene.client.collect('nudge/bridge/nudge/response/+');
  await scene.client.publish('nudge/bridge/nudge/request/reload', '', { retain: true });
  await scene.client.publish('nudge/bridge/nudge/request/explain', '{"event":"x"}', {
    retain: true,
  });
  for (const verb of ['reload', 'explain'])
    await responses.waitFor(({ topic }) => topic.endsWith(verb));
  assert.equal(user.receipts().filter(isFailed).length, 0, 'at first it is no copy');

  await scene.restartBridge();
  const told = (/** @type {any} */ event) =>
    user.receipt((receipt) => isFailed(receipt) && receipt.event === event);
  const refused = [await told('evt_kept'), await told('evt_seen'), await told(undefined)];
  for (const { reason, detail } of /** @type {any[]} */ (refused)) {
    assert.equal(reason, 'invalid');
    assert.match(detail, /retained/);
  }
  const id = await user.tell({ kind: 'note', body: 'afterwards' });
  await user.receipt(({ event, state }) => event === id && state === 'pushed');
  assert.equal(user.pushes().length, 3);
  assert.equal(prefs.messages.at(-1)?.json.min_duration_s, 0);
  assert.equal(responses.messages.length, 2);
  for (const topic of ['event', 'ack', 'prefs/set'].map((leaf) => `nudge/${user.name}/${leaf}`)) {
    const lines = scene.bridge.lines.filter((line) => line.includes(`refused ${topic}: `));
    assert.equal(lines.length, 1, topic);
  }
});

test('a presence is as old after a restart as before, and away when nobody knows its age', async (t) => {
  const scene = await setScene(t);
  const user = await scene.addUser({ prefs: { ...NO_LIMIT, hold_s: 300 } });
  const isOf = (/** @type {string} */ id, /** @type {string} */ state) =>
    user.receipt((receipt) => receipt.event === id && receipt.state === state);
  const foreground = (/** @type {object} */ more) =>
    user.say('presence/phone', { state: 'foreground', ttl_s: 3600, ...more }, true);

  await foreground({});
  await isOf(await user.tell({ kind: 'note' }), 'held');
  await scene.restartBridge();
  await isOf(await user.tell({ kind: 'note' }), 'held');

  await scene.bridge.stop();
  await foreground({ session: 'ses_1' });
  scene.bridge = await startBridge({ settings: scene.settings });
  const unknown = await user.tell({ kind: 'note' });
  await isOf(unknown, 'pushed');
  assert.ok(!user.receipts().some(({ event, state }) => event === unknown && state === 'held'));
});

test('what programs put around a payload is no part of it, on any topic', async (t) => {
  const scene = await setScene(t);
  const user = await scene.addUser({ prefs: { ...NO_LIMIT, hold_s: 300 } });
  const bom = (/** @type {string} */ text) => `\ufeff${text}\r\n`;
  const isOf = (/** @type {string} */ id, /** @type {string} */ state) =>
    user.receipt((receipt) => receipt.event === id && receipt.state === state);

  await user.say('presence/phone', 'foreground\n', true);
  await isOf(await user.tell({ kind: 'note' }), 'held');
  await user.say('presence/phone', 'background\n', true);
  await user.say(
    'event',
    bom('{"id":"evt_bom","kind":"permission.asked","request":{"id":"per_1"}}'),
  );
  await isOf('evt_bom', 'pushed');
  await user.say('ack', 'evt_bom\n');
  await isOf('evt_bom', 'withdrawn');
  const prefs = await scene.client.collect(`nudge/${user.name}/prefs`);
  await user.say('prefs/set', bom('{"min_duration_s":7}'));
  await prefs.waitFor(({ json }) => json?.min_duration_s === 7);
  assert.ok(!scene.bridge.lines.some((line) => /refused/.test(line)));
});

test('a refusal names the event, and one that comes old says that a clock may be behind', async (t) => {
  const scene = await setScene(t);
  const user = await scene.addUser();
  await user.say('event', '{"id":"evt_lost","kind":"note","body":"cut');
  const lost = await user.receipt(({ event }) => event === 'evt_lost');
  assert.equal(lost.reason, 'invalid');
  // The bridge may have looked at its clock a moment before it came.
  const ts = Date.now() - 2 * 3_600_000 - 100;
  const id = await user.tell({ kind: 'session.idle', ts });
  const { detail } = /** @type {any} */ (
    await user.receipt(({ event, reason }) => event === id && reason === 'expired')
  );
  assert.match(detail, /7200 s old when it came: .* clock is behind; age_ms/);
  const aged = await user.tell({ kind: 'session.idle', ts, age_ms: 10 });
  await user.receipt(({ event, state }) => event === aged && state === 'pushed');
});
