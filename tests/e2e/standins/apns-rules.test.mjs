// The stand-in for APNs takes what Apple takes and refuses what Apple refuses, rule by rule.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import https from 'node:https';
import { describe, test } from 'node:test';
import { openH2 } from '../support/h2.mjs';
import {
  ACTIVITY_TOPIC,
  ID,
  OTHER_TOPIC,
  TOKEN,
  TOPIC,
  activity,
  background,
  makeSender,
  payloadOf,
  send,
  start as activityStart,
} from './apns-push.mjs';

/** @typedef {import('./apns-push.mjs').Broken} Broken */

/** @type {Record<string, Broken>} */
const GOOD = {
  'with every header': {},
  'in the background': background,
  'that begins a Live Activity': activity(activityStart),
  'that updates one': activity(),
  'that ends one at once': withHeaders(
    activity({ event: 'end', 'dismissal-date': 1_764_000_000 }),
    {
      'apns-priority': '10',
    },
  ),
  'of 4096 bytes': { payload: payloadOf(4096) },
  'that is not stored': { headers: { 'apns-expiration': '0' } },
  'with a provider token of 59 minutes': { token: { ageS: 59 * 60 } },
  'with only what Apple demands': {
    headers: {
      'apns-id': undefined,
      'apns-expiration': undefined,
      'apns-priority': undefined,
      'apns-collapse-id': undefined,
      'content-type': undefined,
    },
  },
};

/** @type {Record<string, Record<string, Broken>>} */
const BROKEN = {
  '405 MethodNotAllowed': { 'another method': { headers: { ':method': 'PUT' } } },
  '404 BadPath': { 'another path': { path: `/2/device/${TOKEN}` } },
  '400 MissingDeviceToken': { 'no device': { path: '/3/device/' } },
  '400 BadDeviceToken': {
    'a device that is not hex': { path: `/3/device/${TOKEN.slice(2)}zz` },
    'half a byte': { path: `/3/device/${TOKEN}0` },
    'something after the device': { path: `/3/device/${TOKEN}/x` },
    'an unknown device': { path: `/3/device/${'00'.repeat(32)}` },
  },
  '400 DuplicateHeaders': { 'a header twice': { headers: { 'apns-topic': [TOPIC, TOPIC] } } },
  '400 InvalidPushType': {
    'no type': { headers: { 'apns-push-type': undefined } },
    'a type in capitals': { headers: { 'apns-push-type': 'Alert' } },
    'an alert that shows nothing': { payload: { aps: { 'content-available': 1 } } },
    'an alert in the background': {
      ...background,
      payload: { aps: { 'content-available': 1, alert: 'Look' } },
    },
    'a sound in the background': {
      ...background,
      payload: { aps: { 'content-available': 1, sound: 'default' } },
    },
  },
  '400 BadTopic': {
    'a Live Activity at the topic of the app': withHeaders(activity(), { 'apns-topic': TOPIC }),
    'an alert at the topic of Live Activities': { headers: { 'apns-topic': ACTIVITY_TOPIC } },
  },
  '400 MissingTopic': { 'no topic': { headers: { 'apns-topic': undefined } } },
  '400 TopicDisallowed': { 'the topic of others': { headers: { 'apns-topic': 'com.other' } } },
  '400 DeviceTokenNotForTopic': {
    'the topic of another app': { headers: { 'apns-topic': OTHER_TOPIC } },
    'a Live Activity for the token of the app': { ...activity(), path: `/3/device/${TOKEN}` },
  },
  '400 BadMessageId': {
    'an upper-case id': { headers: { 'apns-id': ID.toUpperCase() } },
    'an id without hyphens': { headers: { 'apns-id': ID.replaceAll('-', '') } },
    'an id of ours': { headers: { 'apns-id': 'evt_1' } },
  },
  '400 BadExpirationDate': {
    'a duration': { headers: { 'apns-expiration': '300' } },
    milliseconds: { headers: { 'apns-expiration': String(Date.now()) } },
    'a date in words': { headers: { 'apns-expiration': 'Mon, 23 Nov 2026 22:00:00 GMT' } },
  },
  '400 BadPriority': {
    'an unknown priority': { headers: { 'apns-priority': '7' } },
    'priority 10 in the background': {
      ...background,
      headers: { ...background.headers, 'apns-priority': '10' },
    },
    'priority 1 for a Live Activity': withHeaders(activity(), { 'apns-priority': '1' }),
    'no priority in the background': {
      ...background,
      headers: { ...background.headers, 'apns-priority': undefined },
    },
  },
  '400 BadCollapseId': {
    'a collapse id of 65 bytes': { headers: { 'apns-collapse-id': 'c'.repeat(65) } },
  },
  '400 BadContentType': {
    'a form': { headers: { 'content-type': 'application/x-www-form-urlencoded' } },
  },
  '400 PayloadEmpty': { 'no body': { body: '' } },
  '413 PayloadTooLarge': {
    'a body of 4097 bytes': { payload: payloadOf(4097) },
    'a Live Activity of more': activity({ 'content-state': { text: 'x'.repeat(4096) } }),
  },
  '400 BadPayload': {
    'broken JSON': { body: '{"aps":{' },
    'invalid UTF-8': { body: Buffer.from('{"aps":{"alert":"\xff"}}', 'latin1') },
    'a JSON array': { body: '[]' },
    'no aps': { body: '{"kind":"note"}' },
    'a key of ours inside aps': { aps: { kind: 'note' } },
    'an unknown level': { aps: { 'interruption-level': 'urgent' } },
    'a badge in words': { aps: { badge: '1' } },
    'a title that is a number': { aps: { alert: { title: 7 } } },
    'a Live Activity without a time': activity({ timestamp: undefined }),
    'a Live Activity with a time in milliseconds': activity({ timestamp: Date.now() }),
    'a Live Activity without an event': activity({ event: undefined }),
    'an unknown event': activity({ event: 'stop' }),
    'a Live Activity without a state': activity({ 'content-state': undefined }),
    'a state in words': activity({ 'content-state': 'busy' }),
    'a start without attributes': activity({ ...activityStart, attributes: undefined }),
    'a start without their type': activity({ ...activityStart, 'attributes-type': undefined }),
    'a start without an alert': activity({ ...activityStart, alert: undefined }),
    'an update with attributes': activity({ attributes: {} }),
    'an update that is dismissed': activity({ 'dismissal-date': 1_764_000_000 }),
    'a Live Activity with a badge': activity({ badge: 1 }),
    'an alert with a state': { aps: { 'content-state': {} } },
    'an extension without a text': { aps: { alert: {}, 'mutable-content': 1 } },
  },
  '403 MissingProviderToken': { 'no token': { headers: { authorization: undefined } } },
  '403 InvalidProviderToken': {
    'another scheme': { authorization: (token) => `vapid ${token}` },
    'no scheme': { authorization: (token) => token },
    'two parts': { authorization: (token) => `bearer ${token.replace(/\.[^.]*$/, '')}` },
    'four parts': { authorization: (token) => `bearer ${token}.x` },
    padding: { authorization: (token) => `bearer ${token}==` },
    'plain base64': {
      token: { header: { x: '>>>???' } },
      authorization: (token) => `bearer ${inPlainBase64(token)}`,
    },
    'a signature in DER': { token: { dsaEncoding: 'der' } },
    'the signature of a stranger': { token: { strange: true } },
    'another algorithm': { token: { header: { alg: 'ES384' } } },
    'an unknown key': { token: { header: { kid: 'OTHERKEY00' } } },
    'another team': { token: { claims: { iss: 'OTHERTEAM0' } } },
    'a further claim': { token: { claims: { exp: 1_900_000_000 } } },
    'a time in words': { token: { claims: { iat: '1764000000' } } },
    'a time in milliseconds': { token: { claims: { iat: Date.now() } } },
    'a fraction of a second': { token: { claims: { iat: Date.now() / 1000 - 0.5 } } },
    'a time in the future': { token: { ageS: -300 } },
  },
  '403 ExpiredProviderToken': { 'an age of 61 minutes': { token: { ageS: 61 * 60 } } },
};

describe('APNs accepts a push', () => {
  for (const [name, broken] of Object.entries(GOOD)) {
    test(name, async (test) => {
      const { makePush, start } = await makeSender(test);
      const apns = await start();
      const push = makePush(broken);
      const { status, reason, headers } = await send(await openH2(test, apns), push);
      assert.deepEqual({ status, reason }, { status: 200, reason: '' });
      const [accepted] = apns.accepted;
      assert.equal(`/3/device/${accepted?.token}`, push.path);
      assert.deepEqual(accepted?.payload, push.payload);
      assert.equal(headers['apns-id'], accepted?.id);
    });
  }
});

describe('APNs refuses a push with', () => {
  for (const [answer, ways] of Object.entries(BROKEN)) {
    for (const [name, broken] of Object.entries(ways)) {
      test(`${name}: ${answer}`, async (test) => {
        const { makePush, start } = await makeSender(test);
        const apns = await start();
        const { status, reason, headers } = await send(await openH2(test, apns), makePush(broken));
        assert.equal(`${status} ${reason}`, answer);
        assert.equal(headers['content-type'], 'application/json');
        assert.equal(apns.accepted.length, 0);
        assert.equal(apns.refused[0]?.reason, reason);
      });
    }
  }

  test('a Live Activity that is no newer than the last', async (test) => {
    const { makePush, start } = await makeSender(test);
    const h2 = await openH2(test, await start());
    const push = makePush(activity());
    assert.equal((await send(h2, push)).status, 200);
    assert.equal((await send(h2, push)).reason, 'BadPayload');
  });

  test('HTTP/1.1', async (test) => {
    const { makePush, start } = await makeSender(test);
    const { port, caFile, accepted } = await start();
    const { path, headers, body } = makePush();
    const ca = await readFile(caFile);
    const answered = new Promise((resolve, reject) => {
      const options = { host: 'localhost', port, path, headers, ca, method: 'POST' };
      https.request(options, resolve).on('error', reject).end(body);
    });
    await assert.rejects(answered);
    assert.equal(accepted.length, 0);
  });
});

/**
 * @param {Broken} push
 * @param {Record<string, string>} headers
 * @returns {Broken}
 */
function withHeaders(push, headers) {
  return { ...push, headers: { ...push.headers, ...headers } };
}

/** @param {string} token whose header holds characters that differ between the two alphabets */
function inPlainBase64(token) {
  const [header = '', ...rest] = token.split('.');
  const plain = Buffer.from(header, 'base64url').toString('base64').replace(/=+$/, '');
  assert.notEqual(plain, header);
  return [plain, ...rest].join('.');
}
