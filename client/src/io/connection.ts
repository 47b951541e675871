// One MQTT 5 connection that comes back by itself: subscriptions, QoS 1 both ways, keep-alive, Last Will.
// What is published while it is away waits, and goes out in order.

import { decode } from '../core/bytes';
import {
  CONNACK,
  connectPacket,
  DISCONNECT,
  disconnectPacket,
  Packets,
  pingPacket,
  PUBACK,
  pubackPacket,
  PUBLISH,
  publishPacket,
  SUBACK,
  subscribePacket,
  type Message,
  type Packet,
} from './codec';
import type { Subscription } from '../core/topics';
import type { OpenWire, Wire } from './wire';

export type Outgoing = Message;

export type LinkState = 'connecting' | 'online' | 'offline' | 'refused';

export interface ConnectionOptions {
  open: OpenWire;
  clientId: string;
  login: { username: string; password: string } | null;
  /** How long the broker keeps for us what we miss, in seconds; 0: it does not. */
  sessionS: number;
  will: Outgoing;
  subscriptions: Subscription[];
  /** @param isRetained the broker kept it: it did not happen now */
  onMessage(topic: string, payload: string, isRetained: boolean): void;
  /** @param trouble a sentence for people; null: all is well */
  onState(state: LinkState, trouble: string | null): void;
}

const KEEP_ALIVE_S = 30;
const OPEN_MAX_MS = 10_000; // to be connected
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;
const WAITING_MAX = 200; // messages; a person does not do more while offline

// Reason codes of MQTT 5.
const FIRST_FAILURE = 0x80;
const NO_SUBSCRIBERS = 0x10;
const LOGIN_REFUSED = [0x84, 0x85, 0x86, 0x87, 0x8a, 0x8c];
const RETAIN_AS_PUBLISHED = 0x08;

interface Waiting {
  message: Outgoing;
  id: number;
  done(isHeard: boolean): void;
  failed(error: Error): void;
}

/** The broker refuses a message. */
export class Forbidden extends Error {}

export class Connection {
  readonly #options: ConnectionOptions;
  #wire: Wire | null = null;
  #packets = new Packets();
  #state: LinkState = 'offline';
  #isWanted = false;
  #failures = 0;
  #lastId = 0;
  #waiting: Waiting[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #pulse: ReturnType<typeof setInterval> | undefined;
  #heardSincePulse = true;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  start(): void {
    this.#isWanted = true;
    if (!this.#wire) this.#connect();
  }

  /** Do not wait any longer: the network came back, or a person looks. */
  wake(): void {
    if (this.#isWanted && !this.#wire && this.#state !== 'refused') this.#connect();
  }

  /** @param last published before we go */
  stop(last?: Outgoing): void {
    this.#isWanted = false;
    clearTimeout(this.#timer);
    if (this.#wire && this.#state === 'online') {
      if (last) this.#wire.send(publishPacket(last, 0));
      this.#wire.send(disconnectPacket());
    }
    this.#wire?.close();
  }

  /**
   * QoS 1.
   *
   * @returns whether anybody listens, once the broker has it
   */
  publish(message: Outgoing): Promise<boolean> {
    return new Promise((done, failed) => {
      if (this.#waiting.length >= WAITING_MAX)
        return failed(new Error('Too much waits to be sent; connect first.'));
      const waiting = { message, id: this.#nextId(), done, failed };
      this.#waiting.push(waiting);
      if (this.#state === 'online') this.#sendWaiting(waiting);
    });
  }

  #connect(): void {
    clearTimeout(this.#timer);
    this.#setState('connecting', null);
    this.#packets = new Packets();
    const wire = this.#options.open({
      open: () => this.#isCurrent(wire) && this.#greet(),
      bytes: (chunk) => this.#isCurrent(wire) && this.#read(chunk),
      closed: () => this.#isCurrent(wire) && this.#lost(),
    });
    this.#wire = wire;
    this.#timer = setTimeout(() => this.#giveUp(), OPEN_MAX_MS);
  }

  #isCurrent(wire: Wire): boolean {
    return this.#wire === wire;
  }

  #greet(): void {
    const { clientId, login, sessionS, will } = this.#options;
    const keepAliveS = KEEP_ALIVE_S;
    this.#wire?.send(connectPacket({ clientId, keepAliveS, sessionS, login, will }));
  }

  #read(chunk: Uint8Array): void {
    this.#heardSincePulse = true;
    try {
      for (const packet of this.#packets.take(chunk)) this.#take(packet);
    } catch {
      this.#giveUp(); // not MQTT, or not any more
    }
  }

  #take(packet: Packet): void {
    const { reason = 0, id = 0 } = packet;
    switch (packet.type) {
      case CONNACK:
        return reason >= FIRST_FAILURE ? this.#refused(reason) : this.#accepted();
      case PUBLISH:
        return this.#deliver(packet);
      case PUBACK:
        return this.#settle(id, reason);
      case SUBACK:
        return this.#subscribed(packet.answers ?? []);
      case DISCONNECT:
        return this.#giveUp();
      default:
        return;
    }
  }

  #deliver({ topic = '', payload: bytes = new Uint8Array(), isRetained, qos, id }: Packet): void {
    const payload = decode(bytes);
    if (payload !== null) this.#options.onMessage(topic, payload, isRetained ?? false);
    if (qos === 1) this.#wire?.send(pubackPacket(id ?? 0));
  }

  #accepted(): void {
    clearTimeout(this.#timer);
    this.#failures = 0;
    const { subscriptions } = this.#options;
    const filters = subscriptions.map(({ filter, qos }): [string, number] => [
      filter,
      qos | RETAIN_AS_PUBLISHED,
    ]);
    this.#wire?.send(subscribePacket(this.#nextId(), filters));
    this.#startPulse();
    for (const waiting of this.#waiting) this.#sendWaiting(waiting);
    this.#setState('online', null);
  }

  #subscribed(answers: number[]): void {
    const refused = this.#options.subscriptions.find(
      ({ isOptional }, at) => !isOptional && (answers[at] ?? 0) >= FIRST_FAILURE,
    );
    if (!refused) return;
    this.#setState('online', `The broker does not let us read ${refused.filter}: check its ACL.`);
  }

  /** Trying again would not help. */
  #refused(reason: number): void {
    if (!LOGIN_REFUSED.includes(reason)) return this.#giveUp();
    this.#isWanted = false;
    this.#close();
    this.#setState('refused', 'The broker refuses the name or the password.');
  }

  #sendWaiting({ message, id }: Waiting): void {
    this.#wire?.send(publishPacket(message, id));
  }

  #settle(id: number, reason: number): void {
    const waiting = this.#waiting.find((one) => one.id === id);
    if (!waiting) return;
    this.#waiting = this.#waiting.filter((one) => one !== waiting);
    if (reason < FIRST_FAILURE) return waiting.done(reason !== NO_SUBSCRIBERS);
    const { topic } = waiting.message;
    waiting.failed(new Forbidden(`The broker does not let us write ${topic}: check its ACL.`));
  }

  /** Identifiers of MQTT packets are 16 bits, and not 0. */
  #nextId(): number {
    do this.#lastId = (this.#lastId % 0xffff) + 1;
    while (this.#waiting.some(({ id }) => id === this.#lastId));
    return this.#lastId;
  }

  #startPulse(): void {
    clearInterval(this.#pulse);
    this.#heardSincePulse = true;
    this.#pulse = setInterval(() => {
      if (!this.#heardSincePulse) return this.#giveUp();
      this.#heardSincePulse = false;
      this.#wire?.send(pingPacket());
    }, KEEP_ALIVE_S * 500);
  }

  #giveUp(): void {
    if (!this.#wire) return;
    this.#close();
    this.#retryLater();
  }

  #lost(): void {
    this.#wire = null;
    clearInterval(this.#pulse);
    this.#retryLater();
  }

  #close(): void {
    const wire = this.#wire;
    this.#wire = null;
    clearInterval(this.#pulse);
    clearTimeout(this.#timer);
    wire?.close();
  }

  #retryLater(): void {
    clearTimeout(this.#timer);
    this.#setState('offline', null);
    if (!this.#isWanted) return;
    const waitMs = Math.min(FIRST_WAIT_MS * 2 ** this.#failures++, LONGEST_WAIT_MS);
    this.#timer = setTimeout(() => this.#connect(), waitMs * (0.5 + Math.random()));
  }

  #setState(state: LinkState, trouble: string | null): void {
    this.#state = state;
    this.#options.onState(state, trouble);
  }
}
