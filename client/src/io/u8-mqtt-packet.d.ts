// What is used of u8-mqtt-packet, which brings no types.

declare module 'u8-mqtt-packet/esm/codec_v5_client.js' {
  const options: unknown;
  export default options;
}

declare module 'u8-mqtt-packet/esm/codec_bind.js' {
  export interface Packet {
    type: string;
    flags?: number;
    reason?: number;
    props?: Map<string, unknown> | Record<string, unknown>;
    pkt_id?: number;
    topic?: string;
    payload?: Uint8Array;
    qos?: number;
    retain?: boolean;
    answers?: number[];
  }
  export interface Codec {
    encode_pkt(type: string, packet: object): Uint8Array;
    decode(bytes: Uint8Array): Packet[];
  }
  export default function context(
    level: 5,
    options: unknown,
    api: object,
  ): { mqtt_stream(): Codec };
}
