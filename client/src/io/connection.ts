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

export interface Outgoing extends Message {
  /** After it, it is not sent any more; milliseconds since 1970. */
  untilMs?: number;
  /** We do without it on another connection than this one, and where the broker does not let us. */
  isForNow?: boolean;
}

export type LinkState = 'connecting' | 'online' | 'offline' | 'refused';

export interface ConnectionOptions {
  open: OpenWire;
  /** With a session there can be but one of this name. */
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

// A browser lets a hidden page beat but once a minute.
const KEEP_ALIVE_S = 60;
const BEAT_MS = 15_000;
const OPEN_MAX_MS = 10_000; // of silence, until we are subscribed
const FIRST_WAIT_MS = 500;
const LOSSES_MAX = 2; // once may be chance
const LONGEST_WAIT_MS = 30_000;
const WAITING_MAX = 200; // messages; a person does not do more while offline

// Reason codes of MQTT 5.
const FIRST_FAILURE = 0x80;
const NO_SUBSCRIBERS = 0x10;
const LOGIN_REFUSED = [0x84, 0x85, 0x86, 0x87, 0x8a, 0x8c];
const TAKEN_OVER = 0x8e;
const RETAIN_AS_PUBLISHED = 0x08;

const LOST = 'The connection was lost.';
const unreadable = (filter: string) => `The broker does not let us read ${filter}: check its ACL.`;

interface Waiting {
  message: Outgoing;
  id: number;
  done(isHeard: boolean): void;
  failed(error: Error): void;
}

/** A filter that was asked for later than the others. */
interface Wanted {
  filter: string;
  id: number;
  done(): void;
  failed(error: Error): void;
}

/** The broker refuses a message, or a subscription. */
export class Forbidden extends Error {}

export class Connection {
  #options: ConnectionOptions;
  readonly #suffix = `-${Math.random().toString(36).slice(2, 10)}`;
  #wire: Wire | null = null;
  #packets = new Packets();
  #state: LinkState = 'offline';
  #isWanted = false;
  #failures = 0;
  #lastId = 0;
  #waiting: Waiting[] = [];
  #wanted: Wanted[] = [];
  #losses = 0; // connections in a row that ended while we asked for what we can do without
  #isShy = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #pulse: ReturnType<typeof setInterval> | undefined;
  #pulseMs = 0;
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
    if (this.#hasSlept) this.#giveUp();
    if (this.#isWanted && !this.#wire && this.#state !== 'refused') this.#connect();
  }

  /** @param last published before we go */
  stop(last?: Outgoing): void {
    this.#isWanted = false;
    clearTimeout(this.#timer);
    if (this.#state === 'online') {
      if (last) this.#wire?.send(publishPacket(last, 0));
      this.#wire?.send(disconnectPacket());
    }
    this.#giveUp();
  }

  /**
   * QoS 1.
   *
   * @param signal ends the wait of what was not sent
   * @returns whether anybody listens, once the broker has it
   */
  publish(message: Outgoing, signal?: AbortSignal): Promise<boolean> {
    return new Promise((done, failed) => {
      if (message.isForNow && this.#isShy) return failed(new Error(LOST));
      if (this.#waiting.length >= WAITING_MAX)
        return failed(new Error('Too much waits to be sent; connect first.'));
      const waiting = { message, id: this.#nextId(), done, failed };
      this.#waiting.push(waiting);
      signal?.addEventListener('abort', () => this.#drop(waiting, 'It was taken back.'));
      if (this.#state === 'online') this.#sendWaiting(waiting);
    });
  }

  /**
   * One more filter, QoS 0, as long as this connection lasts: we do without it where the broker does not let
   * us.
   */
  subscribe(filter: string): Promise<void> {
    return new Promise((done, failed) => {
      if (this.#state !== 'online' || this.#isShy) return failed(new Error(LOST));
      const wanted = { filter, id: this.#nextId(), done, failed };
      this.#wanted.push(wanted);
      this.#wire?.send(subscribePacket(wanted.id, [[filter, RETAIN_AS_PUBLISHED]]));
    });
  }

  #connect(): void {
    this.#setState('connecting', null);
    this.#packets = new Packets();
    const wire = this.#options.open({
      open: () => this.#isCurrent(wire) && this.#greet(),
      bytes: (chunk) => this.#isCurrent(wire) && this.#read(chunk),
      closed: () => this.#isCurrent(wire) && this.#giveUp(),
    });
    this.#wire = wire;
    this.#pulseMs = Date.now();
    this.#hurry();
  }

  /** It may be slow, but not silent, before we are subscribed. */
  #hurry(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#giveUp(), OPEN_MAX_MS);
  }

  #isCurrent(wire: Wire): boolean {
    return this.#wire === wire;
  }

  #greet(): void {
    const { clientId: name, login, sessionS, will } = this.#options;
    const clientId = sessionS ? name : name + this.#suffix;
    const keepAliveS = KEEP_ALIVE_S;
    this.#wire?.send(connectPacket({ clientId, keepAliveS, sessionS, login, will }));
  }

  #read(chunk: Uint8Array): void {
    this.#heardSincePulse = true;
    if (this.#state === 'connecting') this.#hurry();
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
        return this.#subscribed(id, packet.answers ?? []);
      case DISCONNECT:
        // Another of this name is there: it has the session.
        if (reason === TAKEN_OVER) this.#options = { ...this.#options, sessionS: 0 };
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
    this.#startPulse();
    // Some brokers end the connection of who asks for what is not theirs: this one is to live.
    this.#isShy = this.#losses >= LOSSES_MAX;
    const { subscriptions } = this.#options;
    const filters = subscriptions.map(({ filter, qos }): [string, number] => [
      filter,
      qos | RETAIN_AS_PUBLISHED,
    ]);
    this.#wire?.send(subscribePacket(this.#nextId(), filters));
  }

  /** From here on we hear all that happens. */
  #listening(trouble: string | null): void {
    clearTimeout(this.#timer);
    this.#failures = 0;
    for (const waiting of this.#waiting)
      if ((waiting.message.untilMs ?? Infinity) < Date.now())
        this.#drop(waiting, 'It waited for too long.');
      else this.#sendWaiting(waiting);
    this.#setState('online', trouble);
  }

  #drop(waiting: Waiting, why: string): void {
    this.#waiting = this.#waiting.filter((one) => one !== waiting);
    waiting.failed(new Error(why));
  }

  #subscribed(id: number, answers: number[]): void {
    const isRefused = (at: number) => (answers[at] ?? 0) >= FIRST_FAILURE;
    const wanted = this.#wanted.find((one) => one.id === id);
    this.#wanted = this.#wanted.filter((one) => one !== wanted);
    if (wanted && isRefused(0)) return wanted.failed(new Forbidden(unreadable(wanted.filter)));
    if (wanted) return wanted.done();
    if (this.#state === 'online') return;
    const refused = this.#options.subscriptions.find((_, at) => isRefused(at));
    this.#listening(refused ? unreadable(refused.filter) : null);
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
    while ([...this.#waiting, ...this.#wanted].some(({ id }) => id === this.#lastId));
    return this.#lastId;
  }

  /** The broker heard nothing for so long that it gave us up, whatever we know of it. */
  get #hasSlept(): boolean {
    return Date.now() - this.#pulseMs > KEEP_ALIVE_S * 1500;
  }

  #startPulse(): void {
    clearInterval(this.#pulse);
    this.#pulse = setInterval(() => {
      if (!this.#heardSincePulse || this.#hasSlept) return this.#giveUp();
      this.#heardSincePulse = false;
      this.#pulseMs = Date.now();
      this.#wire?.send(pingPacket());
    }, BEAT_MS);
  }

  #giveUp(): void {
    if (!this.#wire) return;
    this.#close();
    this.#dropAsked();
    this.#setState('offline', null);
    if (!this.#isWanted) return;
    const waitMs = Math.min(FIRST_WAIT_MS * 2 ** this.#failures++, LONGEST_WAIT_MS);
    this.#timer = setTimeout(() => this.#connect(), waitMs * (0.5 + Math.random()));
  }

  #close(): void {
    const wire = this.#wire;
    this.#wire = null;
    clearInterval(this.#pulse);
    clearTimeout(this.#timer);
    wire?.close();
  }

  #dropAsked(): void {
    const wanted = this.#wanted.splice(0);
    const asked = this.#waiting.filter(({ message }) => message.isForNow);
    this.#losses = wanted.length + asked.length > 0 ? this.#losses + 1 : 0;
    for (const { failed } of wanted) failed(new Error(LOST));
    for (const waiting of asked) this.#drop(waiting, LOST);
  }

  #setState(state: LinkState, trouble: string | null): void {
    this.#state = state;
    this.#options.onState(state, trouble);
  }
}
