// A running turn on an iPhone, from what its host says of itself to a Live Activity that APNs accepts.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { TOPIC, setScene } from './support/scene.mjs';

const ACTIVITIES = `${TOPIC}.push-type.liveactivity`;
const NOW_MS = Date.now();

/** @type {import('./support/scene.mjs').Scene} */
let scene;
/** @type {(() => Promise<void>)[]} */
const endings = [];
let tokens = 0;
before(async () => {
  scene = await setScene({ after: (end) => endings.unshift(end) });
});
after(async () => {
  for (const end of endings) await end();
});

/** A token of a Live Activity that APNs knows. */
function activityToken() {
  const token = `ac${String(++tokens).padStart(6, '0')}`.repeat(8);
  scene.apns.devices.set(token, { topic: ACTIVITIES });
  return token;
}

/**
 * @param {import('./support/scene.mjs').User} user
 * @param {string} state
 */
async function work(user, state) {
  const session = { id: 'ses_1', title: 'Fix login', project: 'webshop', state, since: NOW_MS };
  const document = { state: 'online', running: 1, waiting: 0, sessions: [session] };
  await user.say('agent/workstation', document, true);
}

/** @param {object} [registration] */
async function somebody(registration) {
  const start = activityToken();
  const usual = { platform: 'apns', topic: TOPIC, progress: { start }, prefs: { progress: true } };
  const user = await scene.addUser({ ...usual, ...registration });
  return { user, start, registration: { ...usual, ...registration, token: user.token } };
}

/**
 * The app says where the activity is told of anew.
 *
 * @param {Awaited<ReturnType<typeof somebody>>} person
 * @param {string} id
 */
async function take({ user, start, registration }, id) {
  const token = activityToken();
  const progress = { start, turns: { [id]: token } };
  await user.say('device/phone', { ...registration, progress }, true);
  return token;
}

/** @param {string} token */
async function pushTo(token) {
  const [push] = await scene.apns.waitForAccepted((accepted) => accepted.token === token);
  assert.ok(push);
  return push;
}

/** @param {import('./support/scene.mjs').User} user */
async function nothingElse(user) {
  const id = await user.tell({ kind: 'test' });
  await scene.apns.waitForAccepted(({ payload }) => payload.event_id === id);
  assert.deepEqual(
    scene.apns.refused.map(({ reason }) => reason),
    [],
  );
}

describe('a Live Activity', () => {
  test('begins with a turn, and ends with it', async () => {
    const person = await somebody();
    await work(person.user, 'busy');
    const begun = await pushTo(person.start);
    assert.equal(begun.headers['apns-push-type'], 'liveactivity');
    assert.equal(begun.headers['apns-topic'], ACTIVITIES);
    assert.equal(begun.headers['apns-priority'], '5');
    assert.equal(begun.payload.aps.event, 'start');
    assert.equal(begun.payload.aps['content-state'].title, 'Fix login');
    const { id } = begun.payload.aps.attributes;

    const turn = await take(person, id);
    await work(person.user, 'idle');
    const ended = await pushTo(turn);
    assert.equal(ended.headers['apns-priority'], '10');
    assert.equal(ended.payload.aps.event, 'end');
    assert.equal(ended.payload.aps['content-state'].state, 'idle');
    assert.ok(ended.payload.aps.timestamp > begun.payload.aps.timestamp);
    await nothingElse(person.user);
  });

  test('that ended before the app said where is ended then, after a restart too', async () => {
    const person = await somebody();
    await work(person.user, 'busy');
    const { payload } = await pushTo(person.start);
    await work(person.user, 'error');
    await nothingElse(person.user);
    await scene.restartBridge();
    const turn = await take(person, payload.aps.attributes.id);
    const ended = await pushTo(turn);
    assert.equal(ended.payload.aps.event, 'end');
    assert.equal(ended.payload.aps['content-state'].state, 'error');
  });

  test('whose end APNs did not take is ended later', async () => {
    const person = await somebody();
    await work(person.user, 'busy');
    const { payload } = await pushTo(person.start);
    const turn = await take(person, payload.aps.attributes.id);
    scene.apns.script([{ status: 503, reason: 'ServiceUnavailable' }]);
    await work(person.user, 'idle');
    await scene.apns.waitForFaulted(({ token }) => token === turn);
    await scene.restartBridge();
    assert.equal((await pushTo(turn)).payload.aps.event, 'end');
  });

  test('that says "waits for you" does so fifteen seconds after the last word', async () => {
    const person = await somebody();
    await work(person.user, 'busy');
    const begun = await pushTo(person.start);
    const turn = await take(person, begun.payload.aps.attributes.id);
    await work(person.user, 'waiting');
    const [told] = await scene.apns.waitForAccepted(({ token }) => token === turn, {
      timeoutMs: 60_000,
    });
    assert.ok(told);
    assert.equal(told.headers['apns-priority'], '5');
    assert.equal(told.payload.aps['content-state'].state, 'waiting');
    assert.ok(told.payload.aps.timestamp >= begun.payload.aps.timestamp + 15);
  });

  test('whose token is refused leaves the phone alone', async () => {
    const person = await somebody();
    const unknown = 'ff'.repeat(32);
    await person.user.say(
      'device/phone',
      { ...person.registration, progress: { start: unknown } },
      true,
    );
    await work(person.user, 'busy');
    await scene.apns.waitForRefused(({ token }) => token === unknown);
    const id = await person.user.tell({ kind: 'test' });
    await scene.apns.waitForAccepted(({ payload }) => payload.event_id === id);
    const tries = scene.apns.refused.filter(({ token }) => token === unknown);
    assert.equal(tries.length, 1);
  });

  test('tells Apple no words where the phone has keys', async () => {
    const p256dh =
      'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4';
    const person = await somebody({ encrypt: { p256dh, auth: 'BTBZMqHH6r4Tts7J_aSIgg' } });
    await work(person.user, 'busy');
    const { payload } = await pushTo(person.start);
    assert.deepEqual(Object.keys(payload.aps['content-state']), ['state', 'since', 'e']);
    for (const word of ['login', 'webshop', 'ses_1', 'workstation'])
      assert.ok(!JSON.stringify(payload).includes(word));
  });
});
