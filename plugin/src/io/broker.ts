// One connection to one broker, and what still has to reach the bridge behind
// it. Knows MQTT, knows nothing of OpenCode.

import { randomBytes } from 'node:crypto';
import type { NudgeEvent } from '../core/event';
import { OFFLINE } from '../core/agent';
import { KEEP_MAX } from '../core/keep';
import { fields, text, type Fields } from '../core/reading';
import { Agent } from './agent';
import { stamp, steadyMs } from './clock';
import { Connection } from './connection';
import { comesBack } from './echo';
import { Silent, type Link, type Message, type Subscription } from './link';
import type { Settings } from './login';
import { Pending } from './pending';
import { Replies } from './replies';
import { payloadOf, type Letter, type Spool } from './spool';
import * as trouble from './trouble';
import type { Warn } from './warnings';

const CONNECT_TIMEOUT_MS = 10_000;

// What MQTT calls in flight. Brokers hang up on more than they announced, and
// mosquitto announces 20.
const WINDOW = 10;

// The bridge answers within milliseconds of the broker, or is away.
const RECEIPT_PATIENCE_MS = 300;

interface Entry {
  readonly letter: Letter;
  progress: 'waiting' | 'sending' | 'sent';
}

export class Broker {
  readonly agent: Agent;
  readonly replies: Replies;
  readonly #settings: Settings;
  readonly #spool: Spool;
  readonly #pending: Pending;
  readonly #warn: Warn;
  readonly #connection: Connection;
  /** Events the bridge has not confirmed, by id. */
  readonly #open = new Map<string, Entry>();
  /** Those that are there now. */
  readonly #bridges = new Set<string>();
  /** How often one has come. */
  #arrivals = 0;
  /** The last attempt to connect failed. */
  #isFailing = false;
  #isHeard = true;
  #onChange: (() => void)[] = [];
  readonly #onConnected = new Set<() => void>();
  /** Somebody here takes answers; so it matters if the broker keeps them from us. */
  #wantsReplies = false;

  constructor(settings: Settings, stateHome: string, spool: Spool, warn: Warn) {
    this.#settings = settings;
    this.#spool = spool;
    this.#pending = new Pending(settings, stateHome);
    this.#warn = warn;
    this.agent = new Agent(settings, stateHome, (document) => this.#retain(document));
    this.replies = new Replies({
      ...{ host: settings.host, warn },
      publish: (receipt) => this.#sayReceipt(receipt),
      isElsewhere: (request) => this.#pending.isElsewhere(request),
    });
    this.#connection = this.#connect();
  }

  /** happenedMs: by the steady clock. */
  publish(event: NudgeEvent, happenedMs: number): void {
    this.#pending.note(event);
    const { letter, dropped } = this.#spool.add(event, { ...stamp(), steadyMs: happenedMs });
    for (const { id } of dropped) this.#open.delete(id);
    this.#take(letter);
    this.#pump();
  }

  /** Warns from now on if the broker keeps answers from us. */
  wantReplies(): void {
    if (this.#wantsReplies) return;
    this.#wantsReplies = true;
    if (this.#connection.link) this.#subscribeReplies();
  }

  /** Calls back at each connection, now too if it is up; until what it returns is called. */
  onConnected(tell: () => void): () => void {
    this.#onConnected.add(tell);
    if (this.#connection.link) tell();
    return () => void this.#onConnected.delete(tell);
  }

  /** Resolves when the bridge has all, when there is no hope, or in time. */
  async drain(timeoutMs: number): Promise<void> {
    const deadlineMs = Date.now() + timeoutMs;
    while (this.#isUnsent() && !this.#isFailing && Date.now() < deadlineMs)
      await this.#change(deadlineMs - Date.now());
    if (this.#isUnsent() && !this.#isFailing)
      this.#warn(trouble.connectTrouble(this.#settings, new Silent()));

    const receiptMs = Math.min(deadlineMs, Date.now() + RECEIPT_PATIENCE_MS);
    while (this.#open.size > 0 && this.#isHopeful() && Date.now() < receiptMs)
      await this.#change(receiptMs - Date.now());
  }

  /** Says goodbye if that is quick; hangs up in any case. */
  async close(timeoutMs: number): Promise<void> {
    this.agent.leave();
    this.replies.close();
    await this.#connection.close(timeoutMs);
  }

  #connect(): Connection {
    const { username, password, host } = this.#settings;
    const greeting = {
      clientId: `nudge-${host}-${randomBytes(6).toString('hex')}`,
      ...{ username, password, patienceMs: CONNECT_TIMEOUT_MS },
      will: { topic: this.agent.topic, payload: OFFLINE },
    };
    return new Connection(this.#settings, greeting, {
      open: () => this.#connected(),
      failed: (error) => this.#failed(error),
      message: (message) => this.#message(message),
    });
  }

  #connected(): void {
    this.#isFailing = false;
    this.#bridges.clear();
    this.#subscribe([this.#receiptTopic, this.#bridgeTopic]);
    this.#subscribe([this.agent.topic], { nl: true });
    this.#subscribeReplies();
    this.agent.announce();
    for (const tell of this.#onConnected) tell();
    for (const letter of this.#spool.letters(Date.now())) this.#take(letter);
    // After what they left unsent themselves.
    this.#pending.takeBack(Date.now(), (event) => this.publish(event, steadyMs()));
    this.#sendAgain();
  }

  #failed(error: unknown): void {
    this.#isFailing = true;
    this.#warn(trouble.connectTrouble(this.#settings, error));
    this.#changed();
  }

  #subscribe(topics: string[], how: Subscription = {}): void {
    this.#connection.subscribe(topics, how).catch((error: unknown) => {
      if (trouble.isRefusal(error))
        this.#warn(trouble.subscribeTrouble(this.#settings, topics, error));
    });
  }

  /** Also while they are off: whoever answers is told so. A retained one shows as such. */
  #subscribeReplies(): void {
    const { link } = this.#connection;
    if (link) void this.#listen(link);
  }

  async #listen(link: Link): Promise<void> {
    const topics = [this.#replyTopic];
    try {
      await link.subscribe(topics, { rap: true });
    } catch (error) {
      if (this.#wantsReplies && trouble.isRefusal(error))
        this.#warn(trouble.subscribeTrouble(this.#settings, topics, error));
      return;
    }
    if (!this.#wantsReplies || (await comesBack(link, this.#replyTopic))) return;
    this.#warn(trouble.deafTrouble(this.#settings));
  }

  #message({ topic, payload, retain }: Message): void {
    if (topic === this.#receiptTopic) this.#receipt(payload);
    else if (topic === this.#replyTopic) void this.replies.take(payload, retain);
    else if (topic === this.agent.topic) this.#agentHeard(payload, retain);
    else this.#bridgeHeard(topic, payload.toString('utf8') === 'online', retain);
  }

  /** What was retained there before we came is about to be replaced. */
  #agentHeard(payload: Buffer, isOld: boolean): void {
    if (!isOld) this.agent.heard(payload.toString('utf8'));
  }

  #bridgeHeard(topic: string, isThere: boolean, isOld: boolean): void {
    if (isThere) this.#bridges.add(topic);
    else this.#bridges.delete(topic);
    // One that has just come has missed what nobody listened to.
    if (!isThere || isOld) return;
    this.#arrivals += 1;
    this.#sendAgain();
  }

  #retain(document: string): void {
    // Without a connection: it is announced at each one.
    this.#connection.publish(this.agent.topic, document, true).catch(() => undefined);
  }

  #sayReceipt(receipt: string): void {
    this.#connection.publish(this.#receiptTopic, receipt).catch((error: unknown) => {
      if (!trouble.isRefusal(error) || !this.#wantsReplies) return;
      this.#warn(trouble.publishTrouble(this.#settings, this.#receiptTopic, error));
    });
  }

  /** Whatever a receipt says of an event, the bridge has it. */
  #receipt(payload: Buffer): void {
    const receipt = parse(payload);
    this.replies.heard(receipt);
    const id = text(receipt['event']);
    if (!id) return;
    this.#isHeard = true;
    const entry = this.#open.get(id);
    if (entry) this.#settle(entry);
    this.#changed();
  }

  #unheard(): void {
    this.#isHeard = false;
    this.#warn(trouble.unheardTrouble(this.#settings));
    this.#changed();
  }

  #take(letter: Letter): void {
    const { id } = letter.kept;
    if (!this.#open.has(id)) this.#open.set(id, { letter, progress: 'waiting' });
    for (const entry of this.#open.values()) {
      if (this.#open.size <= KEEP_MAX) break;
      this.#open.delete(entry.letter.kept.id);
    }
  }

  #settle({ letter }: Entry): void {
    this.#open.delete(letter.kept.id);
    this.#spool.remove(letter.kept);
  }

  #sendAgain(): void {
    const nowMs = Date.now();
    for (const entry of [...this.#open.values()])
      if (entry.letter.kept.expiresMs <= nowMs) this.#settle(entry);
      else if (entry.progress === 'sent') entry.progress = 'waiting';
    this.#pump();
  }

  #pump(): void {
    if (!this.#connection.link) return;
    const entries = [...this.#open.values()];
    const inFlight = entries.filter(({ progress }) => progress === 'sending').length;
    const waiting = entries.filter(({ progress }) => progress === 'waiting');
    for (const entry of waiting.slice(0, Math.max(0, WINDOW - inFlight))) void this.#send(entry);
  }

  async #send(entry: Entry): Promise<void> {
    entry.progress = 'sending';
    const topic = `${this.#settings.base}/event`;
    const arrivals = this.#arrivals;
    try {
      const reason = await this.#connection.publish(topic, payloadOf(entry.letter));
      const isMissed = trouble.isUnheard(reason) && arrivals < this.#arrivals;
      entry.progress = isMissed ? 'waiting' : 'sent';
      if (trouble.isUnheard(reason) && !isMissed) this.#unheard();
    } catch (error) {
      // Cut off: it is sent again, by then older.
      entry.progress = trouble.isRefusal(error) ? 'sent' : 'waiting';
      if (trouble.isRefusal(error))
        this.#warn(trouble.publishTrouble(this.#settings, topic, error));
    }
    this.#pump();
    this.#changed();
  }

  #isUnsent(): boolean {
    return [...this.#open.values()].some(({ progress }) => progress !== 'sent');
  }

  #isHopeful(): boolean {
    return this.#isHeard && !this.#isFailing && this.#bridges.size > 0;
  }

  async #change(timeoutMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.#onChange.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  #changed(): void {
    for (const tell of this.#onChange.splice(0)) tell();
  }

  get #receiptTopic(): string {
    return `${this.#settings.base}/receipt`;
  }

  get #replyTopic(): string {
    return `${this.#settings.base}/reply`;
  }

  get #bridgeTopic(): string {
    return `${this.#settings.root}/bridge/+/state`;
  }
}

function parse(payload: Buffer): Fields {
  try {
    return fields(JSON.parse(payload.toString('utf8')));
  } catch {
    return fields(null);
  }
}
