// OneSignal and Pushwoosh, each against a strict stand-in.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { runNudge, startBridge, writeSettings } from './support/bridge.mjs';
import { startBroker } from './support/broker.mjs';
import { connect } from './support/mqtt.mjs';
import { NO_LIMIT } from './support/scene.mjs';
import { scratchDirectory } from './support/scratch.mjs';
import { startOneSignal, startPushwoosh } from './support/third-parties.mjs';

const APP = '5eb5a37e-b458-11e3-ac11-000c2940e62c';
const SUBSCRIPTION = '6392d91a-b206-4b7b-a620-cd68e32c3a76';
const EVENT = {
  kind: 'permission.asked',
  host: 'workstation',
  session: { id: 'ses_1', title: 'Fix login', parent: null },
  request: { id: 'per_1', nonce: 'secret' },
  body: 'rm -rf build',
  ttl_s: 600,
};

/** @type {Record<string, { standIn: import('./support/third-parties.mjs').ThirdParty, token: string }>} */
const parties = {};
/** @type {import('./support/mqtt.mjs').Client} */
let client;
/** @type {import('./support/mqtt.mjs').Collection} */
let receipts;
/** @type {import('./support/process.mjs').Started} */
let bridge;
let settings = '';
/** @type {(() => any)[]} */
const endings = [];

before(async () => {
  const scope = /** @type {any} */ ({ after: (/** @type {any} */ end) => endings.unshift(end) });
  const dir = await scratchDirectory(scope);
  const onesignal = await startOneSignal({
    ...{ dir: join(dir, 'onesignal'), appId: APP, key: 'os_v2_app_key' },
    subscriptions: new Set([SUBSCRIPTION]),
  });
  const pushwoosh = await startPushwoosh({
    ...{ dir: join(dir, 'pushwoosh'), application: 'ABCDE-12345', key: 'yxoPUlwq' },
    devices: new Set(['HWID-1']),
  });
  parties.onesignal = { standIn: onesignal, token: SUBSCRIPTION };
  parties.pushwoosh = { standIn: pushwoosh, token: 'HWID-1' };
  const broker = await startBroker({ dir: join(dir, 'broker') });
  const keyFile = async (/** @type {string} */ name, /** @type {string} */ key) => {
    await writeFile(join(dir, name), `${key}\n`, { mode: 0o600 });
    return join(dir, name);
  };
  settings = await writeSettings(dir, {
    mqtt: { url: broker.url },
    onesignal: {
      ...{ app_id: APP, key_file: await keyFile('one', 'os_v2_app_key') },
      ...{ url: onesignal.url, ca_file: onesignal.caFile },
    },
    pushwoosh: {
      ...{ application: 'ABCDE-12345', key_file: await keyFile('woosh', 'yxoPUlwq') },
      ...{ url: pushwoosh.url, ca_file: pushwoosh.caFile },
    },
  });
  bridge = await startBridge({ settings });
  client = await connect(broker.url);
  receipts = await client.collect('nudge/+/receipt');
  endings.unshift(async () => {
    await client.end();
    await bridge.stop();
    await Promise.all([broker.stop(), onesignal.stop(), pushwoosh.stop()]);
    assert.equal(await readFile(settings, 'utf8').then((text) => text.includes('yxoPUlwq')), false);
  });
});
after(async () => {
  for (const end of endings) await end();
});

let people = 0;

/**
 * The receipt of an event for a person of one device.
 *
 * @param {object} registration
 * @param {object} [prefs]
 */
async function push(registration, prefs) {
  const name = `person${++people}`;
  const all = { ...NO_LIMIT, delay_s: { 'permission.asked': 0 }, ...prefs };
  const registered = bridge.waitForLine(new RegExp(`${name}/phone is registered`));
  await client.publish(
    `nudge/${name}/device/phone`,
    { ...registration, prefs: all },
    { retain: true },
  );
  await registered;
  await client.publish(`nudge/${name}/event`, { id: `evt_${name}`, ...EVENT });
  const { json } = await receipts.waitFor(
    ({ topic, json }) => topic === `nudge/${name}/receipt` && json.device === 'phone',
  );
  return json;
}

for (const platform of ['onesignal', 'pushwoosh'])
  describe(platform, () => {
    const party = () => {
      const found = parties[platform];
      if (!found) throw new Error(platform);
      return found;
    };

    test('takes a push, with what the app needs to answer', async () => {
      const { standIn, token } = party();
      const receipt = await push({ platform, token });
      const seen = JSON.stringify([receipt, standIn.refused.map(({ reason }) => reason)]);
      assert.deepEqual([receipt.state, receipt.service], ['pushed', platform], seen);
      const { message } = /** @type {any} */ (standIn.accepted.at(-1));
      assert.equal(message.data.category, 'NUDGE_PERMISSION');
      assert.equal(message.data.nonce, 'secret');
      assert.match(JSON.stringify(message), /Permission needed: Fix login/);
    });

    test('is asked by doctor, and nobody is told anything', async () => {
      const { standIn } = party();
      const before = standIn.accepted.length;
      const { lines } = await runNudge(['doctor', '-c', settings]);
      const told = lines.filter((line) => line.includes(platform)).join('\n');
      assert.match(told, new RegExp(`ok .*${platform}.* takes our pushes`), lines.join('\n'));
      assert.equal(standIn.accepted.length, before);
    });

    test('is told nothing with the privacy none', async () => {
      const { standIn, token } = party();
      assert.equal((await push({ platform, token }, { privacy: 'none' })).state, 'pushed');
      const { message } = /** @type {any} */ (standIn.accepted.at(-1));
      assert.doesNotMatch(
        JSON.stringify(message),
        /Fix login|rm -rf|per_1|ses_1|secret|workstation|evt_|permission/,
      );
    });

    test('is asked again when it breaks down, under the same name', async () => {
      const { standIn, token } = party();
      const from = standIn.faulted.length;
      standIn.script([{ status: 503, reason: 'down', headers: { 'retry-after': '1' } }]);
      const receipt = await push({ platform, token });
      assert.deepEqual([receipt.state, receipt.attempt], ['pushed', 2]);
      const [failed, taken] = [standIn.faulted[from], standIn.accepted.at(-1)];
      assert.equal(failed?.message.idempotency_key, taken?.message.idempotency_key);
    });

    test('keeps a device that it does not know', async () => {
      const token = platform === 'onesignal' ? SUBSCRIPTION.replace('6', '7') : 'HWID-2';
      const receipt = await push({ platform, token });
      const { state, reason, status, detail } = receipt;
      assert.deepEqual([state, status], ['failed', 200], JSON.stringify(receipt));
      assert.match(reason, /invalid_player_ids|UnknownDevices/);
      assert.match(detail, /register again/);
      assert.ok(!bridge.lines.some((line) => /is gone/.test(line)));
    });
  });
