// A stand-in for FCM's HTTP v1 API, with Google's token endpoint beside it.
import { randomBytes } from 'node:crypto';
import { makeAuthority } from './certificates.mjs';
import { jsonAnswer } from './exchange.mjs';
import { wrongFieldOf } from './fcm-rules.mjs';
import { startGoogleTokens } from './google-tokens.mjs';
import { jsonObject } from './json.mjs';
import { StandIn } from './standin.mjs';

const STREAMS = 100;

/** google.rpc.Code by HTTP status. */
const STATUS_NAMES = new Map([
  [400, 'INVALID_ARGUMENT'],
  [401, 'UNAUTHENTICATED'],
  [403, 'PERMISSION_DENIED'],
  [404, 'NOT_FOUND'],
  [429, 'RESOURCE_EXHAUSTED'],
  [500, 'INTERNAL'],
  [503, 'UNAVAILABLE'],
]);

/**
 * @typedef {object} Noted
 * @property {string} token
 * @property {any} message
 *
 * @typedef {'UNREGISTERED' | 'SENDER_ID_MISMATCH' | 'THIRD_PARTY_AUTH_ERROR'} Trouble
 *
 * @typedef {StandIn<Noted> & {
 *   tokens: import('./google-tokens.mjs').GoogleTokens,
 *   account: import('./google-tokens.mjs').ServiceAccount,
 *   devices: Map<string, Trouble | null>,
 *   stop: () => Promise<void>,
 * }} Fcm the devices by token; null: all is well
 */

/**
 * @param {object} options
 * @param {string} options.dir for its certificates; made if missing
 * @param {string[]} options.devices tokens
 * @param {string} [options.projectId]
 * @param {() => number} [options.now] milliseconds since the epoch
 * @returns {Promise<Fcm>}
 */
export async function startFcm({ dir, projectId = 'nudge-test', now, ...options }) {
  const authority = await makeAuthority(dir, ['fcm.googleapis.com']);
  const tokens = await startGoogleTokens({ authority, projectId, now });
  /** @type {Map<string, Trouble | null>} */
  const devices = new Map(options.devices.map((token) => [token, null]));

  /** @type {import('./standin.mjs').Service<Noted>['judge']} */
  const judge = (request) => {
    const body = jsonObject(request.body);
    const message = /** @type {any} */ (body?.message ?? null);
    const token = String(message?.token ?? message?.fid ?? '');
    const note = { token, message };
    const wrong = requestFault(request, projectId, tokens) ?? messageFault(body, token, devices);
    if (wrong) {
      const [status, reason, field] = wrong;
      return { broken: reason, note, answer: refuse(status, reason, field) };
    }
    const name = `projects/${projectId}/messages/0:${randomBytes(8).toString('hex')}`;
    return { broken: null, note, answer: jsonAnswer(200, { name }) };
  };

  /** @type {StandIn<Noted>} */
  const standIn = new StandIn(authority, { judge, refuse }, { http1: true, maxStreams: STREAMS });
  await standIn.openListener();
  const stopSending = standIn.stop.bind(standIn);
  return Object.assign(standIn, {
    tokens,
    devices,
    account: tokens.account,
    stop: async () => void (await Promise.all([stopSending(), tokens.stop()])),
  });
}

/** @typedef {[status: number, reason: string, field?: string]} Wrong */

/**
 * @param {import('./exchange.mjs').Request} request
 * @param {string} projectId
 * @param {import('./google-tokens.mjs').GoogleTokens} tokens
 * @returns {Wrong | null}
 */
function requestFault({ method, path, headers, repeated }, projectId, tokens) {
  const isJson = /^application\/json\b/i.test(headers['content-type'] ?? '');
  const isOurs = path === `/v1/projects/${projectId}/messages:send`;
  if (method !== 'POST' || !path.endsWith('/messages:send')) return [404, ''];
  if (repeated.length > 0 || !isJson) return [400, 'INVALID_ARGUMENT', 'headers'];
  if (!tokens.isValid(headers.authorization)) return [401, ''];
  return isOurs ? null : [403, ''];
}

/**
 * @param {any} body
 * @param {string} token
 * @param {Map<string, Trouble | null>} devices
 * @returns {Wrong | null}
 */
function messageFault(body, token, devices) {
  const field = wrongFieldOf(body);
  if (field) return [400, 'INVALID_ARGUMENT', field];
  const trouble = devices.get(token);
  if (trouble === undefined) return [400, 'INVALID_ARGUMENT', 'message.token'];
  switch (trouble) {
    case 'UNREGISTERED':
      return [404, trouble];
    case 'SENDER_ID_MISMATCH':
      return [403, trouble];
    case 'THIRD_PARTY_AUTH_ERROR':
      return [401, trouble];
    case null:
      return null;
  }
}

/**
 * @param {number} status
 * @param {string} reason FCM's own error code; empty: Google says only the status
 * @param {string} [field] that is wrong
 */
function refuse(status, reason, field) {
  const details = [
    ...(reason
      ? [{ '@type': 'type.googleapis.com/google.firebase.fcm.v1.FcmError', errorCode: reason }]
      : []),
    ...(field
      ? [{ '@type': 'type.googleapis.com/google.rpc.BadRequest', fieldViolations: [{ field }] }]
      : []),
  ];
  const name = STATUS_NAMES.get(status) ?? 'UNKNOWN';
  const message = field === 'message.token' ? 'not a valid FCM registration token' : name;
  return jsonAnswer(status, { error: { code: status, message, status: name, details } });
}
