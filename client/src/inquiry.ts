// Asks the bridge what became of events while nobody listened. Its answer names others, too: where the
// broker does not let this login ask, that is known, and said.

import { unexplained, type Entry } from './core/feed';
import type { Topics } from './core/topics';
import { Forbidden, type Outgoing } from './io/connection';
import type { View } from './view';

const AFTER_MS = 3_000; // in which the bridge tells by itself
const MOST = 100; // the newest; the bridge knows no more of what is older

export interface InquiryOptions {
  topics: Topics;
  view(): View;
  isOnline(): boolean;
  publish(message: Outgoing): Promise<boolean>;
  /** The broker does not let us ask about these. */
  onForbidden(ids: ReadonlySet<string>): void;
}

export class Inquiry {
  readonly #options: InquiryOptions;
  #asked = new Set<string>();
  #isForbidden = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: InquiryOptions) {
    this.#options = options;
  }

  /** A connection began: what we missed may be asked anew. */
  begin(): void {
    this.#asked.clear();
    this.#isForbidden = false;
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
    return unexplained(this.#options.view().feed.slice(0, MOST)).filter(
      ({ id }) => !this.#asked.has(id),
    );
  }

  async #ask(): Promise<void> {
    const { view, isOnline, topics, onForbidden } = this.#options;
    const [bridge] = [...view().bridges].find(([, isThere]) => isThere) ?? [];
    if (!isOnline() || bridge === undefined) return;
    const missing = this.#missing();
    for (const { id } of missing) this.#asked.add(id);
    const topic = topics.explain(bridge);
    try {
      for (const { id } of this.#isForbidden ? [] : missing)
        await this.#options.publish({ topic, payload: JSON.stringify({ event: id }) });
    } catch (error) {
      this.#isForbidden ||= error instanceof Forbidden;
    }
    if (this.#isForbidden) onForbidden(new Set(missing.map(({ id }) => id)));
    this.wake();
  }
}
