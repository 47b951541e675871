// Where there is Node: the same over TCP or TLS, and answers signed with a key from a file.

import { createHmac } from 'node:crypto';
import { connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { bytesOf } from '../core/bytes';
import type { Sign } from './signing';
import type { OpenWire } from './wire';

/**
 * @param url mqtt:// or mqtts://
 * @param ca the certificate that signed the broker's (PEM); default: the known authorities
 */
export function tcp(url: string, ca?: string): OpenWire {
  const { protocol, hostname, port } = new URL(url);
  const isTls = protocol === 'mqtts:';
  const to = { host: hostname, port: Number(port) || (isTls ? 8883 : 1883) };
  return (events) => {
    const socket = isTls
      ? connectTls({ ...to, servername: to.host, ...(ca !== undefined && { ca }) })
      : connectTcp(to);
    socket.setNoDelay(true);
    socket.on(isTls ? 'secureConnect' : 'connect', () => events.open());
    socket.on('data', (chunk: Buffer) => events.bytes(chunk));
    socket.on('error', () => {}); // 'close' follows
    socket.on('close', () => events.closed());
    return { send: (bytes) => void socket.write(bytes), close: () => void socket.end() };
  };
}

/** @param key 32 bytes in base64url, as a pairing text brings them */
export function nodeSigner(key: string): Sign {
  const bytes = bytesOf(key);
  if (bytes?.length !== 32) throw new Error('The reply key is damaged.');
  return async (text) => createHmac('sha256', bytes).update(text).digest('base64url');
}
