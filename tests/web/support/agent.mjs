// An agent that asks and is answered as the plugin does it: it takes an answer only with the person's
// signature, and says what became of each.
import assert from 'node:assert/strict';
import { createHmac, timingSafeEqual } from 'node:crypto';
import { REPLY_KEY } from './scene.mjs';

const HOST = 'workstation';

/**
 * @typedef {import('./scene.mjs').Scene} Scene
 * @typedef {import('./scene.mjs').Message} Message
 */

/**
 * @param {string} key
 * @param {any} reply
 * @returns {any} what was signed; null: not by this key
 */
function opened(key, reply) {
  if (typeof reply?.signed !== 'string' || !/^[\w-]{43}$/.test(reply.mac)) return null;
  const mac = createHmac('sha256', Buffer.from(key, 'base64url')).update(reply.signed).digest();
  return timingSafeEqual(mac, Buffer.from(reply.mac, 'base64url'))
    ? JSON.parse(reply.signed)
    : null;
}

export class Agent {
  /**
   * @param {Scene} scene
   * @param {string} user
   * @param {string} [key]
   */
  constructor(scene, user, key = REPLY_KEY) {
    this.scene = scene;
    this.user = user;
    this.key = key;
  }

  /**
   * @param {'permission' | 'question'} sort
   * @param {string} name of the request, unique for the user
   * @param {object} [more] members of its event
   */
  async ask(sort, name, more = {}) {
    const request = { id: `${sort.slice(0, 3)}_${name}`, nonce: `nonce-${name}` };
    await this.scene.say(this.user, 'event', {
      ...{ id: `${this.user}_${name}`, kind: `${sort}.asked`, host: HOST, request },
      ...{ session: { id: `ses_${name}`, title: 'Fix login' } },
      ...{ project: { name: 'webshop', directory: '/home/a/webshop' } },
      ...more,
    });
    return request;
  }

  /**
   * The next answer to it, once it came; its signature is right.
   *
   * @param {{ id: string, nonce: string }} request
   */
  async answer({ id, nonce }) {
    const isIt = (/** @type {Message} */ { json }) => String(json?.signed).includes(`"${id}"`);
    const { json } = await this.scene.hear(this.user, 'reply', isIt);
    const answer = opened(this.key, json);
    assert.ok(answer, 'the signature is wrong');
    assert.deepEqual([answer.request, answer.nonce], [id, nonce]);
    return answer;
  }

  /**
   * @param {{ id: string }} request
   * @param {'answered' | 'refused'} state
   * @param {string} [reason]
   */
  async tell({ id }, state, reason) {
    const receipt = { request: id, host: HOST, state, ts: Date.now(), ...(reason && { reason }) };
    await this.scene.say(this.user, 'receipt', receipt);
  }

  /**
   * It took the answer.
   *
   * @param {{ id: string }} request
   */
  async settle(request) {
    await this.tell(request, 'answered');
    const kind = request.id.startsWith('per') ? 'permission.replied' : 'question.replied';
    await this.scene.say(this.user, 'event', { kind, host: HOST, request: { id: request.id } });
  }
}

export const echo = {
  ask: {
    ...{ tool: 'bash', input: 'echo hello', patterns: ['echo hello'], always: ['echo *'] },
    cut: false,
  },
  body: 'echo hello',
};
