// A stand-in for APNs that refuses what Apple would refuse, with Apple's status and reason.
import { createPublicKey, generateKeyPairSync, randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { appOf, deviceIn, firstBroken, statusOf } from './apns-rules.mjs';
import { makeAuthority } from './certificates.mjs';
import { jsonAnswer } from './exchange.mjs';
import { goAway } from './faults.mjs';
import { jsonObject } from './json.mjs';
import { TokenMemory, tokenFault } from './provider-token.mjs';
import { StandIn } from './standin.mjs';

const STREAMS = 1000; // seen in production
const ERRORS_MAX = 20; // how many mistakes a connection survives; Apple names no number

/**
 * @typedef {object} Device
 * @property {string} topic of a Live Activity's token with the ending that Apple gives it
 * @property {number} [timestamp] of the newest update of its Live Activity
 * @property {{ reason: 'Unregistered' | 'ExpiredToken', timestamp: number }} [gone] milliseconds
 *
 * @typedef {object} Noted
 * @property {string} token
 * @property {string} id
 * @property {any} payload
 *
 * @typedef {StandIn<Noted> & { devices: Map<string, Device> }} Apns
 */

/**
 * @param {object} options
 * @param {string} options.dir for its certificates; made if missing
 * @param {string} options.teamId
 * @param {string} options.keyId
 * @param {string} options.publicKeyPem
 * @param {string[]} options.topics that the team may push to
 * @param {Record<string, Device> | string[]} options.devices by token in lower-case hex; a list of
 *   tokens means the first topic
 * @param {boolean} [options.coldStart] one stream until a good token was shown, as at Apple
 * @param {() => number} [options.now] milliseconds since the epoch
 * @returns {Promise<Apns>}
 */
export async function startApns({ dir, topics, coldStart = false, now = Date.now, ...options }) {
  const team = { ...options, publicKey: createPublicKey(options.publicKeyPem) };
  const devices = new Map(listOf(options.devices, topics[0] ?? ''));

  /** @type {import('./standin.mjs').Service<Noted>['judge']} */
  const judge = (request) => {
    const { headers, path, connection, session } = request;
    const payload = jsonObject(request.body);
    const memory = tokensOf(connection);
    const wasProven = memory.isProven;
    const token = deviceIn(path).toLowerCase();
    const device = devices.get(token);
    const broken =
      provenFault(headers.authorization, team, memory, now()) ??
      firstBroken({ ...request, payload }) ??
      deviceFault(device, headers['apns-topic'] ?? '', topics) ??
      orderFault(device, payload?.aps);

    if (coldStart && memory.isProven && !wasProven)
      session?.settings({ maxConcurrentStreams: STREAMS });
    const id = headers['apns-id'] ?? randomUUID().toUpperCase();
    const note = { token, id, payload };
    if (broken === null)
      return { broken, note, answer: { status: 200, headers: { 'apns-id': id } } };
    const answer = refuse(statusOf(broken), broken, { id, timestamp: device?.gone?.timestamp });
    return {
      broken,
      note,
      answer: { ...answer, then: (stream) => countError(connection, stream, broken) },
    };
  };

  const standIn = new StandIn(
    await makeAuthority(dir),
    {
      judge,
      refuse,
      onFault({ connection }, { reason }) {
        if (reason === 'ExpiredProviderToken') tokensOf(connection).wedge();
      },
    },
    { http1: false, maxStreams: coldStart ? 1 : STREAMS },
  );
  await standIn.openListener();
  return Object.assign(standIn, { devices });
}

/**
 * A fresh key as Apple hands it out: `AuthKey_<id>.p8`, PKCS#8.
 *
 * @param {string} dir
 * @param {string} [keyId]
 */
export async function makeApnsKey(dir, keyId = 'ABC123DEFG') {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const keyFile = join(dir, `AuthKey_${keyId}.p8`);
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' });
  await writeFile(keyFile, pem, { mode: 0o600 });
  const publicKeyPem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  return { keyId, keyFile, privateKey, publicKeyPem };
}

/**
 * @param {Record<string, Device> | string[]} devices
 * @param {string} topic
 * @returns {[string, Device][]}
 */
function listOf(devices, topic) {
  return Array.isArray(devices)
    ? devices.map((token) => [token, { topic }])
    : Object.entries(devices);
}

/**
 * @param {import('./exchange.mjs').Connection} connection
 * @returns {TokenMemory}
 */
function tokensOf({ memory }) {
  const tokens = memory.get('tokens') ?? new TokenMemory();
  memory.set('tokens', tokens);
  return tokens;
}

/**
 * @param {string | undefined} authorization
 * @param {import('./provider-token.mjs').Team} team
 * @param {TokenMemory} memory
 * @param {number} nowMs
 */
function provenFault(authorization, team, memory, nowMs) {
  const fault = tokenFault(authorization, team, nowMs);
  if (fault === 'ExpiredProviderToken') memory.wedge();
  return fault ?? memory.show(authorization ?? '', nowMs);
}

/**
 * @param {Device | undefined} device
 * @param {string} topic
 * @param {string[]} topics
 */
function deviceFault(device, topic, topics) {
  if (!topics.includes(appOf(topic))) return 'TopicDisallowed';
  if (!device) return 'BadDeviceToken';
  if (device.topic !== topic) return 'DeviceTokenNotForTopic';
  return device.gone?.reason ?? null;
}

/**
 * Apple ignores an update that is not newer than the last; here it is a mistake.
 *
 * @param {Device | undefined} device
 * @param {any} aps
 */
function orderFault(device, aps) {
  if (!device || (aps.event !== 'update' && aps.event !== 'end')) return null;
  if (aps.timestamp <= (device.timestamp ?? 0)) return 'BadPayload';
  device.timestamp = aps.timestamp;
  return null;
}

/**
 * @param {number} status
 * @param {string} reason
 * @param {{ id?: string, timestamp?: number }} [more]
 * @returns {import('./exchange.mjs').Answer}
 */
function refuse(status, reason, { id, timestamp } = {}) {
  const when = status === 410 ? { timestamp: timestamp ?? Date.now() } : {};
  const answer = jsonAnswer(status, { reason, ...when });
  return { ...answer, headers: { ...answer.headers, 'apns-id': id } };
}

/**
 * Apple cuts a connection with too many errors, sooner for bad device tokens; 410 is no error.
 *
 * @param {import('./exchange.mjs').Connection} connection
 * @param {import('node:http2').ServerHttp2Stream} stream
 * @param {string} reason
 */
function countError({ memory }, stream, reason) {
  if (statusOf(reason) === 410) return;
  const errors = (memory.get('errors') ?? 0) + (reason === 'BadDeviceToken' ? 2 : 1);
  memory.set('errors', errors);
  if (errors >= ERRORS_MAX) goAway(stream, reason);
}
