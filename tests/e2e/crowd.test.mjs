// Nobody can stop the others: one user sends more than anybody should, and another is pushed all the
// same, while the bridge lives and takes no more disk than it needs.
import assert from 'node:assert/strict';
import { stat } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { startBridge, writeSettings } from './support/bridge.mjs';
import { startBroker } from './support/broker.mjs';
import { connect } from './support/mqtt.mjs';
import { NO_LIMIT } from './support/scene.mjs';
import { scratchDirectory } from './support/scratch.mjs';

const ALWAYS_QUIET = { quiet: [{ from: '00:00', to: '24:00', tz: 'UTC' }] };
const LONG = { timeoutMs: 120_000 };

/** A crowd of one user, `many`, and somebody else, `one`; both have a phone that is the log. */
class Scene {
  /**
   * @param {import('node:test').TestContext} t
   * @param {import('./support/bridge.mjs').Settings} [settings]
   */
  static async open(t, settings = {}) {
    const scene = new Scene();
    scene.dir = await scratchDirectory(t);
    const broker = await startBroker({ dir: join(scene.dir, 'broker') });
    scene.settings = await writeSettings(scene.dir, { mqtt: { url: broker.url }, ...settings });
    scene.bridge = await startBridge({ settings: scene.settings });
    scene.client = await connect(broker.url);
    scene.receipts = await scene.client.collect('nudge/+/receipt');
    t.after(async () => {
      await scene.client.end();
      await scene.bridge.stop();
      await broker.stop();
    });
    for (const user of ['many', 'one']) await scene.register(user, 'phone');
    return scene;
  }

  dir = '';
  settings = '';
  /** @type {import('./support/process.mjs').Started} */
  bridge = /** @type {any} */ (null);
  /** @type {import('./support/mqtt.mjs').Client} */
  client = /** @type {any} */ (null);
  /** @type {import('./support/mqtt.mjs').Collection} */
  receipts = /** @type {any} */ (null);

  /** @param {string} user @param {string} device @param {object} [registration] */
  async register(user, device, registration = { platform: 'log', prefs: NO_LIMIT }) {
    const heard = this.bridge.waitForLine(new RegExp(`${user}/${device} is registered`));
    await this.say(user, `device/${device}`, registration, true);
    await heard;
  }

  /** @param {string} user @param {string} leaf @param {any} payload @param {boolean} [retain] */
  async say(user, leaf, payload, retain = false) {
    await this.client.publish(`nudge/${user}/${leaf}`, payload, { retain });
  }

  /** @param {number} count @param {(i: number) => object} event */
  async flood(count, event) {
    const all = Array.from({ length: count }, (_, i) => this.say('many', 'event', event(i)));
    await Promise.all(all);
  }

  /** @param {(receipt: any) => boolean} isIt */
  async receipt(isIt) {
    return (await this.receipts.waitFor(({ json }) => isIt(json), LONG)).json;
  }

  /** One event of the other user arrives. */
  async othersPush(/** @type {string} */ id) {
    await this.say('one', 'event', { kind: 'note', id, body: 'hello' });
    await this.receipt((receipt) => receipt.event === id && receipt.state === 'pushed');
  }

  /** The bridge was never started again, and said nothing that is wrong. */
  async end() {
    await this.othersPush('last');
    assert.deepEqual(
      this.bridge.lines.filter((line) => / error /.test(line)),
      [],
    );
  }

  /** @param {string} file of the state, its bytes */
  async size(file) {
    return (await stat(join(this.dir, 'state', file))).size;
  }
}

describe('a crowd of one user', () => {
  test('of 10 000 notes becomes one digest, and what is too much is refused', async (t) => {
    const scene = await Scene.open(t);
    await scene.say('many', 'prefs', ALWAYS_QUIET, true);
    await scene.flood(10_000, (i) => ({ kind: 'note', id: `n${i}` }));
    await scene.receipt(({ event, reason }) => event === 'n9999' && reason === 'limit');
    await scene.othersPush('meanwhile');
    await scene.say('many', 'prefs', {}, true);
    await scene.receipt(({ event, state }) => event === 'n0' && state === 'pushed');
    await scene.end();
    const deferred = scene.receipts.messages.filter(({ json }) => json.state === 'deferred');
    assert.equal(new Set(deferred.map(({ json }) => json.event)).size, 4000);
    const pushed = scene.receipts.messages.filter(
      ({ topic, json }) => topic === 'nudge/many/receipt' && json.state === 'pushed',
    );
    assert.equal(new Set(pushed.map(({ json }) => json.event)).size, 4000);
    const shown = scene.bridge.lines.filter((line) => / notify many/.test(line));
    assert.equal(shown.length, 1, shown.slice(0, 3).join('\n'));
    const complaints = scene.bridge.lines.filter((line) => /refused .* wait already/.test(line));
    assert.equal(complaints.length, 1);
  });

  test('of 5 000 permissions ends with their session, and one by its request alone', async (t) => {
    const scene = await Scene.open(t);
    const of = (/** @type {number} */ i) => ({
      ...{ kind: 'permission.asked', id: `p${i}`, session: { id: 'ses_1' } },
      request: { id: `per_${i}`, nonce: 'n' },
    });
    await scene.say('many', 'prefs', { delay_s: { 'permission.asked': 0 } }, true);
    await scene.flood(5_000, of);
    await scene.othersPush('first');
    await scene.receipt(({ event, state }) => event === 'p3999' && state === 'pushed');
    const states = await scene.client.collect('nudge/many/state');
    await scene.say('many', 'event', { kind: 'permission.replied', request: { id: 'per_7' } });
    await states.waitFor(({ json }) => json.waiting === 3999, LONG);
    await scene.say('many', 'event', { kind: 'session.deleted', session: { id: 'ses_1' } });
    await states.waitFor(({ json }) => json.waiting === 0, LONG);
    await scene.end();
  });

  test('of what is no event, no registration and no patch does not fill the log', async (t) => {
    const scene = await Scene.open(t);
    for (const leaf of ['event', 'prefs/set', 'device/x', 'prefs'])
      await Promise.all(Array.from({ length: 200 }, () => scene.say('many', leaf, '{"kind":')));
    await scene.say('one', 'event', '{"kind":');
    await scene.bridge.waitForLine(/refused nudge\/one\/event/);
    await scene.end();
    const refused = scene.bridge.lines.filter((line) => /refused nudge\/many/.test(line));
    assert.equal(refused.length, 499); // and one that a device is registered
    const receipts = scene.receipts.messages.filter(({ topic }) => topic === 'nudge/many/receipt');
    assert.equal(receipts.length, 800);
  });

  test('of devices is refused beyond its limit', async (t) => {
    const scene = await Scene.open(t, { limits: { devices: 3 } });
    await scene.register('many', 'two');
    await scene.register('many', 'three');
    await scene.say('many', 'device/four', { platform: 'log' }, true);
    const { detail } = await scene.receipt(
      ({ device, reason }) => device === 'four' && reason === 'limit',
    );
    assert.equal(detail, 'more than 3 devices of one user: remove one');
    // Known devices may still change, and room that is made may be taken.
    await scene.register('many', 'two');
    await scene.say('many', 'device/three', '', true);
    await scene.bridge.waitForLine(/many\/three is removed/);
    await scene.register('many', 'four');
    await scene.end();
  });

  test('of pushes that a host of hers refuses and takes by turns fills no log and no topic', async (t) => {
    const state = { asked: 0, refusesAll: false };
    const host = createHttpServer((request, response) => {
      request.resume();
      response.writeHead(state.refusesAll || state.asked++ % 2 === 0 ? 400 : 200).end();
    });
    await new Promise((listening) => host.listen(0, '127.0.0.1', () => listening(0)));
    t.after(() => host.close());
    const { port } = /** @type {import('node:net').AddressInfo} */ (host.address());
    const allowed = { allow_hosts: `127.0.0.1:${port}`, allow_http: 'yes' };
    const scene = await Scene.open(t, { webhook: allowed });
    const url = `http://127.0.0.1:${port}/hers`;
    await scene.register('many', 'phone', { platform: 'webhook', url, prefs: NO_LIMIT });
    const told = await scene.client.collect('nudge/bridge/+/+');
    const began = Date.now();
    await scene.flood(3_000, (i) => ({ kind: 'note', id: `n${i}` }));
    await scene.receipt(({ event, service }) => event === 'n2999' && service === 'webhook');
    const most = 2 + (Date.now() - began) / 1000;
    for (const leaf of ['info', 'health']) {
      const times = told.messages.filter(({ topic }) => topic.endsWith(leaf)).length;
      assert.ok(times <= most, `${leaf} was published ${times} times`);
    }
    // The last one is told in any case.
    state.refusesAll = true;
    await scene.say('many', 'event', { kind: 'note', id: 'refused' });
    await scene.receipt(({ event, state }) => event === 'refused' && state === 'failed');
    await scene.end();
    const lines = scene.bridge.lines.filter((line) => / many\/phone/.test(line));
    assert.ok(lines.length >= 500 && lines.length < 600, `${lines.length} lines`);
    await scene.bridge.stop();
    const last = await scene.client.collect('nudge/bridge/+/info');
    assert.equal((await last.waitFor(() => true)).json.failing_devices, 1);
  });

  test('of 48 MB that are retained makes nobody forgotten', async (t) => {
    const scene = await Scene.open(t);
    await scene.bridge.stop();
    const filling = 'x'.repeat(60_000);
    const crowd = Array.from({ length: 800 }, (_, i) =>
      scene.say('many', `device/d${i}`, { platform: 'log', filling }, true),
    );
    await Promise.all(crowd);
    const bridge = await startBridge({ settings: scene.settings });
    scene.bridge = bridge;
    await scene.othersPush('meanwhile');
    await scene.end();
    const lines = bridge.lines.join('\n');
    assert.doesNotMatch(lines, /no longer registered|no connection|given back/);
    assert.equal(bridge.lines.filter((line) => /ready: /.test(line)).length, 1);
  });

  test('of bytes that are retained is refused beyond its limit', async (t) => {
    const scene = await Scene.open(t, { limits: { retained_kib: 1 } });
    const name = 'x'.repeat(250);
    const big = { platform: 'log', name, prefs: { mute: { sessions: [name, name, name] } } };
    await scene.say('many', 'device/big', big, true);
    const { detail } = await scene.receipt(({ device }) => device === 'big');
    assert.match(detail, /more than 1 KiB of preferences and registrations/);
    await scene.end();
  });

  test('of 300 permissions on 32 devices ends behind what others say meanwhile', async (t) => {
    const scene = await Scene.open(t);
    const prefs = { ...NO_LIMIT, delay_s: { 'permission.asked': 3600 } };
    for (let i = 0; i < 31; i++) await scene.register('many', `d${i}`, { platform: 'log' });
    await scene.say('many', 'prefs', prefs, true);
    await scene.flood(300, (i) => ({
      ...{ kind: 'permission.asked', id: `p${i}`, session: { id: 'ses_1' } },
      request: { id: `per_${i}`, nonce: 'n' },
    }));
    await scene.receipt(({ event, device }) => event === 'p299' && device === 'd30');
    const states = await scene.client.collect('nudge/many/state');
    await scene.say('many', 'event', { kind: 'session.deleted', session: { id: 'ses_1' } });
    await scene.othersPush('between');
    const over = scene.receipts.messages.filter(({ json }) => json.reason === 'resolved');
    assert.ok(over.length < 300 * 32, 'what others said came after all of it');
    await states.waitFor(({ json }) => json.waiting === 0, LONG);
    await scene.end();
  });

  // Of documents that wait together the newest is enough; each patch changes something.
  for (const [way, leaf, least] of /** @type {const} */ ([
    ['changes of preferences', 'prefs', 1],
    ['patches', 'prefs/set', 4_900],
  ]))
    test(`of 5 000 ${way} is published now and then, and the last in any case`, async (t) => {
      const scene = await Scene.open(t);
      const published = await scene.client.collect('nudge/many/prefs');
      await Promise.all(
        Array.from({ length: 5_000 }, (_, i) =>
          scene.say('many', leaf, { hold_s: i < 4_999 ? i % 60 : 60 }),
        ),
      );
      await scene.othersPush('meanwhile');
      const { json } = await published.waitFor(({ json }) => json.rev && json.hold_s === 60, LONG);
      assert.ok(json.rev >= least, `${json.rev}`);
      const ours = published.messages.filter(({ json }) => json.rev > 0);
      assert.ok(ours.length < 1_000, `${ours.length} were published`);
      await scene.end();
    });

  for (const [what, leaf] of [
    ['agents', 'agent/h'],
    ['requests', 'request/explain'],
    ['presences', 'presence/phone'],
  ])
    test(`of 2 000 ${what} of 60 KB cuts nobody off`, async (t) => {
      const scene = await Scene.open(t);
      const filling = 'x'.repeat(60_000);
      const payload = { state: what === 'agents' ? 'online' : 'background', event: 'e', filling };
      await Promise.all(
        Array.from({ length: 2_000 }, () => scene.say('many', leaf ?? '', payload)),
      );
      await scene.end();
      assert.doesNotMatch(scene.bridge.lines.join('\n'), /no connection/);
    });

  test('of 2 000 requests gets few answers, and a word for the others', async (t) => {
    const scene = await Scene.open(t);
    const answers = await scene.client.collect('nudge/+/response/explain');
    const ask = (/** @type {string} */ user) =>
      scene.say(user, 'request/explain', { event: 'e', transaction: user });
    await Promise.all(Array.from({ length: 2_000 }, () => ask('many')));
    await ask('one');
    const { json } = await answers.waitFor(({ json }) => json.transaction === 'one');
    assert.equal(json.error, undefined);
    const { length } = answers.messages.filter(({ json }) => json.decisions && !json.error);
    assert.ok(length < 1_000, `${length} answers`);
    await answers.waitFor(({ json }) => /more than \d+ a minute/.test(json.error ?? ''));
    await scene.end();
  });

  test('of hosts that never answer leaves room for others', async (t) => {
    const sockets = new Set();
    const mute = createServer((socket) => sockets.add(socket.on('error', () => {})));
    await new Promise((done) => mute.listen(0, () => done(undefined)));
    t.after(() => mute.close());
    t.after(() => sockets.forEach((socket) => socket.destroy()));
    const { port } = /** @type {import('node:net').AddressInfo} */ (mute.address());
    const scene = await Scene.open(t, {
      // Each name below localhost is this machine, and a host of its own.
      ntfy: { allow_hosts: `*.localhost:${port}`, allow_http: 'yes' },
      limits: { devices: 200 },
    });
    for (let i = 0; i < 140; i++) {
      const url = `http://h${i}.localhost:${port}/t`;
      await scene.register('many', `d${i}`, { platform: 'ntfy', url, prefs: NO_LIMIT });
    }
    // The log is a service that comes to life with the first push.
    await scene.say('many', 'event', { kind: 'note', id: 'stuck' });
    await scene.receipt(({ event, state }) => event === 'stuck' && state === 'pushed');
    await scene.end();
    assert.ok(sockets.size > 0);
  });
});

describe('the state directory', () => {
  test('keeps nothing of what is refused', async (t) => {
    const scene = await Scene.open(t);
    const payload = 'x'.repeat(60_000);
    await Promise.all(Array.from({ length: 600 }, () => scene.say('many', 'ack', payload)));
    await scene.end();
    assert.ok((await scene.size('nudge.db')) < 4_000_000);
    assert.ok((await scene.size('nudge.db-wal')) < 16_000_000);
  });

  test('takes its log in while events come', async (t) => {
    const scene = await Scene.open(t);
    await scene.say('many', 'prefs', { delay_s: { note: 3600 } }, true);
    const body = 'x'.repeat(1500);
    for (let round = 0; round < 4; round++)
      await scene.flood(2_000, (i) => ({ kind: 'note', id: `n${round}_${i}`, body }));
    await scene.end();
    assert.ok((await scene.size('nudge.db-wal')) < 16_000_000);
  });
});
