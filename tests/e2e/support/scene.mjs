// The whole way of a push in one place: a broker, the bridge, a stand-in for APNs, and somebody who
// publishes and reads the receipts.
import { join } from 'node:path';
import { Line } from '../../chaos/proxy.mjs';
import { makeApnsKey, startApns } from './apns.mjs';
import { startBridge, writeSettings } from './bridge.mjs';
import { startBroker } from './broker.mjs';
import { connect } from './mqtt.mjs';
import { keeper, scratchDirectory } from './scratch.mjs';

const TEAM = 'TEAM123456';
export const TOPIC = 'dev.example.app';

/** For a test that sends more than a person wants to get. */
const MOST = { burst: 1_000_000, per_minute: 1_000_000 };
export const NO_LIMIT = { rate: { ...MOST, asks: MOST } };

/**
 * @typedef {object} Receipt
 * @property {string} event
 * @property {string} [device]
 * @property {string} state
 * @property {string} [reason]
 * @property {string} [service]
 * @property {number} [status]
 * @property {number} [attempt]
 * @property {number} [latency_ms]
 */

/**
 * One user with one iPhone; each test takes another user, so that they share one scene in peace.
 *
 * @typedef {object} User
 * @property {string} name
 * @property {string} token of the phone
 * @property {(leaf: string, payload: string | Buffer | object, retain?: boolean) => Promise<void>} say
 *   publishes below `nudge/<user>/`
 * @property {(event: object) => Promise<string>} tell publishes an event; gives its id
 * @property {(predicate: (receipt: Receipt) => boolean) => Promise<Receipt>} receipt
 * @property {() => Receipt[]} receipts so far
 * @property {() => any[]} pushes accepted for this phone so far
 */

export class Scene {
  #users = 0;

  /**
   * @param {string} settings
   * @param {import('./broker.mjs').Broker} broker
   * @param {import('./apns.mjs').Apns} apns
   * @param {import('./process.mjs').Started} bridge
   * @param {import('./mqtt.mjs').Client} client
   * @param {import('./mqtt.mjs').Collection} receipts
   */
  constructor(settings, broker, apns, bridge, client, receipts) {
    this.settings = settings;
    this.broker = broker;
    this.apns = apns;
    this.bridge = bridge;
    this.client = client;
    this.receipts = receipts;
  }

  /** The bridge again, on the same state. */
  async restartBridge() {
    await this.bridge.stop();
    this.bridge = await startBridge({ settings: this.settings });
  }

  /**
   * @param {object} [registration] beside or in place of the usual
   * @returns {Promise<User>}
   */
  async addUser(registration = {}) {
    const name = `user${++this.#users}`;
    const token = String(this.#users).padStart(4, '0').repeat(16);
    const usual = { platform: 'apns', name: 'A phone', token, topic: TOPIC, prefs: NO_LIMIT };
    const document = { ...usual, ...registration };
    this.apns.devices.set(document.token, { topic: document.topic });
    const user = this.#user(name, document.token);
    const heard = this.bridge.waitForLine(new RegExp(`${name}/phone is registered`));
    await user.say('device/phone', document, true);
    await heard;
    return user;
  }

  /**
   * @param {string} name
   * @param {string} token
   * @returns {User}
   */
  #user(name, token) {
    let events = 0;
    const isMine = (/** @type {import('./mqtt.mjs').Message} */ { topic }) =>
      topic === `nudge/${name}/receipt`;
    /** @type {User} */
    const user = {
      name,
      token,
      say: async (leaf, payload, retain = false) => {
        await this.client.publish(`nudge/${name}/${leaf}`, payload, { retain });
      },
      tell: async (event) => {
        const id = `evt_${name}_${++events}`;
        await user.say('event', { id, ...event });
        return id;
      },
      receipt: async (predicate) =>
        (await this.receipts.waitFor((message) => isMine(message) && predicate(message.json))).json,
      receipts: () => this.receipts.messages.filter(isMine).map(({ json }) => json),
      pushes: () => this.apns.accepted.filter((push) => push.token === token),
    };
    return user;
  }
}

/**
 * @param {{ after: (fn: () => any) => void }} test
 * @param {{ coldStart?: boolean, line?: Line }} [options] line: put between the bridge and APNs
 * @returns {Promise<Scene>}
 */
export async function setScene(test, { coldStart = true, line } = {}) {
  const dir = await scratchDirectory(test);
  const keep = keeper(test);
  const { keyId, keyFile, publicKeyPem } = await makeApnsKey(dir);
  const apns = await keep(
    startApns({
      dir: join(dir, 'apns'),
      ...{ teamId: TEAM, keyId, publicKeyPem, topics: [TOPIC], devices: {}, coldStart },
    }),
  );
  if (line) await keep(line.listen(apns.port), () => line.stop());
  const url = line ? `https://localhost:${line.port}` : apns.url;
  const broker = await keep(startBroker({ dir: join(dir, 'broker') }));
  const settings = await writeSettings(dir, {
    mqtt: { url: broker.url },
    apns: {
      ...{ key_file: keyFile, key_id: keyId, team_id: TEAM, topic: TOPIC },
      ...{ production_url: url, sandbox_url: url, ca_file: apns.caFile },
    },
  });
  const client = await keep(connect(broker.url), (client) => client.end());
  const receipts = await client.collect('nudge/+/receipt');
  const bridge = await keep(startBridge({ settings }), () => scene.bridge.stop());
  const scene = new Scene(settings, broker, apns, bridge, client, receipts);
  return scene;
}
