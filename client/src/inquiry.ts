// Asks the bridge what became of events while nobody listened. Where the broker does not let this login ask,
// or hear the answer, that is known, and said.

import { unexplained, type Entry } from './core/feed';
import type { Topics } from './core/topics';
import { Forbidden, type Outgoing } from './io/connection';
import type { View } from './view';

const AFTER_MS = 3_000; // in which the bridge tells by itself
const MOST = 100; // the newest; the bridge knows no more of what is older
const LOSSES_MAX = 2; // once may be chance

export interface InquiryOptions {
  topics: Topics;
  view(): View;
  isOnline(): boolean;
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
  #losses = 0; // connections in a row that ended while we asked
  #isQuiet = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: InquiryOptions) {
    this.#options = options;
  }

  /** A connection began: what we missed may be asked anew. */
  begin(): void {
    this.#asked.clear();
    this.#isSubscribed = this.#isForbidden = false;
    // Some brokers end the connection of who asks for what is not theirs: this one may live.
    this.#isQuiet = this.#losses >= LOSSES_MAX;
    if (this.#isQuiet) this.#losses = 0;
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Something was heard: some time later, see what is still not known. */
  wake(): void {
    if (this.#timer || this.#isQuiet || this.#missing().length === 0) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#ask();
    }, AFTER_MS);
  }

  #missing(): Entry[] {
    return unexplained(this.#options.view().feed.slice(0, MOST)).filter(
      ({ id }) => !this.#asked.has(id),
    );
  }

  async #ask(): Promise<void> {
    const { view, isOnline, onForbidden } = this.#options;
    const isBridge = [...view().bridges.values()].includes(true);
    if (!isOnline() || !isBridge || this.#isQuiet) return;
    const missing = this.#missing();
    for (const { id } of missing) this.#asked.add(id);
    try {
      if (!this.#isForbidden) await this.#send(missing);
      this.#losses = 0;
    } catch (error) {
      if (error instanceof Forbidden) this.#isForbidden = true;
      else this.#losses++;
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
