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
const LEVELS = ['passive', 'active', 'time-sensitive', 'critical'];

/** Types of push that this project sends; Apple knows more. */
const TYPES = new Map([
  ['alert', { priorities: ['1', '5', '10'], defaultPriority: '10' }],
  // 10 is an error, and the default: a background push has to say 5.
  ['background', { priorities: ['5'], defaultPriority: '10' }],
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
  ({ headers }) => !optional(headers['apns-id'], (id) => UUID.test(id)) && 'BadMessageId',
  ({ headers }) => !optional(headers['apns-expiration'], isExpiration) && 'BadExpirationDate',
  ({ headers }) => !isPriority(headers) && 'BadPriority',
  ({ headers }) => !optional(headers['apns-collapse-id'], isCollapseId) && 'BadCollapseId',
  ({ headers }) => !optional(headers['content-type'], isJson) && 'BadContentType',
  ({ body }) => body.length === 0 && 'PayloadEmpty',
  ({ body }) => body.length > PAYLOAD_MAX && 'PayloadTooLarge',
  ({ payload }) => !isObject(payload?.aps) && 'BadPayload',
  ({ payload }) => !Object.entries(payload.aps).every(isKnownInAps) && 'BadPayload',
  ({ payload }) => payload.aps['mutable-content'] && !hasText(payload.aps) && 'BadPayload',
  ({ headers, payload }) => !fitsType(headers['apns-push-type'], payload.aps) && 'InvalidPushType',
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

/** @param {any} aps */
function hasText({ alert }) {
  return Boolean(isText(alert) ? alert : (alert?.title ?? alert?.body));
}

/**
 * @param {string | undefined} type
 * @param {any} aps
 */
function fitsType(type, aps) {
  const shows = hasText(aps) || 'badge' in aps || 'sound' in aps;
  return type === 'background' ? aps['content-available'] === 1 && !shows : shows;
}
