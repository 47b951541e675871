// The stand-in for FCM takes what Google takes and refuses what Google refuses.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import https from 'node:https';
import { describe, test } from 'node:test';
import tls from 'node:tls';
import { deleteApp, initializeApp } from 'firebase-admin/app';
import { getMessaging } from 'firebase-admin/messaging';
import { openH2 } from '../support/h2.mjs';
import { TOKEN, makeSender, send } from './fcm-push.mjs';

/** @type {Record<string, import('./fcm-push.mjs').Broken>} */
const GOOD = {
  'with a notification': {},
  'with data only': { message: { notification: null, android: { priority: 'HIGH', ttl: '0s' } } },
  'in camelCase': { message: { android: { collapseKey: 'x', ttl: '1.5s' } } },
  'to an installation': { message: { token: null, fid: TOKEN } },
  'to be checked only': { body: { validate_only: true } },
};

const WRONG = '400 INVALID_ARGUMENT INVALID_ARGUMENT';

/** @type {Record<string, Record<string, import('./fcm-push.mjs').Broken>>} */
const BROKEN = {
  '401 UNAUTHENTICATED': {
    'no access token': { headers: { authorization: undefined } },
    'an unknown access token': { headers: { authorization: 'Bearer ya29.x' } },
  },
  '404 NOT_FOUND': { 'another path': { path: '/v1/projects/nudge-test/messages' } },
  '403 PERMISSION_DENIED': { 'another project': { path: '/v1/projects/other/messages:send' } },
  [`${WRONG} headers`]: {
    'a form as content type': { headers: { 'content-type': 'text/plain' } },
    'a header twice': { headers: { 'x-twice': ['1', '2'] } },
  },
  [`${WRONG} message`]: {
    'no target': { message: { token: null } },
    'two targets': { message: { topic: 'news' } },
    'no message': { body: { message: undefined } },
    'a list as message': { body: { message: [] } },
  },
  [`${WRONG} notify`]: { 'an unknown field': { body: { notify: {} } } },
  [`${WRONG} message.title`]: { 'a field in the wrong place': { message: { title: 'x' } } },
  [`${WRONG} message.token`]: { 'an unknown device': { message: { token: 'x' } } },
  [`${WRONG} message.data`]: {
    'data that is a number': { message: { data: { count: 1 } } },
    'data under a reserved key': { message: { data: { from: 'x' } } },
    'data under a key of Google': { message: { data: { 'google.x': 'x' } } },
  },
  [`${WRONG} message.notification`]: {
    'a numeric title': { message: { notification: { title: 1 } } },
  },
  [`${WRONG} message.android`]: {
    'a ttl without its unit': { message: { android: { ttl: '3600' } } },
    'a ttl that is a number': { message: { android: { ttl: 3600 } } },
    'a ttl of five weeks': { message: { android: { ttl: `${35 * 86400}s` } } },
    'an unknown priority': { message: { android: { priority: 'URGENT' } } },
    'an unknown field for Android': { message: { android: { time_to_live: 1 } } },
    'an unknown color': { message: { android: { notification: { color: 'red' } } } },
  },
  [`${WRONG} message.size`]: { 'too much data': { message: { data: { e: 'x'.repeat(4096) } } } },
};

/** @type {Record<string, Record<string, import('./fcm-push.mjs').BrokenAssertion>>} */
const BROKEN_ASSERTIONS = {
  invalid_request: {
    'another path': { path: '/oauth/token' },
    'JSON as content type': { headers: { 'content-type': 'application/json' } },
  },
  unsupported_grant_type: { 'another grant': { grant: 'client_credentials' } },
  invalid_scope: { 'another scope': { claims: { scope: 'email' } } },
  invalid_grant: {
    'no assertion': { assertion: () => '' },
    padding: { assertion: (jwt) => `${jwt}=` },
    'another algorithm': { header: { alg: 'ES256' } },
    'another key id': { header: { kid: 'x' } },
    'the signature of a stranger': { strange: true },
    'another account': { claims: { iss: 'x@example.org' } },
    'another audience': { claims: { aud: 'https://fcm.googleapis.com/' } },
    'an age of two hours': { ageS: 7200 },
    'a time in the future': { ageS: -600 },
    'a life of two hours': { claims: { exp: Math.floor(Date.now() / 1000) + 7200 } },
    'a time in milliseconds': { claims: { iat: Date.now() } },
  },
};

describe('FCM accepts a message', () => {
  for (const [name, broken] of Object.entries(GOOD)) {
    test(name, async (test) => {
      const { fcm, makeMessage } = await makeSender(test);
      const answer = await send(await openH2(test, fcm), await makeMessage(broken));
      assert.equal(answer.said, '200');
      assert.match(answer.name, /^projects\/nudge-test\/messages\//);
      assert.equal(fcm.accepted[0]?.token, TOKEN);
    });
  }
});

describe('FCM refuses a message with', () => {
  for (const [answer, ways] of Object.entries(BROKEN)) {
    for (const [name, broken] of Object.entries(ways)) {
      test(`${name}: ${answer}`, async (test) => {
        const { fcm, makeMessage } = await makeSender(test);
        const { said } = await send(await openH2(test, fcm), await makeMessage(broken));
        assert.equal(said, answer);
        assert.equal(fcm.accepted.length, 0);
      });
    }
  }

  for (const [trouble, answer] of /** @type {const} */ ([
    ['UNREGISTERED', '404 NOT_FOUND UNREGISTERED'],
    ['SENDER_ID_MISMATCH', '403 PERMISSION_DENIED SENDER_ID_MISMATCH'],
    ['THIRD_PARTY_AUTH_ERROR', '401 UNAUTHENTICATED THIRD_PARTY_AUTH_ERROR'],
  ])) {
    test(`a device in trouble: ${answer}`, async (test) => {
      const { fcm, makeMessage } = await makeSender(test);
      fcm.devices.set(TOKEN, trouble);
      const { said } = await send(await openH2(test, fcm), await makeMessage());
      assert.equal(said, answer);
    });
  }

  test('an access token that was revoked or is too old: 401', async (test) => {
    let later = 0;
    const { fcm, makeMessage } = await makeSender(test, { now: () => Date.now() + later });
    const message = await makeMessage();
    const h2 = await openH2(test, fcm);
    assert.equal((await send(h2, message)).status, 200);
    later = 3_600_000;
    assert.equal((await send(h2, message)).status, 401);
    later = 0;
    fcm.tokens.revokeAll();
    assert.equal((await send(h2, message)).status, 401);
  });
});

describe('Google refuses an assertion with', () => {
  for (const [error, ways] of Object.entries(BROKEN_ASSERTIONS)) {
    for (const [name, broken] of Object.entries(ways)) {
      test(`${name}: ${error}`, async (test) => {
        const { fcm, askForToken } = await makeSender(test);
        const answer = await askForToken(broken);
        assert.deepEqual([answer.status, answer.error], [400, error]);
        assert.equal(answer.access_token, undefined);
        assert.equal(fcm.tokens.accepted.length, 0);
      });
    }
  }
});

test('an unmodified firebase-admin is accepted', async (test) => {
  const { fcm, askForToken } = await makeSender(test);
  const ca = await readFile(fcm.caFile);
  // The client knows only Google's name; its own agent option leads that to the loopback. Its way to
  // a token knows no such option, so it is given one.
  const httpAgent = new https.Agent();
  const createConnection = (/** @type {{ host: string }} */ { host }) =>
    tls.connect({ host: '127.0.0.1', port: fcm.port, servername: host, ca });
  Object.assign(httpAgent, { createConnection });
  const credential = { getAccessToken: () => askForToken() };
  const projectId = fcm.account.project_id;
  const app = initializeApp({ credential, projectId, httpAgent });
  test.after(() => deleteApp(app));
  for (const body of ['one', 'two']) {
    const name = await getMessaging(app).send({
      token: TOKEN,
      data: { kind: 'note' },
      notification: { title: 'Note', body },
      android: { priority: 'high', ttl: 60_000, collapseKey: 'x', notification: { tag: 'x' } },
    });
    assert.match(name, /^projects\/nudge-test\/messages\//);
  }
  assert.deepEqual(
    fcm.accepted.map(({ message }) => message.notification.body),
    ['one', 'two'],
  );
});
