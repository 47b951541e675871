// The same over TCP or TLS, where there is Node.

import { connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';
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
