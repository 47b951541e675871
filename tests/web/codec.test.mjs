// The client's packets, against an implementation of MQTT that others wrote.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import mqtt from 'mqtt-packet';
import { source } from '../../client/test/source.mjs';

/** @type {typeof import('../../client/src/io/codec')} */
const codec = await source('io/codec.ts');

/**
 * What others read.
 *
 * @param {Uint8Array} bytes
 */
function theirs(bytes) {
  const parser = mqtt.parser({ protocolVersion: 5 });
  /** @type {any[]} */
  const packets = [];
  parser.on('packet', (packet) => packets.push(packet));
  parser.on('error', (error) => assert.fail(error));
  parser.parse(Buffer.from(bytes));
  assert.equal(packets.length, 1);
  return packets[0];
}

const write = (/** @type {any} */ packet) => mqtt.generate(packet, { protocolVersion: 5 });

describe('a packet that is written', () => {
  const will = { topic: 'nudge/me/presence/phone', payload: 'background', retain: true };

  it('greets', () => {
    const greeting = { clientId: 'phone', keepAliveS: 30, sessionS: 604_800, login: null, will };
    const plain = theirs(codec.connectPacket(greeting));
    assert.deepEqual(
      [plain.clientId, plain.keepalive, plain.clean, plain.properties, plain.username],
      [
        'phone',
        30,
        false,
        { sessionExpiryInterval: 604_800, maximumPacketSize: 131_200 },
        undefined,
      ],
    );
    assert.deepEqual(
      [plain.will.topic, String(plain.will.payload), plain.will.qos, plain.will.retain],
      [will.topic, will.payload, 1, true],
    );
    const login = { username: 'alice', password: 'päss' };
    const named = theirs(codec.connectPacket({ ...greeting, sessionS: 0, login }));
    assert.deepEqual(
      [named.clean, named.username, String(named.password)],
      [true, 'alice', 'päss'],
    );
  });

  it('publishes', () => {
    const said = { topic: 'nudge/me/ack', payload: 'ü'.repeat(9000), retain: true, expiryS: 90 };
    const { topic, payload, qos, retain, messageId, properties } = theirs(
      codec.publishPacket(said, 0xfffe),
    );
    assert.deepEqual([topic, String(payload)], [said.topic, said.payload]);
    assert.deepEqual([qos, retain, messageId], [1, true, 0xfffe]);
    assert.deepEqual(properties, { messageExpiryInterval: 90 });
    const other = theirs(codec.publishPacket({ topic: 'a', payload: '' }, 0));
    assert.deepEqual([other.qos, other.retain, other.properties], [0, false, undefined]);
  });

  it('subscribes, acknowledges, pings and goes', () => {
    const { messageId, subscriptions } = theirs(
      codec.subscribePacket(7, [
        ['nudge/me/event', 0x09],
        ['nudge/bridge/+/state', 0x08],
      ]),
    );
    assert.equal(messageId, 7);
    assert.deepEqual(
      subscriptions.map((/** @type {any} */ { topic, qos, rap }) => [topic, qos, rap]),
      [
        ['nudge/me/event', 1, true],
        ['nudge/bridge/+/state', 0, true],
      ],
    );
    assert.deepEqual(theirs(codec.pubackPacket(9)).messageId, 9);
    assert.equal(theirs(codec.pingPacket()).cmd, 'pingreq');
    assert.equal(theirs(codec.disconnectPacket()).cmd, 'disconnect');
  });
});

describe('a packet that is read', () => {
  const properties = { reasonString: 'because', userProperties: { a: 'b' } };
  const bytes = Buffer.concat(
    [
      { cmd: 'connack', reasonCode: 0x86, sessionPresent: false, properties },
      { cmd: 'connack', reasonCode: 0, sessionPresent: true },
      {
        ...{ cmd: 'publish', topic: 'nudge/me/event', payload: 'x'.repeat(70_000), qos: 1 },
        ...{ messageId: 300, retain: false, dup: true },
        properties: { messageExpiryInterval: 5, subscriptionIdentifier: 3 },
      },
      { cmd: 'publish', topic: 'ü', payload: '', qos: 0, retain: true, dup: false },
      { cmd: 'puback', messageId: 5 },
      { cmd: 'puback', messageId: 6, reasonCode: 0x10, properties },
      { cmd: 'suback', messageId: 7, granted: [1, 0x87], properties },
      { cmd: 'pingresp' },
      { cmd: 'disconnect', reasonCode: 0x8e },
    ].map(write),
  );

  for (const size of [1, 3, 1000, bytes.length])
    it(`is whole, in pieces of ${size} bytes`, () => {
      const packets = new codec.Packets();
      const all = [];
      for (let at = 0; at < bytes.length; at += size)
        all.push(...packets.take(bytes.subarray(at, at + size)));
      const told = all.map(({ payload, ...rest }) => ({ ...rest, length: payload?.length }));
      assert.deepEqual(told, [
        { type: codec.CONNACK, reason: 0x86, length: undefined },
        { type: codec.CONNACK, reason: 0, length: undefined },
        ...[
          { type: codec.PUBLISH, qos: 1, topic: 'nudge/me/event', id: 300, isRetained: false },
          { type: codec.PUBLISH, qos: 0, topic: 'ü', id: 0, isRetained: true },
        ].map((one, at) => ({ ...one, length: at === 0 ? 70_000 : 0 })),
        { type: codec.PUBACK, id: 5, reason: 0, length: undefined },
        { type: codec.PUBACK, id: 6, reason: 0x10, length: undefined },
        { type: codec.SUBACK, id: 7, answers: [1, 0x87], length: undefined },
        { type: 13, length: undefined },
        { type: codec.DISCONNECT, reason: 0x8e, length: undefined },
      ]);
    });

  for (const [name, hostile] of /** @type {[string, number[]][]} */ ([
    ['a length without an end', [0x30, 0xff, 0xff, 0xff, 0xff]],
    ['more than anybody says', [0x30, 0xff, 0xff, 0xff, 0x7f]],
    ['a topic beyond its packet', [0x30, 0x04, 0x00, 0xff, 0x61, 0x62]],
    ['properties beyond their packet', [0x30, 0x05, 0x00, 0x01, 0x61, 0x7f, 0x00]],
    ['an acknowledgement of nothing', [0x40, 0x01, 0x00]],
  ]))
    it(`is refused: ${name}`, () => {
      assert.throws(() => new codec.Packets().take(Uint8Array.from(hostile)), /^Error: a /);
    });
});
