// MQTT's bytes in a WebSocket's frames, RFC 6455, on the client's side. MQTT reads a stream, so it does
// not matter where a message begins. Pure: keys and masks come in as values.

import { createHash } from 'node:crypto';

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const HEAD_MAX = 16_384; // bytes of an answer to the handshake

const DATA = [0, 1, 2];
const BINARY = 2;
const CLOSE = 8;
const PING = 9;
const PONG = 10;

/** host: with its port, if that is not the usual one. key: 16 random bytes in base64. */
export function handshake(host: string, path: string, key: string): string {
  return [
    `GET ${path} HTTP/1.1`,
    `Host: ${host}`,
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Key: ${key}`,
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Protocol: mqtt',
    '\r\n',
  ].join('\r\n');
}

/** mask: 4 random bytes. */
export function frame(payload: Uint8Array, mask: Uint8Array, opcode = BINARY): Uint8Array {
  const size = payload.length;
  const length =
    size < 126
      ? [size]
      : size < 65_536
        ? [126, size >> 8, size & 0xff]
        : [127, 0, 0, 0, 0, ...[24, 16, 8, 0].map((bits) => (size >>> bits) & 0xff)];
  const head = [0x80 | opcode, 0x80 | (length[0] ?? 0), ...length.slice(1), ...mask];
  const bytes = new Uint8Array(head.length + size);
  bytes.set(head);
  for (let i = 0; i < size; i++) bytes[head.length + i] = (payload[i] ?? 0) ^ (mask[i % 4] ?? 0);
  return bytes;
}

/** What a reader makes of the bytes that came. */
export interface Heard {
  /** The handshake was just answered well. */
  isOpen: boolean;
  data: Uint8Array[];
  /** Payloads that want a pong. */
  pings: Uint8Array[];
  isClosed: boolean;
}

/** It is no WebSocket, or no more. */
export class NoWebSocket extends Error {}

/** Takes bytes as they come. */
export class FrameReader {
  readonly #accept: string;
  #isOpen = false;
  #rest: Uint8Array = new Uint8Array(0);
  /** Of a frame whose head was read: how much of it is to come. */
  #frame: { opcode: number; left: number; control: Uint8Array[] } | null = null;

  constructor(key: string) {
    this.#accept = createHash('sha1')
      .update(key + GUID)
      .digest('base64');
  }

  /** Throws NoWebSocket. */
  read(chunk: Uint8Array): Heard {
    const heard: Heard = { isOpen: false, data: [], pings: [], isClosed: false };
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    if (!this.#isOpen) heard.isOpen = this.#isOpen = this.#readHead();
    while (this.#isOpen && !heard.isClosed && this.#readSome(heard));
    return heard;
  }

  /** false: not all of it is there yet. */
  #readHead(): boolean {
    const bytes = Buffer.from(this.#rest);
    const end = bytes.indexOf('\r\n\r\n');
    if (end < 0 && bytes.length < HEAD_MAX) return false;
    const head = bytes.toString('latin1', 0, Math.max(0, end));
    const [, status = '?'] = /^HTTP\/1\.[01] (\d{3})/.exec(head) ?? [];
    if (status !== '101') throw new NoWebSocket(`no WebSocket there: HTTP ${status}`);
    const [, accept] = /^sec-websocket-accept:[ \t]*(\S*)/im.exec(head) ?? [];
    if (accept !== this.#accept) throw new NoWebSocket('no WebSocket there: a wrong answer');
    this.#rest = this.#rest.subarray(end + 4);
    return true;
  }

  /** false: nothing more can be read now. */
  #readSome(heard: Heard): boolean {
    const frame = (this.#frame ??= this.#readFrameHead());
    if (!frame) return false;
    const part = this.#rest.subarray(0, frame.left);
    this.#rest = this.#rest.subarray(part.length);
    frame.left -= part.length;
    if (DATA.includes(frame.opcode)) {
      if (part.length > 0) heard.data.push(part);
    } else frame.control.push(part);
    if (frame.left > 0) return false;
    this.#frame = null;
    if (frame.opcode === PING) heard.pings.push(Buffer.concat(frame.control));
    if (frame.opcode === CLOSE) heard.isClosed = true;
    return true;
  }

  #readFrameHead() {
    const [first, second] = this.#rest;
    if (first === undefined || second === undefined) return null;
    const [opcode, short] = [first & 0x0f, second & 0x7f];
    if (second & 0x80 || first & 0x70) throw new NoWebSocket('no WebSocket frame');
    if (!DATA.includes(opcode) && (short > 125 || ![CLOSE, PING, PONG].includes(opcode)))
      throw new NoWebSocket('no WebSocket frame');
    const size = short < 126 ? 0 : short === 126 ? 2 : 8;
    if (this.#rest.length < 2 + size) return null;
    const long = this.#rest.subarray(2, 2 + size);
    this.#rest = this.#rest.subarray(2 + size);
    const left = size === 0 ? short : long.reduce((sum, byte) => sum * 256 + byte, 0);
    return { opcode, left, control: [] };
  }
}

export function pong(payload: Uint8Array, mask: Uint8Array): Uint8Array {
  return frame(payload, mask, PONG);
}
