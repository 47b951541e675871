// The turns of a soak: what the model says, what the person does, and which notifications must come of
// it. Every turn has a session and a number of its own; the number is in all that is said.
import { calls, fails, hangs, says } from '../e2e/support/model.mjs';

/**
 * @typedef {object} Stage
 * @property {import('../e2e/support/opencode.mjs').Server} server
 * @property {import('../e2e/support/model.mjs').Model} model
 * @property {(notification: string) => Promise<any>} pushed its payload, once it is on the phone;
 *   null: it did not come
 *
 * @typedef {object} Kind
 * @property {number} weight
 * @property {(stage: Stage, session: string, name: string) => Promise<string[]>} play resolves after the
 *   turn, with the notifications it must bring
 */

/** @param {string} kind @param {string} words */
export const notification = (kind, words) => `${kind}: ${words}`;

/** @param {string} name */
const finished = (name) => notification('session.idle', name);
/** @param {string} name */
const permission = (name) => notification('permission.asked', name);
/** @param {string} name */
const question = (name) => notification('question.asked', name);

/** @param {string} name */
const command = (name) => calls('bash', { command: `echo ${name}`, description: 'greet' });
/** @param {string} name */
const choice = (name) =>
  calls('question', {
    questions: [
      {
        question: `${name}?`,
        header: 'Which',
        options: [
          { label: 'This', description: 'one' },
          { label: 'That', description: 'one' },
        ],
      },
    ],
  });

/**
 * A turn that asks; the person answers what is on the phone.
 *
 * @param {Stage} stage
 * @param {string} session
 * @param {string} asked the notification
 * @param {(request: string) => [path: string, body?: object]} answer
 */
async function ask({ server, pushed }, session, asked, answer) {
  const turn = server.turn(session, 'go');
  const payload = await pushed(asked);
  const [path, body = {}] = payload ? answer(payload.request_id) : [`/session/${session}/abort`];
  await server.call('POST', path, body);
  await turn;
}

/** @type {Record<string, Kind>} */
export const KINDS = {
  finished: {
    weight: 4,
    async play({ server, model }, session, name) {
      model.answers(says(name));
      await server.turn(session, 'go');
      return [finished(name)];
    },
  },
  failed: {
    weight: 2,
    async play({ server, model }, session, name) {
      model.answers(fails(400, name));
      await server.turn(session, 'go');
      return [notification('session.error', name)];
    },
  },
  retried: {
    weight: 1,
    async play({ server, model }, session, name) {
      model.answers(fails(503, 'overloaded'), says(name));
      await server.turn(session, 'go');
      return [finished(name)];
    },
  },
  aborted: {
    weight: 3,
    async play({ server, model }, session) {
      const before = model.requests.length;
      model.answers(hangs());
      const turn = server.turn(session, 'go');
      await model.waitForRequests(before + 1);
      await server.call('POST', `/session/${session}/abort`);
      await turn;
      return [];
    },
  },
  delegated: {
    weight: 2,
    async play({ server, model }, session, name) {
      const task = { description: 'look', prompt: 'look', subagent_type: 'general' };
      model.answers(calls('task', task), says(`${name} below`), says(name));
      await server.turn(session, 'go');
      return [finished(`${name} below`), finished(name)];
    },
  },
  granted: {
    weight: 2,
    async play(stage, session, name) {
      stage.model.answers(command(name), says(name));
      await ask(stage, session, permission(name), (request) => [
        `/permission/${request}/reply`,
        { reply: 'once' },
      ]);
      return [permission(name), finished(name)];
    },
  },
  rejected: {
    weight: 2,
    async play(stage, session, name) {
      stage.model.answers(command(name));
      await ask(stage, session, permission(name), (request) => [
        `/permission/${request}/reply`,
        { reply: 'reject' },
      ]);
      return [permission(name)];
    },
  },
  corrected: {
    weight: 1,
    async play(stage, session, name) {
      stage.model.answers(command(name), says(name));
      await ask(stage, session, permission(name), (request) => [
        `/permission/${request}/reply`,
        { reply: 'reject', message: 'not like this' },
      ]);
      return [permission(name), finished(name)];
    },
  },
  'aborted while it asks': {
    weight: 2,
    async play(stage, session, name) {
      stage.model.answers(command(name));
      await ask(stage, session, permission(name), () => [`/session/${session}/abort`]);
      return [permission(name)];
    },
  },
  answered: {
    weight: 2,
    async play(stage, session, name) {
      stage.model.answers(choice(name), says(name));
      await ask(stage, session, question(name), (request) => [
        `/question/${request}/reply`,
        { answers: [['This']] },
      ]);
      return [question(name), finished(name)];
    },
  },
  'left unanswered': {
    weight: 1,
    async play(stage, session, name) {
      stage.model.answers(choice(name));
      await ask(stage, session, question(name), (request) => [`/question/${request}/reject`]);
      return [question(name)];
    },
  },
};
