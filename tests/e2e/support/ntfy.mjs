// A stand-in for an ntfy server: publishing as JSON, and taking a message back.
import { randomBytes } from 'node:crypto';
import { makeAuthority } from './certificates.mjs';
import { jsonAnswer } from './exchange.mjs';
import { jsonObject } from './json.mjs';
import { StandIn } from './standin.mjs';

const TOPIC = /^[-_A-Za-z0-9]{1,64}$/;
const MESSAGE_MAX = 4096; // bytes; beyond it ntfy makes a file of the text, which is never meant
const ACTIONS_MAX = 3;

/** What ntfy says: HTTP status, its own code, and words. */
const ERRORS = /** @type {const} */ ({
  priority: [400, 40007, 'invalid request: priority invalid'],
  topic: [400, 40009, 'invalid request: topic invalid'],
  actions: [400, 40018, 'invalid request: actions invalid'],
  json: [400, 40024, 'invalid request: request body must be valid JSON'],
  'not found': [404, 40401, 'page not found'],
  unauthorized: [401, 40101, 'unauthorized'],
  forbidden: [403, 40301, 'forbidden'],
  'too large': [413, 41301, 'request entity too large'],
  'too many': [429, 42901, 'limit reached: too many requests'],
});

/** @typedef {keyof typeof ERRORS} Trouble */

/** What is noted when somebody only asks whether the server is well. */
const HEALTH = { topic: '', message: null, removed: '' };

/**
 * @typedef {object} Noted
 * @property {string} topic
 * @property {any} message null for what takes one back
 * @property {string} removed the sequence id of what is taken back; empty for a message
 *
 * @typedef {StandIn<Noted>} Ntfy
 */

/**
 * @param {object} options
 * @param {string} options.dir for its certificates; made if missing
 * @param {Record<string, string[]>} [options.access] authorization header to topics; without it anybody
 *   may write anywhere
 * @param {import('./standin.mjs').Place} [options.place] where it is found, on port 443; default: the
 *   loopback, on a free port
 * @param {Limit} [options.limit] without it nobody comes too often
 * @returns {Promise<Ntfy>}
 */
export async function startNtfy({ dir, access, place, limit }) {
  const isTooMany = makeLimit(limit);
  /** @type {import('./standin.mjs').Service<Noted>['judge']} */
  const judge = (request) => {
    if (request.method === 'GET' && request.path === '/v1/health')
      return { broken: null, note: HEALTH, answer: jsonAnswer(200, { healthy: true }) };
    const note = noteOf(request);
    const broken =
      requestFault(request, note) ??
      accessFault(request.headers.authorization, note.topic, access) ??
      (note.removed ? null : messageFault(note.message)) ??
      (isTooMany() ? 'too many' : null);
    if (broken !== null) return { broken, note, answer: refuse(ERRORS[broken][0], broken) };
    const { topic } = note;
    const event = note.removed ? 'message_delete' : 'message';
    const time = Math.floor(Date.now() / 1000);
    const id = randomBytes(9).toString('base64url');
    return { broken, note, answer: jsonAnswer(200, { id, time, event, topic }) };
  };

  const authority = await makeAuthority(dir, place && [place.name]);
  /** @type {Ntfy} */
  const standIn = new StandIn(authority, { judge, refuse }, { http1: true }, place);
  await standIn.openListener(place && 443);
  return standIn;
}

/**
 * What a visitor may send: so many at once, and one more each so many milliseconds. Who comes too often
 * is not told when to come again.
 *
 * @typedef {{ burst: number, everyMs: number }} Limit
 * @param {Limit | undefined} limit
 */
function makeLimit(limit) {
  if (!limit) return () => false;
  let left = limit.burst;
  let seen = Date.now();
  return () => {
    const now = Date.now();
    left = Math.min(limit.burst, left + (now - seen) / limit.everyMs);
    seen = now;
    if (left < 1) return true;
    left -= 1;
    return false;
  };
}

/**
 * @param {import('./exchange.mjs').Request} request
 * @returns {Noted}
 */
function noteOf({ method, path, body }) {
  if (method === 'DELETE') {
    const [, topic = '', removed = ''] = path.split('/');
    return { topic, removed, message: null };
  }
  const message = /** @type {any} */ (jsonObject(body));
  return { topic: String(message?.topic ?? ''), removed: '', message };
}

/**
 * @param {import('./exchange.mjs').Request} request
 * @param {Noted} note
 * @returns {Trouble | null}
 */
function requestFault({ method, path }, { topic, removed, message }) {
  const removes = method === 'DELETE' && path === `/${topic}/${removed}` && TOPIC.test(removed);
  const publishes = ['POST', 'PUT'].includes(method) && path === '/';
  if (!removes && !publishes) return 'not found';
  if (publishes && !message) return 'json';
  return TOPIC.test(topic) ? null : 'topic';
}

/**
 * @param {string | undefined} authorization
 * @param {string} topic
 * @param {Record<string, string[]> | undefined} access
 * @returns {Trouble | null}
 */
function accessFault(authorization, topic, access) {
  if (!access) return null;
  const topics = access[authorization ?? ''];
  if (!topics) return authorization ? 'unauthorized' : 'forbidden';
  return topics.includes(topic) ? null : 'forbidden';
}

/** @typedef {(value: any) => boolean} Check */

/** @type {Check} */
const isText = (value) => typeof value === 'string';
/** @type {Check} */
const isFlag = (value) => typeof value === 'boolean';
/** @type {Check} */
const isUrl = (value) => isText(value) && URL.canParse(value);
/** @type {Check} */
const isMap = (value) => isObject(value) && Object.values(value).every(isText);
/** @type {Check} */
const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

/** @type {Record<string, Check>} */
const MESSAGE = {
  ...{ topic: isText, title: isText, message: isText, icon: isUrl, click: isUrl, attach: isUrl },
  ...{ filename: isText, email: isText, call: isText, delay: isText, sequence_id: isText },
  ...{ markdown: isFlag, cache: isText, firebase: isText },
  tags: (value) => Array.isArray(value) && value.every(isText),
  priority: Number.isInteger,
  actions: Array.isArray,
};
/** @type {Record<string, Check>} */
const VIEW = { action: isText, label: isText, url: isUrl, clear: isFlag };
/** @type {Record<string, Record<string, Check>>} */
const ACTIONS = {
  view: VIEW,
  http: { ...VIEW, method: isText, headers: isMap, body: isText },
  broadcast: { action: isText, label: isText, clear: isFlag, intent: isText, extras: isMap },
};

/**
 * @param {any} message
 * @returns {Trouble | null}
 */
function messageFault(message) {
  if (!fits(message, MESSAGE)) return 'json';
  const { priority = 3, actions = [] } = message;
  if (priority < 1 || priority > 5) return 'priority';
  if (actions.length > ACTIONS_MAX || !actions.every(isAction)) return 'actions';
  return Buffer.byteLength(message.message ?? '') > MESSAGE_MAX ? 'too large' : null;
}

/** @param {any} action */
function isAction(action) {
  const fields = ACTIONS[action?.action];
  if (!fields || !fits(action, fields) || !action.label) return false;
  return action.action === 'broadcast' || 'url' in action;
}

/**
 * ntfy ignores a field that it does not know; here it is a mistake.
 *
 * @param {any} value
 * @param {Record<string, Check>} fields
 */
function fits(value, fields) {
  return isObject(value) && Object.entries(value).every(([name, each]) => fields[name]?.(each));
}

/**
 * @param {number} status
 * @param {string} reason one of ours, or any other in a scripted fault
 */
function refuse(status, reason) {
  const [http, code, error] = ERRORS[/** @type {Trouble} */ (reason)] ?? [
    status,
    status * 100,
    reason,
  ];
  return jsonAnswer(status, { code, http, error, link: 'https://ntfy.sh/docs/publish/' });
}
