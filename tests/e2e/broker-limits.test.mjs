// What a broker announces is kept to; what an old session still brings is not ours; a session that another
// bridge takes is told by its pattern.
import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { BINARY, runNudge, startBridge, writeSettings } from './support/bridge.mjs';
import { startBroker } from './support/broker.mjs';
import { startFakeBroker } from './support/fake-broker.mjs';
import { connect } from './support/mqtt.mjs';
import { enterNetwork } from './support/netns.mjs';
import { startProcess } from './support/process.mjs';
import { scratchDirectory } from './support/scratch.mjs';

// Doctor looks at each port of this machine.
await enterNetwork(import.meta.url);

/**
 * @param {import('node:test').TestContext} t
 * @param {string[]} [extra] lines of mosquitto.conf
 */
async function setScene(t, extra = []) {
  const dir = await scratchDirectory(t);
  const broker = await startBroker({ dir: join(dir, 'broker'), extra });
  t.after(() => broker.stop());
  const client = await connect(broker.url);
  t.after(() => client.end());
  const start = async (/** @type {Record<string, string>} */ mqtt = {}, name = 'bridge') => {
    const settings = await writeSettings(join(dir, name), { mqtt: { url: broker.url, ...mqtt } });
    const bridge = await startBridge({ settings });
    t.after(() => bridge.stop());
    return bridge;
  };
  return { dir, broker, client, start };
}

/**
 * A bridge at a broker that answers a connection with these properties.
 *
 * @param {import('node:test').TestContext} t
 * @param {object} properties
 * @param {import('./support/fake-broker.mjs').Orders['take']} [take]
 */
async function announce(t, properties, take) {
  const broker = await startFakeBroker(t, {
    take: (packet, session) => {
      if (packet.cmd !== 'connect') return take?.(packet, session) ?? false;
      session.send({ cmd: 'connack', reasonCode: 0, sessionPresent: false, properties });
      return true;
    },
  });
  const dir = await scratchDirectory(t);
  const settings = await writeSettings(dir, { mqtt: { url: broker.url } });
  const bridge = startProcess(BINARY, ['run', '-c', settings], { cwd: dirname(settings) });
  t.after(() => bridge.stop());
  return { broker, bridge, settings };
}

describe('a broker that announces', () => {
  test('a shorter keep alive gets signs of life in time', async (t) => {
    const { broker, start } = await setScene(t, ['max_keepalive 10']);
    const bridge = await start();
    await broker.waitForLine(/connected from \S+ as nudge \(p5, c0, k7\)/);
    assert.ok(!bridge.lines.some((line) => /no connection/.test(line)));
  });

  test('the size of a packet gets none that is larger, and the patch is refused', async (t) => {
    const { client, start } = await setScene(t, ['max_packet_size 4000']);
    const bridge = await start();
    const prefs = await client.collect('nudge/me/prefs');
    const receipts = await client.collect('nudge/me/receipt');
    const names = Array.from({ length: 40 }, (_, i) => `${'x'.repeat(50)}${i}`);
    await client.publish('nudge/me/prefs/set', { mute: { sessions: names } });
    await prefs.waitFor(({ json }) => json?.mute?.sessions?.length === 40);
    await client.publish('nudge/me/prefs/set', { mute: { hosts: names } });
    const { json } = await receipts.waitFor(({ json }) => json.reason === 'invalid');
    assert.match(json.detail, /would become \d+ bytes, more than this broker takes/);
    await client.publish('nudge/me/prefs/set', { min_duration_s: 7 });
    const last = await prefs.waitFor(({ json }) => json?.min_duration_s === 7);
    assert.deepEqual(last.json.mute, { sessions: names });
    assert.ok(!bridge.lines.some((line) => /no connection/.test(line)));
  });

  test('QoS 0 alone cannot be used, and that is said', async (t) => {
    const { bridge } = await announce(t, { maximumQoS: 0 });
    await bridge.waitForLine(/no connection .*QoS 0 alone, and loses events/);
  });

  test('no retained messages cannot be used, and that is said', async (t) => {
    const { bridge } = await announce(t, { retainAvailable: false });
    await bridge.waitForLine(/no connection .*keeps nothing that is retained/);
  });

  test('the same is said by doctor', async (t) => {
    const { broker, settings } = await announce(t, { retainAvailable: false });
    await broker.waitFor(({ cmd }) => cmd === 'connect', 'the bridge');
    const { code, lines } = await runNudge(['doctor', '-c', settings]);
    assert.equal(code, 1);
    assert.match(lines.join('\n'), /fail {2}broker .*keeps nothing that is retained/);
  });

  test('how many messages it takes at a time gets no more', async (t) => {
    let waiting = 0;
    let most = 0;
    const { bridge, broker } = await announce(t, { receiveMaximum: 1 }, (packet, session) => {
      if (packet.cmd !== 'publish' || packet.qos === 0) return false;
      most = Math.max(most, ++waiting);
      setTimeout(() => {
        waiting--;
        session.send({ cmd: 'puback', messageId: packet.messageId, reasonCode: 0 });
      }, 50);
      return true;
    });
    await bridge.waitForLine(/ready: /);
    await broker.waitFor(({ topic }) => topic === 'nudge/bridge/nudge/info', 'its info');
    assert.equal(most, 1);
  });
});

test('two bridges with one client id are told so, though the broker does not', async (t) => {
  const { broker, dir } = await setScene(t);
  const bridges = await Promise.all(
    ['one', 'two'].map(async (name) => {
      const settings = await writeSettings(join(dir, name), { mqtt: { url: broker.url } });
      const bridge = startProcess(BINARY, ['run', '-c', settings], { cwd: dirname(settings) });
      t.after(() => bridge.stop());
      return bridge;
    }),
  );
  await Promise.any(
    bridges.map((bridge) =>
      bridge.waitForLine(/another (bridge|client) has our client id.*\[mqtt\] client_id/, {
        timeoutMs: 120_000,
      }),
    ),
  );
});

describe('a session that outlives the settings', () => {
  /** @type {[string, Record<string, string>, string][]} */
  const cases = [
    ['of everybody, and then of one', { users: 'alice' }, 'nudge/bob'],
    ['of another root', { root: 'other' }, 'nudge/bob'],
  ];
  for (const [what, changed, foreign] of cases)
    test(`${what} brings nothing that counts`, async (t) => {
      const { broker, client, start } = await setScene(t, ['log_type all']);
      const first = await start();
      await client.publish(`${foreign}/device/phone`, { platform: 'log' }, { retain: true });
      await first.waitForLine(/bob\/phone is registered/);
      await first.stop();
      const receipts = await client.collect('+/+/receipt');
      await client.publish(`${foreign}/event`, { kind: 'note', id: 'evt_foreign' });
      const second = await start(changed);
      await broker.waitForLine(new RegExp(`Received UNSUBSCRIBE from nudge`));
      const own = `${changed['root'] ?? 'nudge'}/alice`;
      await client.publish(`${foreign}/event`, { kind: 'note', id: 'evt_later' });
      await client.publish(`${own}/event`, { kind: 'note', id: 'evt_own' });
      await receipts.waitFor(({ json }) => json.event === 'evt_own' && json.state === 'accepted');
      assert.ok(!receipts.messages.some(({ json }) => json.event !== 'evt_own'));
      await second.waitForLine(/nudge\/bob is not ours/);
      assert.ok(!second.lines.some((line) => /given back|refused/.test(line)));
    });
});
