// Whoever was let in learns nothing of another person: no name, no device, no host, whatever goes wrong. By
// the access list that `nudge user add` writes.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { makeApnsKey, startApns } from './support/apns.mjs';
import { runNudge, startBridge, writeSettings } from './support/bridge.mjs';
import { passwordIn, withFiles } from './support/logins.mjs';
import { connect } from './support/mqtt.mjs';
import { enterNetwork } from './support/netns.mjs';
import { scratchDirectory } from './support/scratch.mjs';

// Doctor looks at each port of this machine.
await enterNetwork(import.meta.url);

const TEAM = 'TEAM123456';
const TOPIC = 'dev.example.app';
const INFO = 'nudge/bridge/nudge/info';

/** Whatever is hers and has a name. */
const HERS = ['alice', 'purple-phone', 'purple-tablet', 'cellar-host', 'moonshot', 'ses_hers'];
const SESSION = { id: 'ses_hers', title: 'moonshot' };

/** Two of alice's devices fail for good: one is gone, the other's topic is not ours. */
const DEVICES = /** @type {const} */ ([
  ['purple-phone', { token: 'ab'.repeat(32), name: 'purple-phone' }, 'BadDeviceToken'],
  ['purple-tablet', { token: 'cd'.repeat(32), topic: 'dev.other.app' }, 'TopicDisallowed'],
]);

/** @typedef {import('./support/mqtt.mjs').Client} Client */

/** @type {Awaited<ReturnType<typeof makePlace>>} */
let place;
/** @type {(() => any)[]} */
const endings = [];
const lifetime = { after: (/** @type {() => any} */ end) => void endings.unshift(end) };
before(async () => {
  place = await makePlace();
});
after(async () => {
  for (const end of endings) await end();
});

async function makePlace() {
  const dir = await scratchDirectory(lifetime);
  const { broker } = await withFiles(dir);
  lifetime.after(() => broker.stop());
  const { keyId, keyFile, publicKeyPem } = await makeApnsKey(dir);
  const apns = await startApns({
    ...{ dir: join(dir, 'apns'), teamId: TEAM, keyId, publicKeyPem, topics: [TOPIC], devices: {} },
  });
  lifetime.after(() => apns.stop());
  const password_file = join(dir, 'bridge-password');
  const settings = await writeSettings(dir, {
    mqtt: { url: broker.url, username: 'nudge', password_file, users: 'alice, bob' },
    apns: {
      ...{ key_file: keyFile, key_id: keyId, team_id: TEAM, topic: TOPIC, ca_file: apns.caFile },
      ...{ production_url: apns.url, sandbox_url: apns.url },
    },
  });
  /** @param {string} name */
  const login = async (name) => {
    const conf = join(broker.dir, 'mosquitto.conf');
    const { lines } = await runNudge(['user', '-c', settings, '--broker-conf', conf, 'add', name]);
    const password = passwordIn(lines, name);
    const client = await enter(broker, name, password);
    lifetime.after(() => client.end());
    return { client, password };
  };
  const alice = await login('alice');
  const bob = await login('bob');
  /** Bob once more, who hears what is kept. */
  const bobAgain = () => enter(broker, 'bob', bob.password);
  let bridge = await startBridge({ settings });
  lifetime.after(() => bridge.stop());
  const restart = async () => {
    await bridge.stop();
    bridge = await startBridge({ settings });
  };
  return { settings, alice: alice.client, bob: bob.client, bobAgain, restart };
}

/**
 * The broker says nothing once it has read its files again.
 *
 * @param {import('./support/broker.mjs').Broker} broker
 * @param {string} username
 * @param {string} password
 */
async function enter({ url }, username, password) {
  for (let tries = 0; ; tries++) {
    try {
      return await connect(url, { username, password });
    } catch (error) {
      if (tries === 200) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** Asks for everything; the broker delivers what it grants. @param {Client} client */
async function listen(client) {
  const all = await client.collect('#');
  for (const filter of ['nudge/#', 'nudge/+/+', 'nudge/bridge/#', 'nudge/bridge/+/+'])
    await client.client.subscribeAsync(filter, { qos: 1 }).catch(() => {});
  return all;
}

/** @param {import('./support/mqtt.mjs').Collection} heard */
function namesNobody({ messages }) {
  for (const { topic, text } of messages)
    for (const word of HERS)
      assert.ok(!`${topic} ${text}`.includes(word), `${word} in ${topic}: ${text}`);
}

/** @param {any[]} warnings */
const withoutTimes = (warnings) =>
  warnings.map(({ ts, advice, ...rest }) => {
    assert.ok(ts > 0 && advice, JSON.stringify(rest));
    return rest;
  });

const TOLD = [
  { service: 'apns', device: 'purple-phone', reason: 'BadDeviceToken', gone: true },
  { service: 'apns', device: 'purple-tablet', reason: 'TopicDisallowed', gone: false },
];

describe('a person whose devices fail', () => {
  /** @type {import('./support/mqtt.mjs').Collection} */
  let states;
  /** @type {import('./support/mqtt.mjs').Collection} */
  let heard;
  before(async () => {
    const { alice, bob } = place;
    heard = await listen(bob);
    states = await alice.collect('nudge/alice/state');
    const receipts = await alice.collect('nudge/alice/receipt');
    const agent = { state: 'online', running: 1, waiting: 0, sessions: [] };
    await alice.publish('nudge/alice/agent/cellar-host', agent, { retain: true });
    for (const [name, registration, reason] of DEVICES) {
      const device = { platform: 'apns', ...registration };
      await alice.publish(`nudge/alice/device/${name}`, device, { retain: true });
      const event = { id: `evt_${name}`, kind: 'note', body: 'hello', session: SESSION };
      await alice.publish('nudge/alice/event', { ...event, device: name, host: 'cellar-host' });
      const { json } = await receipts.waitFor(
        ({ json }) => json.event === event.id && json.state === 'failed',
      );
      assert.equal(json.reason, reason);
    }
  });

  test('reads in their own state which, why, and what to do', async () => {
    const { json } = await states.waitFor(({ json }) => json?.warnings?.length === 2);
    assert.deepEqual(withoutTimes(json.warnings), TOLD);
  });

  test('is a number to everybody else, now and as it is kept', async (t) => {
    const isCounted = (/** @type {any} */ { topic, json }) =>
      topic === INFO && json.failing_devices === 2;
    const { json } = await heard.waitFor(isCounted);
    assert.deepEqual(json.warnings, []);
    await heard.waitFor(
      ({ topic, json }) => topic.endsWith('/health') && json.service_failed_total.apns > 0,
    );
    namesNobody(heard);
    const again = await place.bobAgain();
    t.after(() => again.end());
    const kept = await listen(again);
    await kept.waitFor(isCounted);
    namesNobody(kept);
  });

  test('is named to the administrator by doctor', async () => {
    const { lines } = await runNudge(['doctor', '-c', place.settings]);
    const about = lines.filter((line) => line.includes('alice/purple-'));
    assert.equal(about.filter((line) => line.startsWith('warn')).length, 2, lines.join('\n'));
    assert.match(about.join('\n'), /alice\/purple-phone was removed: BadDeviceToken: /);
    assert.match(about.join('\n'), /alice\/purple-tablet: TopicDisallowed: /);
  });

  test('still reads it after a restart, and without any device', async () => {
    const from = states.messages.length;
    await place.alice.publish('nudge/alice/device/purple-tablet', '', { retain: true });
    await place.alice.publish('nudge/alice/agent/cellar-host', '', { retain: true });
    // Of what was removed there is nothing to say; of what the bridge removed, for a while.
    const isAlone = (/** @type {any} */ { json }) => json?.warnings?.length === 1;
    await states.waitFor((one) => isAlone(one) && one.json.devices === 0, { from });
    const before = states.messages.length;
    await place.restart();
    const { json } = await states.waitFor(({ json }) => json?.warnings !== undefined, {
      from: before,
    });
    assert.deepEqual(withoutTimes(json.warnings), TOLD.slice(0, 1));
    namesNobody(heard);
  });

  test('reads nothing more of a device that is registered anew', async () => {
    const from = states.messages.length;
    const device = { platform: 'apns', token: 'c'.repeat(64) };
    await place.alice.publish('nudge/alice/device/purple-phone', device, { retain: true });
    await states.waitFor(({ json }) => json?.devices === 1 && json.warnings.length === 0, { from });
  });
});
