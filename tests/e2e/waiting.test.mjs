// What waits survives whatever happens, preferences are counted and given back, and the summary is
// right.
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { Random } from '../chaos/random.mjs';
import { runNudge, startBridge, writeSettings } from './support/bridge.mjs';
import { startBroker } from './support/broker.mjs';
import { connect } from './support/mqtt.mjs';
import { NO_LIMIT, setScene } from './support/scene.mjs';
import { scratchDirectory } from './support/scratch.mjs';

const ALWAYS_QUIET = { quiet: [{ from: '00:00', to: '24:00', tz: 'UTC' }] };
const FOR_EVER = { delay_s: { note: 3600, 'permission.asked': 3600 } };

/** A user with a phone that writes to the bridge's log. */
class Scene {
  /** @param {import('node:test').TestContext} t */
  static async open(t) {
    const scene = new Scene();
    scene.dir = await scratchDirectory(t);
    scene.broker = await startBroker({ dir: join(scene.dir, 'broker') });
    scene.settings = await writeSettings(scene.dir, { mqtt: { url: scene.broker.url } });
    scene.bridge = await startBridge({ settings: scene.settings });
    await scene.connect();
    t.after(async () => {
      await scene.client.end();
      await scene.bridge.stop();
      await scene.broker.stop();
    });
    await scene.say('device/phone', { platform: 'log' }, true);
    await scene.bridge.waitForLine(/me\/phone is registered/);
    return scene;
  }

  dir = '';
  settings = '';
  /** @type {import('./support/broker.mjs').Broker} */
  broker = /** @type {any} */ (null);
  /** @type {import('./support/process.mjs').Started} */
  bridge = /** @type {any} */ (null);
  /** @type {import('./support/mqtt.mjs').Client} */
  client = /** @type {any} */ (null);
  /** @type {import('./support/mqtt.mjs').Collection} */
  receipts = /** @type {any} */ (null);
  /** @type {import('./support/mqtt.mjs').Collection} */
  states = /** @type {any} */ (null);
  /** @type {import('./support/mqtt.mjs').Collection} */
  prefs = /** @type {any} */ (null);

  async connect() {
    this.client = await connect(this.broker.url);
    this.receipts = await this.client.collect('nudge/me/receipt');
    this.states = await this.client.collect('nudge/me/state');
    this.prefs = await this.client.collect('nudge/me/prefs');
  }

  /** @param {string} leaf @param {string | object} payload @param {boolean} [retain] */
  async say(leaf, payload, retain = false) {
    await this.client.publish(`nudge/me/${leaf}`, payload, { retain });
  }

  /** @param {string} id @param {string} state @param {string} [reason] */
  async becomes(id, state, reason) {
    const isIt = (/** @type {any} */ { json }) =>
      json?.event === id && json.state === state && (!reason || json.reason === reason);
    return (await this.receipts.waitFor(isIt)).json;
  }

  /** @param {string} id @param {number} times */
  async reminded(id, times) {
    const isIt = (/** @type {any} */ { json }) => json?.event === id && json.reason === 'reminder';
    await this.receipts.waitFor(
      () => this.receipts.messages.filter((message) => isIt(message)).length >= times,
    );
  }

  async killBridge() {
    await this.bridge.kill();
    this.bridge = await startBridge({ settings: this.settings });
  }

  /** @param {Record<string, unknown>} expected */
  summary(expected) {
    return this.states.waitFor(({ json }) =>
      Object.entries(expected).every(([name, value]) => json?.[name] === value),
    );
  }
}

describe('what waits', () => {
  test('for the end of quiet hours survives a kill, and comes as one digest', async (t) => {
    const scene = await Scene.open(t);
    await scene.say('prefs', ALWAYS_QUIET, true);
    for (const [id, kind] of [
      ['one', 'session.idle'],
      ['two', 'session.error'],
      ['three', 'session.idle'],
    ])
      await scene.say('event', { id, kind });
    const { until } = await scene.becomes('three', 'deferred', 'quiet');
    assert.ok(until > Date.now());
    await scene.killBridge();
    await scene.say('prefs', {}, true);
    for (const id of ['one', 'two', 'three']) await scene.becomes(id, 'pushed', 'digest');
    await scene.bridge.waitForLine(/ notify /);
    const shown = scene.bridge.lines.filter((line) => line.includes(' notify '));
    assert.equal(shown.length, 1, shown.join('\n'));
  });

  test('for a reminder survives a kill, and comes in the place of the first', async (t) => {
    const scene = await Scene.open(t);
    const remind_s = { 'permission.asked': [2, 4] };
    await scene.say('prefs', { delay_s: { 'permission.asked': 0 }, remind_s }, true);
    for (const id of ['one', 'two'])
      await scene.say('event', { id, kind: 'permission.asked', request: { id: `per_${id}` } });
    for (const id of ['one', 'two']) await scene.becomes(id, 'pushed');
    await scene.killBridge();
    await scene.say('event', { kind: 'permission.replied', request: { id: 'per_two' } });
    await scene.becomes('one', 'pushed', 'reminder');
    await scene.killBridge();
    await scene.reminded('one', 2);
    const again = scene.receipts.messages.filter(({ json }) => json.reason === 'reminder');
    assert.deepEqual([...new Set(again.map(({ json }) => json.event))], ['one']);
  });

  test('for the end of a snooze survives a kill, and what asks comes by itself', async (t) => {
    const scene = await Scene.open(t);
    await scene.say('prefs', { snooze_until: Number.MAX_SAFE_INTEGER }, true);
    for (const [id, kind] of [
      ['one', 'session.idle'],
      ['two', 'permission.asked'],
      ['three', 'note'],
    ])
      await scene.say('event', { id, kind });
    const { until } = await scene.becomes('three', 'deferred', 'snoozed');
    assert.equal(until, Number.MAX_SAFE_INTEGER);
    await scene.killBridge();
    await scene.say('prefs/set', { snooze_until: 0 });
    for (const id of ['one', 'three']) await scene.becomes(id, 'pushed', 'digest');
    assert.equal((await scene.becomes('two', 'pushed')).reason, undefined);
    const shown = () => scene.bridge.lines.filter((line) => line.includes(' notify '));
    await scene.bridge.waitUntil(() => shown().length >= 2, 'two pushes');
    assert.equal(shown().length, 2, shown().join('\n'));
  });

  test('for a later device survives a kill, and goes there when nobody answered', async (t) => {
    const scene = await Scene.open(t);
    await scene.say('device/tablet', { platform: 'log' }, true);
    await scene.bridge.waitForLine(/me\/tablet is registered/);
    await scene.say('prefs', { escalate: [{ after_s: 3, devices: ['tablet'] }] }, true);
    for (const id of ['one', 'two'])
      await scene.say('event', { id, kind: 'question.asked', request: { id: `que_${id}` } });
    await scene.becomes('two', 'held', 'escalate');
    await scene.say('event', { kind: 'question.replied', request: { id: 'que_two' } });
    await scene.killBridge();
    assert.equal((await scene.becomes('one', 'pushed', 'escalate')).device, 'tablet');
    await scene.becomes('two', 'suppressed', 'resolved');
  });

  test('for its delay survives a kill, and is pushed once', async (t) => {
    const scene = await Scene.open(t);
    await scene.say('prefs', { delay_s: { note: 2 } }, true);
    await scene.say('event', { id: 'one', kind: 'note' });
    await scene.becomes('one', 'held', 'delay');
    await scene.killBridge();
    await scene.becomes('one', 'pushed');
    await scene.say('event', { id: 'two', kind: 'test' });
    await scene.becomes('two', 'pushed');
    const pushed = scene.receipts.messages.filter(({ json }) => json.state === 'pushed');
    assert.equal(pushed.length, 2);
  });

  test('ends in one way and no other, whatever happens to it', async (t) => {
    const seed = Number(process.env.SEED ?? randomInt(2 ** 31));
    t.diagnostic(`SEED=${seed}`);
    const random = new Random(seed);
    const scene = await Scene.open(t);
    // A minute is longer than this test takes; two seconds pass in it.
    const delay_s = { 'permission.asked': 60, 'question.asked': 2 };
    await scene.say('prefs', { ...NO_LIMIT, delay_s, remind_s: { 'permission.asked': [] } }, true);
    const fates = ['pushed', 'expired', 'resolved', 'seen'];
    const wanted = Array.from({ length: 60 }, (_, number) => ({
      id: `ask${number}`,
      fate: fates[random.between(0, 3)] ?? '',
    }));
    for (const { id, fate } of wanted)
      await scene.say('event', {
        ...{ id, request: { id }, ttl_s: fate === 'expired' ? 1 : 600 },
        kind: ['pushed', 'expired'].includes(fate) ? 'question.asked' : 'permission.asked',
      });
    for (const { id } of wanted) await scene.becomes(id, 'held', 'delay');
    for (const { id, fate } of random.shuffle(wanted)) {
      const answer = { kind: 'permission.replied', request: { id } };
      if (fate === 'resolved') await scene.say('event', answer);
      if (fate === 'seen') await scene.say('ack', id);
    }
    for (const { id, fate } of wanted)
      await (fate === 'pushed'
        ? scene.becomes(id, 'pushed')
        : scene.becomes(id, 'suppressed', fate));
    const endings = scene.receipts.messages
      .map(({ json }) => json)
      .filter(({ state }) => state === 'pushed' || state === 'suppressed')
      .map(({ event }) => event);
    assert.deepEqual(endings.sort(), wanted.map(({ id }) => id).sort());
  });

  test('for its delay is answered after a kill as before', async (t) => {
    const scene = await Scene.open(t);
    await scene.say('prefs', FOR_EVER, true);
    for (const number of [1, 2])
      await scene.say('event', {
        id: `ask${number}`,
        kind: 'permission.asked',
        session: { id: 'ses_1' },
        request: { id: `per_${number}` },
      });
    await scene.becomes('ask2', 'held', 'delay');
    await scene.killBridge();
    await scene.say('event', { kind: 'permission.replied', request: { id: 'per_1' } });
    await scene.becomes('ask1', 'suppressed', 'resolved');
    await scene.say('ack', 'ask2');
    await scene.becomes('ask2', 'suppressed', 'seen');
    const ends = scene.receipts.messages.filter(({ json }) => json.state === 'suppressed');
    assert.equal(ends.length, 2);
  });

  test('as too much does so after a kill as well', async (t) => {
    const scene = await Scene.open(t);
    await scene.say('prefs', { rate: { burst: 1, per_minute: 1 } }, true);
    await scene.say('event', { id: 'one', kind: 'note' });
    await scene.becomes('one', 'pushed');
    await scene.killBridge();
    await scene.say('event', { id: 'two', kind: 'note' });
    await scene.becomes('two', 'deferred', 'rate');
  });

  test('is not pushed to a device that is removed', async (t) => {
    const scene = await Scene.open(t);
    await scene.say('prefs', { delay_s: { note: 1 } }, true);
    await scene.say('event', { id: 'one', kind: 'note' });
    await scene.becomes('one', 'held');
    await scene.say('device/phone', '', true);
    await scene.becomes('one', 'suppressed', 'no-device');
  });

  test('goes at once to each device for which nobody looks any more', async (t) => {
    const scene = await Scene.open(t);
    await scene.say('prefs', { hold_s: 600 }, true);
    await scene.say('device/desk', { platform: 'log', prefs: { presence_scope: 'device' } }, true);
    await scene.bridge.waitForLine(/me\/desk is registered/);
    for (const device of ['phone', 'desk']) await scene.say(`presence/${device}`, 'foreground');
    await scene.say('event', { id: 'one', kind: 'note' });
    await scene.becomes('one', 'held', 'presence');
    await scene.say('presence/desk', 'background');
    assert.equal((await scene.becomes('one', 'pushed')).device, 'desk');
    await scene.say('presence/phone', 'background');
    await scene.receipts.waitFor(({ json }) => json.state === 'pushed' && json.device === 'phone');
  });
});

describe('what was shown', () => {
  const session = { id: 'ses_1', title: 'Fix login' };

  test('is withdrawn on every device when its session goes on', async (t) => {
    const scene = await setScene(t);
    const user = await scene.addUser();
    const id = await user.tell({ kind: 'session.idle', session });
    await user.receipt(({ event, state }) => event === id && state === 'pushed');
    await user.tell({ kind: 'session.busy', session });
    const { reason } = await user.receipt(
      ({ event, state }) => event === id && state === 'withdrawn',
    );
    assert.equal(reason, 'resolved');
    const [shown, withdrawn] = user.pushes();
    assert.equal(withdrawn.headers['apns-push-type'], 'background');
    assert.notEqual(shown.headers['apns-push-type'], 'background');
    assert.deepEqual(scene.apns.refused, []);
  });

  test('is withdrawn where it was not seen, and there only', async (t) => {
    const scene = await setScene(t);
    const user = await scene.addUser();
    const id = await user.tell({ kind: 'note' });
    await user.receipt(({ event, state }) => event === id && state === 'pushed');
    await user.say('ack', { event: id, device: 'phone' });
    const second = await user.tell({ kind: 'note' });
    await user.receipt(({ event, state }) => event === second && state === 'pushed');
    assert.equal(user.pushes().length, 2);
    await user.say('ack', { event: id, device: 'tablet' });
    await user.receipt(({ event, state }) => event === id && state === 'withdrawn');
  });

  test('while it was answered is withdrawn as soon as the service took it', async (t) => {
    const scene = await setScene(t);
    const user = await scene.addUser({
      prefs: { ...NO_LIMIT, delay_s: { 'permission.asked': 0 } },
    });
    let answer = (/** @type {unknown} */ _) => {};
    let note = (/** @type {unknown} */ _) => {};
    const asked = new Promise((resolve) => (note = resolve));
    const until = new Promise((resolve) => (answer = resolve));
    scene.apns.script([{ when: () => (note(null), true), until }]);
    const request = { id: 'per_1' };
    const id = await user.tell({ kind: 'permission.asked', session, request });
    await asked;
    const reply = await user.tell({ kind: 'permission.replied', session, request });
    await user.receipt(({ event }) => event === reply);
    answer(null);
    await user.receipt(({ event, state }) => event === id && state === 'withdrawn');
  });
});

describe('an event for one device', () => {
  test('goes there alone', async (t) => {
    const scene = await Scene.open(t);
    await scene.say('device/desk', { platform: 'log' }, true);
    await scene.bridge.waitForLine(/me\/desk is registered/);
    await scene.say('event', { id: 'one', kind: 'test', device: 'desk' });
    await scene.say('event', { id: 'two', kind: 'test', device: 'tablet' });
    assert.equal((await scene.becomes('one', 'pushed')).device, 'desk');
    assert.equal((await scene.becomes('two', 'suppressed', 'no-device')).device, 'tablet');
    const devices = scene.receipts.messages.filter(({ json }) => json.state === 'pushed');
    assert.equal(devices.length, 1);
  });
});

test('an event is as old as it says, whatever its clock', async (t) => {
  const scene = await Scene.open(t);
  const note = { kind: 'note', ttl_s: 60 };
  await scene.say('event', { ...note, id: 'old', age_ms: 61_000, ts: Date.now() });
  await scene.say('event', { ...note, id: 'new', age_ms: 1_000, ts: 1_000 });
  await scene.becomes('old', 'suppressed', 'expired');
  await scene.becomes('new', 'pushed');
});

describe('preferences', () => {
  test('are published again in their one form, and counted', async (t) => {
    const scene = await Scene.open(t);
    const comes = (/** @type {string} */ text) =>
      scene.prefs.waitFor((message) => message.text === text);
    await scene.say('prefs', '{ "hold_s": 5, "x": 1, "enabled": true }', true);
    await comes('{"enabled":true,"hold_s":5,"rev":1}');
    await scene.say('prefs/set', { hold_s: null, kinds: { note: false } });
    await comes('{"enabled":true,"kinds":{"note":false},"rev":2}');
    await scene.say('prefs/set', { kinds: { note: true } });
    await comes('{"enabled":true,"kinds":{"note":true},"rev":3}');
    // The same in another form is no change.
    await scene.say('prefs', '{"kinds":{"note":true},"enabled":true}', true);
    await scene.prefs.waitForCount(6);
    assert.equal(scene.prefs.messages.at(-1)?.json.rev, 3);
  });

  test('that are wrong change nothing, and the receipt names the place', async (t) => {
    const scene = await Scene.open(t);
    const rules = [{ from: '22:00', to: '07:00', tz: 'Europe/Atlantis' }];
    await scene.say('prefs/set', { enabled: false, quiet: rules });
    const { json } = await scene.receipts.waitFor((message) => message.json.state === 'failed');
    assert.match(json.detail, /^quiet\[0\]\.tz: 'Europe\/Atlantis' is no zone/);
    await scene.say('event', { id: 'one', kind: 'note' });
    await scene.becomes('one', 'pushed');
  });

  test('of a device with a zone that there is not are refused', async (t) => {
    const scene = await Scene.open(t);
    const prefs = { quiet: [{ from: '22:00', to: '07:00', tz: '../../etc/passwd' }] };
    await scene.say('device/desk', { platform: 'log', prefs }, true);
    const { json } = await scene.receipts.waitFor((message) => message.json.state === 'failed');
    assert.match(json.detail, /^prefs\.quiet\[0\]\.tz: /);
  });

  test('that a broker remembers in an older form are replaced by ours', async (t) => {
    const scene = await Scene.open(t);
    await scene.say('prefs', { kinds: { note: false } }, true);
    await scene.say('prefs/set', { hold_s: 1 });
    await scene.prefs.waitFor(({ json }) => json.rev === 2);
    await scene.client.end();
    await scene.bridge.stop();
    await scene.broker.kill();
    await rm(join(scene.broker.dir, 'mosquitto.db'), { force: true });
    await scene.broker.restart();
    await scene.connect();
    // As a broker that saved this, and not what followed.
    await scene.say('prefs', { kinds: { note: true }, rev: 1 }, true);
    scene.bridge = await startBridge({ settings: scene.settings });
    const given = await scene.prefs.waitFor(({ json }) => json.rev === 2);
    assert.deepEqual(given.json, { kinds: { note: false }, hold_s: 1, rev: 2 });
  });

  test('that somebody changed while the bridge was away are a change like any other', async (t) => {
    const scene = await Scene.open(t);
    for (const hold_s of [1, 2]) await scene.say('prefs/set', { hold_s });
    await scene.prefs.waitFor(({ json }) => json.rev === 2);
    // What comes after it tells that the bridge, too, has heard it from the broker.
    await scene.say('event', { id: 'one', kind: 'note' });
    await scene.becomes('one', 'pushed');
    await scene.bridge.stop();
    await scene.say('prefs', { kinds: { note: false }, rev: 1 }, true);
    scene.bridge = await startBridge({ settings: scene.settings });
    const taken = await scene.prefs.waitFor(({ json }) => json.rev === 3);
    assert.deepEqual(taken.json, { kinds: { note: false }, rev: 3 });
  });

  test('changed while the bridge was away are changed when it is back', async (t) => {
    const scene = await Scene.open(t);
    await scene.say('prefs', { hold_s: 1 }, true);
    await scene.prefs.waitFor(({ json }) => json.rev === 1);
    await scene.bridge.stop();
    await scene.say('prefs/set', { kinds: { note: false } });
    scene.bridge = await startBridge({ settings: scene.settings });
    const taken = await scene.prefs.waitFor(({ json }) => json.rev === 2);
    assert.deepEqual(taken.json, { kinds: { note: false }, hold_s: 1, rev: 2 });
  });
});

describe('the summary', () => {
  test('tells of all that is going on, and the same after a kill', async (t) => {
    const scene = await Scene.open(t);
    await scene.summary({ devices: 1, waiting: 0, running: 0, present: false, quiet: false });
    await scene.say('agent/work', { state: 'online', running: 2 }, true);
    await scene.summary({ running: 2 });
    const session = { id: 'ses_1', title: 'Fix login' };
    const request = { id: 'per_1' };
    await scene.say('event', { id: 'ask', kind: 'permission.asked', session, request });
    await scene.summary({ waiting: 1 });
    await scene.say('presence/phone', 'foreground', true);
    await scene.summary({ present: true });
    await scene.say('prefs/set', { ...ALWAYS_QUIET, snooze_until: 4102444800000 });
    const { json } = await scene.summary({ quiet: true, snooze_until: 4102444800000 });
    assert.equal(json.last.kind, 'permission.asked');
    assert.equal(json.last.title, 'Fix login');
    const told = scene.states.messages.length;
    await scene.killBridge();
    const again = await scene.states.waitFor(() => true, { from: told });
    assert.deepEqual(again.json, json);
    await scene.say('event', { kind: 'permission.replied', request });
    await scene.summary({ waiting: 0, running: 2 });
    await scene.say('agent/work', { state: 'offline' }, true);
    await scene.summary({ waiting: 0, running: 0 });
  });

  test('lists what waits, with all that an answer needs, and the same after a kill', async (t) => {
    const scene = await Scene.open(t);
    const empty = await scene.summary({ enabled: true });
    assert.deepEqual(empty.json.asks, []);
    const session = { id: 'ses_1', title: 'Fix login' };
    const request = { id: 'per_1', nonce: 'n0nce' };
    const ask = {
      ...{ tool: 'bash', input: 'rm -rf build', patterns: ['rm *'], always: ['rm *'] },
      cut: false,
    };
    const place = { project: { name: 'webshop' }, host: 'work' };
    const event = { id: 'one', kind: 'permission.asked', ...place, session, request, ask };
    await scene.say('event', event);
    const { json } = await scene.summary({ waiting: 1 });
    const { ts, ...rest } = json.asks[0];
    assert.ok(Math.abs(Date.now() - ts) < 60_000);
    const told = { project: 'webshop', host: 'work' };
    assert.deepEqual(rest, { id: 'one', kind: event.kind, request, session, ...told, ask });
    assert.deepEqual(json.last, {
      ...{ id: 'one', kind: event.kind, title: 'Fix login', session: 'ses_1', ts },
      ...told,
    });
    const from = scene.states.messages.length;
    await scene.killBridge();
    const again = await scene.states.waitFor(() => true, { from });
    assert.deepEqual(again.json, json);
    await scene.say('event', { id: 'two', kind: 'question.asked', request: { id: 'que_1' } });
    const both = await scene.summary({ waiting: 2 });
    assert.deepEqual(
      both.json.asks.map((/** @type {{ id: string }} */ { id }) => id),
      ['two', 'one'],
    );
    await scene.say('event', { kind: 'permission.replied', request: { id: 'per_1' } });
    await scene.say('event', { kind: 'question.rejected', request: { id: 'que_1' } });
    const done = await scene.states.waitFor(({ json }) => json.waiting === 0, {
      from: scene.states.messages.indexOf(both),
    });
    assert.deepEqual(done.json.asks, []);
    await scene.say('prefs', { enabled: false }, true);
    await scene.summary({ enabled: false });
  });

  test('stays within 128 KiB whatever waits', async (t) => {
    const scene = await Scene.open(t);
    await scene.say('prefs', { enabled: false }, true);
    const title = '"'.repeat(256);
    for (let number = 0; number < 60; number++)
      await scene.say('event', {
        ...{ id: `ask${number}`, kind: 'permission.asked', project: { name: title } },
        ...{ session: { id: 's'.repeat(64), title }, age_ms: 60_000 - number },
        request: { id: `per_${number}`, nonce: title },
        ask: { tool: 'bash', input: `${number} ${'x'.repeat(20_000)}` },
      });
    const { json, text } = await scene.summary({ waiting: 60 });
    assert.ok(Buffer.byteLength(text) <= 128 * 1024, `${Buffer.byteLength(text)}`);
    assert.equal(json.asks.length, 50);
    for (const { id, ask } of json.asks) {
      assert.equal(ask.cut, true);
      assert.ok(ask.input.startsWith(`${id.slice(3)} xxx`));
    }
    assert.deepEqual([json.asks[0].id, json.asks[49].id], ['ask59', 'ask10']);
  });

  describe('of somebody of whom nothing is known but that a request waits', () => {
    /** @param {Scene} scene @param {string} user */
    async function guest(scene, user) {
      const states = await scene.client.collect(`nudge/${user}/state`);
      return {
        states,
        /** @param {object} event */
        say: (event) => scene.client.publish(`nudge/${user}/event`, event),
        waits: (/** @type {number} */ count) =>
          states.waitFor(({ json }) => json?.waiting === count && json.asks.length === count),
        isCleared: () => states.waitFor(({ text }) => text === ''),
      };
    }
    const ASK = { id: 'one', kind: 'permission.asked', request: { id: 'per_1', nonce: 'n' } };
    const REPLY = { kind: 'permission.replied', request: { id: 'per_1' } };

    test('is told while it waits, then that nothing does, and is cleared', async (t) => {
      const scene = await Scene.open(t);
      const stranger = await guest(scene, 'stranger');
      await stranger.say(ASK);
      const { json } = await stranger.waits(1);
      assert.deepEqual(json.asks[0].request, { id: 'per_1', nonce: 'n' });
      assert.equal(json.last.id, 'one');
      assert.equal(json.devices, 0);
      await stranger.say({ id: 'two', kind: 'question.asked', request: { id: 'que_1' } });
      await stranger.waits(2);
      await stranger.say(REPLY);
      await stranger.say({ kind: 'question.rejected', request: { id: 'que_1' } });
      await stranger.waits(0);
      await stranger.isCleared();
      await stranger.say(ASK); // its id was used, and it changes nothing
      await stranger.say({ ...ASK, id: 'three' });
      await stranger.states.waitFor(({ json }) => json?.asks[0]?.id === 'three');
    });

    test('is told and cleared after a kill, too', async (t) => {
      const scene = await Scene.open(t);
      const stranger = await guest(scene, 'stranger');
      await stranger.say(ASK);
      const { json } = await stranger.waits(1);
      const from = stranger.states.messages.length;
      await scene.killBridge();
      const again = await stranger.states.waitFor(() => true, { from });
      assert.deepEqual(again.json, json);
      await stranger.say(REPLY);
      await stranger.isCleared();
    });

    test('is cleared when what waits expires, also while the bridge is away', async (t) => {
      const scene = await Scene.open(t);
      const short = await guest(scene, 'short');
      await short.say({ ...ASK, ttl_s: 1 });
      await short.waits(1);
      await short.isCleared();
      const away = await guest(scene, 'away');
      await away.say({ ...ASK, ttl_s: 1 });
      await away.waits(1);
      await scene.bridge.kill();
      await setTimeout(1000); // nobody is there to say that it expired
      scene.bridge = await startBridge({ settings: scene.settings });
      await away.isCleared();
    });

    test('stays when a device comes', async (t) => {
      const scene = await Scene.open(t);
      const alice = await guest(scene, 'alice');
      await alice.say(ASK);
      await alice.waits(1);
      const device = { platform: 'log' };
      await scene.client.publish('nudge/alice/device/phone', device, { retain: true });
      const { json } = await alice.states.waitFor(({ json }) => json?.devices === 1);
      assert.equal(json.asks[0].id, 'one');
      await alice.say(REPLY);
      await alice.waits(0);
      await alice.say({ id: 'note', kind: 'note' });
      await alice.states.waitFor(({ json }) => json?.last?.id === 'note');
      assert.ok(alice.states.messages.every(({ text }) => text !== ''));
    });

    test('is not told for what waits for no answer', async (t) => {
      const scene = await Scene.open(t);
      const stranger = await guest(scene, 'stranger');
      await stranger.say({ id: 'note', kind: 'note' });
      await stranger.say(REPLY);
      await stranger.say(ASK);
      const first = await stranger.states.waitFor(() => true);
      assert.equal(first.json.waiting, 1);
    });
  });

  test('changes when a presence runs out', async (t) => {
    const scene = await Scene.open(t);
    await scene.say('presence/phone', { state: 'foreground', ttl_s: 1 });
    await scene.summary({ present: true });
    const from = scene.states.messages.length;
    await scene.states.waitFor(({ json }) => json.present === false, { from });
  });

  test('forgets a question when it expires', async (t) => {
    const scene = await Scene.open(t);
    await scene.say('event', { id: 'ask', kind: 'question.asked', ttl_s: 1 });
    await scene.summary({ waiting: 1 });
    const from = scene.states.messages.length;
    await scene.states.waitFor(({ json }) => json.waiting === 0, { from });
  });
});

test('nudge explain names the rule, the preference and who said it', async (t) => {
  const scene = await Scene.open(t);
  await scene.say('device/desk', { platform: 'log', prefs: { ...NO_LIMIT, enabled: false } }, true);
  await scene.bridge.waitForLine(/me\/desk is registered/);
  await scene.say('event', { id: 'ask', kind: 'permission.asked' });
  await scene.becomes('ask', 'pushed');
  const { lines } = await runNudge(['explain', '-c', scene.settings, 'ask']);
  const shown = lines.join('\n');
  assert.match(shown, /me\/desk .*suppressed: disabled .*, by 'enabled' of the device/);
  assert.match(
    shown,
    /me\/phone .*held: delay .*, by 'delay_s\.permission\.asked' of the defaults, until \d{4}-/,
  );
  assert.match(shown, /me\/phone .*pushed by log/);
});
