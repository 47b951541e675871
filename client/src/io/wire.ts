// A two-way stream of bytes to the broker.

export interface WireEvents {
  open(): void;
  bytes(chunk: Uint8Array): void;
  /** Once, whoever ended it. */
  closed(): void;
}

export interface Wire {
  send(bytes: Uint8Array): void;
  close(): void;
}

export type OpenWire = (events: WireEvents) => Wire;

/** @param url ws:// or wss:// */
export function webSocket(url: string): OpenWire {
  return (events) => {
    const socket = new WebSocket(url, ['mqtt']);
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => events.open();
    socket.onmessage = ({ data }) => events.bytes(new Uint8Array(data as ArrayBuffer));
    socket.onclose = () => events.closed();
    return {
      send: (bytes) => {
        if (socket.readyState === WebSocket.OPEN) socket.send(bytes as Uint8Array<ArrayBuffer>);
      },
      close: () => socket.close(),
    };
  };
}
