// What FCM, Web Push and ntfy may answer in place of a yes, and that each push has a known end.
// (What may go wrong between the bridge and APNs is in delivery.test.mjs.)
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Line } from '../chaos/proxy.mjs';
import { setServices } from './support/services.mjs';

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

const NOTE = { kind: 'note', body: 'hello', ttl_s: 600 };
let devices = 0;

/**
 * A device at a service, the stand-in behind it, and which requests are for it.
 *
 * @typedef {object} Target
 * @property {object} registration
 * @property {any} standIn
 * @property {(request: import('./support/exchange.mjs').Request) => boolean} when
 */

/** @type {Record<string, () => Promise<Target>>} */
const targets = {
  async fcm() {
    const token = `fcm-token-${++devices}-end`;
    services.fcm.devices.set(token, null);
    return {
      registration: { platform: 'fcm', token },
      standIn: services.fcm,
      when: ({ body }) => body.includes(token),
    };
  },
  async webpush() {
    const { vapid_public_key } = await services.info();
    const subscription = services.webpush.subscribe(vapid_public_key);
    return {
      registration: { platform: 'webpush', ...subscription },
      standIn: services.webpush,
      when: ({ path }) => subscription.endpoint.endsWith(path),
    };
  },
  async ntfy() {
    const topic = `topic-${++devices}-end`;
    return {
      registration: { platform: 'ntfy', url: `${services.ntfy.url}/${topic}` },
      standIn: services.ntfy,
      when: ({ body }) => body.includes(topic),
    };
  },
};

/** @param {string} platform */
function targetOf(platform) {
  const make = targets[platform];
  if (!make) throw new Error(`no ${platform}`);
  return make();
}

/**
 * @param {string} platform
 * @param {Omit<import('./support/faults.mjs').Fault, 'when'>} fault
 */
async function faultFor(platform, fault) {
  const target = await targetOf(platform);
  const person = await services.addPerson(target.registration);
  target.standIn.script([{ ...fault, when: target.when }]);
  const event = await person.tell(NOTE);
  return { person, event, receipt: await person.receipt(event) };
}

test('what hangs of one person at a service leaves room for the others', async () => {
  const [hanging, other] = [await targetOf('webpush'), await targetOf('webpush')];
  const mallory = await services.addPerson(hanging.registration);
  const alice = await services.addPerson(other.registration);
  const first = await alice.tell(NOTE);
  assert.equal((await alice.receipt(first)).state, 'pushed');
  /** @type {() => void} */
  let release = () => {};
  const until = new Promise((resolve) => (release = () => resolve(undefined)));
  /** @type {Set<unknown>} */
  const hung = new Set();
  const manyHang = new Promise((resolve) => {
    const when = (/** @type {import('./support/exchange.mjs').Request} */ request) => {
      if (!hanging.when(request)) return false;
      if (hung.add(request).size === 24) resolve(undefined);
      return true;
    };
    hanging.standIn.script([{ when, until, times: Infinity }]);
  });
  const events = [];
  for (let number = 0; number < 40; number++) events.push(await mallory.tell(NOTE));
  await manyHang;
  for (let number = 0; number < 12; number++) {
    const event = await alice.tell(NOTE);
    assert.equal((await alice.receipt(event)).state, 'pushed');
  }
  assert.equal(hung.size, 24, 'three quarters of what may be under way');
  release();
  for (const event of events) assert.equal((await mallory.receipt(event)).state, 'pushed');
});

// Nobody else was served there before, as after a start or in the morning.
for (const [what, fault] of /** @type {const} */ ([
  ['a limit', { status: 429, headers: { 'retry-after': '31536000' } }],
  ['an outage', { status: 503, headers: { 'retry-after': '31536000' } }],
  ['an error', { status: 500 }],
]))
  test(`${what} that one person's pushes meet holds back nobody else's`, async () => {
    await services.restart();
    const [bad, good] = [await targetOf('webpush'), await targetOf('webpush')];
    const mallory = await services.addPerson(bad.registration);
    const alice = await services.addPerson(good.registration);
    const met = new Promise((resolve) => {
      const when = (/** @type {import('./support/exchange.mjs').Request} */ request) => {
        if (bad.when(request)) resolve(undefined);
        return bad.when(request);
      };
      bad.standIn.script([{ ...fault, when, times: Infinity }]);
    });
    for (let number = 0; number < 8; number++) await mallory.tell(NOTE);
    await met;
    for (let number = 0; number < 4; number++) {
      const event = await alice.tell(NOTE);
      assert.equal((await alice.receipt(event)).state, 'pushed');
    }
  });

test('who was asked to wait goes on when that is over', async () => {
  const { registration, standIn, when } = await targetOf('webpush');
  const person = await services.addPerson(registration);
  standIn.script([{ status: 429, headers: { 'retry-after': '2' }, when }]);
  const events = [];
  for (let number = 0; number < 5; number++) events.push(await person.tell(NOTE));
  for (const event of events) assert.equal((await person.receipt(event)).state, 'pushed');
});

test('a push comes a last time before its end, whatever a service asks for', async () => {
  const { registration, standIn, when } = await targetOf('fcm');
  const person = await services.addPerson(registration);
  standIn.script([
    { status: 503, reason: 'UNAVAILABLE', headers: { 'retry-after': '3600' }, when },
  ]);
  const event = await person.tell({ ...NOTE, ttl_s: 8 });
  const receipt = await person.receipt(event);
  assert.deepEqual([receipt.state, receipt.attempt], ['pushed', 2], JSON.stringify(receipt));
});

const LOGIN_PAGE = '<!DOCTYPE html><title>Sign in</title><form method="post"></form>';
const MISMATCH = JSON.stringify({ reason: 'VapidPkHashMismatch' });

describe('a push is delivered in the end', { concurrency: true }, () => {
  /** @type {[string, string, Omit<import('./support/faults.mjs').Fault, 'when'>][]} */
  const faults = [
    ['fcm', 'says that it is unavailable', { status: 503, reason: 'UNAVAILABLE' }],
    ['fcm', 'says how long to wait', { status: 429, headers: { 'retry-after': '1' } }],
    ['fcm', 'hides behind a broken proxy', { status: 502, body: '<html>' }],
    ['webpush', 'breaks down', { status: 500, reason: 'InternalServerError' }],
    ['webpush', 'has nobody who listens', { status: 507 }],
    ['webpush', 'says how long to wait', { status: 429, headers: { 'retry-after': '1' } }],
    ['webpush', 'resets the stream', { reset: 'INTERNAL_ERROR' }],
    ['webpush', 'says good-bye', { goaway: 'now' }],
    ['ntfy', 'breaks down', { status: 500 }],
    ['ntfy', 'says how long to wait', { status: 429, headers: { 'retry-after': '1' } }],
    ['ntfy', 'cuts the connection', { drop: true }],
  ];
  for (const [platform, what, fault] of faults)
    test(`when ${platform} ${what}`, async () => {
      const { receipt } = await faultFor(platform, fault);
      assert.equal(receipt.state, 'pushed', JSON.stringify(receipt));
    });
});

describe(
  'a push is refused, its reason is told, and the device stays',
  { concurrency: true },
  () => {
    /** @type {[string, Omit<import('./support/faults.mjs').Fault, 'when'>, string, RegExp?][]} */
    const faults = [
      ['fcm', { status: 400, reason: 'INVALID_ARGUMENT' }, 'INVALID_ARGUMENT', /register again/],
      ['fcm', { status: 401, reason: 'THIRD_PARTY_AUTH_ERROR' }, 'THIRD_PARTY_AUTH_ERROR', /cred/],
      ['fcm', { status: 403, reason: 'SENDER_ID_MISMATCH' }, 'SENDER_ID_MISMATCH', /project/],
      ['fcm', { status: 403 }, 'PERMISSION_DENIED', /role/],
      ['fcm', { status: 404 }, 'NOT_FOUND', /project/],
      ['fcm', { status: 302, headers: { location: 'https://localhost/' } }, 'UNKNOWN'],
      ['webpush', { status: 400, reason: 'BadTtl' }, 'BadTtl'],
      ['webpush', { status: 403, reason: 'BadJwtToken' }, 'BadJwtToken', /subject/],
      ['webpush', { status: 400, body: MISMATCH }, 'VapidPkHashMismatch', /key_file/],
      ['webpush', { status: 413, body: '' }, 'status 413'],
      [
        'webpush',
        { status: 307, headers: { location: 'http://127.0.0.1/' }, body: '' },
        'status 307',
      ],
      ['fcm', { status: 200, body: LOGIN_PAGE }, 'web page', /login/],
      ['webpush', { status: 200, body: LOGIN_PAGE }, 'web page', /login/],
      ['ntfy', { status: 200, body: LOGIN_PAGE }, 'web page', /login/],
      ['ntfy', { status: 200, body: '{"success":true}' }, 'not its answer', /not the service/],
      // Words of a stranger's server are for the log alone.
      ['ntfy', { status: 400, reason: 'topic invalid' }, 'status 400'],
      ['ntfy', { status: 401, reason: 'unauthorized' }, 'unauthorized', /auth/],
      ['ntfy', { status: 403, reason: 'forbidden' }, 'forbidden', /auth/],
      ['ntfy', { status: 413, reason: 'too large' }, 'status 413'],
      [
        'ntfy',
        { status: 301, headers: { location: 'https://localhost/' }, body: '' },
        'status 301',
      ],
    ];
    for (const [platform, fault, reason, detail] of faults)
      test(`by ${platform} with ${fault.status} ${reason}`, async () => {
        const { receipt, person } = await faultFor(platform, fault);
        assert.deepEqual([receipt.state, receipt.reason], ['failed', reason]);
        if (detail) assert.match(String(receipt.detail), detail);
        const next = await person.tell(NOTE);
        assert.equal((await person.receipt(next)).state, 'pushed');
      });
  },
);

describe('a device is removed', { concurrency: true }, () => {
  /** @type {[string, Omit<import('./support/faults.mjs').Fault, 'when'>, string][]} */
  const faults = [
    ['fcm', { status: 404, reason: 'UNREGISTERED' }, 'UNREGISTERED'],
    ['webpush', { status: 404, body: '' }, 'status 404'],
    ['webpush', { status: 410, body: '' }, 'status 410'],
  ];
  for (const [platform, fault, reason] of faults)
    test(`when ${platform} says ${reason}`, async () => {
      const { receipt, person } = await faultFor(platform, fault);
      assert.deepEqual([receipt.state, receipt.reason], ['failed', reason]);
      const next = await person.tell(NOTE);
      assert.equal((await person.receipt(next)).reason, 'no-device');
      assert.equal((await person.warning()).gone, true);
    });
});

for (const isKilled of [false, true])
  test(`a registration that comes while the old one is cleared survives${isKilled ? ', and a kill of the bridge' : ''}`, (t) =>
    registerDuringClear(t, isKilled));

/**
 * @param {import('node:test').TestContext} t
 * @param {boolean} isKilled the clear came to the broker, and the bridge did not live to hear of it
 */
async function registerDuringClear(t, isKilled) {
  const line = new Line();
  t.after(() => line.stop());
  const services = await setServices(t, {
    through: async (url) => {
      await line.listen(Number(new URL(url).port));
      return `mqtt://127.0.0.1:${line.port}`;
    },
  });
  const { vapid_public_key } = await services.info();
  const [old, fresh] = [1, 2].map(() => services.webpush.subscribe(vapid_public_key));
  if (!old || !fresh) throw new Error('no subscription');
  const person = await services.addPerson({ platform: 'webpush', ...old });
  let release = () => {};
  const until = new Promise((resolve) => (release = () => resolve(undefined)));
  let isAsked = () => {};
  const asked = new Promise((resolve) => (isAsked = () => resolve(undefined)));
  const when = () => (isAsked(), true);
  services.webpush.script([{ status: 410, body: '', until, when }]);
  await person.tell(NOTE);
  await asked;
  line.mute();
  const gone = services.bridge().waitForLine(/phone is gone/);
  release();
  await gone;
  await person.register({ platform: 'webpush', ...fresh });
  if (isKilled) {
    await services.bridge().kill();
    await person.say('device/phone', '', true);
    line.open();
    await services.restart();
  } else {
    line.open();
  }
  await services.bridge().waitForLine(/given back to the broker/);
  const next = await person.tell(NOTE);
  assert.equal((await person.receipt(next)).state, 'pushed');
  assert.equal(services.webpush.accepted.at(-1)?.endpoint, fresh.endpoint);
  const heard = await services.client.collect(`nudge/${person.name}/device/phone`);
  const kept = await heard.waitFor(({ retain }) => retain);
  assert.equal(kept.json.endpoint, fresh.endpoint);
}

test('what is shown is not withdrawn because a login page says 200', async () => {
  const { registration, standIn } = await targetOf('ntfy');
  const person = await services.addPerson(registration);
  const request = { id: 'per_page', nonce: 'n' };
  const event = await person.tell({ kind: 'permission.asked', body: 'ls', request });
  assert.equal((await person.receipt(event)).state, 'pushed');
  const refused = services.bridge().waitForLine(/ntfy refuses \S+: 200 web page: .*login/);
  const when = (/** @type {any} */ { method }) => method === 'DELETE';
  standIn.script([{ status: 200, body: LOGIN_PAGE, when }]);
  await person.tell({ kind: 'permission.replied', request });
  await refused;
  assert.equal((await person.warning()).reason, 'web page');
});

test('an outage of one host delays no other', async () => {
  const held = await targetOf('webpush');
  const other = await targetOf('ntfy');
  const [slow, quick] = [
    await services.addPerson(held.registration),
    await services.addPerson(other.registration),
  ];
  let release = () => {};
  const until = new Promise((resolve) => (release = () => resolve(undefined)));
  held.standIn.script([{ until, when: held.when, times: Infinity }]);
  const waiting = await slow.tell(NOTE);
  const done = await quick.tell(NOTE);
  assert.equal((await quick.receipt(done)).state, 'pushed');
  release();
  assert.equal((await slow.receipt(waiting)).state, 'pushed');
  held.standIn.clearScript();
});

test('a server that takes few at a time, and does not say when, gets all in turn', async (t) => {
  const services = await setServices(t, { limit: { burst: 5, everyMs: 300 } });
  const url = `${services.ntfy.url}/alice`;
  const person = await services.addPerson({ platform: 'ntfy', url });
  const events = [];
  for (let i = 0; i < 20; i++) events.push(await person.tell({ ...NOTE, body: `number ${i}` }));
  for (const event of events) assert.equal((await person.receipt(event)).state, 'pushed');
  assert.equal(services.ntfy.accepted.length, events.length);
  // Eight may be under way at the first refusal; after it a pause brings three or more.
  assert.ok(services.ntfy.refused.length < 20, `${services.ntfy.refused.length} refusals`);
});

test('what Google grants is waited for, and nothing is lost meanwhile', async (t) => {
  const services = await setServices(t);
  const token = 'fcm-token-waits';
  services.fcm.devices.set(token, null);
  services.fcm.tokens.script([{ status: 400, reason: 'invalid_grant' }]);
  const person = await services.addPerson({ platform: 'fcm', token });
  const event = await person.tell(NOTE);
  const { warnings } = await services.info(({ warnings }) => warnings.length > 0);
  assert.equal(warnings[0].reason, 'invalid_grant');
  assert.match(warnings[0].advice, /clock/);
  assert.equal((await person.receipt(event)).state, 'pushed');
  await services.info(({ warnings }) => warnings.length === 0);
});

describe('an address from outside', () => {
  test('is refused where its host is unknown, or its scheme', async () => {
    const { client, receipts } = services;
    const { vapid_public_key } = await services.info();
    const { keys } = services.webpush.subscribe(vapid_public_key);
    for (const [endpoint, detail] of /** @type {const} */ ([
      ['https://169.254.169.254/latest', /allow_hosts/],
      ['http://localhost/x', /https/],
      ['https://a@localhost/x', /no login/],
    ])) {
      const from = receipts.messages.length;
      await client.publish('nudge/stranger/device/x', { platform: 'webpush', endpoint, keys });
      const isIt = (/** @type {import('./support/mqtt.mjs').Message} */ { topic, json }) =>
        topic === 'nudge/stranger/receipt' && json.device === 'x';
      const { json } = await receipts.waitFor(isIt, { from });
      assert.match(json.detail, detail);
    }
  });
});
