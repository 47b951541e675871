// What is used of u8-mqtt-packet, which brings no types.

declare module 'u8-mqtt-packet/esm/codec_v5_client.js' {
  const options: unknown;
  export default options;
}

declare module 'u8-mqtt-packet/esm/codec_bind.js' {
  /** A number, and what it means. */
  export type Reason = Number & { reason?: string };
  export interface Packet {
    type: string;
    flags?: number;
    reason?: Reason;
    props?: Record<string, unknown> | null;
    pkt_id?: number;
    topic?: string;
    payload?: Uint8Array;
    qos?: number;
    retain?: boolean;
    answers?: Reason[];
  }
  export interface Codec {
    encode_pkt(type: string, packet: object): Uint8Array;
    decode(bytes: Uint8Array): Packet[];
  }
  export default function context(
    level: 5,
    options: unknown,
    api: { warn?: (message: string) => void },
  ): { mqtt_stream(): Codec };
}
