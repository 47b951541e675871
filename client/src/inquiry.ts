// Asks the bridge what became of events while nobody listened. Where the broker does not let this login ask,
// or hear the answer, that is known, and said.

import { unexplained, type Entry } from './core/feed';
import type { Topics } from './core/topics';
import type { Ground } from './ground';
import { Forbidden, type Outgoing } from './io/connection';

const AFTER_MS = 3_000; // in which the bridge tells by itself
const MOST = 100; // the newest; the bridge knows no more of what is older

export interface InquiryOptions {
  ground: Ground;
  topics: Topics;
  subscribe(filter: string): Promise<void>;
  publish(message: Outgoing): Promise<boolean>;
  /** The broker does not let us ask about these. */
  onForbidden(ids: ReadonlySet<string>): void;
}

export class Inquiry {
  readonly #options: InquiryOptions;
  #asked = new Set<string>();
  #isSubscribed = false;
  #isForbidden = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: InquiryOptions) {
    this.#options = options;
  }

  /** A connection began: what we missed may be asked anew. */
  begin(): void {
    this.#asked.clear();
    this.#isSubscribed = this.#isForbidden = false;
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Something was heard: some time later, see what is still not known. */
  wake(): void {
    if (this.#timer || this.#missing().length === 0) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#ask();
    }, AFTER_MS);
  }

  #missing(): Entry[] {
    return unexplained(this.#options.ground.view.feed.slice(0, MOST)).filter(
      ({ id }) => !this.#asked.has(id),
    );
  }

  async #ask(): Promise<void> {
    const { ground, onForbidden } = this.#options;
    const isBridge = [...ground.view.bridges.values()].includes(true);
    if (!ground.isOnline || !isBridge) return;
    const missing = this.#missing();
    for (const { id } of missing) this.#asked.add(id);
    try {
      if (!this.#isForbidden) await this.#send(missing);
    } catch (error) {
      this.#isForbidden ||= error instanceof Forbidden;
    }
    if (this.#isForbidden) onForbidden(new Set(missing.map(({ id }) => id)));
    this.wake();
  }

  async #send(missing: readonly Entry[]): Promise<void> {
    const { topics, subscribe, publish } = this.#options;
    const { request: topic, response } = topics.explain;
    if (!this.#isSubscribed) await subscribe(response);
    this.#isSubscribed = true;
    for (const { id } of missing)
      await publish({ topic, payload: JSON.stringify({ event: id }), isForNow: true });
  }
}
