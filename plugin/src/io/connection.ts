// Opens a connection to a broker by whatever its URL asks for.

import { Duplex } from 'node:stream';
import { connect, MqttClient, type IClientOptions } from 'mqtt';

export interface Address {
  url: string;
  ca: Buffer | undefined;
  /** Whoever it is: to look, not to talk. */
  trustsAny?: boolean;
}

/** The options are mqtt's, without what the address says. */
export function openClient(address: Address, options: IClientOptions): MqttClient {
  const { url } = address;
  // Bun, which OpenCode runs on, reports an HTTP upgrade as an answer; so mqtt's
  // own WebSocket fails with "Unexpected server response: 101".
  if (process.versions['bun'] && /^wss?:/.test(url))
    return new MqttClient(() => webSocketStream(address), options);
  return connect(url, { ...options, ...trustOf(address) });
}

function trustOf({ ca, trustsAny }: Address): { ca?: Buffer; rejectUnauthorized?: boolean } {
  return { ...(ca && { ca }), ...(trustsAny && { rejectUnauthorized: false }) };
}

/** What Bun adds to the WebSocket of the WHATWG standard. */
interface BunWebSocket {
  binaryType: string;
  readonly readyState: number;
  onopen: () => void;
  onmessage: (event: { data: ArrayBuffer }) => void;
  onerror: (event: { message?: string }) => void;
  onclose: () => void;
  send(data: Uint8Array): void;
  close(): void;
}
type BunWebSocketConstructor = new (
  url: string,
  options: { protocols: string[]; tls: { ca?: Buffer; rejectUnauthorized?: boolean } },
) => BunWebSocket;

const OPEN = 1;

/** MQTT's bytes over the runtime's own WebSocket. MQTT 5 section 6. */
function webSocketStream(address: Address): Duplex {
  const { WebSocket } = globalThis as unknown as { WebSocket: BunWebSocketConstructor };
  const socket = new WebSocket(address.url, { protocols: ['mqtt'], tls: trustOf(address) });
  let whenOpen: (() => void) | undefined;
  const stream = new Duplex({
    read() {},
    write(chunk: Uint8Array, _encoding, done) {
      whenOpen = () => {
        socket.send(chunk);
        done();
      };
      if (socket.readyState === OPEN) whenOpen();
    },
    destroy(error, done) {
      socket.close();
      done(error);
    },
  });
  socket.binaryType = 'arraybuffer';
  socket.onopen = () => whenOpen?.();
  socket.onmessage = ({ data }) => void stream.push(Buffer.from(data));
  socket.onerror = ({ message }) => void stream.destroy(failure(message));
  socket.onclose = () => void stream.destroy();
  return stream;
}

/** mqtt passes only errors on that have a code; Bun's words begin with the URL. */
function failure(message = 'the WebSocket failed'): Error {
  return Object.assign(new Error(message), { code: message.replace(/^.* failed: /, '') });
}
