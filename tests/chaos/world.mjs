// What the storm goes over: a broker, the bridge, APNs, and a line from the bridge to each of the two.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeApnsKey, startApns } from '../e2e/support/apns.mjs';
import { writeSettings } from '../e2e/support/bridge.mjs';
import { startBroker } from '../e2e/support/broker.mjs';
import { connect } from '../e2e/support/mqtt.mjs';
import { startProcess } from '../e2e/support/process.mjs';
import { NO_LIMIT } from '../e2e/support/scene.mjs';
import { Line } from './proxy.mjs';

const NUDGE =
  process.env.NUDGE_BINARY ?? fileURLToPath(new URL('../../build/nudge', import.meta.url));
const TEAM = 'TEAM123456';
const TOPIC = 'dev.example.app';

/** @type {Record<string, string[]>} the devices of each user */
const PEOPLE = { ann: ['phone', 'tablet'], bob: ['phone'], eve: ['phone', 'watch'] };

/** Each user's device tokens. */
export const TOKENS = new Map(
  Object.entries(PEOPLE).map(([user, devices]) => [
    user,
    devices.map((device) => Buffer.from(`${user} ${device}`.padEnd(32)).toString('hex')),
  ]),
);

export class World {
  /** @type {string[]} */
  complaints = [];
  /** @type {import('../e2e/support/process.mjs').Started} */
  bridge;

  /**
   * @param {object} parts
   * @param {string} parts.settings
   * @param {import('../e2e/support/broker.mjs').Broker} parts.broker
   * @param {import('../e2e/support/apns.mjs').Apns} parts.apns
   * @param {Line} parts.brokerLine
   * @param {Line} parts.pushLine
   */
  constructor({ settings, broker, apns, brokerLine, pushLine }) {
    this.settings = settings;
    this.broker = broker;
    this.apns = apns;
    this.brokerLine = brokerLine;
    this.pushLine = pushLine;
    this.bridge = this.#start();
  }

  async killBridge() {
    const { bridge } = this;
    this.#isDoomed = true;
    await bridge.kill();
  }

  startBridge() {
    this.bridge = this.#start();
  }

  /** @param {{ forgets: boolean }} options whether it also loses what it has saved */
  async killBroker({ forgets }) {
    await this.broker.kill();
    if (forgets) await rm(join(this.broker.dir, 'mosquitto.db'), { force: true });
  }

  async startBroker() {
    await this.broker.restart();
  }

  /** Nothing is in the way any more. */
  heal() {
    this.brokerLine.open();
    this.pushLine.open();
    this.apns.clearScript();
  }

  async stop() {
    this.#isDoomed = true;
    this.heal();
    await this.bridge.kill();
    await Promise.all([this.broker.stop(), this.apns.stop()]);
    this.brokerLine.stop();
    this.pushLine.stop();
  }

  async register() {
    const client = await connect(this.broker.url);
    await this.bridge.waitForLine(/ready/);
    for (const [user, devices] of Object.entries(PEOPLE))
      for (const [at, device] of devices.entries()) {
        const token = TOKENS.get(user)?.[at] ?? '';
        const where = { platform: 'apns', token, topic: TOPIC };
        const document = { ...where, name: device, prefs: NO_LIMIT };
        this.apns.devices.set(token, { topic: TOPIC });
        await client.publish(`nudge/${user}/device/${device}`, document, { retain: true });
        await this.bridge.waitForLine(new RegExp(`${user}/${device} is registered`));
      }
    await client.end();
  }

  #isDoomed = false;

  #start() {
    const bridge = startProcess(NUDGE, ['run', '-c', this.settings]);
    this.#isDoomed = false;
    void bridge.exited.then(({ code, signal }) => {
      if (this.#isDoomed) return;
      const said = bridge.lines.slice(-5).join('\n  ');
      this.complaints.push(`the bridge ended by itself (${signal ?? `exit ${code}`}):\n  ${said}`);
      this.startBridge(); // as its supervisor would
    });
    return bridge;
  }
}

/**
 * @param {string} dir
 * @param {{ durability: string }} options
 */
export async function makeWorld(dir, { durability }) {
  const { keyId, keyFile, publicKeyPem } = await makeApnsKey(dir);
  const team = { teamId: TEAM, keyId, publicKeyPem };
  const [apns, broker] = await Promise.all([
    startApns({ dir: join(dir, 'apns'), ...team, topics: [TOPIC], devices: {}, coldStart: true }),
    // So often that a killed broker comes back with something old.
    startBroker({ dir: join(dir, 'broker'), extra: ['autosave_interval 1'] }),
  ]);
  const brokerLine = new Line();
  const pushLine = new Line();
  await Promise.all([brokerLine.listen(broker.port), pushLine.listen(apns.port)]);
  const url = `https://localhost:${pushLine.port}`;
  const settings = await writeSettings(dir, {
    mqtt: { url: `mqtt://127.0.0.1:${brokerLine.port}` },
    state: { durability, keep_decisions: 100_000 },
    limits: { waiting: 1_000_000 }, // nobody answers in a storm
    apns: {
      ...{ key_file: keyFile, key_id: keyId, team_id: TEAM, topic: TOPIC },
      ...{ production_url: url, sandbox_url: url, ca_file: apns.caFile },
    },
  });
  const world = new World({ settings, broker, apns, brokerLine, pushLine });
  try {
    await world.register();
  } catch (error) {
    await world.stop();
    throw error;
  }
  return world;
}
