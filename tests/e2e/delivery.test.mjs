// What may go wrong between the bridge and APNs, and that every push still has a known end.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { setTimeout as passed } from 'node:timers/promises';
import { runNudge } from './support/bridge.mjs';
import { connect } from './support/mqtt.mjs';
import { TOPIC, setScene } from './support/scene.mjs';

const NOTE = { kind: 'note', body: 'hello' };
const LONG_MS = 90_000; // for what comes only after timeouts and pauses of the bridge

/**
 * @typedef {import('./support/scene.mjs').Scene} Scene
 * @typedef {import('./support/scene.mjs').User} User
 * @typedef {import('./support/faults.mjs').Fault} Fault
 */

/**
 * @param {Scene} scene
 * @param {string} id of the event
 */
async function pushOf(scene, id) {
  const isIt = (/** @type {any} */ { payload }) => payload.event_id === id;
  const [push] = await scene.apns.waitForAccepted(isIt, { timeoutMs: LONG_MS });
  assert.ok(push);
  return push;
}

/**
 * @param {User} user
 * @param {number} count
 */
function tellMany(user, count) {
  return Promise.all(Array.from({ length: count }, () => user.tell(NOTE)));
}

/**
 * Each arrived, and what arrived twice came under the same id, so that the phone shows it once.
 *
 * @param {Scene} scene
 * @param {string[]} events
 */
async function allArrive(scene, events) {
  for (const id of events) await pushOf(scene, id);
  const ids = new Map();
  const { accepted, faulted } = scene.apns;
  for (const { payload, id } of [...accepted, ...faulted]) {
    assert.equal(ids.get(payload.event_id) ?? id, id);
    ids.set(payload.event_id, id);
  }
  assert.equal(new Set(ids.values()).size, events.length);
}

/**
 * @param {any} one
 * @param {any} other
 */
function assertSameIds(one, other) {
  assert.ok(one && other);
  for (const header of ['apns-id', 'apns-collapse-id'])
    assert.equal(one.headers[header], other.headers[header]);
}

/**
 * A scene of its own, for faults of a whole connection.
 *
 * @param {import('node:test').TestContext} t
 */
async function quietScene(t) {
  const scene = await setScene(t);
  return { scene, user: await scene.addUser() };
}

/**
 * The same, with a connection to APNs that is open and trusted.
 *
 * @param {import('node:test').TestContext} t
 */
async function provenScene(t) {
  const { scene, user } = await quietScene(t);
  const first = await user.tell(NOTE);
  await pushOf(scene, first);
  return { scene, user, first };
}

/**
 * A fault that waits for the n-th request.
 *
 * @param {number} number
 * @param {Fault} fault
 * @returns {Fault}
 */
function atRequest(number, fault) {
  let seen = 0;
  return { ...fault, when: () => ++seen === number };
}

/**
 * What the bridge keeps of an event, in its order.
 *
 * @param {Scene} scene
 * @param {string} id
 * @returns {Promise<(import('./support/scene.mjs').Receipt & { ts: number })[]>}
 */
async function decisionsOn(scene, id) {
  const { lines } = await runNudge(['explain', '-c', scene.settings, '--json', id]);
  return JSON.parse(lines[0] ?? '').decisions.map((/** @type {any} */ { receipt }) => receipt);
}

/**
 * How long the bridge was at work so far, as the kernel counts.
 *
 * @param {Scene} scene
 */
async function cpuTicks({ bridge }) {
  const stat = await readFile(`/proc/${bridge.pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

describe('a delivery', { concurrency: 2 }, () => {
  describe('over a connection', { concurrency: 3 }, () => {
    test('outlives the silent death of its connection, on a new one', async (t) => {
      const { scene, user, first } = await provenScene(t);
      scene.apns.script([{ stall: 'connection' }]);
      const events = await tellMany(user, 3);
      await allArrive(scene, [first, ...events]);
      const dead = scene.apns.faulted[0]?.connection ?? 0;
      for (const id of events) assert.ok((await pushOf(scene, id)).connection > dead);
    });

    test('of a stalled request is tried again after the timeout', async (t) => {
      const { scene, user, first } = await provenScene(t);
      scene.apns.script([{ stall: 'request' }]);
      const id = await user.tell(NOTE);
      const push = await pushOf(scene, id);
      assertSameIds(push, scene.apns.faulted[0]);
      await allArrive(scene, [first, id]);
    });

    test('of many events on a cold start with one stream takes one connection', async (t) => {
      const { scene, user } = await quietScene(t);
      await allArrive(scene, await tellMany(user, 200));
      assert.equal(scene.apns.connections, 1);
      assert.equal(scene.apns.accepted.length, 200);
      assert.deepEqual(scene.apns.refused, []);
    });

    test('survives GOAWAY in the middle of a burst', async (t) => {
      const { scene, user } = await quietScene(t);
      scene.apns.script([
        atRequest(50, { goaway: 'after' }),
        atRequest(120, { goaway: 'now' }),
        atRequest(170, { goaway: 'after' }),
      ]);
      await allArrive(scene, await tellMany(user, 250));
      assert.ok(scene.apns.connections > 1);
      assert.deepEqual(scene.apns.refused, []);
    });

    test('survives GOAWAY that disowns the only request', async (t) => {
      const { scene, user, first } = await provenScene(t);
      scene.apns.script([{ goaway: 'now' }]);
      await allArrive(scene, [first, await user.tell(NOTE)]);
      assert.equal(scene.apns.connections, 2);
    });

    for (const [times, words] of /** @type {const} */ ([
      [1, 'once'],
      [8, 'several times'],
    ]))
      test(`of a stream that is refused ${words} is sent again`, async (t) => {
        const { scene, user, first } = await provenScene(t);
        scene.apns.script([{ times, reset: 'REFUSED_STREAM' }]);
        await allArrive(scene, [first, await user.tell(NOTE)]);
        assert.equal(scene.apns.faulted.length, times);
      });

    test('of a stream that is reset is sent again', async (t) => {
      const { scene, user, first } = await provenScene(t);
      scene.apns.script([{ reset: 'INTERNAL_ERROR' }]);
      const id = await user.tell(NOTE);
      assertSameIds(await pushOf(scene, id), scene.apns.faulted[0]);
      await allArrive(scene, [first, id]);
    });

    for (const isNew of [true, false])
      test(`is repeated when TCP is reset on ${isNew ? 'a new' : 'an old'} connection`, async (t) => {
        const { scene, user } = await (isNew ? quietScene(t) : provenScene(t));
        scene.apns.script([{ drop: true }]);
        const id = await user.tell(NOTE);
        assertSameIds(await pushOf(scene, id), scene.apns.faulted[0]);
        await user.receipt(({ event, state }) => event === id && state === 'pushed');
      });

    test('waits for a service that cannot be reached, with one probe at a time', async (t) => {
      const { scene, user } = await quietScene(t);
      scene.apns.closeListener();
      const events = await tellMany(user, 10);
      for (const id of events) await scene.bridge.waitForLine(new RegExp(`did not take ${id} `));
      await scene.bridge.waitForLine(/apns fails again and again/);
      await scene.apns.openListener();
      const before = await cpuTicks(scene);
      const lateAnswer = {
        get until() {
          return passed(2000);
        },
      };
      scene.apns.script([lateAnswer]);
      await scene.apns.waitForAccepted(1, { timeoutMs: LONG_MS });
      const ticks = (await cpuTicks(scene)) - before;
      assert.ok(ticks < 50, `busy for ${ticks} ticks while it waited for the answer`);
      await allArrive(scene, events);
    });

    test('shows a new token on a new connection once the old one expired', async (t) => {
      const { scene, user, first } = await provenScene(t);
      scene.apns.script([{ status: 403, reason: 'ExpiredProviderToken' }]);
      const id = await user.tell(NOTE);
      const push = await pushOf(scene, id);
      const [expired] = scene.apns.faulted;
      assertSameIds(push, expired);
      assert.equal(scene.apns.connections, 2);
      assert.notEqual(push.connection, expired?.connection);
      assert.notEqual(push.headers.authorization, expired?.headers.authorization);
      assert.deepEqual(scene.apns.refused, []);
      await allArrive(scene, [first, id, ...(await tellMany(user, 20))]);
      assert.equal(scene.apns.connections, 2);
    });

    test('comes through when its token expires in a burst', async (t) => {
      const { scene, user } = await provenScene(t);
      scene.apns.script([atRequest(30, { status: 403, reason: 'ExpiredProviderToken' })]);
      for (const id of await tellMany(user, 60)) await pushOf(scene, id);
      assert.ok(user.receipts().every(({ state }) => state !== 'failed'));
    });

    test('shows the same token on a new connection after too many tokens', async (t) => {
      const { scene, user, first } = await provenScene(t);
      scene.apns.script([{ status: 429, reason: 'TooManyProviderTokenUpdates' }]);
      const id = await user.tell(NOTE);
      const push = await pushOf(scene, id);
      assert.equal(push.connection, 2);
      assert.equal(push.headers.authorization, scene.apns.faulted[0]?.headers.authorization);
      assert.deepEqual(scene.apns.refused, []);
      await allArrive(scene, [first, id]);
    });

    test('waits for a certificate that is right', async (t) => {
      const { scene, user } = await quietScene(t);
      scene.apns.presentCertificate('untrusted');
      const id = await user.tell(NOTE);
      const retry = new RegExp(`did not take ${id}`);
      await scene.bridge.waitForLine(retry);
      scene.apns.presentCertificate('otherHost');
      await scene.bridge.waitForLine(retry, { from: scene.bridge.lines.length });
      assert.deepEqual(scene.apns.accepted, []);
      scene.apns.presentCertificate('loopback');
      await pushOf(scene, id);
    });

    test('that is under way at SIGTERM ends, and is not repeated', async (t) => {
      const { scene, user } = await quietScene(t);
      let answer = () => {};
      const until = new Promise((resolve) => (answer = () => resolve(undefined)));
      const arrived = new Promise((resolve) => {
        const when = () => (resolve(undefined), true);
        scene.apns.script([{ when, until }]);
      });
      const id = await user.tell(NOTE);
      await arrived;
      scene.bridge.signal('SIGTERM');
      await scene.bridge.waitForLine(/stopping/);
      answer();
      assert.deepEqual(await scene.bridge.ended(), { code: 0, signal: null });
      await user.receipt(({ event, state }) => event === id && state === 'pushed');
      await scene.restartBridge();
      const next = await user.tell(NOTE);
      await pushOf(scene, next);
      assert.deepEqual(
        user.pushes().map(({ payload }) => payload.event_id),
        [id, next],
      );
    });

    test('that is too late for its time to live ends as expired, and never comes', async (t) => {
      const { scene, user } = await quietScene(t);
      scene.apns.script([{ status: 503, reason: 'ServiceUnavailable' }]);
      await user.tell({ ...NOTE, ttl_s: 1 });
      const { device, reason } = await user.receipt(({ state }) => state === 'failed');
      assert.deepEqual({ device, reason }, { device: 'phone', reason: 'expired' });
      await scene.restartBridge();
      const next = await user.tell(NOTE);
      await pushOf(scene, next);
      assert.deepEqual(
        user.pushes().map(({ payload }) => payload.event_id),
        [next],
      );
    });

    test('during an outage of one service holds up no other', async (t) => {
      const { scene, user } = await quietScene(t);
      await user.say('device/desk', { platform: 'log' }, true);
      await scene.bridge.waitForLine(new RegExp(`${user.name}/desk is registered`));
      scene.apns.script([{ times: Infinity, status: 500, reason: 'InternalServerError' }]);
      const events = await tellMany(user, 5);
      await scene.bridge.waitForLine(/apns fails again and again/);
      const asked = scene.apns.faulted.length;
      events.push(await user.tell({ kind: 'note', body: 'meanwhile' }));
      await scene.bridge.waitForLine(new RegExp(`${user.name}/desk: .*meanwhile`));
      assert.equal(scene.apns.faulted.length, asked, 'the breaker is open');
      scene.apns.clearScript();
      await scene.restartBridge();
      await allArrive(scene, events);
    });
  });

  describe('that is answered', { concurrency: 3 }, () => {
    /** @type {Scene} */
    let scene;
    /** @type {(() => Promise<void>)[]} */
    const endings = [];
    before(async () => {
      scene = await setScene({ after: (end) => endings.unshift(end) });
    });
    after(async () => {
      for (const end of endings) await end();
    });

    /**
     * @param {User} user
     * @param {Fault} fault
     */
    function scriptFor({ token }, fault) {
      scene.apns.script([{ ...fault, when: ({ path }) => path.endsWith(token) }]);
    }

    const inSeconds = () => ({ asked: '5', untilMs: 0 });
    const asDate = () => {
      const untilMs = Math.ceil(Date.now() / 1000 + 6) * 1000;
      return { asked: new Date(untilMs).toUTCString(), untilMs };
    };
    for (const [form, ask] of /** @type {const} */ ([
      ['seconds', inSeconds],
      ['an HTTP date', asDate],
    ]))
      test(`with Retry-After in ${form} waits at least so long`, async () => {
        const user = await scene.addUser();
        const { asked, untilMs } = ask();
        const headers = { 'retry-after': asked };
        scriptFor(user, { status: 503, reason: 'ServiceUnavailable', headers });
        const id = await user.tell(NOTE);
        await user.receipt(({ event, state }) => event === id && state === 'pushed');
        const [retry, pushed] = await decisionsOn(scene, id);
        assert.ok(retry && pushed);
        assert.deepEqual([retry.state, pushed.state], ['retry', 'pushed']);
        assert.ok(pushed.ts >= (untilMs || retry.ts + 5000));
      });

    test('with too many requests for one token does not hold up another', async () => {
      const [busy, calm] = [await scene.addUser(), await scene.addUser()];
      const headers = { 'retry-after': '4' };
      scriptFor(busy, { status: 429, reason: 'TooManyRequests', headers });
      const late = await busy.tell(NOTE);
      await scene.apns.waitForFaulted(({ token }) => token === busy.token);
      const { connection } = await pushOf(scene, await calm.tell(NOTE));
      assert.deepEqual(busy.pushes(), []);
      assert.equal((await pushOf(scene, late)).connection, connection);
    });

    for (const [status, reason] of /** @type {const} */ ([
      [400, 'BadTopic'],
      [403, 'InvalidProviderToken'],
    ]))
      test(`with ${status} ${reason} fails once, and the device stays`, async () => {
        const user = await scene.addUser();
        scriptFor(user, { status, reason });
        const id = await user.tell(NOTE);
        const failed = await user.receipt(({ state }) => state === 'failed');
        assert.deepEqual([failed.event, failed.reason, failed.status], [id, reason, status]);
        await pushOf(scene, await user.tell(NOTE));
        assert.equal(user.pushes().length, 1);
        const decisions = await decisionsOn(scene, id);
        assert.deepEqual(
          decisions.map(({ state }) => state),
          ['failed'],
        );
      });

    /**
     * @param {User} user
     * @param {number} timestamp
     */
    function uninstall({ token }, timestamp) {
      const device = scene.apns.devices.get(token);
      assert.ok(device);
      device.gone = { reason: 'Unregistered', timestamp };
    }

    test('with 410 newer than the registration takes the device away', async (t) => {
      const user = await scene.addUser();
      const leaf = `nudge/${user.name}/device/phone`;
      const heard = await scene.client.collect(leaf);
      uninstall(user, Date.now() + 1000);
      const id = await user.tell(NOTE);
      const { event, reason } = await user.receipt(({ state }) => state === 'failed');
      assert.deepEqual({ event, reason }, { event: id, reason: 'Unregistered' });
      await heard.waitFor(({ text }) => text === '');

      const other = await connect(scene.broker.url);
      t.after(() => other.end());
      const said = await other.collect(`nudge/${user.name}/#`);
      await user.tell(NOTE);
      await said.waitFor(({ json }) => json?.reason === 'no-device');
      assert.ok(said.messages.every(({ topic }) => topic !== leaf));
    });

    test('with 410 older than a registration keeps the device', async () => {
      const user = await scene.addUser();
      const again = { platform: 'apns', name: 'A phone again', token: user.token };
      uninstall(user, Date.now());
      while (Date.now() === scene.apns.devices.get(user.token)?.gone?.timestamp);
      const from = scene.bridge.lines.length;
      await user.say('device/phone', again, true);
      await scene.bridge.waitForLine(new RegExp(`${user.name}/phone is registered`), { from });
      const id = await user.tell(NOTE);
      const { event } = await user.receipt(({ reason }) => reason === 'Unregistered');
      assert.equal(event, id);
      delete scene.apns.devices.get(user.token)?.gone;
      await pushOf(scene, await user.tell(NOTE));
      assert.ok(user.receipts().every(({ reason }) => reason !== 'no-device'));
    });

    for (const [status, reason] of /** @type {const} */ ([
      [400, 'BadDeviceToken'],
      [410, 'Unregistered'],
    ]))
      test(`with ${status} to a token that was replaced meanwhile goes to the new one`, async () => {
        const user = await scene.addUser();
        const token = user.token.replaceAll('0', 'f');
        const document = { platform: 'apns', name: 'The phone, again', token, topic: TOPIC };
        scene.apns.devices.set(token, { topic: TOPIC });
        let answer = () => {};
        const until = new Promise((resolve) => (answer = () => resolve(undefined)));
        const arrived = new Promise((resolve) => {
          const when = (/** @type {{ path: string }} */ { path }) =>
            path.endsWith(user.token) && (resolve(undefined), true);
          scene.apns.script([{ when, until, status, reason }]);
        });
        const id = await user.tell(NOTE);
        await arrived;
        const from = scene.bridge.lines.length;
        const heard = scene.bridge.waitForLine(new RegExp(`${user.name}/phone is reg`), { from });
        await user.say('device/phone', document, true);
        await heard;
        answer();
        assert.equal((await pushOf(scene, id)).token, token);
      });
  });
});
