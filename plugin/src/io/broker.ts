// One connection to one broker, and what still has to reach the bridge behind
// it. Knows MQTT, knows nothing of OpenCode.

import { randomBytes } from 'node:crypto';
import type { IPublishPacket, MqttClient } from 'mqtt';
import type { NudgeEvent } from '../core/event';
import { OFFLINE } from '../core/agent';
import { KEEP_MAX } from '../core/keep';
import { fields, text, type Fields } from '../core/reading';
import { Agent } from './agent';
import { stamp } from './clock';
import { openClient } from './connection';
import { comesBack } from './echo';
import type { Settings } from './login';
import { Replies } from './replies';
import { payloadOf, type Letter, type Spool } from './spool';
import * as trouble from './trouble';
import type { Warn } from './warnings';

const RETRY_FIRST_MS = 1_000;
const RETRY_CEILING_MS = 30_000;
const CONNECT_TIMEOUT_MS = 10_000;
const KEEPALIVE_S = 30;
const OFFLINE_BYTES = Buffer.from(OFFLINE);

// What MQTT calls in flight. Brokers hang up on more than they announced, and
// mosquitto announces 20.
const WINDOW = 10;

// The bridge answers within milliseconds of the broker, or is away.
const RECEIPT_PATIENCE_MS = 300;

interface Entry {
  readonly letter: Letter;
  progress: 'waiting' | 'sending' | 'sent';
  /** MQTT's number of it while it is sent. */
  packet?: number;
}

export class Broker {
  readonly agent: Agent;
  readonly replies: Replies;
  readonly #settings: Settings;
  readonly #spool: Spool;
  readonly #warn: Warn;
  readonly #client: MqttClient;
  /** Events the bridge has not confirmed, by id. */
  readonly #open = new Map<string, Entry>();
  #isUp = false;
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
    this.#warn = warn;
    this.agent = new Agent(settings, stateHome, (document) => this.#retain(document));
    this.replies = new Replies(settings.host, (receipt) => this.#sayReceipt(receipt), warn);
    this.#client = this.#connect();
  }

  /** happenedMs: by the steady clock. */
  publish(event: NudgeEvent, happenedMs: number): void {
    const { letter, dropped } = this.#spool.add(event, { ...stamp(), steadyMs: happenedMs });
    for (const { id } of dropped) this.#open.delete(id);
    this.#take(letter);
    this.#pump();
  }

  /** Warns from now on if the broker keeps answers from us. */
  wantReplies(): void {
    if (this.#wantsReplies) return;
    this.#wantsReplies = true;
    if (this.#client.connected) this.#subscribeReplies();
  }

  /** Calls back at each connection, now too if it is up; until what it returns is called. */
  onConnected(tell: () => void): () => void {
    this.#onConnected.add(tell);
    if (this.#client.connected) tell();
    return () => void this.#onConnected.delete(tell);
  }

  /** Resolves when the bridge has all, when there is no hope, or in time. */
  async drain(timeoutMs: number): Promise<void> {
    const deadlineMs = Date.now() + timeoutMs;
    while (this.#isUnsent() && !this.#isFailing && Date.now() < deadlineMs)
      await this.#change(deadlineMs - Date.now());

    const receiptMs = Math.min(deadlineMs, Date.now() + RECEIPT_PATIENCE_MS);
    while (this.#open.size > 0 && this.#isHopeful() && Date.now() < receiptMs)
      await this.#change(receiptMs - Date.now());
  }

  /** Says goodbye if that is quick; hangs up in any case. */
  async close(timeoutMs: number): Promise<void> {
    this.agent.leave();
    this.replies.close();
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.#client.end(!this.#client.connected, {}, () => {
        clearTimeout(timer);
        resolve();
      });
    });
    this.#client.end(true);
  }

  #connect(): MqttClient {
    const { username, password, host } = this.#settings;
    const client = openClient(this.#settings, {
      protocolVersion: 5,
      clientId: `nudge-${host}-${randomBytes(6).toString('hex')}`,
      clean: true,
      resubscribe: false,
      keepalive: KEEPALIVE_S,
      connectTimeout: CONNECT_TIMEOUT_MS,
      reconnectPeriod: RETRY_FIRST_MS,
      reconnectOnConnackError: true,
      will: { topic: this.agent.topic, payload: OFFLINE_BYTES, qos: 1, retain: true },
      ...(username !== undefined && { username }),
      ...(password && { password }),
    });
    client.on('connect', () => this.#connected());
    client.on('error', (error) => this.#failed(error));
    client.on('close', () => this.#closed());
    client.on('message', (topic, payload, packet) => this.#message(topic, payload, packet));
    client.on('packetreceive', (packet) => {
      if (packet.cmd === 'puback' && trouble.isUnheard(packet.reasonCode)) this.#unheard();
    });
    return client;
  }

  #connected(): void {
    this.#isUp = true;
    this.#isFailing = false;
    this.#client.options.reconnectPeriod = RETRY_FIRST_MS;
    this.#subscribe([this.#receiptTopic, this.#bridgeTopic]);
    this.#subscribe([this.agent.topic], { nl: true });
    this.#subscribeReplies();
    this.agent.announce();
    for (const tell of this.#onConnected) tell();
    for (const letter of this.#spool.letters(Date.now())) this.#take(letter);
    this.#sendAgain();
  }

  #failed(error: unknown): void {
    this.#isFailing = true;
    this.#warn(trouble.connectTrouble(this.#settings, error));
    this.#changed();
  }

  #closed(): void {
    // Some ends of an attempt are not reported as errors.
    if (!this.#isUp && !this.#isFailing) this.#failed(new Error('it hung up'));
    this.#isUp = false;
    this.#takeBack();
    const { options } = this.#client;
    const period = (options.reconnectPeriod ?? RETRY_FIRST_MS) * 2;
    options.reconnectPeriod = Math.min(period, RETRY_CEILING_MS);
  }

  #subscribe(topics: string[], how: { nl?: boolean } = {}): void {
    this.#client.subscribe(topics, { qos: 1, ...how }, (error) => {
      if (!trouble.isRefusal(error)) return;
      this.#warn(trouble.subscribeTrouble(this.#settings, topics, error));
    });
  }

  /** Also while they are off: whoever answers is told so. A retained one shows as such. */
  #subscribeReplies(): void {
    const topics = [this.#replyTopic];
    this.#client.subscribe(topics, { qos: 1, rap: true }, (error) => {
      if (!this.#wantsReplies) return;
      if (trouble.isRefusal(error))
        this.#warn(trouble.subscribeTrouble(this.#settings, topics, error));
      else if (!error) void this.#listen();
    });
  }

  async #listen(): Promise<void> {
    if (await comesBack(this.#client, this.#replyTopic)) return;
    this.#warn(trouble.deafTrouble(this.#settings));
  }

  #message(topic: string, payload: Buffer, packet: IPublishPacket): void {
    if (topic === this.#receiptTopic) this.#receipt(payload);
    else if (topic === this.#replyTopic) void this.replies.take(payload, packet.retain);
    else if (topic === this.agent.topic) this.#agentHeard(payload, packet);
    // A bridge that has just come has missed what nobody listened to.
    else if (String(payload) === 'online' && !packet.retain) this.#sendAgain();
  }

  /** What was retained there before we came is about to be replaced. */
  #agentHeard(payload: Buffer, { retain }: IPublishPacket): void {
    if (!retain) this.agent.heard(payload.toString('utf8'));
  }

  #retain(document: string): void {
    if (!this.#client.connected) return; // it is announced at each connection
    this.#client.publish(this.agent.topic, document, { qos: 1, retain: true });
  }

  #sayReceipt(receipt: string): void {
    this.#client.publish(this.#receiptTopic, receipt, { qos: 1 }, (error) => {
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

  /** The client would repeat them as they were; but they have grown older. */
  #takeBack(): void {
    for (const entry of this.#open.values()) {
      if (entry.packet === undefined) continue;
      entry.progress = 'waiting';
      this.#client.removeOutgoingMessage(entry.packet);
      delete entry.packet;
    }
  }

  #pump(): void {
    if (!this.#isUp || !this.#client.connected) return;
    const entries = [...this.#open.values()];
    const inFlight = entries.filter(({ progress }) => progress === 'sending').length;
    const waiting = entries.filter(({ progress }) => progress === 'waiting');
    for (const entry of waiting.slice(0, Math.max(0, WINDOW - inFlight))) this.#send(entry);
  }

  #send(entry: Entry): void {
    entry.progress = 'sending';
    const topic = `${this.#settings.base}/event`;
    this.#client.publish(topic, payloadOf(entry.letter), { qos: 1 }, (error) => {
      if (entry.progress !== 'sending') return; // taken back
      delete entry.packet;
      entry.progress = 'sent';
      if (trouble.isRefusal(error))
        this.#warn(trouble.publishTrouble(this.#settings, topic, error));
      this.#pump();
      this.#changed();
    });
    if (entry.progress === 'sending') entry.packet = this.#client.getLastMessageId();
  }

  #isUnsent(): boolean {
    return [...this.#open.values()].some(({ progress }) => progress !== 'sent');
  }

  #isHopeful(): boolean {
    return this.#isHeard && !this.#isFailing;
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
