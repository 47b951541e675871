// Stand-ins for OneSignal and Pushwoosh: they take what their documentation asks for, and call a field
// a mistake that they would ignore.
import { randomUUID } from 'node:crypto';
import { makeAuthority } from './certificates.mjs';
import { jsonAnswer } from './exchange.mjs';
import { jsonObject } from './json.mjs';
import { StandIn } from './standin.mjs';

/** @typedef {(value: any) => boolean} Check */
/** @typedef {StandIn<{ message: any }>} ThirdParty */

/** @type {Check} */
const isText = (value) => typeof value === 'string';
/** @type {Check} */
const isWords = (value) => isText(value) && value !== '';
/** @type {(...choices: any[]) => Check} */
const oneOf =
  (...choices) =>
  (value) =>
    choices.includes(value);
/** @type {Check} */
const isEnglish = (value) => Object.keys(value ?? {}).join() === 'en' && isWords(value.en);
/** @type {Check} */
const isFlat = (value) =>
  typeof value === 'object' && value !== null && Object.values(value).every(isText);
/** @type {(max: number) => Check} */
const isSeconds = (max) => (value) => Number.isInteger(value) && value >= 0 && value <= max;
/** @type {Check} */
const isUuid = (value) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(value);

/** @type {Record<string, Check>} */
const ONESIGNAL = {
  app_id: isUuid,
  target_channel: oneOf('push'),
  include_subscription_ids: (value) => Array.isArray(value) && value.length > 0,
  headings: isEnglish,
  contents: isEnglish,
  data: isFlat,
  collapse_id: (value) => isWords(value) && Buffer.byteLength(value) <= 64,
  idempotency_key: isUuid,
  thread_id: isWords,
  ttl: isSeconds(2_419_200),
  priority: oneOf(5, 10),
  ios_interruption_level: oneOf('passive', 'active', 'time_sensitive', 'critical'),
  ios_sound: isWords,
  ios_badgeType: oneOf('None', 'SetTo', 'Increase'),
  ios_badgeCount: Number.isInteger,
};

/** @type {Record<string, Check>} */
const PUSHWOOSH = {
  send_date: oneOf('now'),
  ignore_user_timezone: oneOf(true, false),
  devices: (value) => Array.isArray(value) && value.length > 0 && value.every(isWords),
  title: isWords,
  content: isWords,
  data: isFlat,
  ios_ttl: isSeconds(2_419_200),
  android_gcm_ttl: isSeconds(2_419_200),
  android_priority: oneOf(-2, -1, 0, 1, 2),
  ios_sound: isText,
  android_sound: isText,
  ios_badges: Number.isInteger,
  android_badges: Number.isInteger,
};

/**
 * @param {any} value
 * @param {Record<string, Check>} fields
 * @returns {string | null} the field that is wrong
 */
function wrongField(value, fields) {
  if (typeof value !== 'object' || value === null) return 'body';
  return Object.entries(value).find(([name, each]) => !fields[name]?.(each))?.[0] ?? null;
}

/**
 * @param {string} dir
 * @param {import('./standin.mjs').Service<{ message: any }>} service
 * @returns {Promise<ThirdParty>}
 */
async function start(dir, service) {
  /** @type {ThirdParty} */
  const standIn = new StandIn(await makeAuthority(dir), service, { http1: true });
  await standIn.openListener();
  return standIn;
}

/**
 * @param {object} options
 * @param {string} options.dir
 * @param {string} options.appId
 * @param {string} options.key
 * @param {Set<string>} options.subscriptions those that get something
 */
export function startOneSignal({ dir, appId, key, subscriptions }) {
  const refuse = (/** @type {number} */ status, /** @type {string} */ reason) =>
    jsonAnswer(status, { errors: [reason] });
  /** @type {Map<string, string>} by idempotency key */
  const sent = new Map();
  return start(dir, {
    refuse,
    judge({ method, path, headers, body }) {
      const message = /** @type {any} */ (jsonObject(body));
      const no = (/** @type {number} */ status, /** @type {string} */ reason) => ({
        broken: reason,
        note: { message },
        answer: refuse(status, reason),
      });
      if (method !== 'POST' || path !== '/notifications') return no(404, 'Not Found');
      if (headers.authorization !== `Key ${key}`) return no(403, 'Access denied.');
      if (headers['content-type'] !== 'application/json') return no(400, 'content-type');
      const wrong = wrongField(message, ONESIGNAL);
      if (wrong) return no(400, wrong);
      if (message.app_id !== appId) return no(403, 'Access denied.');
      if (!message.contents) return no(400, 'Notification content must not be null');
      const [subscription] = message.include_subscription_ids;
      // It is no refusal to HTTP.
      if (!subscriptions.has(subscription))
        return {
          ...no(200, 'unknown'),
          answer: jsonAnswer(200, { id: '', errors: { invalid_player_ids: [subscription] } }),
        };
      const id = sent.get(message.idempotency_key) ?? randomUUID();
      sent.set(message.idempotency_key, id);
      return {
        broken: null,
        note: { message },
        answer: jsonAnswer(200, { id, external_id: null }),
      };
    },
  });
}

/**
 * @param {object} options
 * @param {string} options.dir
 * @param {string} options.application
 * @param {string} options.key
 * @param {Set<string>} options.devices those that get something
 */
export function startPushwoosh({ dir, application, key, devices }) {
  const say = (
    /** @type {number} */ code,
    /** @type {string} */ text,
    /** @type {any} */ response,
  ) => jsonAnswer(200, { status_code: code, status_message: text, response });
  return start(dir, {
    refuse: (status, reason) => ({ ...say(210, reason, null), status }),
    judge({ method, path, headers, body }) {
      const outer = /** @type {any} */ (jsonObject(body));
      const { request } = outer ?? {};
      const message = request?.notifications?.[0];
      const no = (/** @type {string} */ reason, answer = say(210, reason, null)) => ({
        broken: reason,
        note: { message },
        answer,
      });
      if (method !== 'POST' || path !== '/json/1.3/createMessage')
        return no('path', { status: 404 });
      if (headers['content-type'] !== 'application/json') return no('content-type');
      if (request?.application !== application) return no('Application not found');
      if (request.auth !== key) return no('Account not found');
      if (request.notifications?.length !== 1) return no('No notifications');
      const wrong = wrongField(message, PUSHWOOSH);
      if (wrong) return no(wrong);
      const Messages = ['C3F8-C3863ED4-334AD4F1'];
      if (!devices.has(message.devices[0]))
        return no('unknown', say(200, 'OK', { Messages, UnknownDevices: { '': message.devices } }));
      return { broken: null, note: { message }, answer: say(200, 'OK', { Messages }) };
    },
  });
}
