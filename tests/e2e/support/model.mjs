// A stand-in for a language model: OpenAI's chat/completions, streamed, on
// loopback, answering what the test told it to.

import { createServer } from 'node:http';
import { once } from 'node:events';
import { Arrivals } from './arrivals.mjs';

/**
 * @typedef {{ say: string }} Say
 * @typedef {{ fail: number, message: string }} Fail
 * @typedef {{ call: string, input: object, times: number }} Call
 * @typedef {{ hang: true }} Hang
 * @typedef {(Say | Fail | Call | Hang) & { to?: string, after?: Promise<void> }} Step
 *
 * @typedef {object} Model
 * @property {string} url base URL of the API
 * @property {(...steps: Step[]) => void} answers what it will say, in this order, in place of what was left
 * @property {(...steps: Step[]) => void} adds after what is left
 * @property {any[]} requests what it was asked, titles left out
 * @property {(count: number) => Promise<any[]>} waitForRequests the first so many
 * @property {() => Promise<void>} stop
 */

/** @type {(text: string) => Step} */
export const says = (text) => ({ say: text });

/** @type {(status: number, message: string) => Step} */
export const fails = (status, message) => ({ fail: status, message });

/** @type {(tool: string, input: object, times?: number) => Step} times: all at once */
export const calls = (tool, input, times = 1) => ({ call: tool, input, times });

/** Begins to answer and never ends.
 * @type {() => Step} */
export const hangs = () => ({ hang: true });

/** Only to a session that began with these words; before what is for anybody.
 * @type {(words: string, step: Step) => Step} */
export const to = (words, step) => ({ ...step, to: words });

/** @type {(event: Promise<void>, step: Step) => Step} */
export const after = (event, step) => ({ ...step, after: event });

// OpenCode asks beside the turn for a title; that is not part of the script.
export const TITLE = 'Fix login';

/** @returns {Promise<Model>} */
export async function startModel() {
  /** @type {Step[]} */
  const script = [];
  /** @type {Arrivals<any>} */
  const requests = new Arrivals((all) => `${all.length} requests`);

  const server = createServer(async (request, response) => {
    try {
      const body = JSON.parse(await text(request));
      if (isTitle(body)) return answer(response, says(TITLE));
      requests.add(body);
      const step = take(script, body) ?? fails(400, 'the script is at its end');
      await step.after;
      answer(response, step);
    } catch (error) {
      response.destroy(/** @type {Error} */ (error));
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());

  return {
    url: `http://127.0.0.1:${port}/v1`,
    answers: (...steps) => void script.splice(0, script.length, ...steps),
    adds: (...steps) => void script.push(...steps),
    requests: requests.items,
    waitForRequests: (count) => requests.waitForCount(count, { what: `${count} requests` }),
    stop: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

/** @param {import('node:http').IncomingMessage} request */
async function text(request) {
  let whole = '';
  for await (const chunk of request.setEncoding('utf8')) whole += chunk;
  return whole;
}

/**
 * @param {Step[]} script
 * @param {any} body
 */
function take(script, { messages }) {
  const { content } = messages.find((/** @type {any} */ { role }) => role === 'user') ?? {};
  const begin = JSON.stringify(content ?? '');
  const own = script.findIndex(({ to }) => to !== undefined && begin.includes(to));
  const at = own >= 0 ? own : script.findIndex(({ to }) => to === undefined);
  return at < 0 ? undefined : script.splice(at, 1)[0];
}

/** @param {any} body */
function isTitle(body) {
  return JSON.stringify(body.messages[0]).includes('title generator');
}

/**
 * @param {import('node:http').ServerResponse} response
 * @param {Step} step
 */
function answer(response, step) {
  if ('fail' in step) {
    response.writeHead(step.fail, { 'content-type': 'application/json' });
    const error = { message: step.message, type: 'fake', code: step.fail };
    response.end(JSON.stringify({ error }));
    return;
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  if ('hang' in step) {
    response.write(chunk({ role: 'assistant', content: 'let me think' }));
    return;
  }
  if ('say' in step) {
    response.write(chunk({ role: 'assistant', content: step.say }));
    response.write(chunk({}, 'stop'));
  } else {
    const all = Array.from({ length: step.times }, (_, index) => toolCall(step, index));
    response.write(chunk({ role: 'assistant', tool_calls: all }));
    response.write(chunk({}, 'tool_calls'));
  }
  response.end('data: [DONE]\n\n');
}

/**
 * @param {Call} step
 * @param {number} index
 */
function toolCall(step, index) {
  const id = `call_${Math.random().toString(36).slice(2)}`;
  const call = { name: step.call, arguments: JSON.stringify(step.input) };
  return { index, id, type: 'function', function: call };
}

/**
 * @param {object} delta
 * @param {string | null} finish
 */
function chunk(delta, finish = null) {
  const usage = finish && { prompt_tokens: 10, completion_tokens: 5 };
  const whole = {
    id: 'chatcmpl-fake',
    object: 'chat.completion.chunk',
    created: 0,
    model: 'fake-1',
    choices: [{ index: 0, delta, finish_reason: finish }],
    ...(usage && { usage }),
  };
  return `data: ${JSON.stringify(whole)}\n\n`;
}
