// The stand-in for Web Push takes what the RFCs and the services take, and refuses the rest.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import https from 'node:https';
import { describe, test } from 'node:test';
import webPush from 'web-push';
import { openH2 } from '../support/h2.mjs';
import { encrypt, makeSender, makeSenderKey } from './webpush-push.mjs';

/** @typedef {import('./webpush-push.mjs').Broken} Broken */

const seconds = () => Math.floor(Date.now() / 1000);
const DAY_S = 24 * 3600;

/** @type {Record<string, Broken>} */
const GOOD = {
  'with every header': {},
  'with only what is demanded': { headers: { urgency: undefined, topic: undefined } },
  'to deliver now or never': { headers: { ttl: '0' } },
  'of 4096 bytes': { text: 'x'.repeat(3993) },
  'from a sender with a web page': { claims: { sub: 'https://example.org/contact' } },
  'with a token for nearly a day': { claims: { exp: seconds() + DAY_S - 60 } },
};

/** @type {Record<string, Record<string, Broken>>} */
const BROKEN = {
  '405 MethodNotAllowed': { 'another method': { method: 'PUT' } },
  '404 BadPath': { 'an unknown endpoint': { path: '/push/unknown' } },
  '400 BadTtl': {
    'no TTL': { headers: { ttl: undefined } },
    'a negative TTL': { headers: { ttl: '-1' } },
    'a TTL in words': { headers: { ttl: '1h' } },
    'a TTL of 31 days': { headers: { ttl: String(31 * DAY_S) } },
  },
  '400 BadUrgency': { 'an unknown urgency': { headers: { urgency: 'urgent' } } },
  '400 BadWebPushTopic': {
    'a topic of 33 characters': { headers: { topic: 'x'.repeat(33) } },
    'a topic with a dot': { headers: { topic: 'ses.1' } },
  },
  '401 BadAuthorizationHeader': {
    'no authorization': { headers: { authorization: undefined } },
    'the older scheme': { authorization: (text) => text.replace('vapid t=', 'WebPush ') },
    'no key': { authorization: (text) => text.replace(/, k=.*/, '') },
  },
  '403 BadVapidPublicKey': {
    'a key with padding': { authorization: (text) => `${text}=` },
    'a short key': { authorization: (text) => text.slice(0, -4) },
    'a key beside the curve': { authorization: (text) => `${text.slice(0, -6)}AAAAAA` },
  },
  '403 BadJwtToken': {
    'a signature in DER': { dsaEncoding: 'der' },
    'the signature of another': { strange: 'jwt' },
    'another algorithm': { jwt: { alg: 'RS256' } },
    'the whole endpoint as audience': { claims: { aud: 'https://localhost/push/x' } },
    'no audience': { claims: { aud: undefined } },
    'an expiry in the past': { claims: { exp: seconds() - 10 } },
    'an expiry in 25 hours': { claims: { exp: seconds() + DAY_S + 3600 } },
    'an expiry in milliseconds': { claims: { exp: Date.now() + 3_600_000 } },
    'no expiry': { claims: { exp: undefined } },
    'no contact': { claims: { sub: undefined } },
    'a contact without a scheme': { claims: { sub: 'admin@example.org' } },
  },
  '400 VapidPkHashMismatch': { 'another sender than subscribed to': { strange: 'both' } },
  '413 PayloadTooLarge': { 'a body of 4097 bytes': { text: 'x'.repeat(3994), recordSize: 8192 } },
  '400 BadWebPushRequest': {
    'no body': { body: () => Buffer.alloc(0) },
    'no content encoding': { headers: { 'content-encoding': undefined } },
    'the older content encoding': { headers: { 'content-encoding': 'aesgcm' } },
    'an empty text': { text: '' },
    'a bit turned': { body: (body) => body.map((byte, at) => (at === 100 ? byte ^ 1 : byte)) },
    'several records': { text: 'x'.repeat(300), recordSize: 128 },
    'a header twice': { headers: { ttl: ['60', '60'] } },
  },
};

describe('a Web Push service accepts a message', () => {
  for (const [name, broken] of Object.entries(GOOD)) {
    test(name, async (test) => {
      const { webpush, makeMessage, subscription } = await makeSender(test);
      const { path, headers, body } = makeMessage(broken);
      const answer = await (await openH2(test, webpush)).post(path, headers, body);
      assert.deepEqual([answer.status, answer.text], [201, '']);
      assert.match(String(answer.headers.location), /^https:/);
      const [accepted] = webpush.accepted;
      assert.equal(accepted?.endpoint, subscription.endpoint);
      assert.equal(accepted?.text, broken.text ?? '{"title":"hello"}');
    });
  }
});

describe('a Web Push service refuses a message with', () => {
  for (const [answer, ways] of Object.entries(BROKEN)) {
    for (const [name, broken] of Object.entries(ways)) {
      test(`${name}: ${answer}`, async (test) => {
        const { webpush, makeMessage } = await makeSender(test);
        const { path, headers, body } = makeMessage(broken);
        const { status, text } = await (await openH2(test, webpush)).post(path, headers, body);
        assert.equal(`${status} ${JSON.parse(text).reason}`, answer);
        assert.equal(webpush.accepted.length, 0);
      });
    }
  }

  test('the salt and key of an earlier one: 400 BadWebPushRequest', async (test) => {
    const { webpush, makeMessage, subscription } = await makeSender(test);
    const h2 = await openH2(test, webpush);
    const { path, headers } = makeMessage();
    const once = { privateKey: makeSenderKey(), salt: randomBytes(16) };
    const first = encrypt(subscription, 'first', 4096, once);
    assert.equal((await h2.post(path, headers, first)).status, 201);
    assert.equal((await h2.post(path, headers, first)).status, 201, 'the same again is no other');
    const second = encrypt(subscription, 'second', 4096, once);
    assert.equal((await h2.post(path, headers, second)).status, 400);
  });
});

test('a subscription that is gone is answered 410', async (test) => {
  const { webpush, makeMessage, subscription } = await makeSender(test);
  webpush.unsubscribe(subscription);
  const { path, headers, body } = makeMessage();
  assert.equal((await (await openH2(test, webpush)).post(path, headers, body)).status, 410);
});

test('an unmodified web-push is accepted, over HTTP/1.1', async (test) => {
  const { webpush, keys, subscription } = await makeSender(test);
  const agent = new https.Agent({ ca: await readFile(webpush.caFile) });
  const vapidDetails = {
    subject: 'mailto:admin@example.org',
    publicKey: keys.publicText,
    privateKey: keys.privateText,
  };
  const text = '{"web_push":8030,"notification":{"title":"Grüße 🎉"}}';
  for (const urgency of /** @type {const} */ (['low', 'high'])) {
    const options = { vapidDetails, agent, TTL: 60, urgency, topic: 'opaque' };
    const { statusCode } = await webPush.sendNotification(subscription, text, options);
    assert.equal(statusCode, 201);
  }
  assert.deepEqual(
    webpush.accepted.map((message) => message.text),
    [text, text],
  );
});
