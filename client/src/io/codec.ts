// The packets of MQTT 5 that a client writes and reads (OASIS MQTT 5.0, 2 and 3). Properties that come are
// skipped: none of them matters here.

import { decode, encode } from '../core/bytes';

export interface Packet {
  type: number;
  reason?: number;
  id?: number;
  topic?: string;
  payload?: Uint8Array;
  qos?: number;
  isRetained?: boolean;
  /** Of a subscription, one for each filter. */
  answers?: number[];
}

export const CONNACK = 2;
export const PUBLISH = 3;
export const PUBACK = 4;
export const SUBACK = 9;
export const DISCONNECT = 14;

const EXPIRY = 0x02; // property: of a message, in seconds
const SESSION_EXPIRY = 0x11;
const LARGEST = 0x27; // property: what we take at most, in bytes
const LARGEST_OF_OURS = 131_200; // a state of 128 KiB; mosquitto's WebSockets stall on what is larger
const PACKET_MAX = 4 << 20; // bytes; nobody sends as much

type Bytes = Uint8Array | number[];

const u16 = (value: number): number[] => [value >> 8, value & 0xff];
const u32 = (value: number): number[] => [...u16(value >>> 16), ...u16(value & 0xffff)];

function varint(value: number): number[] {
  const low = value & 0x7f;
  return value < 0x80 ? [low] : [low | 0x80, ...varint(value >> 7)];
}

function joined(parts: Bytes[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

const sized = (bytes: Bytes) => joined([u16(bytes.length), bytes]);
const text = (words: string) => sized(encode(words));
const properties = (...all: [name: number, value: number | undefined][]): Bytes => {
  const bytes = all.flatMap(([name, value]) => (value === undefined ? [] : [name, ...u32(value)]));
  return [bytes.length, ...bytes];
};

function packet(first: number, ...parts: Bytes[]): Uint8Array {
  const body = joined(parts);
  return joined([[first], varint(body.length), body]);
}

export interface Message {
  topic: string;
  payload: string;
  retain?: boolean;
  /** Seconds after which it is worthless to the broker. */
  expiryS?: number;
}

export interface Greeting {
  clientId: string;
  keepAliveS: number;
  sessionS: number;
  login: { username: string; password: string } | null;
  will: Message;
}

export function connectPacket({ clientId, keepAliveS, sessionS, login, will }: Greeting) {
  const isClean = sessionS === 0;
  const willFlags = 0x0c | (will.retain ? 0x20 : 0); // QoS 1
  const flags = (isClean ? 0x02 : 0) | willFlags | (login ? 0xc0 : 0);
  return packet(
    0x10,
    ...[text('MQTT'), [5, flags], u16(keepAliveS)],
    ...[
      properties([SESSION_EXPIRY, sessionS], [LARGEST, LARGEST_OF_OURS]),
      text(clientId),
      [0],
      text(will.topic),
      text(will.payload),
    ],
    ...(login ? [text(login.username), text(login.password)] : []),
  );
}

/** @param id 0: QoS 0, else 1 */
export const publishPacket = ({ topic, payload, retain, expiryS }: Message, id: number) =>
  packet(
    0x30 | (id > 0 ? 0x02 : 0) | (retain ? 0x01 : 0),
    ...[text(topic), id > 0 ? u16(id) : [], properties([EXPIRY, expiryS]), encode(payload)],
  );

export const subscribePacket = (id: number, filters: [filter: string, options: number][]) =>
  packet(
    0x82,
    ...[u16(id), [0]],
    ...filters.flatMap(([filter, options]) => [text(filter), [options]]),
  );

export const pubackPacket = (id: number) => packet(0x40, u16(id));
export const pingPacket = () => packet(0xc0);
export const disconnectPacket = () => packet(0xe0);

/** Reads one packet's body from its start. Fails beyond its end. */
class Reader {
  #at = 0;
  constructor(readonly bytes: Uint8Array) {}

  take(length: number): Uint8Array {
    const end = this.#at + length;
    if (end > this.bytes.length) throw new Error('a packet ends too early');
    const part = this.bytes.subarray(this.#at, end);
    this.#at = end;
    return part;
  }

  u8(): number {
    return this.take(1)[0] ?? 0;
  }

  u16(): number {
    return (this.u8() << 8) | this.u8();
  }

  varint(): number {
    let value = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.u8();
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw new Error('a length has no end');
  }

  skipProperties(): void {
    this.take(this.varint());
  }

  rest(): Uint8Array {
    return this.take(this.bytes.length - this.#at);
  }
}

function read(first: number, body: Uint8Array): Packet {
  const reader = new Reader(body);
  const type = first >> 4;
  switch (type) {
    case CONNACK:
      reader.u8(); // whether there was a session
      return { type, reason: reader.u8() };
    case PUBLISH: {
      const qos = (first >> 1) & 3;
      const topic = decode(reader.take(reader.u16())) ?? '';
      const id = qos > 0 ? reader.u16() : 0;
      reader.skipProperties();
      return { type, qos, topic, id, isRetained: (first & 1) > 0, payload: reader.rest() };
    }
    case PUBACK:
      return { type, id: reader.u16(), reason: body.length > 2 ? reader.u8() : 0 };
    case DISCONNECT:
      return { type, reason: body[0] ?? 0 };
    case SUBACK: {
      const id = reader.u16();
      reader.skipProperties();
      return { type, id, answers: [...reader.rest()] };
    }
    default:
      return { type };
  }
}

/** A stream of packets, in whatever pieces it comes. */
export class Packets {
  #pieces: Uint8Array[] = [];
  #length = 0;
  #wanted = 0; // bytes, before there can be a packet

  /** @throws Error if it is not MQTT */
  take(chunk: Uint8Array): Packet[] {
    this.#pieces.push(chunk);
    this.#length += chunk.length;
    if (this.#length < this.#wanted) return [];
    const bytes = joined(this.#pieces);
    const packets: Packet[] = [];
    let at = 0;
    let frame = frameAt(bytes, at);
    while (frame && frame.end <= bytes.length) {
      packets.push(read(bytes[at] ?? 0, bytes.subarray(frame.begin, frame.end)));
      at = frame.end;
      frame = frameAt(bytes, at);
    }
    this.#pieces = [bytes.slice(at)];
    this.#length = bytes.length - at;
    this.#wanted = frame ? frame.end - at : 0;
    return packets;
  }
}

/** @returns where a packet's body is; null: its length has not come yet */
function frameAt(bytes: Uint8Array, at: number): { begin: number; end: number } | null {
  let length = 0;
  for (let i = 0; i < 4; i++) {
    const byte = bytes[at + 1 + i];
    if (byte === undefined) return null;
    length |= (byte & 0x7f) << (7 * i);
    if (length > PACKET_MAX) break;
    if (byte < 0x80) return { begin: at + 2 + i, end: at + 2 + i + length };
  }
  throw new Error('a packet is too long');
}
