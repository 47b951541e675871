// One event on its way through each push service, as a strict stand-in sees it.
import assert from 'node:assert/strict';
import { createECDH, randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import ece from 'http_ece';
import { TOPIC, setServices } from './support/services.mjs';

/** @type {import('./support/services.mjs').Services} */
let services;
/** @type {(() => any)[]} */
const endings = [];
before(async () => {
  services = await setServices({ after: (end) => endings.unshift(end) });
});
after(async () => {
  for (const end of endings) await end();
});

const base64url = (/** @type {string} */ text) => Buffer.from(text).toString('base64url');
const SERVER = 'http://10.0.0.5:4096';
const PERMISSION = {
  kind: 'permission.asked',
  host: 'workstation',
  project: { name: 'webshop', directory: '/home/a/webshop' },
  session: { id: 'ses_1', title: 'Fix login', parent: null },
  request: { id: 'per_1', nonce: 'secret' },
  ttl_s: 3600,
  body: 'rm -rf build',
};
let tokens = 0;

function apnsDevice(/** @type {any} */ apns = services.production) {
  const token = String(++tokens).padStart(64, '0');
  apns.devices.set(token, { topic: TOPIC });
  return { platform: 'apns', token };
}

function fcmDevice() {
  const token = `fcm-token-${++tokens}:APA91b`;
  services.fcm.devices.set(token, null);
  return { platform: 'fcm', token };
}

async function webpushDevice() {
  const { vapid_public_key } = await services.info();
  return { platform: 'webpush', ...services.webpush.subscribe(vapid_public_key) };
}

const ntfyDevice = () => ({ platform: 'ntfy', url: `${services.ntfy.url}/topic${++tokens}` });

/** An app that can read what is encrypted to it, by somebody else's code. */
function makeReader() {
  const ecdh = createECDH('prime256v1');
  const p256dh = ecdh.generateKeys('base64url');
  const auth = randomBytes(16);
  const reader = {
    keys: { p256dh, auth: auth.toString('base64url') },
    lastLength: 0,
    /** @param {string} text @returns {any} */
    read(text) {
      const body = Buffer.from(text, 'base64url');
      reader.lastLength = body.length;
      const clear = ece.decrypt(body, { version: 'aes128gcm', privateKey: ecdh, authSecret: auth });
      return JSON.parse(clear.toString('utf8'));
    },
  };
  return reader;
}

/** Up to 1500 bytes of all kinds of characters, without spaces at its ends. */
function randomText() {
  // No line is blank: three of those would be shown as a mark.
  const characters = ['a', 'ß', '语', '🔔', '👨‍👩‍👧', 'é', 'ש', '"', '\\', '\n.', ' '];
  const size = Math.floor(Math.random() * 1500);
  let text = '.';
  while (Buffer.byteLength(text) < size)
    text += characters[Math.floor(Math.random() * characters.length)];
  return `${text}.`;
}

/**
 * The one exchange for the event, once the service took it.
 *
 * @param {any} standIn
 * @param {import('./support/services.mjs').Person} person
 * @param {object} event
 */
async function pushOf(standIn, person, event) {
  const from = standIn.accepted.length;
  const id = await person.tell(event);
  const receipt = await person.receipt(id);
  assert.equal(receipt.state, 'pushed', JSON.stringify(receipt));
  const [push] = standIn.accepted.slice(from);
  assert.ok(push);
  return { id, push, receipt };
}

describe('FCM', () => {
  test('shows what is asked, and hands the app what it needs to answer', async () => {
    const person = await services.addPerson({
      ...fcmDevice(),
      servers: { workstation: SERVER },
    });
    const { id, push } = await pushOf(services.fcm, person, PERMISSION);
    const { notification, android, data } = push.message;
    assert.deepEqual(notification, {
      title: 'Permission needed: Fix login',
      body: 'rm -rf build\nwebshop',
    });
    const { tag, ...route } = data;
    assert.match(tag, /^[\w-]{22}$/);
    assert.deepEqual(route, {
      level: 'time-sensitive',
      category: 'NUDGE_PERMISSION',
      kind: 'permission.asked',
      event_id: id,
      session_id: 'ses_1',
      request_id: 'per_1',
      nonce: 'secret',
      host: 'workstation',
      href: `/server/${base64url(SERVER)}/session/ses_1`,
    });
    assert.equal(android.priority, 'HIGH');
    assert.match(android.ttl, /^3(600|59\d)s$/);
    assert.deepEqual(android.notification, {
      ...{ tag, channel_id: 'time-sensitive', sound: 'default' },
      notification_count: 1,
    });
  });

  test('hands an app that shows data by itself what is waited for, and nothing else', async () => {
    const person = await services.addPerson({ ...fcmDevice(), data: true });
    const { message } = (await pushOf(services.fcm, person, PERMISSION)).push;
    assert.deepEqual(
      [message.notification, message.android.notification, message.android.priority],
      [undefined, undefined, 'HIGH'],
    );
    const { title, body, category } = message.data;
    assert.deepEqual(
      [title, body, category],
      ['Permission needed: Fix login', 'rm -rf build\nwebshop', 'NUDGE_PERMISSION'],
    );
    const idle = await pushOf(services.fcm, person, { kind: 'note', body: 'x' });
    assert.ok(idle.push.message.notification);
  });

  test('asks for one access token, whatever it pushes', async () => {
    const people = await Promise.all([1, 2, 3].map(() => services.addPerson(fcmDevice())));
    await Promise.all(people.map((person) => pushOf(services.fcm, person, { kind: 'note' })));
    assert.equal(services.fcm.tokens.accepted.length, 1);
  });

  test('knows a device by its Firebase installation too', async () => {
    const { token } = fcmDevice();
    const person = await services.addPerson({ platform: 'fcm', fid: token });
    const { push } = await pushOf(services.fcm, person, { kind: 'note' });
    assert.equal(push.message.fid, token);
    assert.ok(!('token' in push.message));
  });

  test('gets a new access token when Google forgot the old one, and loses nothing', async () => {
    const person = await services.addPerson(fcmDevice());
    await pushOf(services.fcm, person, { kind: 'note' });
    const asked = services.fcm.tokens.accepted.length;
    services.fcm.tokens.revokeAll();
    const { receipt } = await pushOf(services.fcm, person, { kind: 'note' });
    assert.equal(receipt.attempt, 2);
    assert.equal(services.fcm.tokens.accepted.length, asked + 1);
  });
});

describe('Web Push', () => {
  test('is readable by the browser alone, and says how urgent it is', async () => {
    const person = await services.addPerson({
      ...(await webpushDevice()),
      servers: { workstation: SERVER },
    });
    const { id, push } = await pushOf(services.webpush, person, PERMISSION);
    const { web_push, notification } = push.payload;
    assert.equal(web_push, 8030);
    const { tag, data, ...shown } = notification;
    assert.deepEqual(shown, {
      title: 'Permission needed: Fix login',
      body: 'rm -rf build\nwebshop',
      app_badge: 1,
      navigate: `${SERVER}/${base64url('/home/a/webshop')}/session/ses_1`,
    });
    const { thread, ...route } = data;
    assert.match(thread, /^[\w-]{22}$/);
    assert.deepEqual(route, {
      level: 'time-sensitive',
      sound: 'default',
      category: 'NUDGE_PERMISSION',
      kind: 'permission.asked',
      event_id: id,
      session_id: 'ses_1',
      request_id: 'per_1',
      nonce: 'secret',
      host: 'workstation',
      href: `/server/${base64url(SERVER)}/session/ses_1`,
    });
    assert.equal(push.headers.topic, tag);
    assert.equal(push.headers.urgency, 'high');
    assert.match(push.headers.ttl, /^3(600|59\d)$/);
  });

  test('signs one VAPID token for a host, and uses it again', async () => {
    const people = [];
    for (let i = 0; i < 3; i++) people.push(await services.addPerson(await webpushDevice()));
    const pushes = [];
    for (const person of people)
      pushes.push((await pushOf(services.webpush, person, { kind: 'note' })).push);
    const shown = new Set(pushes.map(({ headers }) => headers.authorization));
    assert.equal(shown.size, 1);
    assert.equal(services.webpush.connections, 1);
  });

  test('keeps its key over a restart', async () => {
    const before = (await services.info()).vapid_public_key;
    const person = await services.addPerson(await webpushDevice());
    await services.restart();
    assert.equal((await services.info()).vapid_public_key, before);
    await pushOf(services.webpush, person, { kind: 'note' });
  });
});

describe('ntfy', () => {
  test('gets words, urgency, and a page to open', async () => {
    const person = await services.addPerson({
      ...ntfyDevice(),
      servers: { workstation: SERVER },
    });
    const { push } = await pushOf(services.ntfy, person, PERMISSION);
    const { topic, sequence_id, ...message } = push.message;
    const page = `${SERVER}/${base64url('/home/a/webshop')}/session/ses_1`;
    assert.match(sequence_id, /^[\w-]{22}$/);
    assert.deepEqual(message, {
      title: 'Permission needed: Fix login',
      message: 'rm -rf build\nwebshop',
      priority: 4,
      tags: ['key'],
      click: page,
      actions: [{ action: 'view', label: 'Open', url: page }],
    });
  });
});

describe('a device that does not say in which environment it is, or says it wrongly', () => {
  test('is looked for in the other one, once, and found there from then on', async () => {
    const device = apnsDevice(services.sandbox);
    const person = await services.addPerson(device);
    await pushOf(services.sandbox, person, { kind: 'note' });
    const refused = services.production.refused.length;
    assert.ok(refused > 0);
    await pushOf(services.sandbox, person, { kind: 'note' });
    await services.restart();
    await pushOf(services.sandbox, person, { kind: 'note' });
    assert.equal(services.production.refused.length, refused);
  });

  test('is looked for in the other one even if it names the wrong one', async () => {
    const device = { ...apnsDevice(services.sandbox), environment: 'production' };
    const person = await services.addPerson(device);
    await pushOf(services.sandbox, person, { kind: 'note' });
    const refused = services.production.refused.length;
    await services.restart();
    await pushOf(services.sandbox, person, { kind: 'note' });
    assert.equal(services.production.refused.length, refused);
  });

  for (const named of [{}, { environment: 'sandbox' }])
    test(`is gone when neither knows it: ${JSON.stringify(named)}`, async () => {
      const token = String(++tokens).padStart(64, 'a');
      const person = await services.addPerson({ platform: 'apns', token, ...named });
      const id = await person.tell({ kind: 'note' });
      const { state, reason, detail } = await person.receipt(id);
      assert.deepEqual([state, reason], ['failed', 'BadDeviceToken']);
      assert.match(String(detail), /register again/);
      const warning = await person.warning();
      assert.equal(warning.reason, 'BadDeviceToken');
      assert.equal(warning.gone, true);
      const next = await person.tell({ kind: 'note' });
      assert.equal((await person.receipt(next)).reason, 'no-device');
    });
});

describe('encryption', () => {
  const kinds = /** @type {const} */ ([
    [
      'APNs',
      () => apnsDevice(),
      () => services.production,
      (/** @type {any} */ push) => push.payload.e,
    ],
    [
      'FCM',
      () => fcmDevice(),
      () => services.fcm,
      (/** @type {any} */ push) => push.message.data.e,
    ],
  ]);
  for (const [name, device, standIn, sealedIn] of kinds)
    test(`shows ${name} nothing, and the app everything`, async () => {
      const reader = makeReader();
      const person = await services.addPerson({
        ...device(),
        servers: { workstation: SERVER },
        encrypt: reader.keys,
      });
      const { id, push } = await pushOf(standIn(), person, PERMISSION);
      const seen = JSON.stringify([push.payload ?? push.message, push.headers]);
      const words = [
        'per_1',
        'secret',
        'ses_1',
        'Fix login',
        'webshop',
        'rm -rf',
        'workstation',
        id,
      ];
      for (const word of [...words, 'permission', 'NUDGE', person.name, base64url(SERVER)])
        assert.ok(!seen.includes(word), `${word} in ${seen}`);
      const { notification } = reader.read(sealedIn(push));
      assert.equal(notification.title, 'Permission needed: Fix login');
      assert.equal(notification.data.request_id, 'per_1');
      assert.equal(notification.data.nonce, 'secret');
      assert.equal(notification.data.category, 'NUDGE_PERMISSION');
    });

  test('is undone by an independent implementation, for any text', async () => {
    const reader = makeReader();
    const person = await services.addPerson({ ...apnsDevice(), encrypt: reader.keys });
    const from = services.production.accepted.length;
    const texts = new Map();
    for (let number = 0; number < 1000; number++) {
      const body = randomText();
      texts.set(await person.tell({ kind: 'note', title: `Note ${number}`, body }), body);
    }
    await services.production.waitForAccepted(from + texts.size, { timeoutMs: 120_000 });
    const lengths = new Set();
    for (const { payload } of services.production.accepted.slice(from)) {
      const { notification } = reader.read(payload.e);
      const body = texts.get(notification.data.event_id);
      texts.delete(notification.data.event_id);
      lengths.add(reader.lastLength);
      if (!notification.body.endsWith('…')) assert.equal(notification.body, body);
      else assert.ok(body.startsWith(notification.body.slice(0, -1)));
    }
    assert.equal(texts.size, 0);
    // 103 bytes beside the padded text, as RFC 8291 makes them.
    assert.deepEqual(
      [...lengths].sort((one, other) => one - other),
      [359, 615, 1127, 2151],
    );
  });
});
