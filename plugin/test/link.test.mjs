// One connection to a broker that does what no real one does on demand.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, it } from 'node:test';
import mqttPacket from 'mqtt-packet';
import { source } from './source.mjs';

/** @type {typeof import('../src/io/link')} */
const { Ended, Link, Refused, Silent } = await source('io/link.ts');

const MQTT5 = { protocolVersion: 5 };
const WELCOME = { cmd: 'connack', reasonCode: 0, sessionPresent: false };

/**
 * @typedef {(packet: any, say: (packet: any) => void, socket: import('node:net').Socket) => void} Act
 *
 * @param {import('node:test').TestContext} test
 * @param {Act} act on each packet
 * @param {object} [greeting]
 */
async function meet(test, act, greeting = {}) {
  const server = createServer((socket) => {
    const parser = mqttPacket.parser(MQTT5);
    const say = (/** @type {any} */ packet) => socket.write(mqttPacket.generate(packet, MQTT5));
    socket.on('data', (data) => void parser.parse(data)).on('error', () => {});
    parser.on('packet', (packet) => act(packet, say, socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  const address = { url: `mqtt://127.0.0.1:${port}`, ca: undefined };
  /** @type {(isOpen: boolean) => void} */
  let opened = () => {};
  const isOpen = new Promise((resolve) => (opened = resolve));
  /** @type {(error: unknown) => void} */
  let closed = () => {};
  const end = new Promise((resolve) => (closed = resolve));
  const link = new Link(
    address,
    { patienceMs: 20_000, ...greeting },
    {
      open: () => opened(true),
      closed: (error) => (opened(false), closed(error)),
    },
  );
  test.after(() => (link.cut(), server.close()));
  return { link, isOpen, end };
}

/** @type {(act?: Act) => Act} */
const welcoming =
  (act = () => {}) =>
  (packet, say, socket) =>
    packet.cmd === 'connect' ? say(WELCOME) : act(packet, say, socket);

describe('a link', () => {
  it('greets with a name, a login and a last will', async (test) => {
    /** @type {any} */
    let greeting;
    const will = { topic: 'nudge/me/agent/h', payload: 'gone' };
    const login = { username: 'alice', password: Buffer.from('geh€im') };
    const act = (/** @type {any} */ packet, /** @type {any} */ say) => {
      greeting = packet;
      say(WELCOME);
    };
    const { isOpen } = await meet(test, act, { clientId: 'me', ...login, will });
    assert.equal(await isOpen, true);
    assert.equal(greeting.clientId, 'me');
    assert.equal(greeting.clean, true);
    assert.equal(greeting.username, 'alice');
    assert.equal(String(greeting.password), 'geh€im');
    assert.deepEqual(
      { ...greeting.will, payload: String(greeting.will.payload) },
      { ...will, qos: 1, retain: true },
    );
  });

  it('says why it was not let in', async (test) => {
    const { isOpen, end } = await meet(test, (_, say) => say({ ...WELCOME, reasonCode: 0x87 }));
    assert.equal(await isOpen, false);
    const error = /** @type {any} */ (await end);
    assert.ok(error instanceof Refused);
    assert.equal(error.code, 0x87);
    assert.equal(error.message, 'not authorized');
  });

  it('gives up on whoever does not answer', async (test) => {
    const { end } = await meet(test, () => {}, { patienceMs: 50 });
    assert.ok((await end) instanceof Silent);
  });

  it('gives up on what is not MQTT', async (test) => {
    const { end } = await meet(test, (_, __, socket) => socket.end('HTTP/1.1 400 No\r\n\r\n'));
    await end;
  });

  it('asks whether a silent broker is there, as often as that wants it, and leaves one that is not', async (test) => {
    let pings = 0;
    const { end } = await meet(test, (packet, say) => {
      if (packet.cmd === 'pingreq') pings += 1;
      if (packet.cmd === 'connect') say({ ...WELCOME, properties: { serverKeepAlive: 1 } });
      if (pings === 1) say({ cmd: 'pingresp' });
    });
    assert.ok((await end) instanceof Silent);
    assert.equal(pings, 2);
  });

  it('tells what became of each message and subscription', async (test) => {
    const act = welcoming(({ cmd, messageId, topic, subscriptions }, say) => {
      const reasonCode = topic === 'forbidden' ? 0x87 : topic === 'unheard' ? 0x10 : 0;
      if (cmd === 'publish') say({ cmd: 'puback', messageId, reasonCode });
      if (cmd !== 'subscribe') return;
      const granted = subscriptions.map((/** @type {any} */ one) =>
        one.topic === 'forbidden' ? 0x87 : 1,
      );
      say({ cmd: 'suback', messageId, granted });
    });
    const { link, isOpen } = await meet(test, act);
    await isOpen;
    assert.equal(await link.publish('heard', 'x'), 0);
    assert.equal(await link.publish('unheard', 'x'), 0x10);
    await assert.rejects(link.publish('forbidden', 'x'), { code: 0x87 });
    await link.subscribe(['a', 'b']);
    await assert.rejects(link.subscribe(['a', 'forbidden']), { code: 0x87 });
  });

  it('subscribes as it is told', async (test) => {
    /** @type {any[]} */
    const asked = [];
    const act = welcoming(({ cmd, messageId, subscriptions }, say) => {
      if (cmd !== 'subscribe') return;
      asked.push(subscriptions[0]);
      say({ cmd: 'suback', messageId, granted: [1] });
    });
    const { link, isOpen } = await meet(test, act);
    await isOpen;
    await link.subscribe(['a'], { nl: true });
    await link.subscribe(['a'], { rap: true });
    await link.subscribe(['a'], { isForNew: true });
    assert.deepEqual(asked, [
      { topic: 'a', qos: 1, nl: true, rap: false, rh: 0 },
      { topic: 'a', qos: 1, nl: false, rap: true, rh: 0 },
      { topic: 'a', qos: 1, nl: false, rap: false, rh: 2 },
    ]);
  });

  it('acknowledges what it hears', async (test) => {
    /** @type {(id: number) => void} */
    let acknowledged = () => {};
    const id = new Promise((resolve) => (acknowledged = resolve));
    const message = { topic: 'nudge/ü', payload: Buffer.from([0, 0xff]), retain: true };
    const { link, isOpen } = await meet(test, ({ cmd, messageId }, say) => {
      if (cmd === 'puback') acknowledged(messageId);
      if (cmd !== 'connect') return;
      say(WELCOME);
      say({ ...message, cmd: 'publish', qos: 1, dup: false, messageId: 77 });
    });
    /** @type {any[]} */
    const heard = [];
    link.hear((one) => heard.push(one));
    await isOpen;
    assert.equal(await id, 77);
    assert.deepEqual(heard, [message]);
  });

  it('ends with what was under way', async (test) => {
    const { link, isOpen, end } = await meet(
      test,
      welcoming((_, __, socket) => socket.destroy()),
    );
    await isOpen;
    await assert.rejects(link.publish('a', 'x'), Ended);
    await end;
    await assert.rejects(link.publish('a', 'x'), Ended);
  });

  it('says goodbye', async (test) => {
    /** @type {(packet: any) => void} */
    let heard = () => {};
    const goodbye = new Promise((resolve) => (heard = resolve));
    const { link, isOpen, end } = await meet(test, welcoming(heard));
    await isOpen;
    link.leave();
    assert.equal(/** @type {any} */ (await goodbye).cmd, 'disconnect');
    assert.equal(await end, undefined);
  });
});
