// What APNs demands of one request beside its provider token, rule by rule.
//
// The reasons are Apple's. BadPayload and BadContentType are not: about such requests Apple says
// nothing, or quietly ignores what is wrong in them; a test must not.

/**
 * @typedef {object} Push what the rules look at
 * @property {string} method
 * @property {string} path
 * @property {Record<string, string>} headers
 * @property {string[]} repeated
 * @property {Buffer} body
 * @property {any} payload null when the body is no JSON object
 *
 * @typedef {(push: Push) => string | false | undefined} Rule the reason, when it is broken
 */

const PATH = '/3/device/';
const PAYLOAD_MAX = 4096;
const COLLAPSE_ID_MAX = 64;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
// A duration or milliseconds in place of UNIX seconds lie far outside of these years, 2001 to 2286.
const EXPIRATION = /^(0|[1-9]\d{9})$/;
const ACTIVITY_TOPIC = '.push-type.liveactivity';
// UNIX seconds in the same years.
const SECONDS = { least: 1e9, most: 1e10 };
const LEVELS = ['passive', 'active', 'time-sensitive', 'critical'];

/** Types of push that this project sends; Apple knows more. */
const TYPES = new Map([
  ['alert', { priorities: ['1', '5', '10'], defaultPriority: '10' }],
  // 10 is an error, and the default: a background push has to say 5.
  ['background', { priorities: ['5'], defaultPriority: '10' }],
  // 5 is not counted against the activity's budget.
  ['liveactivity', { priorities: ['5', '10'], defaultPriority: '10' }],
]);

/** In Apple's terms: status by reason. What is not listed is 400. */
const STATUS = new Map([
  ['ExpiredProviderToken', 403],
  ['InvalidProviderToken', 403],
  ['MissingProviderToken', 403],
  ['BadPath', 404],
  ['MethodNotAllowed', 405],
  ['Unregistered', 410],
  ['ExpiredToken', 410],
  ['PayloadTooLarge', 413],
  ['TooManyProviderTokenUpdates', 429],
]);

/** @param {string} reason */
export function statusOf(reason) {
  return STATUS.get(reason) ?? 400;
}

/** @param {string} path */
export function deviceIn(path) {
  return path.slice(PATH.length);
}

/**
 * The app that a topic belongs to.
 *
 * @param {string} topic
 */
export function appOf(topic) {
  return topic.endsWith(ACTIVITY_TOPIC) ? topic.slice(0, -ACTIVITY_TOPIC.length) : topic;
}

/**
 * The reason of the first rule that is broken.
 *
 * @param {Push} push
 * @returns {string | null}
 */
export function firstBroken(push) {
  for (const rule of RULES) {
    const reason = rule(push);
    if (reason) return reason;
  }
  return null;
}

/** @type {Rule[]} */
const RULES = [
  ({ method }) => method !== 'POST' && 'MethodNotAllowed',
  ({ path }) => !path.startsWith(PATH) && 'BadPath',
  ({ path }) => deviceIn(path) === '' && 'MissingDeviceToken',
  ({ path }) => !/^([0-9a-f]{2})+$/i.test(deviceIn(path)) && 'BadDeviceToken',
  ({ repeated }) => repeated.length > 0 && 'DuplicateHeaders',
  ({ headers }) => !TYPES.has(headers['apns-push-type'] ?? '') && 'InvalidPushType',
  ({ headers }) => !headers['apns-topic'] && 'MissingTopic',
  ({ headers }) => !isTopicOfType(headers) && 'BadTopic',
  ({ headers }) => !optional(headers['apns-id'], (id) => UUID.test(id)) && 'BadMessageId',
  ({ headers }) => !optional(headers['apns-expiration'], isExpiration) && 'BadExpirationDate',
  ({ headers }) => !isPriority(headers) && 'BadPriority',
  ({ headers }) => !optional(headers['apns-collapse-id'], isCollapseId) && 'BadCollapseId',
  ({ headers }) => !optional(headers['content-type'], isJson) && 'BadContentType',
  ({ body }) => body.length === 0 && 'PayloadEmpty',
  ({ body }) => body.length > PAYLOAD_MAX && 'PayloadTooLarge',
  ({ payload }) => !isObject(payload?.aps) && 'BadPayload',
  ({ headers, payload }) => !hasKnownKeys(headers, payload.aps) && 'BadPayload',
  ({ payload }) => payload.aps['mutable-content'] && !hasText(payload.aps) && 'BadPayload',
  ({ headers, payload }) => !fitsType(headers['apns-push-type'], payload.aps) && 'InvalidPushType',
  ({ headers, payload }) => isActivity(headers) && !isWhole(payload.aps) && 'BadPayload',
];

/**
 * @param {string | undefined} value
 * @param {(value: string) => boolean} isGood
 */
function optional(value, isGood) {
  return value === undefined || isGood(value);
}

/** @param {string} value */
function isExpiration(value) {
  return EXPIRATION.test(value);
}

/** @param {Record<string, string>} headers */
function isPriority(headers) {
  const type = TYPES.get(headers['apns-push-type'] ?? '');
  return type?.priorities.includes(headers['apns-priority'] ?? type.defaultPriority) ?? false;
}

/** @param {Record<string, string>} headers */
function isActivity(headers) {
  return headers['apns-push-type'] === 'liveactivity';
}

/** @param {Record<string, string>} headers */
function isTopicOfType(headers) {
  return headers['apns-topic']?.endsWith(ACTIVITY_TOPIC) === isActivity(headers);
}

/**
 * @param {Record<string, string>} headers
 * @param {any} aps
 */
function hasKnownKeys(headers, aps) {
  const isKnown = isActivity(headers) ? isKnownInActivity : isKnownInAps;
  return Object.entries(aps).every(isKnown);
}

/** @param {string} value */
function isCollapseId(value) {
  return value !== '' && Buffer.byteLength(value) <= COLLAPSE_ID_MAX;
}

/** @param {string} value */
function isJson(value) {
  return /^application\/json(; *charset=utf-8)?$/i.test(value);
}

/** @param {unknown} value */
function isObject(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** @param {unknown} value */
function isText(value) {
  return typeof value === 'string';
}

/**
 * Apple ignores keys of one's own inside aps; here they are a mistake.
 *
 * @param {[string, unknown]} entry
 */
function isKnownInAps([key, value]) {
  switch (key) {
    case 'alert':
      return isText(value) || (isObject(value) && Object.values(value ?? {}).every(isText));
    case 'badge':
      return Number.isInteger(value) && Number(value) >= 0;
    case 'sound':
    case 'thread-id':
    case 'category':
    case 'target-content-id':
    case 'filter-criteria':
      return isText(value);
    case 'content-available':
    case 'mutable-content':
      return value === 1;
    case 'interruption-level':
      return LEVELS.includes(String(value));
    case 'relevance-score':
      return typeof value === 'number' && value >= 0 && value <= 1;
    default:
      return false;
  }
}

/**
 * @param {[string, unknown]} entry
 */
function isKnownInActivity([key, value]) {
  switch (key) {
    case 'timestamp':
    case 'stale-date':
    case 'dismissal-date':
      return isSeconds(value);
    case 'event':
      return ['start', 'update', 'end'].includes(String(value));
    case 'content-state':
    case 'attributes':
      return isObject(value);
    case 'attributes-type':
      return isText(value) && value !== '';
    case 'relevance-score':
      return typeof value === 'number';
    case 'alert':
    case 'sound':
      return isKnownInAps([key, value]);
    default:
      return false;
  }
}

/** @param {unknown} value */
function isSeconds(value) {
  return Number.isInteger(value) && Number(value) >= SECONDS.least && Number(value) < SECONDS.most;
}

/**
 * What each event of a Live Activity must have, and what has no meaning in it.
 *
 * @param {any} aps
 */
function isWhole(aps) {
  if (!('timestamp' in aps && 'event' in aps && 'content-state' in aps)) return false;
  if (aps.event !== 'end' && 'dismissal-date' in aps) return false;
  if (aps.event !== 'start') return !('attributes-type' in aps) && !('attributes' in aps);
  return 'attributes-type' in aps && 'attributes' in aps && hasText(aps);
}

/** @param {any} aps */
function hasText({ alert }) {
  return Boolean(isText(alert) ? alert : (alert?.title ?? alert?.body));
}

/**
 * @param {string | undefined} type
 * @param {any} aps
 */
function fitsType(type, aps) {
  if (type === 'liveactivity') return true;
  const shows = hasText(aps) || 'badge' in aps || 'sound' in aps;
  return type === 'background' ? aps['content-available'] === 1 && !shows : shows;
}
