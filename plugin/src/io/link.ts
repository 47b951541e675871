// One MQTT 5 connection, from its beginning to its end: QoS 1 both ways, Last Will, keep-alive, the
// broker's reasons. Whoever wants another one makes another one.

import { randomBytes } from 'node:crypto';
import context, { type Codec, type Packet, type Reason } from 'u8-mqtt-packet/esm/codec_bind.js';
import codec from 'u8-mqtt-packet/esm/codec_v5_client.js';
import { openWire, type Address, type Wire } from './wire';

export interface Message {
  topic: string;
  payload: Buffer;
  /** The broker kept it; or, with rap, whoever said it wanted it kept. */
  retain: boolean;
}

export interface Greeting {
  clientId?: string;
  username?: string | undefined;
  password?: Buffer | undefined;
  /** QoS 1 and retained. */
  will?: { topic: string; payload: string };
  /** Milliseconds in which the broker must have let us in. */
  patienceMs: number;
}

export interface LinkEvents {
  open(): void;
  /** Once. error: what was wrong; undefined: one of the two hung up. */
  closed(error: unknown): void;
}

type Hear = (message: Message) => void;

export interface Subscription {
  /** Not what we say ourselves. */
  nl?: boolean;
  /** Retain as published. */
  rap?: boolean;
  /** What is retained is not wanted. */
  isForNew?: boolean;
}

/** The broker said no; the code is MQTT's. MQTT 5 section 2.4. */
export class Refused extends Error {
  readonly code: number;

  constructor(reason: Reason) {
    const code = Number(reason);
    super(reason.reason?.replace(/^:\w*:/, '') || `reason code 0x${code.toString(16)}`);
    this.code = code;
  }
}

/** The broker says nothing. */
export class Silent extends Error {
  constructor() {
    super('it does not answer');
  }
}

/** What was under way when the connection ended. */
export class Ended extends Error {}

const KEEPALIVE_S = 30;
const PACKET_MAX = 262_144; // bytes; what is meant for us is at most a quarter of it
const FIRST_FAILURE = 0x80;
const CLEAN_START = 0x02;
const SHUTTING_DOWN = 0x8b;
const FLAGS = { qos1: 0x01, nl: 0x04, rap: 0x08, isForNew: 0x20 };

interface Awaited {
  done(reason: number): void;
  failed(error: Error): void;
}

export class Link {
  readonly #greeting: Greeting;
  readonly #events: LinkEvents;
  readonly #wire: Wire;
  readonly #codec: Codec = context(5, codec, { warn: () => undefined }).mqtt_stream();
  readonly #awaited = new Map<number, Awaited>();
  readonly #hearers = new Set<Hear>();
  #state: 'opening' | 'open' | 'closed' = 'opening';
  #lastId = 0;
  #patience: NodeJS.Timeout | undefined;
  #pulse: NodeJS.Timeout | undefined;
  #heardSincePulse = true;
  #failure: unknown;

  constructor(address: Address, greeting: Greeting, events: LinkEvents) {
    this.#greeting = greeting;
    this.#events = events;
    this.#wire = openWire(address, {
      open: () => this.#greet(),
      bytes: (chunk) => this.#read(chunk),
      closed: (error) => this.#closed(error),
    });
    const tooLate = () => this.#fail(new Silent());
    this.#patience = setTimeout(tooLate, greeting.patienceMs).unref();
  }

  get isOpen(): boolean {
    return this.#state === 'open';
  }

  /** Calls back for each message, until what it returns is called. */
  hear(hear: Hear): () => void {
    this.#hearers.add(hear);
    return () => void this.#hearers.delete(hear);
  }

  /** QoS 1. Resolves with the broker's reason, below 0x80. */
  publish(topic: string, payload: string, retain = false): Promise<number> {
    return this.#ask('publish', { topic, payload, retain, qos: 1 });
  }

  /** Rejects if one of them is refused. */
  async subscribe(topics: readonly string[], how: Subscription = {}): Promise<void> {
    const flag = (name: keyof Subscription) => (how[name] ? FLAGS[name] : 0);
    const flags = FLAGS.qos1 | flag('nl') | flag('rap') | flag('isForNew');
    await this.#ask('subscribe', { topics: topics.map((topic) => [topic, flags]) });
  }

  async unsubscribe(topics: readonly string[]): Promise<void> {
    await this.#ask('unsubscribe', { topics });
  }

  /** Says goodbye, so that there is no Last Will. */
  leave(): void {
    if (this.#state === 'open') this.#send('disconnect', {});
    this.#wire.close(this.#state !== 'open');
  }

  /** Hangs up. */
  cut(): void {
    this.#wire.close(true);
  }

  #greet(): void {
    const { clientId, username, password, will } = this.#greeting;
    this.#send('connect', {
      client_id: clientId ?? `nudge-${randomBytes(6).toString('hex')}`,
      keep_alive: KEEPALIVE_S,
      flags: CLEAN_START,
      props: { maximum_packet_size: PACKET_MAX },
      username,
      password,
      ...(will && { will: { ...will, qos: 1, retain: true } }),
    });
  }

  #ask(type: string, packet: object): Promise<number> {
    return new Promise((done, failed) => {
      if (this.#state !== 'open') return failed(new Ended());
      const pkt_id = this.#nextId();
      this.#awaited.set(pkt_id, { done, failed });
      this.#send(type, { ...packet, pkt_id });
    });
  }

  #send(type: string, packet: object): void {
    this.#wire.send(this.#codec.encode_pkt(type, packet));
  }

  #read(chunk: Uint8Array): void {
    this.#heardSincePulse = true;
    try {
      for (const packet of this.#codec.decode(chunk)) this.#take(packet);
    } catch {
      this.#fail(new Error('what it says is not MQTT'));
    }
  }

  #take(packet: Packet): void {
    switch (packet.type) {
      case 'connack':
        return this.#greeted(packet);
      case 'publish':
        return this.#deliver(packet);
      case 'puback':
        return this.#answered(packet, packet.reason === undefined ? [] : [packet.reason]);
      case 'suback':
      case 'unsuback':
        return this.#answered(packet, packet.answers ?? []);
      case 'disconnect':
        return this.#fail(isTrouble(packet.reason) ? new Refused(packet.reason) : undefined);
    }
  }

  #greeted({ reason, props }: Packet): void {
    if (reason && Number(reason) > 0) return this.#fail(new Refused(reason));
    this.#state = 'open';
    clearTimeout(this.#patience);
    const keepAliveS = Number(props?.['server_keep_alive'] ?? KEEPALIVE_S);
    if (keepAliveS > 0) this.#pulse = setInterval(() => this.#beat(), keepAliveS * 500).unref();
    this.#events.open();
  }

  #beat(): void {
    if (!this.#heardSincePulse) return this.#fail(new Silent());
    this.#heardSincePulse = false;
    this.#send('pingreq', {});
  }

  #deliver({ topic = '', payload = new Uint8Array(), retain, qos, pkt_id }: Packet): void {
    if (qos === 1) this.#send('puback', { pkt_id });
    const message = { topic, payload: Buffer.from(payload), retain: retain ?? false };
    for (const hear of [...this.#hearers]) hear(message);
  }

  #answered({ pkt_id = 0 }: Packet, reasons: Reason[]): void {
    const awaited = this.#awaited.get(pkt_id);
    if (!awaited) return;
    this.#awaited.delete(pkt_id);
    const refusal = reasons.find((reason) => Number(reason) >= FIRST_FAILURE);
    if (refusal) awaited.failed(new Refused(refusal));
    else awaited.done(Number(reasons[0] ?? 0));
  }

  /** Identifiers of MQTT packets are 16 bits, and not 0. */
  #nextId(): number {
    do this.#lastId = (this.#lastId % 0xffff) + 1;
    while (this.#awaited.has(this.#lastId));
    return this.#lastId;
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
    this.#wire.close(true);
  }

  #closed(error: unknown): void {
    this.#state = 'closed';
    clearTimeout(this.#patience);
    clearInterval(this.#pulse);
    for (const { failed } of this.#awaited.values()) failed(new Ended());
    this.#awaited.clear();
    this.#events.closed(this.#failure ?? error);
  }
}

/** A broker that is restarted will be back. */
function isTrouble(reason: Reason | undefined): reason is Reason {
  const code = Number(reason ?? 0);
  return code >= FIRST_FAILURE && code !== SHUTTING_DOWN;
}
