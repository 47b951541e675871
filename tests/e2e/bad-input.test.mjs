// Whatever comes in: one line in the log, a receipt, nothing changes, and the bridge goes on.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setScene } from './support/scene.mjs';

const MIB = 1 << 20;
const BOMB = '{"a":'.repeat(12_000);
const NESTED = `${'{"kind":"note","a":'.repeat(17)}1${'}'.repeat(17)}`;
const NOT_UTF8 = Buffer.from('{"kind":"note","body":"\xff\xfe"}', 'latin1');
const LONG = 'x'.repeat(MIB);

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

/** @type {Record<string, string | Buffer | object>} */
const EVENTS = {
  'a JSON bomb': BOMB,
  'nesting of 17': NESTED,
  'a mebibyte of text': LONG,
  'a mebibyte of JSON': { kind: 'note', body: LONG },
  'invalid UTF-8 in a text': Buffer.from('note \xff', 'latin1'),
  'invalid UTF-8 in JSON': NOT_UTF8,
  'a lone surrogate': '{"kind":"note","body":"\\ud800"}',
  'broken JSON': '{"kind":"note"',
  'more after the JSON': '{"kind":"note"} {}',
  'no kind': { body: 'x' },
  'an unknown kind': { kind: 'session.party' },
  'a kind that is a number': { kind: 7 },
  'a kind with a line break': { kind: 'note\nnote' },
  'a session that is a text': { kind: 'note', session: 'ses_1' },
  'a title that is a list': { kind: 'note', title: ['x'] },
  'a time in words': { kind: 'note', ts: 'now' },
  'a negative time to live': { kind: 'note', ttl_s: -1 },
  'an id with a slash': { kind: 'note', id: 'a/b' },
  'an id with a plus': { kind: 'note', id: 'a+b' },
  'an id with a line break': { kind: 'note', id: 'a\nb' },
  'an empty id': { kind: 'note', id: '' },
  'an id of 65 characters': { kind: 'note', id: 'x'.repeat(65) },
  'a session id with a slash': { kind: 'note', session: { id: '../x' } },
  'a request id with a plus': { kind: 'permission.asked', request: { id: 'per+1' } },
  'a host with a line break': { kind: 'note', host: 'a\r\nb' },
};

const phone = { platform: 'apns', token: 'ab'.repeat(32) };
/** @type {Record<string, string | Buffer | object>} */
const DEVICES = {
  'a JSON bomb': BOMB,
  'a mebibyte': { ...phone, name: LONG },
  'invalid UTF-8': NOT_UTF8,
  'a JSON list': [phone],
  'no platform': { token: phone.token },
  'an unknown platform': { ...phone, platform: 'pigeon' },
  'a platform that is a number': { ...phone, platform: 1 },
  'no token': { platform: 'apns' },
  'a token that is not hex': { ...phone, token: 'xyz' },
  'a token with a slash': { ...phone, token: 'ab/../cd' },
  'a token with a line break': { ...phone, token: 'ab\ncd' },
  'half a byte of token': { ...phone, token: 'abc' },
  'a topic with a line break': { ...phone, topic: 'dev.example.app\r\napns-priority: 5' },
  'a name with a line break': { ...phone, name: 'A\nphone' },
  'an unknown environment': { ...phone, environment: 'moon' },
  'servers that are a list': { ...phone, servers: ['x'] },
  'a server with a line break': { ...phone, servers: { host: 'http://a\nb' } },
  'preferences of the wrong type': { ...phone, prefs: { enabled: 'yes' } },
};

/** @type {Record<string, string | Buffer | object>} */
const PREFERENCES = {
  'a JSON bomb': BOMB,
  'a mebibyte': { enabled: true, x: LONG },
  'invalid UTF-8': NOT_UTF8,
  'a text': 'off',
  'a JSON list': [],
  'a flag in words': { enabled: 'yes' },
  'kinds that are a list': { kinds: ['note'] },
  'a kind in words': { kinds: { note: 'off' } },
  'an unknown presence': { presence: 'maybe' },
};

/** @type {Record<string, string | Buffer | object>} */
const PRESENCES = {
  'another word': 'upstairs',
  'a JSON bomb': BOMB,
  'invalid UTF-8': Buffer.from('\xff', 'latin1'),
  'an unknown state': { state: 'upstairs' },
  'a state that is a number': { state: 1 },
  'a time to live in words': { state: 'foreground', ttl_s: 'long' },
};

/** @type {Record<string, string>} */
const TOPICS = {
  'a device below a device': 'device/phone/more',
  'a device with a blank': 'device/my phone',
  'a device of 65 characters': `device/${'x'.repeat(65)}`,
  'an empty device': 'device/',
};

/** The phone is not looked at, and wants notes but no idles: what no bad document may change. */
async function settledUser() {
  const user = await scene.addUser();
  await user.say('prefs', { kinds: { 'session.idle': false } }, true);
  await user.say('presence/phone', 'background', true);
  const id = await user.tell({ kind: 'session.idle' });
  await user.receipt(({ event, reason }) => event === id && reason === 'kind');
  return user;
}

/** @param {import('./support/scene.mjs').User} user */
async function nothingChanged(user) {
  const idle = await user.tell({ kind: 'session.idle' });
  const note = await user.tell({ kind: 'note', body: 'good' });
  const settled = await user.receipt(({ event, state }) => event === idle && state !== 'accepted');
  assert.equal(settled.reason, 'kind');
  await user.receipt(({ event, state }) => event === note && state === 'pushed');
  assert.deepEqual(
    user.pushes().map(({ payload }) => payload.event_id),
    [note],
  );
}

/**
 * @param {import('./support/scene.mjs').User} user
 * @param {() => Promise<void>} sayIt
 */
async function isRefusedOnce(user, sayIt) {
  const logged = scene.bridge.lines.length;
  await sayIt();
  await user.receipt(({ reason }) => reason === 'invalid');
  await nothingChanged(user);
  await scene.bridge.waitForLine(/./, { from: logged });
  const lines = scene.bridge.lines.slice(logged);
  assert.equal(lines.length, 1, lines.join('\n'));
  assert.match(lines[0] ?? '', new RegExp(`warn .*nudge/${user.name}/`));
  assert.ok(Buffer.byteLength(lines[0] ?? '') < 500);
  assert.equal(user.receipts().filter(({ reason }) => reason === 'invalid').length, 1);
}

for (const [what, leaf, documents, retain] of /** @type {const} */ ([
  ['an event', 'event', EVENTS, false],
  ['a device', 'device/phone', DEVICES, true],
  ['preferences', 'prefs', PREFERENCES, true],
  ['presence', 'presence/phone', PRESENCES, true],
])) {
  describe(`${what} with`, () => {
    for (const [name, payload] of Object.entries(documents)) {
      test(`${name} is refused`, async () => {
        const user = await settledUser();
        await isRefusedOnce(user, () => user.say(leaf, payload, retain));
      });
    }
  });
}

describe('a topic with', () => {
  for (const [name, leaf] of Object.entries(TOPICS)) {
    test(`${name} is refused`, async () => {
      const user = await settledUser();
      await isRefusedOnce(user, () => user.say(leaf, 'foreground'));
    });
  }

  for (const [name, level] of Object.entries({
    'the name of the bridge': 'bridge',
    'a user with a blank': 'al ice',
    'a user of 65 characters': 'x'.repeat(65),
  })) {
    test(`${name} is refused, and nobody can be told`, async () => {
      const user = await settledUser();
      const logged = scene.bridge.lines.length;
      await scene.client.publish(`nudge/${level}/event`, 'hello');
      await nothingChanged(user);
      await scene.bridge.waitForLine(/./, { from: logged });
      assert.equal(scene.bridge.lines.slice(logged).length, 1);
    });
  }
});
