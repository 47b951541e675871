// All push services in one place: a broker, the bridge, strict stand-ins for APNs (both environments),
// FCM, Web Push and ntfy, and somebody who publishes and reads what comes back.
import { join } from 'node:path';
import { makeApnsKey, startApns } from './apns.mjs';
import { startBridge, writeSettings } from './bridge.mjs';
import { startBroker } from './broker.mjs';
import { startFcm } from './fcm.mjs';
import { writeServiceAccount } from './google-tokens.mjs';
import { connect } from './mqtt.mjs';
import { startNtfy } from './ntfy.mjs';
import { NO_LIMIT } from './scene.mjs';
import { keeper, scratchDirectory } from './scratch.mjs';
import { startWebPush } from './webpush.mjs';

const TEAM = 'TEAM123456';
export const TOPIC = 'dev.example.app';

/** Whatever is said is pushed, and at once. */
const AT_ONCE = { ...NO_LIMIT, delay_s: { 'permission.asked': 0, 'question.asked': 0 } };

/**
 * @typedef {import('./scene.mjs').Receipt & { detail?: string }} Receipt
 *
 * @typedef {object} Person a user of one device, `phone`
 * @property {string} name
 * @property {(registration: object) => Promise<void>} register the device, in place of the one there is
 * @property {(leaf: string, payload: string | object, retain?: boolean) => Promise<void>} say
 * @property {(event: object) => Promise<string>} tell publishes an event; gives its id
 * @property {(event: string, predicate?: (receipt: Receipt) => boolean) => Promise<Receipt>} receipt the
 *   first one about the event that says more than "accepted"
 * @property {() => Promise<any>} warning the first one about the device
 */

/** @param {{ after: (fn: () => any) => void }} test @param {Options} options @typedef {Awaited<ReturnType<typeof setServices>>} Services */
export async function setServices(test, options = {}) {
  const dir = await scratchDirectory(/** @type {any} */ (test));
  const keep = keeper(test);
  const { keyId, keyFile, publicKeyPem } = await makeApnsKey(dir);
  const team = { teamId: TEAM, keyId, publicKeyPem, topics: [TOPIC], devices: {} };
  const [production, sandbox, fcm, webpush, ntfy, broker] = await Promise.all([
    keep(startApns({ dir: join(dir, 'production'), ...team })),
    keep(startApns({ dir: join(dir, 'sandbox'), ...team })),
    keep(startFcm({ dir: join(dir, 'fcm'), devices: [] })),
    keep(startWebPush({ dir: join(dir, 'webpush') })),
    keep(startNtfy({ dir: join(dir, 'ntfy'), access: options.access, limit: options.limit })),
    keep(startBroker({ dir: join(dir, 'broker') })),
  ]);
  const caFile = await joinFiles(dir, [production.caFile, sandbox.caFile]);
  const settings = await writeSettings(dir, {
    mqtt: { url: (await options.through?.(broker.url)) ?? broker.url },
    apns: {
      ...{ key_file: keyFile, key_id: keyId, team_id: TEAM, topic: TOPIC, ca_file: caFile },
      ...{ production_url: production.url, sandbox_url: sandbox.url },
    },
    fcm: {
      service_account_file: await writeServiceAccount(dir, fcm.account),
      ...{ url: fcm.url, ca_file: fcm.caFile },
    },
    webpush: {
      ...{
        subject: 'mailto:admin@example.org',
        allow_hosts: `localhost:${webpush.port}`,
        ca_file: webpush.caFile,
      },
      ...options.webpush,
    },
    ntfy: { allow_hosts: `localhost:${ntfy.port}`, ca_file: ntfy.caFile, ...options.ntfy },
    webhook: options.webhook ?? {},
  });
  const client = await keep(connect(broker.url), (client) => client.end());
  const receipts = await client.collect('nudge/+/receipt');
  const states = await client.collect('nudge/+/state');
  const infos = await client.collect('nudge/bridge/nudge/info');
  let bridge = await keep(startBridge({ settings, env: options.env }), () => bridge.stop());
  const standIns = { production, sandbox, fcm, webpush, ntfy };
  let people = 0;
  return {
    ...standIns,
    ...{ dir, settings, broker, client },
    bridge: () => bridge,
    /** The bridge again, on the same state. */
    async restart() {
      await bridge.stop();
      bridge = await startBridge({ settings, env: options.env });
    },
    ...{ infos, receipts },
    /** What the bridge says of itself, once the predicate likes it. */
    info: async (/** @type {(info: any) => boolean} */ predicate = () => true, from = 0) =>
      (await infos.waitFor(({ json }) => json && predicate(json), { from })).json,
    /** @param {object} [registration] @returns {Promise<Person>} */
    async addPerson(registration) {
      const person = makePerson(`user${++people}`, client, { receipts, states }, () => bridge);
      if (registration) await person.register(registration);
      return person;
    },
  };
}

/**
 * @typedef {object} Options
 * @property {Record<string, string | number>} [webpush] settings in place of the usual
 * @property {Record<string, string | number>} [ntfy]
 * @property {Record<string, string | number>} [webhook]
 * @property {Record<string, string[]>} [access] of the ntfy server
 * @property {NodeJS.ProcessEnv} [env] of the bridge
 * @property {(url: string) => Promise<string>} [through] what is between the bridge and the broker
 * @property {import('./ntfy.mjs').Limit} [limit] of the ntfy server
 */

/**
 * @param {string} name
 * @param {import('./mqtt.mjs').Client} client
 * @param {Record<'receipts' | 'states', import('./mqtt.mjs').Collection>} told
 * @param {() => import('./process.mjs').Started} bridge
 * @returns {Person}
 */
function makePerson(name, client, { receipts, states }, bridge) {
  let events = 0;
  /** @type {Person} */
  const person = {
    name,
    async say(leaf, payload, retain = false) {
      await client.publish(`nudge/${name}/${leaf}`, payload, { retain });
    },
    async register(registration) {
      const heard = bridge().waitForLine(new RegExp(`${name}/phone is registered`), {
        from: bridge().lines.length,
      });
      await person.say('device/phone', { prefs: AT_ONCE, ...registration }, true);
      await heard;
    },
    async tell(event) {
      const id = `evt_${name}_${++events}`;
      await person.say('event', { id, ...event });
      return id;
    },
    async receipt(event, predicate = ({ state }) => state !== 'accepted') {
      const found = await receipts.waitFor(
        ({ topic, json }) =>
          topic === `nudge/${name}/receipt` && json?.event === event && predicate(json),
        { timeoutMs: 60_000 },
      );
      return found.json;
    },
    async warning() {
      const isIt = (/** @type {any} */ { device }) => device === 'phone';
      const { json } = await states.waitFor(
        ({ topic, json }) => topic === `nudge/${name}/state` && json?.warnings.some(isIt),
      );
      return json.warnings.find(isIt);
    },
  };
  return person;
}

/**
 * @param {string} dir
 * @param {string[]} files
 */
async function joinFiles(dir, files) {
  const { readFile, writeFile } = await import('node:fs/promises');
  const file = join(dir, 'authorities.pem');
  await writeFile(file, (await Promise.all(files.map((each) => readFile(each)))).join(''));
  return file;
}
