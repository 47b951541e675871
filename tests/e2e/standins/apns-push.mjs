// A push that APNs takes, and ways to break it.
import { generateKeyPairSync } from 'node:crypto';
import { makeApnsKey, startApns } from '../support/apns.mjs';
import { makeJwt } from '../support/jwt.mjs';
import { scratchDirectory } from '../support/scratch.mjs';

export const TEAM = 'TEAM123456';
export const TOPIC = 'dev.example.app';
export const OTHER_TOPIC = 'dev.example.other';
export const ACTIVITY_TOPIC = `${TOPIC}.push-type.liveactivity`;
export const ACTIVITY_TOKEN = '0123abcd'.repeat(8);
export const TOKEN = 'a1b2c3d4'.repeat(8);
export const ID = '3f1c9c8a-0d5e-4c6b-8f5e-0123456789ab';

const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;

/**
 * @typedef {object} Broken what is other than in a good push
 * @property {string} [path]
 * @property {Record<string, string | string[] | undefined>} [headers] undefined: not sent
 * @property {object} [token] see BrokenToken
 * @property {(token: string) => string} [authorization] of the token
 * @property {object} [aps] beside what is there
 * @property {object} [payload] in place of all of it
 * @property {string | Buffer} [body] in place of the payload
 *
 * @typedef {object} BrokenToken
 * @property {object} [header]
 * @property {object} [claims]
 * @property {number} [ageS]
 * @property {boolean} [strange] signed by a key that Apple does not know
 * @property {'der'} [dsaEncoding]
 */

/** @param {import('node:test').TestContext} test */
export async function makeSender(test) {
  const key = await makeApnsKey(await scratchDirectory(test));

  /** @param {BrokenToken} [broken] */
  const providerToken = ({ header, claims, ageS = 0, strange, dsaEncoding } = {}) =>
    makeJwt(
      { alg: 'ES256', kid: key.keyId, ...header },
      { iss: TEAM, iat: Math.floor(Date.now() / 1000) - ageS, ...claims },
      strange ? stranger : key.privateKey,
      { dsaEncoding },
    );

  /** @param {Broken} [broken] */
  const makePush = ({ path, headers, token, authorization, aps, payload, body } = {}) => {
    const jwt = providerToken(token);
    const content = payload ?? { ...alert, aps: { ...alert.aps, ...aps } };
    return {
      path: path ?? `/3/device/${TOKEN}`,
      headers: withoutUndefined({
        authorization: authorization?.(jwt) ?? `bearer ${jwt}`,
        'apns-push-type': 'alert',
        'apns-topic': TOPIC,
        'apns-id': ID,
        'apns-expiration': String(Math.floor(Date.now() / 1000) + 3600),
        'apns-priority': '10',
        'apns-collapse-id': 'c'.repeat(64),
        'content-type': 'application/json',
        ...headers,
      }),
      payload: content,
      body: body ?? JSON.stringify(content),
    };
  };

  /** @param {Partial<Parameters<typeof startApns>[0]>} [options] */
  const start = async (options) => {
    const apns = await startApns({
      dir: await scratchDirectory(test),
      teamId: TEAM,
      keyId: key.keyId,
      publicKeyPem: key.publicKeyPem,
      topics: [TOPIC, OTHER_TOPIC],
      devices: { [TOKEN]: { topic: TOPIC }, [ACTIVITY_TOKEN]: { topic: ACTIVITY_TOPIC } },
      ...options,
    });
    test.after(() => apns.stop());
    return apns;
  };
  return { key, makePush, start };
}

/**
 * @param {import('../support/h2.mjs').H2} h2
 * @param {ReturnType<Awaited<ReturnType<typeof makeSender>>['makePush']>} push
 */
export async function send(h2, { path, headers, body }) {
  const { text, ...answer } = await h2.post(path, headers, body);
  const { reason, timestamp } = text ? JSON.parse(text) : { reason: '', timestamp: undefined };
  return { ...answer, reason, timestamp };
}

export const background = {
  headers: { 'apns-push-type': 'background', 'apns-priority': '5' },
  payload: { aps: { 'content-available': 1 }, remove: ['x'] },
};

const NOW_S = Math.floor(Date.now() / 1000);

/** @param {object} [aps] beside what is there; undefined: not sent */
export function activity(aps) {
  const update = { timestamp: NOW_S, event: 'update', 'content-state': { state: 'busy' } };
  return {
    headers: {
      'apns-push-type': 'liveactivity',
      'apns-topic': ACTIVITY_TOPIC,
      'apns-priority': '5',
      'apns-collapse-id': undefined,
    },
    path: `/3/device/${ACTIVITY_TOKEN}`,
    payload: { aps: { ...update, 'stale-date': NOW_S + 600, ...aps } },
  };
}

export const start = {
  event: 'start',
  'attributes-type': 'NudgeTurn',
  attributes: { id: 'x' },
  alert: { title: 'nudge', body: 'Working' },
};

const alert = {
  aps: {
    alert: { title: 'Fix login', body: 'Finished' },
    sound: 'default',
    category: 'NUDGE_QUESTION',
    'thread-id': 'opaque',
    'interruption-level': 'time-sensitive',
  },
  kind: 'session.idle',
};

/**
 * A good payload of so many bytes.
 *
 * @param {number} size
 */
export function payloadOf(size) {
  const bare = Buffer.byteLength(JSON.stringify({ ...alert, pad: '' }));
  return { ...alert, pad: 'x'.repeat(size - bare) };
}

/** @param {Record<string, string | string[] | undefined>} headers */
function withoutUndefined(headers) {
  return Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined));
}
