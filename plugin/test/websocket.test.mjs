// RFC 6455, by its own examples (sections 1.3 and 5.7).
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { source } from './source.mjs';

/** @type {typeof import('../src/core/websocket')} */
const { frame, FrameReader, handshake, NoWebSocket, pong } = await source('core/websocket.ts');

const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';
const WELCOME =
  'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
  'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n';
const MASK = Uint8Array.of(0x37, 0xfa, 0x21, 0x3d);

/** @param {string} hex */
const bytes = (hex) => Buffer.from(hex.replaceAll(' ', ''), 'hex');

function opened() {
  const reader = new FrameReader(KEY);
  assert.equal(reader.read(Buffer.from(WELCOME)).isOpen, true);
  return reader;
}

describe('a WebSocket', () => {
  it('begins with a handshake that names MQTT', () => {
    const lines = handshake('pi.lan:9001', '/mqtt?x=1', KEY).split('\r\n');
    assert.equal(lines[0], 'GET /mqtt?x=1 HTTP/1.1');
    for (const line of [`Sec-WebSocket-Key: ${KEY}`, 'Sec-WebSocket-Protocol: mqtt'])
      assert.ok(lines.includes(line), line);
    assert.deepEqual(lines.slice(-2), ['', '']);
  });

  it('is open once the right answer is there, in however many pieces', () => {
    const reader = new FrameReader(KEY);
    const all = Buffer.concat([Buffer.from(WELCOME), bytes('82 02 61 62')]);
    const heard = [...all].map((_, at) => reader.read(all.subarray(at, at + 1)));
    assert.equal(heard.filter(({ isOpen }) => isOpen).length, 1);
    assert.equal(Buffer.concat(heard.flatMap(({ data }) => data)).toString(), 'ab');
  });

  const wrong = {
    'another key': WELCOME.replace('s3pP', 'x3pP'),
    'no WebSocket': 'HTTP/1.1 404 Not Found\r\n\r\n',
    'no HTTP': ' \x02\0\0'.repeat(5_000),
  };
  for (const [name, answer] of Object.entries(wrong))
    it(`is none: ${name}`, () =>
      assert.throws(() => new FrameReader(KEY).read(Buffer.from(answer)), NoWebSocket));

  it('masks what it sends', () => {
    const hello = frame(Buffer.from('Hello'), MASK, 1);
    assert.deepEqual(Buffer.from(hello), bytes('81 85 37fa213d 7f9f4d5158'));
    assert.deepEqual(Buffer.from(pong(Buffer.from('x'), MASK)), bytes('8a 81 37fa213d 4f'));
  });

  for (const size of [0, 125, 126, 65_535, 65_536])
    it(`sends and reads ${size} bytes`, () => {
      const sent = frame(Buffer.alloc(size, 7), Uint8Array.of(0, 0, 0, 0));
      // A server's frame has no mask.
      const head = sent.length - size - 4;
      const theirs = Buffer.concat([sent.subarray(0, head), sent.subarray(head + 4)]);
      theirs.writeUInt8((theirs[1] ?? 0) & 0x7f, 1);
      const { data } = opened().read(theirs);
      assert.deepEqual(Buffer.concat(data), Buffer.alloc(size, 7));
    });

  it('reads fragments, answers pings between them, and sees the end', () => {
    const { data, pings, isClosed } = opened().read(bytes('02 01 61  89 01 70  80 01 62  88 00'));
    assert.equal(Buffer.concat(data).toString(), 'ab');
    assert.deepEqual(pings.map(String), ['p']);
    assert.equal(isClosed, true);
  });

  for (const [name, hex] of Object.entries({
    'a masked frame': '82 81 00000000 61',
    'an extension': 'c2 01 61',
    'an unknown frame': '83 00',
    'a long ping': '89 7e 0100',
  }))
    it(`refuses ${name}`, () => assert.throws(() => opened().read(bytes(hex)), NoWebSocket));
});
