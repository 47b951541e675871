// The client over TCP at a real broker with the real bridge.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { startBridge, writeSettings } from '../e2e/support/bridge.mjs';
import { startBroker } from '../e2e/support/broker.mjs';
import { connect } from '../e2e/support/mqtt.mjs';
import { scratchDirectory } from '../e2e/support/scratch.mjs';
import { source } from '../../client/test/source.mjs';

/** @type {typeof import('../../client/src/index')} */
const { Nudge } = await source('index.ts');
/** @type {typeof import('../../client/src/io/tcp')} */
const { tcp } = await source('io/tcp.ts');

/**
 * @param {import('node:test').TestContext} test
 * @param {Partial<Parameters<typeof startBroker>[0]>} [options]
 */
async function setBroker(test, options = {}) {
  const broker = await startBroker({ dir: await scratchDirectory(test), ...options });
  test.after(() => broker.stop());
  return broker;
}

/**
 * @param {import('node:test').TestContext} test
 * @param {{ url: string }} broker
 * @param {Partial<import('../../client/src/index').NudgeOptions>} [options]
 */
function open(test, { url }, options = {}) {
  /** @type {(() => void)[]} */
  let checks = [];
  const check = () => checks.forEach((one) => one());
  const pairing = { ws: '', broker: url, user: 'me', username: null, root: 'nudge', ca: null };
  const nudge = new Nudge({
    ...{ pairing, password: null, device: 'phone', open: tcp(url), keepsSession: true },
    ...{ onChange: check, onLink: check },
    ...options,
  });
  test.after(() => nudge.stop());
  nudge.start();
  /** @param {() => boolean} isSo */
  const until = (isSo) =>
    new Promise((/** @type {(value?: undefined) => void} */ resolve) => {
      checks.push(() => isSo() && resolve());
      check();
    });
  return { nudge, until };
}

describe('the client', () => {
  it('lives with the bridge: registers, tests, acknowledges', async (test) => {
    const broker = await setBroker(test);
    const dir = await scratchDirectory(test);
    const settings = await writeSettings(dir, { mqtt: { url: broker.url } });
    const bridge = await startBridge({ settings });
    test.after(() => bridge.stop());
    const { nudge, until } = open(test, broker);
    await nudge.register({ platform: 'log', name: 'Phone' });
    await bridge.waitForLine(/me\/phone is registered/);
    const id = await nudge.test();
    const states = () => nudge.view.feed[0]?.receipts.map(({ state }) => state) ?? [];
    await until(() => states().includes('pushed'));
    assert.equal(nudge.view.feed[0]?.id, id);
    await until(() => nudge.view.bridges['nudge'] === true);
    await nudge.unregister();
    await bridge.waitForLine(/me\/phone is removed/);
  });

  it('sends later what was said offline, in order and once', async (test) => {
    const broker = await setBroker(test);
    const { nudge, until } = open(test, broker);
    await until(() => nudge.link === 'online');
    await broker.stop();
    await until(() => nudge.link !== 'online');
    const sent = [nudge.register({ platform: 'log', name: 'First' })];
    sent.push(nudge.register({ platform: 'log', name: 'Second' }));
    await broker.restart();
    const witness = await connect(broker.url);
    test.after(() => witness.end());
    const heard = await witness.collect('nudge/me/device/phone');
    nudge.wake();
    await Promise.all(sent);
    await heard.waitFor(({ json }) => json?.name === 'Second');
    const names = heard.messages.map(({ json }) => json.name);
    assert.deepEqual(names.slice(-1), ['Second']);
    assert.ok(names.filter((name) => name === 'First').length <= 1);
  });

  it('is told later of the events that it missed', async (test) => {
    const broker = await setBroker(test);
    const first = open(test, broker);
    await first.until(() => first.nudge.link === 'online');
    await first.nudge.register({ platform: 'log' });
    first.nudge.stop();
    const other = await connect(broker.url);
    test.after(() => other.end());
    await other.publish('nudge/me/event', { id: 'missed', kind: 'note' });
    const { nudge, until } = open(test, broker);
    await until(() => nudge.view.feed.some(({ id }) => id === 'missed'));
  });

  it('says presence again when another window of the device is left', async (test) => {
    const broker = await setBroker(test);
    const other = await connect(broker.url);
    test.after(() => other.end());
    const heard = await other.collect('nudge/me/presence/phone');
    const { nudge } = open(test, broker);
    nudge.setForeground(true);
    const isForeground = (/** @type {any} */ { json }) => json?.state === 'foreground';
    await heard.waitFor(isForeground);
    await other.publish('nudge/me/presence/phone', 'background', { retain: true });
    await heard.waitFor(() => heard.messages.filter(isForeground).length === 2);
    nudge.stop();
    await heard.waitFor(() => heard.messages.at(-1)?.text === 'background');
  });

  it('says that its login is refused, and stops', async (test) => {
    const broker = await setBroker(test, { users: { me: 'right' } });
    const pairing = { ws: '', broker: null, user: 'me', username: 'me', root: 'nudge', ca: null };
    const { nudge, until } = open(test, broker, { pairing, password: 'wrong' });
    await until(() => nudge.link === 'refused');
    assert.match(nudge.trouble ?? '', /refuses the name or the password/);
  });

  it('says that nobody listens', async (test) => {
    const broker = await setBroker(test);
    const { nudge, until } = open(test, broker);
    await until(() => nudge.link === 'online');
    await assert.rejects(nudge.patchPreferences({ hold_s: 1 }), /No bridge is listening/);
    await assert.rejects(
      nudge.answer({ id: 'per_1', nonce: 'n' }, { reply: 'once' }),
      /does not take answers/,
    );
    await assert.rejects(nudge.answer({ id: 'per_1' }, { reply: 'once' }), /cannot be answered/);
  });

  it('passes on why the bridge refuses preferences', async (test) => {
    const broker = await setBroker(test);
    const other = await connect(broker.url);
    test.after(() => other.end());
    const heard = await other.collect('nudge/me/prefs/set');
    const { nudge } = open(test, broker);
    const detail = 'hold_s: must be a whole number from 0 to 3600';
    const refused = assert.rejects(nudge.patchPreferences({ hold_s: 1 }), new Error(detail));
    await heard.waitFor(() => true);
    const receipt = { state: 'failed', reason: 'invalid', detail, ts: 1 };
    await other.publish('nudge/me/receipt', receipt);
    await refused;
  });
});
