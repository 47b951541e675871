// Brokers that refuse, drop and do not listen: the bridge says so, and is there when they change their mind.
import assert from 'node:assert/strict';
import { dirname } from 'node:path';
import { test } from 'node:test';
import { BINARY, writeSettings } from './support/bridge.mjs';
import { startFakeBroker } from './support/fake-broker.mjs';
import { startProcess } from './support/process.mjs';
import { scratchDirectory } from './support/scratch.mjs';

const NOT_AUTHORISED = 0x87;
const WITH_WILL = 4;
const STATE = 'nudge/bridge/nudge/state';
const MARKER = 'nudge/bridge/nudge/marker';

/**
 * @param {import('node:test').TestContext} t
 * @param {import('./support/fake-broker.mjs').Orders} orders
 */
async function setScene(t, orders) {
  const dir = await scratchDirectory(t);
  const broker = await startFakeBroker(t, orders);
  const settings = await writeSettings(dir, { mqtt: { url: broker.url } });
  const bridge = startProcess(BINARY, ['run', '-c', settings], { cwd: dirname(settings) });
  t.after(() => bridge.stop());
  return { broker, bridge };
}

const isState = (/** @type {any} */ packet) => packet.cmd === 'publish' && packet.topic === STATE;
const isReady = (/** @type {string} */ line) => /ready: /.test(line);

test('a subscription that is refused is named, and tried again on another connection', async (t) => {
  const { broker, bridge } = await setScene(t, {
    grant: (filter, { number }) =>
      number === 1 && filter === 'nudge/+/ack' ? NOT_AUTHORISED : undefined,
  });
  await bridge.waitForLine(/refuses our subscription to nudge\/\+\/ack: not authorised/);
  const isOnline = (/** @type {any} */ packet) =>
    isState(packet) && `${packet.payload}` === 'online';
  await broker.waitFor((packet, { number }) => number === 2 && isOnline(packet), 'online');
  // Without a farewell, or with this one, the broker tells the will: "offline".
  const farewells = broker.heard.filter(({ packet }) => packet.cmd === 'disconnect');
  assert.ok(farewells.every(({ packet }) => packet.reasonCode === WITH_WILL));
  await bridge.waitForLine(/ready: /);
  assert.ok(!broker.heard.some(({ packet, session }) => session.number === 1 && isState(packet)));
});

test('says online only when it has heard everything, and what an ended connection told is nothing', async (t) => {
  const markers = /** @type {any[]} */ ([]);
  const { broker, bridge } = await setScene(t, {
    take: (packet, session) => {
      if (packet.cmd !== 'publish' || packet.topic !== MARKER) return false;
      markers.push(packet);
      if (session.number === 1) session.socket.destroy();
      return session.number < 3;
    },
  });
  await broker.waitFor(() => markers.length === 2, 'a second marker');
  const [, second] = broker.sessions;
  assert.ok(!broker.heard.some(({ packet }) => isState(packet)));
  second?.send({ ...markers[0], messageId: undefined });
  second?.send({
    cmd: 'publish',
    topic: 'nudge/me/device/phone',
    payload: '{"platform":"log"}',
    qos: 0,
    dup: false,
    retain: false,
  });
  await bridge.waitForLine(/me\/phone is registered/);
  assert.ok(
    !bridge.lines.some(isReady),
    'the marker of the first connection is none of the second',
  );
  second?.send({ ...markers[1], messageId: undefined });
  await bridge.waitForLine(/ready: /);
  await broker.waitFor((packet) => isState(packet) && `${packet.payload}` === 'online', 'online');
});

test('a broker that shows nobody its counters is served without them', async (t) => {
  const { broker, bridge } = await setScene(t, {
    grant: (filter) => (filter.startsWith('$SYS') ? NOT_AUTHORISED : undefined),
  });
  await bridge.waitForLine(/ready: /);
  await broker.waitFor(
    ({ cmd, subscriptions }) => cmd === 'subscribe' && subscriptions[0].topic.startsWith('$SYS'),
    'the question for its counters',
  );
  const event = {
    topic: 'nudge/me/event',
    payload: 'hello',
    qos: 1,
    messageId: 7,
    dup: false,
    retain: false,
  };
  broker.sessions[0]?.send({ cmd: 'publish', .../** @type {any} */ (event) });
  await broker.waitFor(
    ({ cmd, messageId }) => cmd === 'puback' && messageId === 7,
    'its event taken',
  );
  assert.equal(broker.sessions.length, 1);
});

test('a broker that ends the connection for that is asked no more', async (t) => {
  const { broker, bridge } = await setScene(t, {
    take: ({ cmd, subscriptions }, { socket }) => {
      const isAsked = cmd === 'subscribe' && subscriptions[0].topic.startsWith('$SYS');
      if (isAsked) socket.destroy();
      return isAsked;
    },
  });
  await bridge.waitForLine(/it will not be asked again/);
  const asked = broker.heard.length;
  await broker.waitFor(
    (packet, { number }) => number === 3 && isState(packet) && `${packet.payload}` === 'online',
    'online, for the third time',
  );
  const late = broker.heard.slice(asked).filter(({ packet }) => packet.cmd === 'subscribe');
  assert.ok(!late.some(({ packet }) => packet.subscriptions[0].topic.startsWith('$SYS')));
});

/** @type {[string, { receiveMaximum?: number }][]} */
const BROKERS = [
  ['takes much', {}],
  ['takes one message at a time', { receiveMaximum: 1 }],
];
for (const [what, properties] of BROKERS)
  test(`a bridge that stops leaves its will where a broker that ${what} did not get "offline"`, async (t) => {
    let isDeaf = false;
    const { broker, bridge } = await setScene(t, {
      take: ({ cmd, topic }, session) => {
        if (cmd === 'connect')
          session.send(/** @type {any} */ ({ cmd: 'connack', reasonCode: 0, properties }));
        isDeaf ||= topic === 'nudge/me/prefs';
        return cmd === 'connect' || (cmd === 'publish' && isDeaf);
      },
    });
    await bridge.waitForLine(/ready: /);
    // It is answered with another document, which is not acknowledged.
    broker.sessions[0]?.send(
      /** @type {any} */ ({
        ...{ cmd: 'publish', topic: 'nudge/me/prefs', payload: '{"hold_s":1}' },
        ...{ qos: 0, dup: false, retain: false },
      }),
    );
    await broker.waitFor(({ topic }) => topic === 'nudge/me/prefs', 'its answer');
    const exit = await bridge.stop();
    assert.equal(exit.code, 0);
    const farewell = broker.heard.filter(({ packet }) => packet.cmd === 'disconnect').at(-1);
    assert.equal(farewell?.packet.reasonCode, WITH_WILL);
  });

test('a bridge that stops leaves no will where the broker has "offline"', async (t) => {
  const { broker, bridge } = await setScene(t, {});
  await bridge.waitForLine(/ready: /);
  await bridge.stop();
  const isOffline = (/** @type {any} */ packet) =>
    isState(packet) && `${packet.payload}` === 'offline';
  assert.ok(broker.heard.some(({ packet }) => isOffline(packet)));
  const farewell = broker.heard.filter(({ packet }) => packet.cmd === 'disconnect').at(-1);
  assert.equal(farewell?.packet.reasonCode ?? 0, 0);
});
