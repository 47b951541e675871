// What is retained comes after the marker, or not at all: "not heard" is not "gone".
import assert from 'node:assert/strict';
import { dirname } from 'node:path';
import { describe, test } from 'node:test';
import { BINARY, writeSettings } from './support/bridge.mjs';
import { startFakeBroker } from './support/fake-broker.mjs';
import { startProcess } from './support/process.mjs';
import { scratchDirectory } from './support/scratch.mjs';

const MARKER = 'nudge/bridge/nudge/marker';
const WITNESS = 'nudge/bridge/nudge/witness';
const PHONE = { 'nudge/me/device/phone': '{"platform":"log"}' };

/**
 * A broker with a session and retained messages, that sends these as it is told.
 *
 * @param {import('node:test').TestContext} t
 */
async function setScene(t) {
  const dir = await scratchDirectory(t);
  const world = {
    /** @type {Record<string, string>} */ retained: { ...PHONE },
    /** @type {'before' | 'after' | 'never'} */ when: 'before',
    hasSession: false,
    markers: 0,
  };
  const tell = (/** @type {import('./support/fake-broker.mjs').Session} */ session) => {
    for (const [topic, payload] of Object.entries(world.retained))
      session.send({ cmd: 'publish', topic, payload, qos: 0, dup: false, retain: true });
  };
  const broker = await startFakeBroker(t, {
    take: (packet, session) => {
      if (packet.cmd === 'connect' && world.hasSession) {
        session.send({ cmd: 'connack', reasonCode: 0, sessionPresent: true });
        return true;
      }
      if (packet.cmd !== 'publish') return false;
      if (packet.retain && packet.topic === WITNESS) world.retained[WITNESS] = '1';
      if (packet.topic !== MARKER) return false;
      world.markers++;
      if (world.when === 'before') tell(session);
      session.send({ ...packet, qos: 0, retain: false, dup: false, messageId: undefined });
      if (world.when === 'after') setTimeout(() => tell(session), 300);
      return true;
    },
  });
  const settings = await writeSettings(dir, { mqtt: { url: broker.url } });
  const start = () => {
    const bridge = startProcess(BINARY, ['run', '-c', settings], { cwd: dirname(settings) });
    t.after(() => bridge.stop());
    return bridge;
  };
  /** @param {string} id */
  const push = (id) => {
    const event = { cmd: 'publish', topic: 'nudge/me/event', qos: 1, messageId: 7 };
    const payload = JSON.stringify({ id, kind: 'note', body: 'hello' });
    const session = broker.sessions.at(-1);
    session?.send(/** @type {any} */ ({ ...event, payload, dup: false, retain: false }));
    return broker.waitFor(
      ({ topic, payload }) =>
        topic === 'nudge/me/receipt' &&
        `${payload}`.includes(id) &&
        `${payload}`.includes('pushed'),
      `the push of ${id}`,
    );
  };
  return { broker, world, start, push };
}

describe('retained messages', () => {
  test('that come after the marker are waited for', async (t) => {
    const { world, start } = await setScene(t);
    world.when = 'after';
    const bridge = start();
    assert.match(await bridge.waitForLine(/ready: /), /1 devices/);
  });

  test('that were all heard before the marker are enough, and nothing is asked twice', async (t) => {
    const { broker, world, start } = await setScene(t);
    const first = start();
    await first.waitForLine(/ready: /);
    await broker.waitFor(({ topic }) => topic === WITNESS, 'the witness');
    await first.stop();
    world.hasSession = true;
    const before = world.markers;
    const second = start();
    assert.match(await second.waitForLine(/ready: /), /1 devices/);
    assert.equal(world.markers, before + 1);
  });

  test('that a broker does not send once are not gone, and not given back', async (t) => {
    const { broker, world, start, push } = await setScene(t);
    const first = start();
    await first.waitForLine(/ready: /);
    await broker.waitFor(({ topic }) => topic === WITNESS, 'the witness');
    await first.stop();
    Object.assign(world, { hasSession: true, when: 'never' });
    const at = broker.heard.length;
    const from = world.markers;
    const second = start();
    await broker.waitFor(() => world.markers === from + 1, 'the first marker');
    world.when = 'before';
    await second.waitForLine(/ready: /);
    await broker.waitFor(() => world.markers === from + 2, 'the second marker');
    await push('evt_1');
    assert.ok(!second.lines.some((line) => /no longer|given back/.test(line)));
    const told = broker.heard.slice(at).map(({ packet }) => packet.topic);
    assert.ok(!told.includes('nudge/me/device/phone'));
  });

  test('that are missing twice are gone', async (t) => {
    const { broker, world, start, push } = await setScene(t);
    const first = start();
    await first.waitForLine(/ready: /);
    await broker.waitFor(({ topic }) => topic === WITNESS, 'the witness');
    await first.stop();
    world.hasSession = true;
    delete world.retained['nudge/me/device/phone'];
    const second = start();
    await second.waitForLine(/ready: .* 1 devices/);
    await push('evt_1');
    await second.waitForLine(/1 devices are no longer registered/);
  });

  test('of a broker that forgot are given back after the second look', async (t) => {
    const { broker, world, start } = await setScene(t);
    const first = start();
    await first.waitForLine(/ready: /);
    await broker.waitFor(({ topic }) => topic === WITNESS, 'the witness');
    await first.stop();
    world.retained = {};
    const from = world.markers;
    const second = start();
    await second.waitForLine(/phone is given back to the broker/);
    assert.equal(world.markers, from + 2);
    await broker.waitFor(({ topic }) => topic === 'nudge/me/device/phone', 'the registration');
  });
});
