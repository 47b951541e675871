// Stand-ins for the services that docs/providers.md has recipes for. Each takes what its own
// documentation asks for, and nothing that it would ignore or garble.
import { makeAuthority } from './certificates.mjs';
import { jsonAnswer } from './exchange.mjs';
import { jsonObject } from './json.mjs';
import { StandIn } from './standin.mjs';

/**
 * @typedef {import('./exchange.mjs').Request} Request
 * @typedef {import('./exchange.mjs').Answer} Answer
 *
 * @typedef {object} Hook
 * @property {string} method
 * @property {RegExp} path
 * @property {Record<string, string>} headers that it must have
 * @property {Record<string, (value: any) => boolean>} fields all that it may have; each must fit
 * @property {string[]} needed
 * @property {Answer} answer
 *
 * @typedef {StandIn<{ service: string, body: any }>} Hooks
 */

const isText = (/** @type {any} */ value) => typeof value === 'string' && value !== '';
const isUpTo = (/** @type {number} */ max) => (/** @type {any} */ value) =>
  isText(value) && value.length <= max;

/** @type {Record<string, Hook>} */
const HOOKS = {
  Gotify: {
    method: 'POST',
    path: /^\/message$/,
    headers: { 'x-gotify-key': 'AbCdEf123456789' },
    fields: {
      title: isText,
      message: isText,
      priority: Number.isInteger,
      extras: (value) => typeof value?.['client::notification']?.click?.url === 'string',
    },
    needed: ['message'],
    answer: jsonAnswer(200, { id: 1, appid: 1, message: 'x', date: '2026-01-01T00:00:00Z' }),
  },
  Matrix: {
    method: 'PUT',
    path: /^\/_matrix\/client\/v3\/rooms\/![^/]+\/send\/m\.room\.message\/[0-9a-f-]{36}$/,
    headers: { authorization: 'Bearer syt_secret' },
    fields: { msgtype: (value) => value === 'm.text', body: isText },
    needed: ['msgtype', 'body'],
    answer: jsonAnswer(200, { event_id: '$YUwRidLecu:example.org' }),
  },
  Discord: {
    method: 'POST',
    path: /^\/api\/webhooks\/\d+\/\w+$/,
    headers: {},
    fields: {
      content: isUpTo(2000),
      allowed_mentions: (value) => Array.isArray(value?.parse) && value.parse.length === 0,
    },
    needed: ['content'],
    answer: { status: 204 },
  },
  Slack: {
    method: 'POST',
    path: /^\/services\/T\w+\/B\w+\/\w+$/,
    headers: {},
    fields: {
      text: isText,
      blocks: (value) =>
        value?.every(
          (/** @type {any} */ { type, text }) =>
            type === 'section' && text.type === 'plain_text' && isUpTo(3000)(text.text),
        ),
    },
    needed: ['text'],
    answer: { status: 200, headers: { 'content-type': 'text/html' }, body: 'ok' },
  },
  Apprise: {
    method: 'POST',
    path: /^\/notify\/[\w-]{1,128}$/,
    headers: {},
    fields: {
      title: isText,
      body: isText,
      type: (value) => ['info', 'success', 'warning', 'failure'].includes(value),
      format: (value) => ['text', 'markdown', 'html'].includes(value),
    },
    needed: ['body'],
    answer: { status: 200, body: 'Notification(s) sent.' },
  },
};

export const services = Object.keys(HOOKS);

/**
 * @param {{ dir: string }} options dir: for its certificates
 * @returns {Promise<Hooks>}
 */
export async function startHooks({ dir }) {
  /** @param {Request} request */
  const judge = (request) => {
    const [service, hook] = Object.entries(HOOKS).find(([, { path }]) =>
      path.test(request.path),
    ) ?? ['', undefined];
    const body = /** @type {any} */ (jsonObject(request.body));
    const broken = hook ? faultOf(hook, request, body) : 'not_found';
    const answer =
      hook && !broken ? hook.answer : refuse(broken === 'not_found' ? 404 : 400, broken ?? '');
    return { broken, note: { service, body }, answer };
  };
  /** @type {Hooks} */
  const standIn = new StandIn(await makeAuthority(dir), { judge, refuse }, { http1: true });
  await standIn.openListener();
  return standIn;
}

/**
 * @param {Hook} hook
 * @param {Request} request
 * @param {any} body
 * @returns {string | null}
 */
function faultOf({ method, headers, fields, needed }, request, body) {
  if (request.method !== method) return 'method';
  const missing = Object.entries(headers).find(([name, value]) => request.headers[name] !== value);
  if (missing) return 'unauthorized';
  // What is meant for one service is shown to no other.
  const secrets = ['x-gotify-key', 'authorization'].filter((name) => !(name in headers));
  if (secrets.some((name) => name in request.headers)) return 'secret';
  if (request.headers['content-type'] !== 'application/json' || !body) return 'json';
  if (needed.some((name) => !(name in body))) return 'missing';
  const wrong = Object.entries(body).find(([name, value]) => !fields[name]?.(value));
  return wrong ? wrong[0] : null;
}

/**
 * @param {number} status
 * @param {string} reason
 */
function refuse(status, reason) {
  return jsonAnswer(status, { error: reason });
}
