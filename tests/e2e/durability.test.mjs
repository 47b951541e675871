// What must survive: a bridge that starts before its broker, a broker that lost its memory, a file that is
// damaged, preferences that changed while the bridge was away.
import assert from 'node:assert/strict';
import { readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startBridge, writeSettings } from './support/bridge.mjs';
import { startBroker } from './support/broker.mjs';
import { makeAuthority } from './support/certificates.mjs';
import { connect } from './support/mqtt.mjs';
import { freePort } from './support/ports.mjs';
import { runProcess, startProcess } from './support/process.mjs';
import { scratchDirectory } from './support/scratch.mjs';
import { NO_LIMIT, setScene } from './support/scene.mjs';

const NUDGE = fileURLToPath(new URL('../../build/nudge', import.meta.url));
const LOG_DEVICE = { platform: 'log', prefs: NO_LIMIT };

/**
 * @param {import('node:test').TestContext} t
 * @param {{ port?: number }} [options]
 */
async function logScene(t, { port } = {}) {
  const dir = await scratchDirectory(t);
  const broker = await startBroker({ dir: join(dir, 'broker'), ...(port && { port }) });
  t.after(() => broker.stop());
  const settings = await writeSettings(dir, { mqtt: { url: broker.url } });
  const bridge = await startBridge({ settings });
  t.after(() => bridge.stop());
  return { dir, broker, settings, bridge };
}

/**
 * @param {import('./support/broker.mjs').Broker} broker
 * @param {(client: import('./support/mqtt.mjs').Client) => Promise<void>} use
 */
async function withClient(broker, use) {
  const client = await connect(broker.url);
  await use(client).finally(() => client.end());
}

describe('a broker that lost its memory', () => {
  test('gets preferences and devices back', async (t) => {
    const { broker, bridge } = await logScene(t);
    await withClient(broker, async (client) => {
      await client.publish('nudge/me/device/phone', LOG_DEVICE, { retain: true });
      await client.publish('nudge/me/prefs', { kinds: { note: false } }, { retain: true });
      await bridge.waitForLine(/me\/phone is registered/);
    });
    const from = bridge.lines.length;
    await broker.kill();
    await rm(join(broker.dir, 'mosquitto.db'), { force: true });
    await broker.restart();
    await bridge.waitForLine(/ready: .*, 1 devices/, { from });

    await withClient(broker, async (client) => {
      const device = await client.collect('nudge/me/device/phone');
      const prefs = await client.collect('nudge/me/prefs');
      const receipts = await client.collect('nudge/me/receipt');
      await device.waitFor(({ json, retain }) => retain && json.platform === 'log');
      await prefs.waitFor(({ json, retain }) => retain && json.kinds.note === false);
      await client.publish('nudge/me/event', 'hello');
      await receipts.waitFor(({ json }) => json.state === 'suppressed' && json.reason === 'kind');
    });
  });

  test('forgets a device that was removed while the bridge was away', async (t) => {
    const { broker, bridge, settings } = await logScene(t);
    await withClient(broker, async (client) => {
      await client.publish('nudge/me/device/phone', LOG_DEVICE, { retain: true });
      await bridge.waitForLine(/me\/phone is registered/);
      await bridge.stop();
      await client.publish('nudge/me/device/phone', '', { retain: true });
      const again = await startBridge({ settings });
      t.after(() => again.stop());
      // Not at once: what was not heard once may only be late.
      await again.waitForLine(/1 devices are no longer registered/);
      const receipts = await client.collect('nudge/me/receipt');
      await client.publish('nudge/me/event', 'hello');
      await receipts.waitFor(({ json }) => json.reason === 'no-device');
    });
  });
});

describe('the state before the events', () => {
  for (const [now, reason] of /** @type {const} */ ([
    [false, 'kind'],
    [true, undefined],
  ])) {
    test(`preferences said after an event that waited ${now ? 'let it through' : 'silence it'}`, async (t) => {
      const { broker, bridge, settings } = await logScene(t);
      await withClient(broker, async (client) => {
        await client.publish('nudge/me/device/phone', LOG_DEVICE, { retain: true });
        await client.publish('nudge/me/prefs', { kinds: { note: !now } }, { retain: true });
        await bridge.waitForLine(/me\/phone is registered/);
        await bridge.stop();
        await client.publish('nudge/me/event', { kind: 'note', id: 'waited', body: 'hello' });
        await client.publish('nudge/me/prefs', { kinds: { note: now } }, { retain: true });
        const receipts = await client.collect('nudge/me/receipt');
        const again = await startBridge({ settings });
        t.after(() => again.stop());
        const { json } = await receipts.waitFor(
          (message) => message.json.event === 'waited' && message.json.state !== 'accepted',
        );
        assert.equal(json.reason, reason);
      });
    });
  }
});

describe('the bridge', () => {
  test('starts before its broker, and finds it when it comes', async (t) => {
    const dir = await scratchDirectory(t);
    const port = await freePort();
    const settings = await writeSettings(dir, { mqtt: { url: `mqtt://127.0.0.1:${port}` } });
    const bridge = startProcess(NUDGE, ['run', '-c', settings]);
    t.after(() => bridge.stop());
    await bridge.waitForLine(/no connection to the broker/);
    const broker = await startBroker({ dir: join(dir, 'broker'), port });
    t.after(() => broker.stop());
    await bridge.waitForLine(/ready: /);
  });

  test('pushes what waits while the broker is away, from its own copy', async (t) => {
    const scene = await setScene(t);
    const user = await scene.addUser();
    scene.apns.script([{ times: 1000, status: 503, reason: 'ServiceUnavailable' }]);
    const id = await user.tell({ kind: 'note', body: 'hello' });
    // The second time it is written down; before, it would be judged again.
    const isRefused = new RegExp(`did not take ${id}`);
    await scene.bridge.waitForLine(isRefused);
    await scene.bridge.waitForLine(isRefused, { from: scene.bridge.lines.length });
    await scene.bridge.kill();
    await scene.broker.stop();
    scene.apns.clearScript();
    const bridge = startProcess(NUDGE, ['run', '-c', scene.settings], {
      cwd: dirname(scene.settings),
    });
    t.after(() => bridge.stop());
    await scene.apns.waitForAccepted(({ payload }) => payload.event_id === id);
    assert.ok(!bridge.lines.some((line) => /ready/.test(line)));
    await scene.broker.restart();
  });

  test('takes in all that waited at the broker while it was away', async (t) => {
    const { broker, bridge, settings } = await logScene(t);
    const count = 3000;
    await withClient(broker, async (client) => {
      await client.publish('nudge/me/device/phone', LOG_DEVICE, { retain: true });
      await bridge.waitForLine(/me\/phone is registered/);
      await bridge.stop();
      const event = (/** @type {number} */ i) => ({
        kind: 'note',
        id: `n${i}`,
        body: `number ${i}`,
      });
      await Promise.all(
        Array.from({ length: count }, (_, i) => client.publish('nudge/me/event', event(i))),
      );
    });
    const again = await startBridge({ settings });
    t.after(() => again.stop());
    await again.waitForLine(new RegExp(`number ${count - 1}$`));
    const shown = again.lines.filter((line) => / number \d+$/.test(line));
    assert.equal(new Set(shown.map((line) => line.split(' ').pop())).size, count);
    assert.equal(shown.length, count);
  });

  test('takes in over TLS what waited, though several messages are in one record', async (t) => {
    const dir = await scratchDirectory(t);
    const { caFile } = await makeAuthority(join(dir, 'ca'));
    const port = await freePort();
    const [certificate, key] = [join(dir, 'ca', 'loopback.pem'), join(dir, 'ca', 'loopback.key')];
    const tls = [`listener ${port} 127.0.0.1`, `certfile ${certificate}`, `keyfile ${key}`];
    const broker = await startBroker({ dir: join(dir, 'broker'), extra: tls });
    t.after(() => broker.stop());
    const mqtt = { url: `mqtts://localhost:${port}`, ca_file: caFile };
    const settings = await writeSettings(dir, { mqtt });
    await (await startBridge({ settings })).stop();
    const count = 500;
    await withClient(broker, async (client) => {
      const say = (/** @type {number} */ i) =>
        client.publish('nudge/me/event', { kind: 'note', id: `n${i}`, body: 'hello' });
      await Promise.all(Array.from({ length: count }, (_, i) => say(i)));
      const receipts = await client.collect('nudge/me/receipt');
      const bridge = await startBridge({ settings });
      t.after(() => bridge.stop());
      for (const i of [0, 1, count - 1])
        await receipts.waitFor(({ json }) => json.event === `n${i}` && json.state === 'accepted');
    });
  });

  test('keeps a damaged file aside, begins a new one and hears the devices again', async (t) => {
    const { dir, broker, bridge, settings } = await logScene(t);
    await withClient(broker, async (client) => {
      await client.publish('nudge/me/device/phone', LOG_DEVICE, { retain: true });
      await bridge.waitForLine(/me\/phone is registered/);
      await bridge.kill();
      for (const name of ['nudge.db', 'nudge.db-wal'])
        await writeFile(join(dir, 'state', name), 'this is no database '.repeat(500));
      const again = await startBridge({ settings });
      t.after(() => again.stop());
      const told = again.lines.filter((line) =>
        /it is kept as .*nudge\.db\.damaged-\d+/.test(line),
      );
      assert.equal(told.length, 1);
      assert.ok((await readdir(join(dir, 'state'))).some((name) => /damaged-\d+$/.test(name)));
      await client.publish('nudge/me/event', 'hello');
      await again.waitForLine(/me\/phone: Note: hello/);
    });
  });

  test('takes what comes without QoS, and has nothing to say about that', async (t) => {
    const { broker, bridge } = await logScene(t);
    await withClient(broker, async (client) => {
      const say = (/** @type {string} */ leaf, /** @type {string} */ payload) =>
        client.client.publishAsync(`nudge/me/${leaf}`, payload, { qos: 0 });
      await say('device/phone', JSON.stringify(LOG_DEVICE));
      await bridge.waitForLine(/me\/phone is registered/);
      for (const body of ['one', 'two', 'three']) await say('event', body);
      await bridge.waitForLine(/me\/phone: Note: three/);
      assert.deepEqual(
        bridge.lines.filter((line) => / (warn|error) /.test(line)),
        [],
      );
    });
  });

  test('asks for everything again when the broker says that it dropped messages', async (t) => {
    const dir = await scratchDirectory(t);
    const extra = ['sys_interval 1', 'max_queued_messages 1'];
    const broker = await startBroker({ dir: join(dir, 'broker'), extra });
    t.after(() => broker.stop());
    const settings = await writeSettings(dir, { mqtt: { url: broker.url } });
    const bridge = await startBridge({ settings });
    t.after(() => bridge.stop());
    const sleeper = ['-h', '127.0.0.1', '-p', String(broker.port), '-i', 'sleeper', '-q', '1'];
    await runProcess('mosquitto_sub', [...sleeper, '-c', '-E', '-t', 'elsewhere']);

    const from = bridge.lines.length;
    const dropped = bridge.waitForLine(/the broker dropped \d+ messages/, { from });
    let isTold = false;
    void dropped.finally(() => (isTold = true)).catch(() => {});
    // The broker counts every second; the first count is only where it stands.
    await withClient(broker, async (client) => {
      while (!isTold) await client.publish('elsewhere', 'one too many');
    });
    await bridge.waitForLine(/ready: /, { from });
  });

  test('says what an ACL keeps from it', async (t) => {
    const dir = await scratchDirectory(t);
    const acl = join(dir, 'acl'); // the marker may pass, nothing else
    await writeFile(acl, 'topic read nudge/#\ntopic write nudge/bridge/nudge/marker\n');
    const broker = await startBroker({ dir: join(dir, 'broker'), extra: [`acl_file ${acl}`] });
    t.after(() => broker.stop());
    const settings = await writeSettings(dir, { mqtt: { url: broker.url } });
    const bridge = startProcess(NUDGE, ['run', '-c', settings]);
    t.after(() => bridge.stop());
    await bridge.waitForLine(/the broker refuses what we publish: not authorised: check .* ACL/);
    const client = await connect(broker.url);
    t.after(() => client.end());
    await assert.rejects(client.publish('nudge/me/event', 'hello'), /Not authorized/);
    assert.ok(client.client.connected); // a broker may disconnect whom it refuses something
    assert.ok(!bridge.lines.some((line) => /no connection/.test(line)));
  });
});
