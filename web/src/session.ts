// The page's life on nudge: one client, bound to whether somebody looks at the page.

import { Nudge, webSocket, type LinkState } from 'nudge-client';
import { loadKnown, saveKnown, type Identity } from './store';

/** Held by the one tab that owns this device's session at the broker. */
const SESSION_LOCK = 'nudge-session';
const SAVE_EVERY_MS = 200;

export class Session {
  readonly nudge: Nudge;
  readonly identity: Identity;
  #saving: ReturnType<typeof setTimeout> | undefined;
  #listeners = new Set<() => void>();
  #release: (() => void) | null = null;
  readonly #end = new AbortController();

  private constructor(identity: Identity, nudge: (changed: () => void) => Nudge) {
    this.identity = identity;
    this.nudge = nudge(() => this.#changed());
  }

  static async open(identity: Identity, onLink?: (state: LinkState) => void): Promise<Session> {
    const { pairing, password, device } = identity;
    const known = await loadKnown();
    const release = await takeLock();
    const keepsSession = release !== null;
    const session = new Session(
      identity,
      (onChange) =>
        new Nudge({
          ...{ pairing, password, device, keepsSession, onChange },
          open: webSocket(pairing.ws),
          ...(known && { known }),
          ...(onLink && { onLink }),
        }),
    );
    session.#release = release;
    session.#bind();
    session.nudge.start();
    return session;
  }

  /** For good: this identity did not work. */
  close(): void {
    this.#end.abort();
    clearTimeout(this.#saving);
    this.nudge.stop();
    this.#release?.();
  }

  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #bind(): void {
    const { signal } = this.#end;
    const look = () => {
      const isSeen = document.visibilityState === 'visible';
      this.nudge.setForeground(isSeen);
      if (isSeen) void closeNotifications();
    };
    look();
    document.addEventListener('visibilitychange', look, { signal });
    addEventListener('online', () => this.nudge.wake(), { signal });
    const show = ({ persisted }: PageTransitionEvent) => persisted && this.nudge.start();
    window.addEventListener('pageshow', show, { signal });
    addEventListener('pagehide', () => this.nudge.stop(), { signal });
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
    this.#saving ??= setTimeout(() => {
      this.#saving = undefined;
      void saveKnown(this.nudge.view);
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
  for (const shown of (await registration?.getNotifications()) ?? []) shown.close();
}
