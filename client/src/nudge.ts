// What an app does on nudge, and what it knows. Nothing here needs a page, or Node.

import { answerText, type Answer, type Asked, type Fate } from './core/answer';
import { encodePresence, HEARTBEAT_MS, PRESENCE_TTL_S } from './core/presence';
import { waiting } from './core/feed';
import { readReceipt } from './core/reading';
import { Topics } from './core/topics';
import type { Place } from './core/pairing';
import { Connection, type LinkState, type Outgoing } from './io/connection';
import type { Sign } from './io/signing';
import type { OpenWire } from './io/wire';
import { Inquiry } from './inquiry';
import { Outbox, TakenBack, type Unsent } from './outbox';
import type { Ack, Device, PreferencesPatch } from './messages';
import {
  EMPTY,
  forbid,
  forgetRetained,
  markSeen,
  putAway,
  setFate,
  take,
  takeExplanation,
  unseen,
  type View,
} from './view';

export interface NudgeOptions {
  pairing: Place;
  /** Of the login at that broker. */
  password: string | null;
  /** Signs answers with the person's reply key; null: this app cannot answer. */
  sign: Sign | null;
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
  /** What was not sent then: it is sent now. */
  unsent?: readonly Unsent[];
  onChange(): void;
  onLink?(state: LinkState): void;
}

const SESSION_S = 7 * 24 * 3600;
const ANSWER_MAX_MS = 8_000; // for the bridge to take or refuse preferences
const DAY_MS = 86_400_000; // in which a change of preferences, or an answer, is worth something
const CONNECT_SOON_MS = 1_500;
const TAKEN_WITHIN_MS = 10_000; // an answer, by the agent that asked
const CHANGES_EVERY_MS = 30;
const OPEN_S = 10; // what was on the screen for less was glanced at

export class Nudge {
  readonly device: string;
  readonly topics: Topics;
  readonly #connection: Connection;
  readonly #onChange: () => void;
  readonly #sign: Sign | null;
  readonly #inquiry: Inquiry;
  readonly #outbox: Outbox;
  #view: View;
  #link: LinkState = 'offline';
  #trouble: string | null = null;
  #isForeground = false;
  #session: string | null = null;
  #heartbeat: ReturnType<typeof setInterval> | undefined;
  #change: ReturnType<typeof setTimeout> | undefined;
  #untaken = new Map<string, ReturnType<typeof setTimeout>>();
  /** What waits and is on the screen, until it was there for long enough. */
  #open = new Map<string, ReturnType<typeof setTimeout>>();
  #silence: ReturnType<typeof setTimeout> | undefined;
  #isBridgeSilent = false;
  /** Those who wait for what the bridge says to a change. */
  #verdicts = new Set<(refusal: string | null) => void>();

  constructor(options: NudgeOptions) {
    const { pairing, password, device, keepsSession } = options;
    this.device = device;
    this.topics = new Topics(pairing.root, pairing.user);
    const known = options.known ?? EMPTY;
    // What became of an answer is not told again; what may yet become of it is.
    const open = [...new Map(known.fates)].filter(([, { state }]) => state === 'sent');
    this.#view = { ...known, fates: new Map(open) };
    this.#sign = options.sign;
    this.#onChange = options.onChange;
    this.#inquiry = new Inquiry({
      topics: this.topics,
      view: () => this.#view,
      isOnline: () => this.#link === 'online',
      publish: (message) => this.#publish(message),
      onForbidden: (ids) => {
        this.#view = forbid(this.#view, ids);
        this.#changed();
      },
    });
    this.#outbox = new Outbox({
      isOnline: () => this.#link === 'online',
      publish: (message, signal) => this.#connection.publish(message, signal),
      onChange: () => this.#changed(),
    });
    const suffix = keepsSession ? '' : `-${Math.random().toString(36).slice(2, 10)}`;
    this.#connection = new Connection({
      open: options.open,
      clientId: `nudge-app-${device}${suffix}`,
      login: pairing.username ? { username: pairing.username, password: password ?? '' } : null,
      sessionS: keepsSession ? SESSION_S : 0,
      will: this.#presence(false),
      subscriptions: this.topics.subscriptions(),
      onMessage: (topic, payload, isRetained) => this.#take(topic, payload, isRetained),
      onState: (state, trouble) => {
        this.#linkIs(state, trouble);
        options.onLink?.(state);
      },
    });
    for (const [request] of open) this.#awaitReceipt(request);
    for (const unsent of options.unsent ?? []) this.#resume(unsent);
  }

  /** What a person said and the broker does not have; what came to nothing stays until it is taken back. */
  get unsent(): readonly Unsent[] {
    return this.#outbox.all;
  }

  /** It is not sent, if it was not yet. */
  takeBack(id: string): void {
    this.#outbox.takeBack(id);
  }

  #resume(unsent: Unsent): void {
    const { of, request, untilMs, fault } = unsent;
    if (fault !== null) return this.#outbox.fail(unsent, fault);
    if (untilMs < Date.now()) return this.#outbox.fail(unsent, 'It waited for too long.');
    if (of === 'preferences') this.#leave(unsent, this.#alter(unsent));
    else if (request) void this.#reply(unsent, request).catch(() => {});
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

  /** It was asked for something, and has not said a word since. */
  get isBridgeSilent(): boolean {
    return this.#isBridgeSilent;
  }

  /** Whether there is a key that signs answers. */
  get canAnswer(): boolean {
    return this.#sign !== null;
  }

  start(): void {
    this.#connection.start();
  }

  stop(): void {
    clearInterval(this.#heartbeat);
    clearTimeout(this.#change);
    clearTimeout(this.#silence);
    this.#inquiry.stop();
    for (const timer of this.#untaken.values()) clearTimeout(timer);
    this.#watchOpen(new Set());
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
    }
    this.#showPresence();
  }

  /**
   * Register a device, or change what it registered as.
   *
   * @param name default: this one
   */
  async register(device: Device, name = this.device): Promise<void> {
    const topic = this.topics.of(`device/${name}`);
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
    const topic = this.topics.of('prefs/set');
    const unsent = this.#unsentOf('preferences', topic, JSON.stringify(patch), null);
    const work = this.#alter(unsent);
    if (this.#link !== 'online') await this.#patience(work);
    if (this.#link === 'online') return work;
    this.#leave(unsent, work);
    throw new Error('Not connected: this waits, and is sent as soon as it can be.');
  }

  /** A connection that is about to come is waited for. */
  async #patience(work: Promise<unknown>): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise((pass) => (timer = setTimeout(pass, CONNECT_SOON_MS)));
    await Promise.race([work.catch(() => {}), late]).finally(() => clearTimeout(timer));
  }

  async #alter(unsent: Unsent): Promise<void> {
    const verdict = this.#nextVerdict();
    try {
      const isHeard = await this.#outbox.send(unsent);
      if (!isHeard) throw new Error('No bridge is listening: nothing was changed.');
      this.#expectWord();
      verdict.expect();
      const refusal = await verdict.said;
      if (refusal !== null) throw new Error(refusal);
    } finally {
      verdict.forget();
    }
  }

  /** Nobody waits for it: what came of it is kept, unless the person took it back. */
  #leave(unsent: Unsent, work: Promise<void>): void {
    work.catch((error: Error) => {
      if (!(error instanceof TakenBack)) this.#outbox.fail(unsent, error.message);
    });
  }

  #unsentOf(of: Unsent['of'], topic: string, payload: string, request: string | null): Unsent {
    const id = `${of}-${request ?? Math.random().toString(36).slice(2)}`;
    return { id, of, topic, payload, request, untilMs: Date.now() + DAY_MS, fault: null };
  }

  /**
   * Answer a permission or a question. Resolves once the broker has it; `view.fates` then says what becomes
   * of it.
   *
   * @param untilMs when nobody waits for it any more, in milliseconds since 1970
   * @throws Error with one sentence: it was not sent
   */
  async answer(asked: Asked, answer: Answer, untilMs = Date.now() + DAY_MS): Promise<void> {
    const signed = answerText(asked, answer);
    if (!this.#sign) throw new Error('This app has no key to sign answers: pair it again.');
    this.#setFate(asked.id, { state: 'waiting' });
    const payload = JSON.stringify({ signed, mac: await this.#sign(signed) });
    const unsent = this.#unsentOf('answer', this.topics.of('reply'), payload, asked.id);
    await this.#reply({ ...unsent, untilMs }, asked.id);
  }

  async #reply(unsent: Unsent, request: string): Promise<void> {
    this.#setFate(request, { state: 'waiting' });
    try {
      const isHeard = await this.#outbox.send(unsent);
      if (!isHeard) throw new Error('No agent takes answers: set "replies" in its options.');
    } catch (error) {
      this.#setFate(request, { state: 'unsent', detail: (error as Error).message });
      throw error;
    }
    this.#isSent(request);
  }

  #isSent(request: string): void {
    // What became of it may be told before the broker tells that it has it.
    if (this.#view.fates.get(request)?.state !== 'waiting') return;
    this.#setFate(request, { state: 'sent' });
    this.#awaitReceipt(request);
  }

  #awaitReceipt(request: string): void {
    clearTimeout(this.#untaken.get(request));
    const late = () => {
      this.#untaken.delete(request);
      if (this.#view.fates.get(request)?.state === 'sent')
        this.#setFate(request, { state: 'untaken' });
    };
    this.#untaken.set(request, setTimeout(late, TAKEN_WITHIN_MS));
  }

  #setFate(request: string, fate: Fate): void {
    this.#view = setFate(this.#view, request, fate);
    this.#changed();
  }

  /** An event needs no answer any more, says the person. */
  putAway(event: string): void {
    this.#view = putAway(this.#view, event);
    this.#changed();
  }

  /**
   * @param device the only one that is meant; without it every device of the user
   * @returns the id of the event
   */
  async test(device?: string): Promise<string> {
    const id = `test_${this.device}_${Date.now().toString(36)}`;
    const words = { title: 'It works', body: 'This is a test.' };
    const event = { v: 1, id, kind: 'test', ...words, ...(device && { device }) };
    const topic = this.topics.of('event');
    const isHeard = await this.#publish({ topic, payload: JSON.stringify(event) });
    if (!isHeard) throw new Error('No bridge is listening.');
    this.#expectWord();
    return id;
  }

  /** The bridge has something to say to this. */
  #expectWord(): void {
    this.#silence ??= setTimeout(() => {
      this.#isBridgeSilent = true;
      this.#changed();
    }, ANSWER_MAX_MS);
  }

  #heardBridge(): void {
    clearTimeout(this.#silence);
    this.#silence = undefined;
    this.#isBridgeSilent = false;
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
    if (this.#view.presence.get(device) === 'background') this.#showPresence();
  }

  #linkIs(state: LinkState, trouble: string | null): void {
    const isNew = state === 'online' && this.#link !== 'online';
    this.#link = state;
    this.#trouble = trouble;
    if (state !== 'online') this.#heardBridge(); // it cannot be told
    if (isNew) {
      this.#view = forgetRetained(this.#view);
      this.#inquiry.begin();
      if (this.#isForeground) this.#showPresence();
    }
    this.#changed();
  }

  #take(name: string, payload: string, isRetained: boolean): void {
    const topic = this.topics.read(name);
    if (!topic) return;
    // What happens once is never retained: a copy of it did not happen again.
    if (isRetained && (topic.of === 'event' || topic.of === 'receipt')) return;
    this.#view =
      topic.of === 'bridge' && topic.leaf === 'response'
        ? takeExplanation(this.#view, payload, this.topics.user)
        : take(this.#view, topic, payload, Date.now());
    this.#inquiry.wake();
    if (topic.of === 'prefs') this.#tellVerdict(null);
    if (topic.of === 'prefs' || topic.of === 'bridge') this.#heardBridge();
    if (topic.of === 'presence') this.#correctPresence(topic.name);
    if (topic.of === 'receipt') this.#judge(payload);
    this.#changed();
  }

  /** A refusal of a document is a receipt that is about no event and no device. */
  #judge(payload: string): void {
    const receipt = readReceipt(payload);
    if (!receipt) return;
    this.#heardBridge();
    const { event, device, state, reason, detail } = receipt;
    if (state === 'failed' && reason === 'invalid' && !event && !device && detail)
      this.#tellVerdict(detail);
  }

  #tellVerdict(refusal: string | null): void {
    for (const tell of this.#verdicts) tell(refusal);
  }

  #nextVerdict() {
    let tell: (refusal: string | null) => void = () => {};
    const said = new Promise<string | null>((resolve) => (tell = resolve));
    const late = 'The bridge did not answer. It may be away; the change waits for it.';
    let timer: ReturnType<typeof setTimeout> | undefined;
    this.#verdicts.add(tell);
    const expect = () => (timer = setTimeout(() => tell(late), ANSWER_MAX_MS));
    const forget = () => {
      clearTimeout(timer);
      this.#verdicts.delete(tell);
    };
    return { said, expect, forget };
  }

  /**
   * A person sees these events now: what is held need not be pushed, what is shown elsewhere can go.
   *
   * @param ids of what is on the screen; each is acknowledged once
   */
  see(ids: Iterable<string>): void {
    const onScreen = new Set(ids);
    this.#watchOpen(onScreen);
    const seen = unseen(this.#view, onScreen);
    if (seen.length === 0) return;
    this.#view = markSeen(this.#view, new Set(seen.map(({ id }) => id)));
    for (const { id } of seen) void this.ack(id).catch(() => {});
    this.#changed();
  }

  /** What waits and stays on the screen for ten seconds was more than glanced at: nobody is reminded of it. */
  #watchOpen(onScreen: ReadonlySet<string>): void {
    for (const [id, timer] of this.#open)
      if (!onScreen.has(id)) {
        clearTimeout(timer);
        this.#open.delete(id);
      }
    const needs = waiting(this.#view.feed, this.#view.summary?.asks ?? [], Date.now());
    for (const { id } of needs) {
      if (!onScreen.has(id) || this.#open.has(id)) continue;
      const tell = () => void this.ack(id, OPEN_S).catch(() => {});
      this.#open.set(id, setTimeout(tell, OPEN_S * 1000));
    }
  }

  /**
   * The person has seen this event here: it goes away elsewhere.
   *
   * @param openS for how long, if that is known: ten seconds stop its reminders
   */
  async ack(event: string, openS?: number): Promise<void> {
    const ack: Ack = { event, device: this.device, ...(openS && { open_s: openS }) };
    await this.#publish({ topic: this.topics.of('ack'), payload: JSON.stringify(ack) });
  }

  #changed(): void {
    this.#change ??= setTimeout(() => {
      this.#change = undefined;
      this.#onChange();
    }, CHANGES_EVERY_MS);
  }
}
