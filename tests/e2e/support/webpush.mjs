// A stand-in for a Web Push service and for the browser behind it: it checks what a service checks
// (RFC 8030, RFC 8292) and reads what only the browser can (RFC 8291), with somebody else's code.
import { createECDH, randomBytes } from 'node:crypto';
import ece from 'http_ece';
import { makeAuthority } from './certificates.mjs';
import { jsonAnswer } from './exchange.mjs';
import { jsonObject } from './json.mjs';
import { StandIn } from './standin.mjs';
import { p256Key, vapidFault } from './vapid.mjs';

const TTL_MAX_S = 30 * 24 * 3600;
const BODY_MAX = 4096;
const HEADER_BYTES = 86; // salt, record size, and a key of 65 bytes
const TAG_BYTES = 16;
const URGENCIES = ['very-low', 'low', 'normal', 'high'];

/** In Apple's words, and two that all services know. What is not listed is 400. */
const STATUS = new Map([
  ['MethodNotAllowed', 405],
  ['BadPath', 404],
  ['Gone', 410],
  ['BadAuthorizationHeader', 401],
  ['BadJwtToken', 403],
  ['BadVapidPublicKey', 403],
  ['PayloadTooLarge', 413],
]);

/**
 * What an app hands to the bridge, as a browser gives it.
 *
 * @typedef {object} Subscription
 * @property {string} endpoint
 * @property {{ p256dh: string, auth: string }} keys
 *
 * @typedef {object} Subscriber
 * @property {import('node:crypto').ECDH} ecdh
 * @property {Buffer} auth
 * @property {string} vapidKey
 *
 * @typedef {object} Noted
 * @property {string} endpoint
 * @property {string} text what the browser would read; empty when it could not
 * @property {any} payload the same as JSON; null when it is no object
 *
 * @typedef {StandIn<Noted> & {
 *   subscribe: (vapidKey: string) => Subscription,
 *   unsubscribe: (subscription: Subscription) => void,
 * }} WebPush
 */

/**
 * @param {object} options
 * @param {string} options.dir for its certificates; made if missing
 * @param {() => number} [options.now] milliseconds since the epoch
 * @returns {Promise<WebPush>}
 */
export async function startWebPush({ dir, now = Date.now }) {
  /** @type {Map<string, Subscriber | null>} by path; null: gone */
  const subscribers = new Map();
  /** @type {Map<string, Buffer>} salts and sender keys, each with the one body it was used for */
  const used = new Map();

  /** @type {import('./standin.mjs').Service<Noted>['judge']} */
  const judge = (request) => {
    const { path, headers, body } = request;
    const subscriber = subscribers.get(path);
    const text = subscriber ? decrypt(body, subscriber) : null;
    const broken =
      firstBroken(request, subscriber) ??
      vapidFault(headers.authorization, standIn.url, subscriber?.vapidKey ?? '', now()) ??
      bodyFault(body, text, used);
    const note = {
      endpoint: `${standIn.url}${path}`,
      text: text?.toString('utf8') ?? '',
      payload: text && jsonObject(text),
    };
    if (broken !== null) return { broken, note, answer: refuse(STATUS.get(broken) ?? 400, broken) };
    const location = `${standIn.url}/message/${randomBytes(12).toString('base64url')}`;
    return { broken, note, answer: { status: 201, headers: { location, ttl: headers.ttl } } };
  };

  /** @type {StandIn<Noted>} */
  const standIn = new StandIn(await makeAuthority(dir), { judge, refuse }, { http1: true });
  await standIn.openListener();
  return Object.assign(standIn, {
    /** @param {string} vapidKey */
    subscribe(vapidKey) {
      if (!p256Key(vapidKey)) throw new Error('a browser takes only a P-256 key');
      const path = `/push/${randomBytes(24).toString('base64url')}`;
      const ecdh = createECDH('prime256v1');
      const p256dh = ecdh.generateKeys('base64url');
      const auth = randomBytes(16);
      subscribers.set(path, { ecdh, auth, vapidKey });
      return {
        endpoint: `${standIn.url}${path}`,
        keys: { p256dh, auth: auth.toString('base64url') },
      };
    },
    /** @param {Subscription} subscription */
    unsubscribe({ endpoint }) {
      subscribers.set(endpoint.slice(standIn.url.length), null);
    },
  });
}

/**
 * @param {import('./exchange.mjs').Request} request
 * @param {Subscriber | null | undefined} subscriber
 * @returns {string | null}
 */
function firstBroken({ method, headers, repeated }, subscriber) {
  if (method !== 'POST') return 'MethodNotAllowed';
  if (subscriber === undefined) return 'BadPath';
  if (subscriber === null) return 'Gone';
  if (repeated.length > 0) return 'BadWebPushRequest';
  if (!/^\d+$/.test(headers.ttl ?? '') || Number(headers.ttl) > TTL_MAX_S) return 'BadTtl';
  if (!URGENCIES.includes(headers.urgency ?? 'normal')) return 'BadUrgency';
  if (!/^[A-Za-z0-9_-]{1,32}$/.test(headers.topic ?? 'none')) return 'BadWebPushTopic';
  if (headers['content-encoding'] !== 'aes128gcm') return 'BadWebPushRequest';
  return null;
}

/**
 * RFC 8291 wants one record; a second message under the same salt and key would betray both. The very
 * same bytes again are no second message: a client repeats them when a connection ends under it.
 *
 * @param {Buffer} body
 * @param {Buffer | null} text
 * @param {Map<string, Buffer>} used
 * @returns {string | null}
 */
function bodyFault(body, text, used) {
  if (body.length > BODY_MAX) return 'PayloadTooLarge';
  if (text === null || text.length === 0) return 'BadWebPushRequest';
  if (body.length - HEADER_BYTES > body.readUInt32BE(16)) return 'BadWebPushRequest';
  const parts = [body.subarray(0, 16), body.subarray(21, HEADER_BYTES)];
  const once = parts.map((part) => part.toString('hex'));
  if (once.some((value) => !(used.get(value) ?? body).equals(body))) return 'BadWebPushRequest';
  for (const value of once) used.set(value, body);
  return null;
}

/**
 * @param {Buffer} body
 * @param {Subscriber} subscriber
 * @returns {Buffer | null} null when it cannot be read
 */
function decrypt(body, { ecdh, auth }) {
  if (body.length <= HEADER_BYTES + TAG_BYTES || body[20] !== 65) return null;
  try {
    return ece.decrypt(body, { version: 'aes128gcm', privateKey: ecdh, authSecret: auth });
  } catch {
    return null;
  }
}

/**
 * @param {number} status
 * @param {string} reason
 */
function refuse(status, reason) {
  return jsonAnswer(status, { reason });
}
