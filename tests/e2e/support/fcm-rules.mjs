// What FCM demands of one message: the fields of its v1 schema, by name and type.
//
// JSON may spell a field in snake_case or in camelCase; the rules know the first.

const TTL_MAX_S = 2_419_200;
const SIZE_MAX = 4096; // bytes of keys and values

/** @typedef {(value: any) => boolean} Check */

/** @type {Check} */
const isText = (value) => typeof value === 'string';
/** @type {Check} */
const isFlag = (value) => typeof value === 'boolean';
/** @type {Check} */
const isTexts = (value) => Array.isArray(value) && value.every(isText);
/** @type {Check} */
const isMap = (value) => isObject(value) && Object.values(value).every(isText);
/** @type {Check} */
const isData = (value) => isMap(value) && Object.keys(value).every(isFreeKey);
/** @type {Check} */
const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
/** @type {Check} */
const isDuration = (value) => /^\d+(\.\d{1,9})?s$/.test(value) && parseFloat(value) <= TTL_MAX_S;
/** @type {(...words: string[]) => Check} */
const oneOf =
  (...words) =>
  (value) =>
    isText(value) && words.includes(value.toUpperCase());

/** @type {Record<string, Check>} */
const ANDROID_NOTIFICATION = {
  ...{ title: isText, body: isText, icon: isText, color: (text) => /^#[0-9a-f]{6}$/i.test(text) },
  ...{ sound: isText, tag: isText, click_action: isText, image: isText, ticker: isText },
  ...{
    body_loc_key: isText,
    body_loc_args: isTexts,
    title_loc_key: isText,
    title_loc_args: isTexts,
  },
  ...{ channel_id: isText, sticky: isFlag, local_only: isFlag, event_time: isText },
  notification_count: Number.isInteger,
  notification_priority: oneOf(
    ...['MIN', 'LOW', 'DEFAULT', 'HIGH', 'MAX'].map((word) => `PRIORITY_${word}`),
  ),
  visibility: oneOf('PRIVATE', 'PUBLIC', 'SECRET'),
  proxy: oneOf('ALLOW', 'DENY', 'IF_PRIORITY_LOWERED'),
};
/** @type {Record<string, Check>} */
const ANDROID = {
  ...{ collapse_key: isText, priority: oneOf('NORMAL', 'HIGH'), ttl: isDuration, data: isData },
  ...{ restricted_package_name: isText, direct_boot_ok: isFlag },
  ...{ bandwidth_constrained_ok: isFlag, restricted_satellite_ok: isFlag },
  notification: (value) => !wrongField(value, ANDROID_NOTIFICATION),
  fcm_options: isObject,
};
/** @type {Record<string, Check>} */
const NOTIFICATION = { title: isText, body: isText, image: isText };
/** @type {Record<string, Check>} */
const MESSAGE = {
  ...{ token: isText, fid: isText, topic: isText, condition: isText, data: isData },
  notification: (value) => !wrongField(value, NOTIFICATION),
  android: (value) => !wrongField(value, ANDROID),
  ...{ apns: isObject, webpush: isObject, fcm_options: isObject },
};
/** @type {Record<string, Check>} */
const REQUEST = { message: isObject, validate_only: isFlag };

/**
 * The field that is wrong, as a path; null when all is well.
 *
 * @param {any} request
 * @returns {string | null}
 */
export function wrongFieldOf(request) {
  const outer = wrongField(request, REQUEST);
  if (outer || !request.message) return outer ?? 'message';
  const inner = wrongField(request.message, MESSAGE);
  if (inner) return `message.${inner}`;
  const targets = ['token', 'fid', 'topic', 'condition'].filter((name) => name in request.message);
  if (targets.length !== 1) return 'message';
  return sizeOf(request.message) > SIZE_MAX ? 'message.size' : null;
}

/**
 * @param {any} object
 * @param {Record<string, Check>} fields
 * @returns {string | null}
 */
function wrongField(object, fields) {
  if (!isObject(object)) return 'object';
  const wrong = Object.entries(object).find(([name, value]) => !fields[snake(name)]?.(value));
  return wrong ? snake(wrong[0]) : null;
}

/** @param {string} name */
function snake(name) {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** @param {string} key */
function isFreeKey(key) {
  return !/^(from|message_type|google.*|gcm.*)$/.test(key);
}

/** @param {any} message */
function sizeOf({ data = {}, notification = {}, android = {} }) {
  const parts = [data, notification, android.data ?? {}, android.notification ?? {}];
  const texts = parts.flatMap((part) => Object.entries(part)).flat();
  return texts.reduce((sum, text) => sum + Buffer.byteLength(String(text)), 0);
}
