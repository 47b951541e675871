// What a test of the plugin needs around OpenCode: a broker, a model, somebody who listens.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startBroker } from './broker.mjs';
import { startModel } from './model.mjs';
import { connect } from './mqtt.mjs';
import { makeHome } from './opencode.mjs';

/**
 * @typedef {Parameters<typeof makeHome>[0]} HomeOptions
 *
 * @typedef {object} Scene
 * @property {string} dir
 * @property {import('./broker.mjs').Broker} broker
 * @property {import('./model.mjs').Model} model
 * @property {import('./mqtt.mjs').Client} client
 * @property {import('./mqtt.mjs').Collection} events
 * @property {(name: string, given?: Partial<HomeOptions>) => import('./opencode.mjs').Home} home
 *   a home of its own, whose plugin knows the broker
 * @property {(session: string) => any[]} of the events of a session, so far
 * @property {(session: string, kind: string) => Promise<any>} event the first of a session and kind
 * @property {() => Promise<void>} stop
 */

/**
 * @param {Partial<Parameters<typeof startBroker>[0]>} [brokerOptions]
 * @returns {Promise<Scene>}
 */
export async function startScene(brokerOptions = {}) {
  const dir = await mkdtemp(join(tmpdir(), 'nudge-opencode-'));
  const broker = await startBroker({ dir: join(dir, 'broker'), ...brokerOptions });
  const model = await startModel();
  const [login] = Object.entries(brokerOptions.users ?? {});
  const client = await connect(broker.url, login && { username: login[0], password: login[1] });
  const events = await client.collect('nudge/+/event');
  return {
    dir,
    broker,
    model,
    client,
    events,
    home: (name, given = {}) => {
      const options = { url: broker.url, host: 'workstation', ...given.options };
      return makeHome({ dir: join(dir, name), model: model.url, ...given, options });
    },
    of: (session) =>
      events.messages.map(({ json }) => json).filter((json) => json.session.id === session),
    event: async (session, kind) => {
      const is = (/** @type {any} */ json) => json.session.id === session && json.kind === kind;
      const what = `${kind} of ${session}`;
      return (await events.waitFor(({ json }) => is(json), { what })).json;
    },
    stop: async () => {
      await client.end();
      await model.stop();
      await broker.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/**
 * @param {string[]} lines of OpenCode's output
 * @returns {string[]} what the plugin said there
 */
export function warningsIn(lines) {
  return lines.filter((line) => line.startsWith('nudge: '));
}
