// A person who answers OpenCode over MQTT, and the key that proves it.
import { createHmac } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { calls } from './model.mjs';

/**
 * @typedef {import('./opencode-scene.mjs').Scene} Scene
 * @typedef {import('./opencode.mjs').Server} Server
 *
 * @typedef {object} Asked
 * @property {string} session
 * @property {string} request
 * @property {string} nonce
 * @property {any} event
 */

const KEY = Buffer.alloc(32, 7);

export const permission = { bash: 'ask' };
export const echo = calls('bash', { command: 'echo hello', description: 'greet' });
const options = [
  { label: 'SQLite', description: 'a file' },
  { label: 'Postgres', description: 'a server' },
];
export const database = { question: 'Which database?', header: 'Database', options };
export const question = calls('question', { questions: [database] });

/**
 * @param {string} dir
 * @returns {string} the file with the person's key
 */
export function writeKey(dir) {
  const file = join(dir, 'reply-key');
  writeFileSync(file, `${KEY.toString('base64url')}\n`, { mode: 0o600 });
  return file;
}

/**
 * @param {object} reply
 * @param {Buffer} [key]
 */
export function signed(reply, key = KEY) {
  const text = JSON.stringify(reply);
  return { signed: text, mac: createHmac('sha256', key).update(text).digest('base64url') };
}

/**
 * @param {Scene} scene
 * @param {string} user
 */
export async function person(scene, user) {
  const topic = `nudge/${user}/reply`;
  const receipts = await scene.client.collect(`nudge/${user}/receipt`);
  /** @param {string} request @param {number} from */
  const receipt = async (request, from) => {
    const is = (/** @type {any} */ json) => json?.request === request;
    const found = await receipts.waitFor(({ json }) => is(json), { from });
    const { state, reason, detail, host } = found.json;
    return { state, ...(reason && { reason }), ...(detail && { detail }), host };
  };
  return {
    receipts,
    /** Sends it, signed.
     * @param {object} reply */
    send: (reply) => scene.client.publish(topic, signed(reply)),
    /** Sends it as it is.
     * @param {object | string} payload
     * @param {import('mqtt').IClientPublishOptions} [how] */
    sendRaw: (payload, how) => scene.client.publish(topic, payload, how),
    /** Sends it as it is, and tells what became of it.
     * @param {string} request
     * @param {object} payload
     * @param {import('mqtt').IClientPublishOptions} [how] */
    outcome: async (request, payload, how) => {
      const from = receipts.messages.length;
      await scene.client.publish(topic, payload, how);
      return receipt(request, from);
    },
    /** Of this request, all so far.
     * @param {string} request */
    receiptsOf: (request) =>
      receipts.messages.map(({ json }) => json).filter((json) => json?.request === request),
    receipt,
  };
}

/**
 * Begins a turn that asks something.
 *
 * @param {Scene} scene
 * @param {Server} server
 * @param {string} kind
 * @param {...import('./model.mjs').Step} steps
 * @returns {Promise<Asked>}
 */
export async function ask(scene, server, kind, ...steps) {
  const session = await server.newSession();
  scene.model.answers(...steps);
  await server.prompt(session, 'go');
  const event = await scene.event(session, kind);
  return { session, request: event.request.id, nonce: event.request.nonce, event };
}
