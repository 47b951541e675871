// A broker that does what a test tells it: refuses, is silent, ends connections. Without orders it grants
// everything and gives each message back to those who subscribed to it.
import { once } from 'node:events';
import { createServer } from 'node:net';
import mqttPacket from 'mqtt-packet';
import { Arrivals, patiently } from './arrivals.mjs';

const VERSION = { protocolVersion: 5 };

/**
 * @typedef {import('mqtt-packet').Packet} Packet
 *
 * @typedef {object} Heard
 * @property {any} packet
 * @property {Session} session
 *
 * @typedef {object} Session one connection
 * @property {number} number 1, 2, … in their order
 * @property {string[]} filters granted so far
 * @property {import('node:net').Socket} socket
 * @property {(packet: Packet) => void} send
 *
 * @typedef {object} Orders each may be left out
 * @property {(filter: string, session: Session) => number | undefined} [grant] the reason code for a
 *   subscription; undefined: QoS 0
 * @property {(packet: any, session: Session) => boolean} [take] true: the packet needs no answer of ours
 */

/**
 * @param {import('node:test').TestContext} test
 * @param {Orders} [orders] may be changed at any time
 */
export async function startFakeBroker(test, orders = {}) {
  /** @type {Arrivals<Heard>} */
  const heard = new Arrivals((items) =>
    items.map(({ packet, session }) => `${session.number}: ${describe(packet)}`).join('\n'),
  );
  /** @type {Session[]} */
  const sessions = [];
  const server = createServer((socket) => {
    /** @type {Session} */
    const session = {
      ...{ number: sessions.length + 1, filters: [], socket },
      send: (packet) => void socket.write(mqttPacket.generate(packet, VERSION)),
    };
    sessions.push(session);
    const parser = mqttPacket.parser(VERSION);
    parser.on('packet', (packet) => {
      const isTaken = orders.take?.(packet, session);
      heard.add({ packet, session });
      if (!isTaken) answer(packet, session, orders);
    });
    parser.on('error', () => socket.destroy());
    socket.on('data', (bytes) => void parser.parse(bytes));
    socket.on('error', () => {});
  });
  server.listen(0, '127.0.0.1');
  await patiently(once(server, 'listening'), 'the fake broker');
  test.after(() => {
    server.close();
    for (const { socket } of sessions) socket.destroy();
  });
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    url: `mqtt://127.0.0.1:${port}`,
    orders,
    sessions,
    /** What was heard so far, in its order. */
    heard: heard.items,
    /**
     * @param {(packet: any, session: Session) => boolean} predicate
     * @param {string} what
     */
    waitFor: (predicate, what) =>
      heard.waitFor(({ packet, session }) => predicate(packet, session), {
        what,
        timeoutMs: 60_000,
      }),
  };
}

/**
 * @param {any} packet
 * @param {Session} session
 * @param {Orders} orders
 */
function answer(packet, session, orders) {
  const { messageId } = packet;
  switch (packet.cmd) {
    case 'connect':
      return session.send({ cmd: 'connack', reasonCode: 0, sessionPresent: false });
    case 'pingreq':
      return session.send({ cmd: 'pingresp' });
    case 'subscribe': {
      const topics = packet.subscriptions.map((/** @type {any} */ { topic }) => topic);
      const granted = topics.map(
        (/** @type {string} */ topic) => orders.grant?.(topic, session) ?? 0,
      );
      session.filters.push(
        ...topics.filter((/** @type {string} */ _, /** @type {number} */ at) => granted[at] < 0x80),
      );
      return session.send({ cmd: 'suback', messageId, granted });
    }
    case 'publish':
      if (packet.qos > 0) session.send({ cmd: 'puback', messageId, reasonCode: 0 });
      if (session.filters.some((filter) => isMatch(filter, packet.topic)))
        session.send({ ...packet, qos: 0, retain: false, dup: false, messageId: undefined });
  }
}

/**
 * @param {string} filter
 * @param {string} topic
 */
function isMatch(filter, topic) {
  const levels = topic.split('/');
  const wanted = filter.split('/');
  if (wanted.at(-1) === '#')
    return wanted.slice(0, -1).every(isSame) && levels.length >= wanted.length - 1;
  return wanted.length === levels.length && wanted.every(isSame);

  /** @param {string} level @param {number} at */
  function isSame(level, at) {
    return level === '+' || level === levels[at];
  }
}

/** @param {any} packet */
function describe({ cmd, topic = '', payload = '', reasonCode = '' }) {
  return `${cmd} ${topic} ${payload} ${reasonCode}`;
}
