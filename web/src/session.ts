// The page's life on nudge: one client, bound to whether somebody looks at the page, and at what.

import { Nudge, type LinkState } from 'nudge-client';
import { watchAttention } from './attention';
import { inTurn } from './shown';
import { connectionOf, loadKnown, recall, remember, saveKnown, type Identity } from './store';
import { Waiting } from './waiting';

/** Held by the one tab that owns this device's session at the broker. */
const SESSION_LOCK = 'nudge-session';
const SAVE_EVERY_MS = 200;
const LOOKED = 'nudge-looked'; // when somebody looked last, milliseconds since 1970
const AWAY_MIN_MS = 60_000;

export class Session {
  readonly nudge: Nudge;
  readonly identity: Identity;
  readonly waiting: Waiting;
  #isKept: boolean;
  #saving: ReturnType<typeof setTimeout> | undefined;
  #listeners = new Set<() => void>();
  #release: (() => void) | null = null;
  #isLooking = false;
  #attend = () => {};
  #lookedMs = Number(recall(LOOKED));
  #away: { fromMs: number; toMs: number } | null = null;
  readonly #end = new AbortController();
  /** The events that are on the screen. */
  readonly #shown = new Map<Element, string>();
  readonly #watched = new Map<Element, string>();
  readonly #screen = new IntersectionObserver((changes) => this.#scrolled(changes), {
    rootMargin: '-64px 0px', // the tabs cover that much
  });

  private constructor(identity: Identity, isKept: boolean, nudge: (changed: () => void) => Nudge) {
    this.identity = identity;
    this.#isKept = isKept;
    this.nudge = nudge(() => this.#changed());
    this.waiting = new Waiting({
      topics: this.nudge.topics.of(''),
      own: () => this.nudge.unsent,
      resume: (unsent) => this.nudge.resume(unsent),
      takeBack: (id) => this.nudge.takeBack(id),
      onChange: () => this.#tell(),
    });
    if (isKept) this.waiting.open();
  }

  /** @param onLink of a new identity: nothing of what is known is its, and nothing is kept before `keep` */
  static async open(identity: Identity, onLink?: (state: LinkState) => void): Promise<Session> {
    const known = onLink ? null : await loadKnown().catch(() => null);
    const release = await takeLock();
    const keepsSession = release !== null;
    const session = new Session(
      identity,
      !onLink,
      (onChange) =>
        new Nudge({
          ...connectionOf(identity),
          ...{ keepsSession, onChange },
          ...(known && { known }),
          ...(onLink && { onLink }),
        }),
    );
    session.#release = release;
    session.#bind();
    session.nudge.start();
    return session;
  }

  /** What this session knows is remembered from here on. */
  keep(): void {
    this.#isKept = true;
    this.waiting.open();
    this.#changed();
  }

  /** For good: this identity did not work, or is not ours any more. */
  close(): void {
    this.#end.abort();
    this.#isKept = false;
    clearTimeout(this.#saving);
    this.waiting.close();
    this.#screen.disconnect();
    this.nudge.stop();
    this.#release?.();
  }

  /** When nobody looked, the last time that somebody came back; null: this is the first visit. */
  get away() {
    return this.#away;
  }

  #look(isLooking: boolean): void {
    const now = Date.now();
    const isBack = !this.#away || now - this.#lookedMs > AWAY_MIN_MS;
    if (isLooking && this.#lookedMs > 0 && isBack)
      this.#away = { fromMs: this.#lookedMs, toMs: now };
    this.#lookedMs = now;
    remember(LOOKED, String(now));
  }

  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * The element shows an event: whoever looks while it is on the screen has seen it.
   *
   * @returns how to end that
   */
  watch(element: Element, event: string): () => void {
    this.#watched.set(element, event);
    this.#screen.observe(element);
    return () => {
      this.#screen.unobserve(element);
      this.#watched.delete(element);
      this.#shown.delete(element);
    };
  }

  #scrolled(changes: IntersectionObserverEntry[]): void {
    for (const { target, isIntersecting } of changes) {
      const event = this.#watched.get(target);
      if (isIntersecting && event !== undefined) this.#shown.set(target, event);
      else this.#shown.delete(target);
    }
    this.#see();
  }

  #see(): void {
    this.nudge.see(this.#isLooking ? this.#shown.values() : []);
  }

  #bind(): void {
    const { signal } = this.#end;
    const look = (isLooking: boolean) => {
      if (isLooking || this.#isLooking) this.#look(isLooking);
      this.#isLooking = isLooking;
      this.nudge.setForeground(isLooking);
      this.#see();
      if (isLooking) void closeNotifications();
    };
    this.#attend = watchAttention(look, signal);
    addEventListener('online', () => this.nudge.wake(), { signal });
    const show = ({ persisted }: PageTransitionEvent) => persisted && this.nudge.start();
    window.addEventListener('pageshow', show, { signal });
    const hide = () => {
      if (this.#isLooking) this.#look(false);
      this.nudge.stop();
    };
    addEventListener('pagehide', hide, { signal });
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }

  #changed(): void {
    this.#attend(); // a machine that slept may not know yet that nobody looks
    this.#see();
    this.#tell();
    if (!this.#isKept) return;
    this.waiting.keep();
    this.#saving ??= setTimeout(() => {
      this.#saving = undefined;
      if (this.#isKept) void saveKnown(this.nudge.view).catch(() => {});
    }, SAVE_EVERY_MS);
  }
}

/** @returns how to give it back; null: another tab has it */
function takeLock(): Promise<(() => void) | null> {
  // Only a secure context has locks.
  if (!navigator.locks) return Promise.resolve(() => {});
  return new Promise((taken) => {
    void navigator.locks.request(SESSION_LOCK, { ifAvailable: true }, (lock) => {
      if (!lock) return taken(null);
      return new Promise<void>((release) => taken(release));
    });
  });
}

/** Whoever looks at the page sees what they told. */
async function closeNotifications(): Promise<void> {
  const registration = await navigator.serviceWorker?.getRegistration();
  if (registration)
    await inTurn(async () => {
      for (const shown of await registration.getNotifications()) shown.close();
    });
}
