// The whole of nudge as a browser meets it: a broker, the bridge, the page from its server, and a strict
// push service of which this browser's subscription comes.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runNudge, startBridge, writeSettings } from '../../e2e/support/bridge.mjs';
import { startBroker } from '../../e2e/support/broker.mjs';
import { passwordIn } from '../../e2e/support/logins.mjs';
import { connect } from '../../e2e/support/mqtt.mjs';
import { startProcess } from '../../e2e/support/process.mjs';
import { keeper, scratchDirectory } from '../../e2e/support/scratch.mjs';
import { startWebPush } from '../../e2e/support/webpush.mjs';
import { openBrowser } from './browser.mjs';
import { playPushManager } from './push-manager.mjs';

/** Of every person here: 32 bytes in base64url. */
export const REPLY_KEY = Buffer.from('a key of thirty-two bytes length').toString('base64url');

const WEB = fileURLToPath(new URL('../../../web', import.meta.url));

/**
 * @typedef {import('../../e2e/support/mqtt.mjs').Message} Message
 *
 * @typedef {object} Visit
 * @property {import('./browser.mjs').Browser} browser
 * @property {import('./browser.mjs').Page} page
 * @property {(view: 'Now' | 'Activity' | 'Preferences' | 'Devices') => Promise<void>} go
 */

export class Scene {
  #users = 0;

  /**
   * @param {object} parts
   * @param {import('../../e2e/support/broker.mjs').Broker} parts.broker
   * @param {string} parts.settings
   * @param {import('../../e2e/support/process.mjs').Started} parts.bridge
   * @param {string} parts.address of the page
   * @param {import('../../e2e/support/process.mjs').Started} parts.server of the page
   * @param {import('../../e2e/support/webpush.mjs').WebPush} parts.push
   * @param {string} parts.password of alice, where the broker asks for logins
   * @param {import('../../e2e/support/mqtt.mjs').Client} parts.client
   * @param {import('../../e2e/support/mqtt.mjs').Collection} parts.heard everything below nudge/
   */
  constructor({ broker, settings, bridge, address, server, push, password, client, heard }) {
    this.broker = broker;
    this.settings = settings;
    this.bridge = bridge;
    this.address = address;
    this.server = server;
    this.push = push;
    this.password = password;
    this.client = client;
    this.heard = heard;
  }

  async stopPage() {
    await this.server.stop();
  }

  /** Each test takes a user of its own. */
  newUser() {
    return `user${++this.#users}`;
  }

  /**
   * @param {string} user
   * @param {Record<string, string>} [more] members of the pairing text
   */
  pairingAddress(user, more = { key: REPLY_KEY }) {
    const query = new URLSearchParams({ user, ws: this.broker.wsUrl, ...more });
    return `${this.address}#pair?${query}`;
  }

  /**
   * A person opens the page for the first time, and connects.
   *
   * @param {import('node:test').TestContext} test
   * @param {string} user
   * @param {import('./browser.mjs').BrowserOptions} [options]
   * @param {Record<string, string>} [pairing] further members of the pairing text; default: the reply key
   * @returns {Promise<Visit>}
   */
  async visit(test, user, options, pairing) {
    const { browser, page } = await openBrowser(test, options);
    await playPushManager(browser, this.push);
    await page.goto(this.pairingAddress(user, pairing));
    await page.getByLabel("This device's name").fill('My browser');
    await page.getByRole('button', { name: 'Connect' }).click();
    await page.getByText('Connected', { exact: true }).waitFor();
    const go = async (/** @type {string} */ view) => {
      await page.getByRole('navigation').getByRole('link', { name: view }).click();
      await page.getByRole('heading', { level: 1, name: view }).waitFor();
    };
    return { browser, page, go };
  }

  /**
   * @param {string} user
   * @param {string} leaf
   * @param {string | object} payload
   * @param {boolean} [retain]
   */
  say(user, leaf, payload, retain = false) {
    return this.client.publish(`nudge/${user}/${leaf}`, payload, { retain });
  }

  /**
   * The first message of a user on a topic that the predicate likes.
   *
   * @param {string} user
   * @param {string} leaf a whole level, or a start of it that ends in /
   * @param {(message: Message) => boolean} [predicate]
   */
  hear(user, leaf, predicate = () => true) {
    const topic = `nudge/${user}/${leaf}`;
    const isIt = (/** @type {Message} */ message) =>
      leaf.endsWith('/') ? message.topic.startsWith(topic) : message.topic === topic;
    return this.heard.waitFor((message) => isIt(message) && predicate(message), {
      what: `a message on ${topic}`,
    });
  }

  /**
   * The page of a person is left, and the broker knows: what it said of its presence may be older.
   *
   * @param {string} user
   * @param {() => Promise<unknown>} leave
   */
  async left(user, leave) {
    const { topic } = await this.hear(user, 'presence/');
    const ends = new RegExp(
      `Client nudge-app-${topic.split('/').at(-1)}\\S*.* (disconnected|closed)`,
    );
    const from = this.broker.lines.length;
    await leave();
    await this.broker.waitForLine(ends, { from });
  }

  /**
   * @param {string} user
   * @param {string} event
   * @param {string} state
   */
  async receipt(user, event, state) {
    const isIt = (/** @type {Message} */ { json }) => json?.event === event && json.state === state;
    return (await this.hear(user, 'receipt', isIt)).json;
  }
}

/**
 * @typedef {(dir: string) => Promise<{ broker: import('../../e2e/support/broker.mjs').Broker, options: string[] }>}
 *   Guard
 */

/**
 * @param {{ after: (fn: () => any) => void }} test
 * @param {Partial<Parameters<typeof startBroker>[0]>} [brokerOptions]
 * @param {object} [more]
 * @param {boolean} [more.isOpen] whether the page's server lets it connect to any broker
 * @param {Guard} [more.guard] makes a broker with logins: that of the bridge and alice's are made by
 *   `nudge user add`, the test's own is the operator's
 * @returns {Promise<Scene>}
 */
export async function setScene(test, brokerOptions = {}, { isOpen = false, guard } = {}) {
  const dir = await scratchDirectory(test);
  const keep = keeper(test);
  const push = await keep(startWebPush({ dir: join(dir, 'push') }));
  const { broker, options } = guard
    ? await guard(dir)
    : { broker: await startBroker({ dir: join(dir, 'broker'), ...brokerOptions }), options: [] };
  await keep(broker);
  const login = { username: 'nudge', password_file: join(dir, 'bridge-password') };
  const settings = await writeSettings(dir, {
    mqtt: { url: broker.url, ...(guard && login) },
    webpush: {
      subject: 'mailto:nudge@example.org',
      allow_hosts: `localhost:${push.port}`,
      ca_file: push.caFile,
    },
  });
  const conf = ['--broker-conf', join(broker.dir, 'mosquitto.conf'), ...options];
  const password = guard ? await addAlice(settings, conf) : '';
  const page = [join(WEB, 'dist'), '0', ...(isOpen ? [] : [broker.wsUrl])];
  const server = await keep(startProcess('node', [join(WEB, 'serve.mjs'), ...page]));
  const line = await server.waitForLine(/listening on http/);
  const address = /http:\S+/.exec(line)?.[0] ?? '';
  const operator = guard && { username: 'operator', password: 'o' };
  const client = await keep(connect(broker.url, operator), (client) => client.end());
  const heard = await client.collect('nudge/#');
  const bridge = await keep(startBridge({ settings }), () => scene.bridge.stop());
  const parts = { broker, settings, bridge, address, server, push, password, client, heard };
  const scene = new Scene(parts);
  return scene;
}

/**
 * @param {string} settings
 * @param {string[]} options
 * @returns her password
 */
async function addAlice(settings, options) {
  const { code, lines } = await runNudge(['user', '-c', settings, ...options, 'add', 'alice']);
  if (code !== 0) throw new Error(lines.join('\n'));
  return passwordIn(lines, 'alice');
}
