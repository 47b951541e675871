// The turns of a soak: what the model says, what the person does, and which notifications must come of
// it. Every turn has a session and a number of its own; the number is in all that is said.
import { after, calls, fails, hangs, says, to } from '../e2e/support/model.mjs';

/**
 * @typedef {import('../e2e/support/opencode.mjs').Server} Server
 *
 * @typedef {object} Stage
 * @property {Server} server
 * @property {() => Promise<Server>} killed OpenCode with SIGKILL, and a new one begun in its place
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

/** @param {string} name */
const repeated = (name) => calls('glob', { pattern: name }, 3);

/** What somebody in a background is told; the words tell that session from all others.
 * @param {string} name */
const errand = (name) => ({
  description: 'look',
  prompt: `look after ${name}.`,
  subagent_type: 'general',
  background: true,
});

function somethingToCome() {
  let happens = () => {};
  /** @type {Promise<void>} */
  const event = new Promise((resolve) => (happens = resolve));
  return { event, happens };
}

/**
 * A turn whose subagent is still at work when the main session rests.
 *
 * @param {Stage} stage
 * @param {string} session
 * @param {string} name
 * @param {() => Promise<void>} [meanwhile]
 */
async function delegate({ server, model, pushed }, session, name, meanwhile = async () => {}) {
  const task = errand(name);
  const { event, happens } = somethingToCome();
  model.answers(
    calls('task', task),
    to(task.prompt, after(event, says(`${name} below`))),
    says('resting'),
  );
  try {
    await server.turn(session, 'go');
    await meanwhile();
  } finally {
    model.adds(says(name));
    happens();
  }
  await pushed(finished(name));
  return [finished(`${name} below`), finished(name)];
}

/**
 * The person names a file that is not there; the model is told so.
 *
 * @param {Stage} stage
 * @param {string} session
 */
const promptWithMissingFile = ({ server }, session) =>
  server.call('POST', `/session/${session}/message`, {
    parts: [
      { type: 'text', text: 'read this' },
      { type: 'file', mime: 'text/plain', filename: 'gone.txt', url: 'file:///gone.txt' },
    ],
  });

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
  'in the background': {
    weight: 2,
    play: delegate,
  },
  'a missing file, while it rests': {
    weight: 1,
    async play(stage, session, name) {
      return delegate(stage, session, name, async () => {
        stage.model.adds(says('no such file'));
        await promptWithMissingFile(stage, session);
      });
    },
  },
  'a missing file': {
    weight: 2,
    async play(stage, session, name) {
      stage.model.answers(says(name));
      await promptWithMissingFile(stage, session);
      return [finished(name)];
    },
  },
  'repeated, and let': {
    weight: 1,
    async play(stage, session, name) {
      stage.model.answers(repeated(name), says(name));
      await ask(stage, session, permission(name), (request) => [
        `/permission/${request}/reply`,
        { reply: 'once' },
      ]);
      return [permission(name), finished(name)];
    },
  },
  'repeated, and stopped': {
    weight: 1,
    async play(stage, session, name) {
      stage.model.answers(repeated(name));
      await ask(stage, session, permission(name), (request) => [
        `/permission/${request}/reply`,
        { reply: 'reject' },
      ]);
      return [permission(name)];
    },
  },
  'aborted, and told anew': {
    weight: 2,
    async play({ server, model }, session, name) {
      const before = model.requests.length;
      model.answers(hangs(), says(name));
      const turn = server.turn(session, 'go');
      await model.waitForRequests(before + 1);
      await server.call('POST', `/session/${session}/abort`);
      await server.turn(session, 'go on');
      await turn;
      return [finished(name)];
    },
  },
  'deleted while its subagent asks': {
    weight: 1,
    async play({ server, model, pushed }, session, name) {
      const { background: _, ...task } = errand(name);
      const { event, happens } = somethingToCome();
      model.answers(
        calls('task', task),
        to(task.prompt, command(name)),
        after(event, says('too late')),
      );
      // OpenCode runs on with what is gone, and fails.
      const turn = server.turn(session, 'go').catch(() => {});
      await pushed(permission(name));
      await server.call('DELETE', `/session/${session}`);
      happens();
      await turn;
      return [permission(name)];
    },
  },
  'killed while it asks': {
    weight: 1,
    async play({ server, model, pushed, killed }, session, name) {
      model.answers(command(name));
      const turn = server.turn(session, 'go').catch(() => {});
      await pushed(permission(name));
      const next = await killed();
      await turn;
      // Only now that project is opened: what was asked is taken back.
      await next.newSession();
      return [permission(name)];
    },
  },
};
