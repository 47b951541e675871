// A two-way stream of bytes to a broker, by whatever its URL asks for: TCP, TLS, or a WebSocket over one of
// them. The WebSocket is our own: Node 18 has none, and none takes a certificate authority everywhere.

import { randomBytes } from 'node:crypto';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { frame, FrameReader, handshake, pong, type Heard } from '../core/websocket';

export interface Address {
  url: string;
  ca: Buffer | undefined;
  /** Whoever it is: to look, not to talk. */
  trustsAny?: boolean;
}

export interface WireEvents {
  open(): void;
  bytes(chunk: Uint8Array): void;
  /** Once, whoever ended it. error: what was wrong, if anything. */
  closed(error: Error | undefined): void;
}

export interface Wire {
  send(bytes: Uint8Array): void;
  /** After what was sent; at once: that may be lost. */
  close(isAtOnce: boolean): void;
}

const USUAL_PORT: Readonly<Record<string, number>> = {
  ...{ 'mqtt:': 1883, 'mqtts:': 8883 },
  ...{ 'ws:': 80, 'wss:': 443 },
};

export function openWire(address: Address, events: WireEvents): Wire {
  const url = new URL(address.url);
  return url.protocol.startsWith('ws')
    ? webSocket(address, url, events)
    : plain(address, url, events);
}

function plain(address: Address, url: URL, events: WireEvents): Wire {
  const socket = openSocket(address, url, events.open);
  socket.on('data', (chunk: Buffer) => events.bytes(chunk));
  return guard(socket, events.closed, (bytes) => bytes);
}

function webSocket(address: Address, url: URL, events: WireEvents): Wire {
  const key = randomBytes(16).toString('base64');
  const reader = new FrameReader(key);
  const socket = openSocket(address, url, () => {
    socket.write(handshake(url.host, `${url.pathname}${url.search}`, key));
  });
  const take = ({ isOpen, data, pings, isClosed }: Heard) => {
    if (isOpen) events.open();
    for (const chunk of data) events.bytes(chunk);
    for (const payload of pings) socket.write(pong(payload, randomBytes(4)));
    if (isClosed) socket.destroy();
  };
  socket.on('data', (chunk: Buffer) => {
    try {
      take(reader.read(chunk));
    } catch (error) {
      socket.destroy(error as Error);
    }
  });
  return guard(socket, events.closed, (bytes) => frame(bytes, randomBytes(4)));
}

function openSocket({ ca, trustsAny }: Address, url: URL, open: () => void): Socket {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const to = { host, port: Number(url.port) || (USUAL_PORT[url.protocol] ?? 0) };
  const isTls = url.protocol === 'mqtts:' || url.protocol === 'wss:';
  const socket = isTls
    ? connectTls({
        ...to,
        ...(ca && { ca }),
        ...(isIP(host) === 0 && { servername: host }),
        rejectUnauthorized: trustsAny !== true,
      })
    : connectTcp(to);
  socket.setNoDelay(true);
  socket.once(isTls ? 'secureConnect' : 'connect', open);
  return socket;
}

function guard(
  socket: Socket,
  closed: WireEvents['closed'],
  wrap: (bytes: Uint8Array) => Uint8Array,
): Wire {
  let failure: Error | undefined;
  socket.on('error', (error: Error) => (failure ??= error));
  socket.once('close', () => closed(failure));
  return {
    send: (bytes) => void (socket.writable && socket.write(wrap(bytes))),
    close: (isAtOnce) => void (isAtOnce ? socket.destroy() : socket.end()),
  };
}
