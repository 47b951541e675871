// From an event at a real broker through the real bridge to a push that APNs accepts.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { TOPIC, setScene } from './support/scene.mjs';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const base64url = (/** @type {string} */ text) => Buffer.from(text).toString('base64url');

/** @type {import('./support/scene.mjs').Scene} */
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
 * @param {import('./support/scene.mjs').User} user
 * @param {object} event
 */
async function pushOf(user, event) {
  const id = await user.tell(event);
  const [push] = await scene.apns.waitForAccepted(({ payload }) => payload.event_id === id);
  assert.ok(push);
  return push;
}

describe('a push', () => {
  const ts = Math.floor(Date.now() / 1000) * 1000;
  const permission = {
    kind: 'permission.asked',
    ts,
    ttl_s: 3600,
    host: 'workstation',
    project: { name: 'webshop', directory: '/home/a/webshop' },
    session: { id: 'ses_1', title: 'Fix login', parent: null },
    request: { id: 'per_1', nonce: 'secret' },
    body: 'rm -rf build',
  };

  test('carries the headers that APNs wants', async () => {
    const user = await scene.addUser();
    const { headers, path } = await pushOf(user, permission);
    assert.equal(path, `/3/device/${user.token}`);
    const { authorization, 'apns-id': id, 'apns-collapse-id': collapse, ...rest } = headers;
    assert.match(String(authorization), /^bearer /);
    assert.match(String(id), UUID);
    assert.match(String(collapse), /^[A-Za-z0-9_-]{16,64}$/);
    const { 'content-length': length, accept, 'user-agent': agent, ...said } = rest;
    assert.deepEqual(said, {
      'apns-expiration': String(ts / 1000 + 3600),
      'apns-priority': '10',
      'apns-push-type': 'alert',
      'apns-topic': TOPIC,
      'content-type': 'application/json',
    });
  });

  test('tells what is asked, and what the app needs to answer', async () => {
    const user = await scene.addUser();
    const push = await pushOf(user, permission);
    const { aps, ...app } = push.payload;
    assert.deepEqual(app, {
      kind: 'permission.asked',
      event_id: push.payload.event_id,
      session_id: 'ses_1',
      request_id: 'per_1',
      nonce: 'secret',
      host: 'workstation',
      href: `/${base64url('/home/a/webshop')}/session/ses_1`,
    });
    assert.equal(aps.category, 'NUDGE_PERMISSION');
    assert.equal(aps['interruption-level'], 'time-sensitive');
    assert.equal(aps.sound, 'default');
    const words = JSON.stringify(aps.alert);
    for (const word of ['Fix login', 'webshop', 'rm -rf build']) assert.ok(words.includes(word));
  });

  test('shows no raw id to Apple where it groups and replaces', async () => {
    const user = await scene.addUser();
    const push = await pushOf(user, permission);
    const opaque = `${push.payload.aps['thread-id']} ${push.headers['apns-collapse-id']}`;
    for (const raw of [user.name, 'ses_1', 'per_1', push.payload.event_id])
      assert.ok(!opaque.includes(raw), `${raw} in ${opaque}`);
  });

  test('leads to the address under which the phone knows the host', async () => {
    const url = 'http://10.0.0.5:4096';
    const user = await scene.addUser({ servers: { workstation: url } });
    const { payload } = await pushOf(user, permission);
    assert.equal(payload.href, `/server/${base64url(url)}/session/ses_1`);
  });

  test('is named after its kind', async () => {
    const user = await scene.addUser();
    const session = { id: 'ses_2', title: 'Write tests' };
    const question = await pushOf(user, { kind: 'question.asked', request: { id: 'que_1' } });
    assert.equal(question.payload.aps.category, 'NUDGE_QUESTION');
    for (const kind of ['session.idle', 'session.error', 'note', 'test']) {
      const { payload } = await pushOf(user, { kind, session });
      assert.deepEqual(
        [payload.kind, payload.aps.category, payload.aps['interruption-level']],
        [kind, undefined, 'active'],
      );
    }
  });

  test('of a plain text is a note', async () => {
    const user = await scene.addUser();
    await user.say('event', 'Somebody is at the door');
    const [push] = await scene.apns.waitForAccepted(({ token }) => token === user.token);
    assert.equal(push?.payload.kind, 'note');
    assert.equal(push?.payload.aps.alert.body, 'Somebody is at the door');
  });

  test('replaces an earlier one of its session and class, and no other', async () => {
    const [alice, bob] = [await scene.addUser(), await scene.addUser()];
    const collapse = async (
      /** @type {import('./support/scene.mjs').User} */ user,
      /** @type {string} */ kind,
      /** @type {string} */ id,
    ) => (await pushOf(user, { kind, session: { id } })).headers['apns-collapse-id'];
    const first = await collapse(alice, 'session.idle', 'ses_a');
    assert.equal(await collapse(alice, 'session.error', 'ses_a'), first);
    assert.notEqual(await collapse(alice, 'permission.asked', 'ses_a'), first);
    assert.notEqual(await collapse(alice, 'session.idle', 'ses_b'), first);
    assert.notEqual(await collapse(bob, 'session.idle', 'ses_a'), first);
    const ids = scene.apns.accepted.map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length, 'each push has an id of its own');
  });

  test('is told in receipts', async () => {
    const user = await scene.addUser();
    const event = await user.tell(permission);
    const accepted = await user.receipt(({ state }) => state === 'accepted');
    assert.equal(accepted.event, event);
    const { latency_ms, ...pushed } = await user.receipt(({ state }) => state === 'pushed');
    assert.ok(Number(latency_ms) >= 0);
    const { device, service, status, attempt } = pushed;
    assert.deepEqual(
      { event: pushed.event, device, service, status, attempt },
      { event, device: 'phone', service: 'apns', status: 200, attempt: 1 },
    );
  });

  test('is made of each repeated event only once', async () => {
    const user = await scene.addUser();
    const id = 'evt_again';
    for (let times = 0; times < 3; times++) await user.tell({ ...permission, id });
    await user.receipt(({ event, reason }) => event === id && reason === 'duplicate');
    await user.receipt(({ event, state }) => event === id && state === 'pushed');
    await pushOf(user, { kind: 'note' });
    const events = user.pushes().map(({ payload }) => payload.event_id);
    assert.deepEqual(events, [id, `evt_${user.name}_4`]);
  });
});

describe('nothing is pushed', () => {
  test('to a phone that is looked at, when presence suppresses', async () => {
    const user = await scene.addUser();
    await user.say('prefs', { presence: 'suppress' }, true);
    await user.say('presence/phone', 'foreground', true);
    const seen = await user.tell({ kind: 'note' });
    assert.equal(
      (await user.receipt(({ event, device }) => event === seen && !!device)).reason,
      'foreground',
    );
    await user.say('presence/phone', 'background', true);
    const { payload } = await pushOf(user, { kind: 'note' });
    assert.deepEqual(
      user.pushes().map((push) => push.payload),
      [payload],
    );
  });

  test('of a kind that is off, but a test always passes', async () => {
    const user = await scene.addUser();
    await user.say('prefs', { kinds: { note: false, 'session.idle': false } }, true);
    for (const kind of ['note', 'session.idle']) {
      const id = await user.tell({ kind });
      const { state, reason, device } = await user.receipt(
        ({ event, state }) => event === id && state !== 'accepted',
      );
      assert.deepEqual(
        { state, reason, device },
        { state: 'suppressed', reason: 'kind', device: 'phone' },
      );
    }
    await pushOf(user, { kind: 'test' });
    await user.say('prefs', { kinds: { 'session.idle': false } }, true);
    await pushOf(user, { kind: 'note' });
    assert.equal(user.pushes().length, 2);
  });

  test('when all is off', async () => {
    const user = await scene.addUser();
    await user.say('prefs', { enabled: false }, true);
    const id = await user.tell({ kind: 'test' });
    const { reason } = await user.receipt(
      ({ event, state }) => event === id && state !== 'accepted',
    );
    assert.equal(reason, 'disabled');
    await user.say('prefs', '', true);
    await pushOf(user, { kind: 'note' });
    assert.equal(user.pushes().length, 1);
  });

  test('to a phone that said good-bye', async () => {
    const user = await scene.addUser();
    await user.say('device/phone', '', true);
    const id = await user.tell({ kind: 'note' });
    const { reason } = await user.receipt(
      ({ event, state }) => event === id && state !== 'accepted',
    );
    assert.equal(reason, 'no-device');
    assert.deepEqual(user.pushes(), []);
  });
});

describe('a bridge that is killed', () => {
  test('delivers all that waited, under the same ids', async (test) => {
    const scene = await setScene(test);
    const user = await scene.addUser();
    scene.apns.script([{ times: Infinity, status: 503, reason: 'ServiceUnavailable' }]);
    const events = new Set();
    for (let count = 0; count < 20; count++) events.add(await user.tell({ kind: 'note' }));
    await scene.apns.waitForFaulted(3); // a breaker may keep the others back
    await scene.bridge.kill();
    events.add(await user.tell({ kind: 'note', body: 'while it is away' }));
    scene.apns.clearScript();
    await scene.restartBridge();
    await scene.apns.waitForAccepted(() => user.pushes().length >= 21);
    const delivered = user.pushes().map(({ payload }) => payload.event_id);
    assert.deepEqual(new Set(delivered), events);
    const idOf = new Map(user.pushes().map(({ payload, id }) => [payload.event_id, id]));
    for (const { payload, id } of scene.apns.faulted) assert.equal(idOf.get(payload.event_id), id);
  });

  test('repeats a push whose answer it never saw, under the same ids', async (test) => {
    const scene = await setScene(test);
    const user = await scene.addUser();
    scene.apns.script([{ stall: 'connection' }]);
    const event = await user.tell({ kind: 'note' });
    const [unanswered] = await scene.apns.waitForFaulted(1);
    await scene.bridge.kill();
    await scene.restartBridge();
    const [push] = await scene.apns.waitForAccepted(1);
    assert.equal(push?.payload.event_id, event);
    for (const header of ['apns-id', 'apns-collapse-id'])
      assert.equal(push?.headers[header], unanswered?.headers[header]);
  });
});
