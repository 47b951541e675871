// A message that FCM takes, with the access token that it wants, and ways to break both.
import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { startFcm } from '../support/fcm.mjs';
import { openH2 } from '../support/h2.mjs';
import { makeJwt } from '../support/jwt.mjs';
import { scratchDirectory } from '../support/scratch.mjs';

export const TOKEN = 'cHh0:APA91b'.padEnd(152, 'x');

const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;

/**
 * @typedef {object} BrokenAssertion what is other than in a good one
 * @property {Record<string, string>} [headers]
 * @property {string} [path]
 * @property {string} [grant]
 * @property {object} [header]
 * @property {object} [claims]
 * @property {number} [ageS]
 * @property {boolean} [strange] signed by another key
 * @property {(jwt: string) => string} [assertion]
 *
 * @typedef {object} Broken
 * @property {Record<string, string | string[] | undefined>} [headers] undefined: not sent
 * @property {string} [path]
 * @property {any} [body] beside `message`
 * @property {any} [message] beside what is there; null removes a field
 */

/**
 * @param {import('node:test').TestContext} test
 * @param {{ now?: () => number }} [options]
 */
export async function makeSender(test, options) {
  const fcm = await startFcm({ dir: await scratchDirectory(test), devices: [TOKEN], ...options });
  test.after(() => fcm.stop());

  /** @param {BrokenAssertion} [broken] */
  const askForToken = async (broken = {}) => {
    const { client_email, private_key, private_key_id, token_uri } = fcm.account;
    const iat = Math.floor(Date.now() / 1000) - (broken.ageS ?? 0);
    const jwt = makeJwt(
      { alg: 'RS256', typ: 'JWT', kid: private_key_id, ...broken.header },
      {
        iss: client_email,
        scope: 'https://www.googleapis.com/auth/firebase.messaging',
        aud: token_uri,
        iat,
        exp: iat + 3600,
        ...broken.claims,
      },
      broken.strange ? stranger : createPrivateKey(private_key),
    );
    const form = new URLSearchParams({
      grant_type: broken.grant ?? 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      assertion: broken.assertion?.(jwt) ?? jwt,
    });
    const headers = { 'content-type': 'application/x-www-form-urlencoded', ...broken.headers };
    const h2 = await openH2(test, fcm.tokens);
    const { status, text } = await h2.post(broken.path ?? '/token', headers, form.toString());
    return { status, ...JSON.parse(text) };
  };

  /** @param {Broken} [broken] */
  const makeMessage = async ({ headers, path, body, message } = {}) => {
    const { access_token } = await askForToken();
    const fields = { ...goodMessage, ...message };
    const sent = Object.entries({
      authorization: `Bearer ${access_token}`,
      'content-type': 'application/json',
      ...headers,
    }).filter(([, value]) => value !== undefined);
    return {
      path: path ?? `/v1/projects/${fcm.account.project_id}/messages:send`,
      headers: Object.fromEntries(sent),
      body: JSON.stringify({ message: withoutNull(fields), ...body }),
    };
  };
  return { fcm, askForToken, makeMessage };
}

/**
 * @param {import('../support/h2.mjs').H2} h2
 * @param {{ path: string, headers: Record<string, any>, body: string }} message
 */
export async function send(h2, { path, headers, body }) {
  const { status, text } = await h2.post(path, headers, body);
  const answer = JSON.parse(text);
  const [detail] = answer.error?.details ?? [];
  const fields = (answer.error?.details ?? []).flatMap(
    (/** @type {any} */ each) => each.fieldViolations ?? [],
  );
  return {
    status,
    name: answer.name,
    said: [status, answer.error?.status, detail?.errorCode, fields[0]?.field]
      .filter(Boolean)
      .join(' '),
  };
}

const goodMessage = {
  token: TOKEN,
  data: { kind: 'session.idle', event_id: 'evt_1' },
  notification: { title: 'Fix login', body: 'Finished' },
  android: {
    priority: 'HIGH',
    ttl: '3600s',
    collapse_key: 'opaque',
    notification: { channel_id: 'nudge', tag: 'opaque', notification_priority: 'PRIORITY_HIGH' },
  },
};

/** @param {Record<string, any>} fields */
function withoutNull(fields) {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
}
