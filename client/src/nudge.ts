// What an app does on nudge, and what it knows. Nothing here needs a page, or Node.

import { encodePresence, HEARTBEAT_MS, PRESENCE_TTL_S } from './core/presence';
import { isUnnamed } from './core/feed';
import { readReceipt } from './core/reading';
import { Topics } from './core/topics';
import type { Pairing } from './core/pairing';
import { Connection, type LinkState, type Outgoing } from './io/connection';
import type { OpenWire } from './io/wire';
import type { Ack, Device, Event, PlainReply, PreferencesPatch } from './messages';
import { EMPTY, forgetRetained, markSeen, take, type View } from './view';

export interface NudgeOptions {
  pairing: Pairing;
  password: string | null;
  /** This device's name on the topics; it stays the same for ever. */
  device: string;
  open: OpenWire;
  /**
   * Whether the broker is to keep for this client what happens while it is away. Only one client of a
   * device may ask for it at a time: a second one would throw the first out.
   */
  keepsSession: boolean;
  /** What was known when the app was open last. */
  known?: View;
  onChange(): void;
  onLink?(state: LinkState): void;
}

/** What waits for an answer, as its event names it. */
export type Asked = NonNullable<Event['request']>;

/** An answer to a request, as a person gives it. */
export type Answer = Pick<PlainReply, 'reply' | 'message' | 'answers'>;

const SESSION_S = 7 * 24 * 3600;
const ANSWER_MAX_MS = 8_000; // for the bridge to take or refuse preferences
const CHANGES_EVERY_MS = 30;

export class Nudge {
  readonly device: string;
  readonly topics: Topics;
  readonly #connection: Connection;
  readonly #onChange: () => void;
  #view: View;
  #link: LinkState = 'offline';
  #trouble: string | null = null;
  #isForeground = false;
  #session: string | null = null;
  #heartbeat: ReturnType<typeof setInterval> | undefined;
  #change: ReturnType<typeof setTimeout> | undefined;
  /** Those who wait for what the bridge says to a change. */
  #verdicts = new Set<(refusal: string | null) => void>();

  constructor(options: NudgeOptions) {
    const { pairing, password, device, keepsSession } = options;
    this.device = device;
    this.topics = new Topics(pairing.root, pairing.user);
    this.#view = options.known ?? EMPTY;
    this.#onChange = options.onChange;
    const suffix = keepsSession ? '' : `-${Math.random().toString(36).slice(2, 10)}`;
    this.#connection = new Connection({
      open: options.open,
      clientId: `nudge-app-${device}${suffix}`,
      login: pairing.username ? { username: pairing.username, password: password ?? '' } : null,
      sessionS: keepsSession ? SESSION_S : 0,
      will: this.#presence(false),
      subscriptions: this.topics.subscriptions(),
      onMessage: (topic, payload) => this.#take(topic, payload),
      onState: (state, trouble) => {
        this.#linkIs(state, trouble);
        options.onLink?.(state);
      },
    });
  }

  get view(): View {
    return this.#view;
  }

  get link(): LinkState {
    return this.#link;
  }

  /** A sentence for people; null: all is well. */
  get trouble(): string | null {
    return this.#trouble;
  }

  start(): void {
    this.#connection.start();
  }

  stop(): void {
    clearInterval(this.#heartbeat);
    clearTimeout(this.#change);
    this.#connection.stop(this.#isForeground ? this.#presence(false) : undefined);
  }

  wake(): void {
    this.#connection.wake();
  }

  /**
   * Say whether somebody looks at the app, until it is said otherwise or the app is gone.
   *
   * @param session the session that is open in it
   */
  setForeground(isForeground: boolean, session: string | null = null): void {
    if (isForeground === this.#isForeground && session === this.#session) return;
    this.#isForeground = isForeground;
    this.#session = session;
    clearInterval(this.#heartbeat);
    if (isForeground) {
      this.#heartbeat = setInterval(() => this.#showPresence(), HEARTBEAT_MS);
      this.#connection.wake();
      this.#ackAll();
    }
    this.#showPresence();
  }

  /** Register this device, or change what it registered as. */
  async register(device: Device): Promise<void> {
    const topic = this.topics.of(`device/${this.device}`);
    await this.#publish({ topic, payload: JSON.stringify(device), retain: true });
  }

  /** @param device default: this one */
  async unregister(device = this.device): Promise<void> {
    const topic = this.topics.of(`device/${device}`);
    await this.#publish({ topic, payload: '', retain: true });
  }

  /**
   * Change preferences. Fails with the bridge's own words, which name the place of the fault.
   *
   * @param patch null gives a member its default back
   */
  async patchPreferences(patch: PreferencesPatch): Promise<void> {
    const verdict = this.#nextVerdict();
    const topic = this.topics.of('prefs/set');
    try {
      const isHeard = await this.#publish({ topic, payload: JSON.stringify(patch) });
      if (!isHeard) throw new Error('No bridge is listening: nothing was changed.');
      const refusal = await verdict.said;
      if (refusal !== null) throw new Error(refusal);
    } finally {
      verdict.forget();
    }
  }

  /** Answer a permission or a question. */
  async answer({ id, nonce }: Asked, answer: Answer): Promise<void> {
    if (!id || !nonce) throw new Error('This request cannot be answered from here.');
    const reply: PlainReply = { request: id, nonce, ...answer };
    const payload = JSON.stringify(reply);
    const isHeard = await this.#publish({ topic: this.topics.of('reply'), payload });
    if (!isHeard) throw new Error('The agent does not take answers: set "replies" in its options.');
  }

  /** @returns the id of an event that goes to every device of the user */
  async test(): Promise<string> {
    const id = `test_${this.device}_${Date.now().toString(36)}`;
    const event = { v: 1, id, kind: 'test', title: 'It works', body: 'This is a test.' };
    const topic = this.topics.of('event');
    const isHeard = await this.#publish({ topic, payload: JSON.stringify(event) });
    if (!isHeard) throw new Error('No bridge is listening.');
    return id;
  }

  #publish(message: Outgoing): Promise<boolean> {
    return this.#connection.publish(message);
  }

  #presence(isForeground: boolean): Outgoing {
    return {
      topic: this.topics.of(`presence/${this.device}`),
      payload: encodePresence(isForeground, this.#session),
      retain: true,
      ...(isForeground && { expiryS: PRESENCE_TTL_S }),
    };
  }

  #showPresence(): void {
    if (this.#link !== 'online') return;
    void this.#publish(this.#presence(this.#isForeground)).catch(() => {});
  }

  /** Another window of this device was left, or was killed: this one is still looked at. */
  #correctPresence(device: string): void {
    if (device !== this.device || !this.#isForeground) return;
    if (this.#view.presence[device] === 'background') this.#showPresence();
  }

  #linkIs(state: LinkState, trouble: string | null): void {
    const isNew = state === 'online' && this.#link !== 'online';
    this.#link = state;
    this.#trouble = trouble;
    if (isNew) {
      this.#view = forgetRetained(this.#view);
      if (this.#isForeground) this.#showPresence();
    }
    this.#changed();
  }

  #take(name: string, payload: string): void {
    const topic = this.topics.read(name);
    if (!topic) return;
    this.#view = take(this.#view, topic, payload, Date.now());
    if (topic.of === 'prefs') this.#tellVerdict(null);
    if (topic.of === 'presence') this.#correctPresence(topic.name);
    if (topic.of === 'receipt') this.#judge(payload);
    if (topic.of === 'event' || topic.of === 'receipt') this.#ackAll();
    this.#changed();
  }

  /** A refusal of a document is a receipt that is about no event and no device. */
  #judge(payload: string): void {
    const { event, device, state, detail } = readReceipt(payload) ?? {};
    if (state === 'failed' && !event && !device && detail) this.#tellVerdict(detail);
  }

  #tellVerdict(refusal: string | null): void {
    for (const tell of this.#verdicts) tell(refusal);
  }

  #nextVerdict() {
    let tell: (refusal: string | null) => void = () => {};
    const said = new Promise<string | null>((resolve) => (tell = resolve));
    const late = 'The bridge did not answer. It may be away; the change waits for it.';
    const timer = setTimeout(() => tell(late), ANSWER_MAX_MS);
    this.#verdicts.add(tell);
    const forget = () => {
      clearTimeout(timer);
      this.#verdicts.delete(tell);
    };
    return { said, forget };
  }

  /**
   * Somebody looks: what is held need not be pushed, what is shown elsewhere can go. Not a test, which
   * is to show that a push arrives.
   */
  #ackAll(): void {
    if (!this.#isForeground) return;
    const unseen = this.#view.feed.filter(
      ({ id, isSeen, event }) => !isSeen && !isUnnamed(id) && event?.kind !== 'test',
    );
    if (unseen.length === 0) return;
    this.#view = markSeen(this.#view, new Set(unseen.map(({ id }) => id)));
    for (const { id } of unseen) void this.ack(id).catch(() => {});
  }

  /** The person has seen this event here: it goes away elsewhere. */
  async ack(event: string): Promise<void> {
    const ack: Ack = { event, device: this.device };
    await this.#publish({ topic: this.topics.of('ack'), payload: JSON.stringify(ack) });
  }

  #changed(): void {
    this.#change ??= setTimeout(() => {
      this.#change = undefined;
      this.#onChange();
    }, CHANGES_EVERY_MS);
  }
}
