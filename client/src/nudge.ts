// What an app does on nudge, and what it knows. Nothing here needs a page, or Node.

import type { Answer, Asked } from './core/answer';
import { waiting } from './core/feed';
import { readReceipt } from './core/reading';
import { Topics, type Topic } from './core/topics';
import type { Place } from './core/pairing';
import { Connection, type LinkState, type Outgoing } from './io/connection';
import type { Sign } from './io/signing';
import type { OpenWire } from './io/wire';
import { Answers } from './answers';
import { Changes, LATE, type Change } from './changes';
import { Devices } from './devices';
import type { Ground } from './ground';
import { Inquiry } from './inquiry';
import { DAY_MS, Outbox, type Unsent } from './outbox';
import { Showing } from './showing';
import { Silence, type BridgeSilence } from './silence';
import type { Ack, Device } from './messages';
import { EMPTY, forbid, keyOf, markSeen, putAway, sweep, take, unseen, type View } from './view';

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
  onChange(): void;
  onLink?(state: LinkState): void;
}

const SESSION_S = 7 * 24 * 3600;
const CHANGES_EVERY_MS = 30;
const RETAINED_WITHIN_MS = 5_000; // the broker tells all that it keeps
const OPEN_S = 10; // what was on the screen for less was glanced at
const ONCE: readonly Topic['of'][] = ['event', 'receipt', 'explained'];

export class Nudge {
  readonly device: string;
  readonly topics: Topics;
  readonly #options: NudgeOptions;
  readonly #connection: Connection;
  readonly #inquiry: Inquiry;
  readonly #outbox: Outbox;
  readonly #answers: Answers;
  readonly #changes: Changes;
  readonly #devices: Devices;
  readonly #showing: Showing;
  readonly #silence: Silence;
  #view: View;
  #link: LinkState = 'offline';
  #trouble: string | null = null;
  /** What the broker told on this connection. */
  readonly #heard = new Set<string>();
  #sweeping: ReturnType<typeof setTimeout> | undefined;
  #change: ReturnType<typeof setTimeout> | undefined;
  /** What waits and is on the screen, until it was there for long enough. */
  #open = new Map<string, ReturnType<typeof setTimeout>>();

  constructor(options: NudgeOptions) {
    this.#options = options;
    this.device = options.device;
    this.topics = new Topics(options.pairing.root, options.pairing.user);
    const known = options.known ?? EMPTY;
    // What became of an answer is not told again; what may yet become of it is.
    const open = [...new Map(known.fates)].filter(([, { state }]) => state === 'sent');
    this.#view = { ...EMPTY, ...known, fates: new Map(open) };
    const ground = this.#ground();
    const publish = (message: Outgoing) => this.#publish(message);
    const topic = (leaf: string) => this.topics.of(leaf);
    this.#silence = new Silence({
      running: () => [...this.#view.bridges].flatMap(([name, isThere]) => (isThere ? [name] : [])),
      onChange: () => this.#changed(),
    });
    this.#outbox = new Outbox({
      isOnline: () => this.#link === 'online',
      publish: (message, signal) => this.#connection.publish(message, signal),
      onChange: () => this.#changed(),
    });
    const { outbox, sign } = { outbox: this.#outbox, sign: options.sign };
    this.#answers = new Answers({ ground, outbox, sign, topic: topic('reply') });
    this.#changes = new Changes({
      ...{ ground, outbox, topic: topic('prefs/set') },
      expectWord: () => this.#silence.expectWord(),
    });
    this.#devices = new Devices({
      ground,
      keep: (name, payload) => publish({ topic: topic(`device/${name}`), payload, retain: true }),
    });
    this.#showing = new Showing({ ground, publish, topic: topic(`presence/${this.device}`) });
    this.#inquiry = new Inquiry({
      ...{ ground, publish, topics: this.topics },
      subscribe: (filter) => this.#connection.subscribe(filter),
      onForbidden: (ids) => ground.learn((view) => forbid(view, ids)),
    });
    this.#connection = this.#connectionOf(options);
  }

  #ground(): Ground {
    const now = () => ({ view: this.#view, isOnline: this.#link === 'online' });
    return {
      get view() {
        return now().view;
      },
      get isOnline() {
        return now().isOnline;
      },
      learn: (change) => {
        this.#view = change(this.#view);
        this.#changed();
      },
    };
  }

  #connectionOf({ pairing, password, device, keepsSession, open }: NudgeOptions): Connection {
    return new Connection({
      open,
      clientId: `nudge-app-${device}`,
      login: pairing.username ? { username: pairing.username, password: password ?? '' } : null,
      sessionS: keepsSession ? SESSION_S : 0,
      will: this.#showing.message(false),
      subscriptions: this.topics.subscriptions(),
      onMessage: (topic, payload, isRetained) => this.#take(topic, payload, isRetained),
      onState: (state, trouble) => {
        this.#linkIs(state, trouble);
        this.#options.onLink?.(state);
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

  /** A bridge that is said to run says nothing; null: as far as one knows it is well. */
  get bridgeSilence(): BridgeSilence {
    return this.#silence.of;
  }

  /** Whether there is a key that signs answers. */
  get canAnswer(): boolean {
    return this.#options.sign !== null;
  }

  start(): void {
    const sent = [...this.#view.fates].filter(([, { state }]) => state === 'sent');
    this.#answers.expect(sent.map(([request]) => request));
    this.#connection.start();
  }

  stop(): void {
    clearTimeout(this.#sweeping);
    clearTimeout(this.#change);
    this.#change = undefined; // it may be started again
    this.#showing.stop();
    this.#silence.stop();
    this.#inquiry.stop();
    this.#answers.stop();
    this.#watchOpen(new Set());
    this.#connection.stop(this.#showing.isForeground ? this.#showing.message(false) : undefined);
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
    if (this.#showing.set(isForeground, session) && isForeground) this.#connection.wake();
  }

  /** What a person said and the broker does not have; what came to nothing stays until it is taken back. */
  get unsent(): readonly Unsent[] {
    return this.#outbox.all;
  }

  /** It is not sent, if it was not yet. */
  takeBack(id: string): void {
    this.#outbox.takeBack(id);
  }

  /** Sends what another client of this device could not, or tells why it comes to nothing. */
  resume(unsent: Unsent): void {
    const { of, untilMs, fault } = unsent;
    if (fault === LATE) return this.#changes.resume(unsent);
    if (fault !== null) return this.#outbox.fail(unsent, fault);
    if (untilMs < Date.now()) return this.#outbox.fail(unsent, 'It waited for too long.');
    if (of === 'preferences') this.#changes.resume(unsent);
    else void this.#answers.send(unsent).catch(() => {});
  }

  /**
   * Change preferences.
   *
   * @param change null gives a member its default back
   * @returns whether the bridge has it; false: it waits for the connection, or the bridge; see `unsent`
   * @throws Error with the bridge's own words, which begin with the place of the fault
   */
  changePreferences(change: Change): Promise<boolean> {
    return this.#changes.make(change);
  }

  /**
   * Answer a permission or a question. Resolves once the broker has it; `view.fates` then says what becomes
   * of it.
   *
   * @param untilMs when nobody waits for it any more, in milliseconds since 1970
   * @throws Error with one sentence: it was not sent
   */
  answer(asked: Asked, answer: Answer, untilMs = Date.now() + DAY_MS): Promise<void> {
    return this.#answers.answer(asked, answer, untilMs);
  }

  /**
   * Register a device, or change what it registered as.
   *
   * @param change what it was told last, if it was, becomes what it is to be
   * @param name default: this one
   */
  register(
    change: Device | ((known: Device | undefined) => Device),
    name = this.device,
  ): Promise<void> {
    const device = typeof change === 'function' ? change(this.#devices.wanted(name)) : change;
    return this.#devices.put(name, device);
  }

  /** @param device default: this one */
  unregister(device = this.device): Promise<void> {
    return this.#devices.put(device, null);
  }

  /** An event needs no answer any more, says the person. */
  putAway(event: string): void {
    this.#view = putAway(this.#view, event, Date.now());
    this.#changed();
  }

  /**
   * @param device the only one that is meant; without it every device of the user
   * @returns the id of the event
   */
  async test(device?: string): Promise<string> {
    const id = `test_${Date.now().toString(36)}_${Math.random().toString(36).slice(2)}`;
    const words = { title: 'It works', body: 'This is a test.' };
    const event = { v: 1, id, kind: 'test', ...words, ...(device && { device }) };
    const topic = this.topics.of('event');
    const isHeard = await this.#publish({ topic, payload: JSON.stringify(event) });
    if (!isHeard) throw new Error('No bridge is listening.');
    this.#silence.expectWord();
    return id;
  }

  /**
   * A person sees these events now: what is held need not be pushed, what is shown elsewhere can go.
   *
   * @param ids of what is on the screen; each is acknowledged once
   */
  see(ids: Iterable<string>): void {
    // Without a connection nobody is told: what is on the screen when it comes is seen then.
    const onScreen = new Set(this.#link === 'online' ? ids : []);
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

  #publish(message: Outgoing): Promise<boolean> {
    return this.#connection.publish(message);
  }

  #linkIs(state: LinkState, trouble: string | null): void {
    const isNew = state === 'online' && this.#link !== 'online';
    this.#link = state;
    this.#trouble = trouble;
    if (state !== 'online') {
      this.#silence.stop();
      clearTimeout(this.#sweeping);
    }
    if (state === 'connecting') {
      this.#heard.clear();
      this.#changes.begin();
    }
    if (isNew) {
      this.#sweepLater();
      this.#silence.begin();
      this.#inquiry.begin();
      void this.#connection.subscribe(this.topics.health).catch(() => {});
      if (this.#showing.isForeground) this.#showing.tell();
    }
    this.#changed();
  }

  #sweepLater(): void {
    clearTimeout(this.#sweeping);
    this.#sweeping = setTimeout(() => {
      this.#view = sweep(this.#view, this.#heard);
      this.#changed();
    }, RETAINED_WITHIN_MS);
  }

  #take(name: string, payload: string, isRetained: boolean): void {
    const topic = this.topics.read(name);
    if (!topic) return;
    // What happens once is never retained: a copy of it did not happen again.
    if (isRetained && ONCE.includes(topic.of)) return;
    this.#heard.add(keyOf(topic));
    this.#view = take(this.#view, topic, payload, Date.now());
    this.#follow(topic, payload);
    this.#inquiry.wake();
    this.#changed();
  }

  /** What follows from what came, beyond what is known now. */
  #follow(topic: Topic, payload: string): void {
    switch (topic.of) {
      case 'prefs':
        this.#silence.hear();
        return this.#changes.hear();
      case 'receipt':
        return this.#judge(payload);
      case 'device':
        return this.#devices.hear(topic.name, payload);
      case 'presence':
        return this.#correctPresence(topic.name);
      case 'explained':
        return this.#silence.hear();
      case 'bridge':
        if (topic.leaf === 'state') this.#sweepLater();
        if (topic.leaf === 'health') return this.#silence.hearHealth(topic.name, payload);
        return this.#silence.hear();
    }
  }

  /** A refusal of a document is a receipt that is about no event and no device. */
  #judge(payload: string): void {
    const receipt = readReceipt(payload);
    if (!receipt) return;
    this.#silence.hear();
    const { event, device, state, reason, detail } = receipt;
    if (state !== 'failed' || event) return;
    if (device) this.#devices.refuse(device, detail ?? `The bridge refuses it: ${reason}.`);
    else if (reason === 'invalid' && detail) this.#changes.refuse(detail);
  }

  /** Another window of this device was left, or was killed: this one is still looked at. */
  #correctPresence(device: string): void {
    if (device !== this.device || !this.#showing.isForeground) return;
    if (this.#view.presence.get(device) === 0) this.#showing.tell();
  }

  #changed(): void {
    this.#change ??= setTimeout(() => {
      this.#change = undefined;
      this.#options.onChange();
    }, CHANGES_EVERY_MS);
  }
}
