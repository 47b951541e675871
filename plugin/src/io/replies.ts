// Answers as they come over MQTT, and what became of each.
// Knows no OpenCode: those who ask say what they make of an answer.

import { text, type Fields } from '../core/reading';
import type { Refusal } from '../core/judge';
import { readReply, type Reply } from '../core/reply';
import type { Warn } from './warnings';

/** What became of an answer. */
export interface Outcome {
  state: 'answered' | 'refused';
  reason?: Refusal;
  detail?: string;
}

/** null: it is no request of theirs. */
export type Hear = (reply: Reply) => Promise<Outcome | null>;

// The process that asked may be another one, and says so at once; if it is known to
// live, it may be slow. Who waits is not in step with the others, so that one of them
// is heard by the rest.
const UNKNOWN_AFTER_MS = 1_000;
const SLOW_AFTER_MS = 7_000;
const UNKNOWN_SPREAD_MS = 500;
const UNKNOWN_MAX = 100;

/** Acts after so many milliseconds, until what it returns is called. */
export type After = (ms: number, act: () => void) => () => void;

const later: After = (ms, act) => {
  const timer = setTimeout(act, ms).unref();
  return () => clearTimeout(timer);
};

export interface RepliesOptions {
  host: string;
  publish(receipt: string): void;
  warn: Warn;
  /** Another process of this host lives, and waits for an answer to this request. */
  isElsewhere(request: string): boolean;
  after?: After;
}

export class Replies {
  readonly #host: string;
  readonly #publish: (receipt: string) => void;
  readonly #warn: Warn;
  readonly #isElsewhere: (request: string) => boolean;
  readonly #hearers = new Set<Hear>();
  /** Answers to requests that may be another process's, by request. */
  readonly #strange = new Map<string, () => void>();
  readonly #after: After;

  constructor({ host, publish, warn, isElsewhere, after = later }: RepliesOptions) {
    this.#after = after;
    this.#host = host;
    this.#publish = publish;
    this.#warn = warn;
    this.#isElsewhere = isElsewhere;
  }

  /** Calls back for each answer, until the function it returns is called. */
  onReply(hear: Hear): () => void {
    this.#hearers.add(hear);
    return () => void this.#hearers.delete(hear);
  }

  /** A retained one would be found again and again. */
  async take(payload: Buffer, isRetained: boolean): Promise<void> {
    if (payload.length === 0) return; // a retained one was removed
    const reply = readReply(payload);
    if (!reply) return this.#warn('refused what is no reply: it names no request');
    const outcome = isRetained ? RETAINED : await this.#ask(reply);
    if (outcome && !isRetained) this.#tell(reply.request, outcome);
    else this.#tellLater(reply.request, outcome ?? UNKNOWN);
  }

  /** Whatever somebody said on the topic of receipts. */
  heard(receipt: Fields): void {
    const request = text(receipt['request']);
    if (request) this.#forget(request);
  }

  close(): void {
    for (const request of [...this.#strange.keys()]) this.#forget(request);
  }

  async #ask(reply: Reply): Promise<Outcome | null> {
    for (const hear of [...this.#hearers]) {
      const outcome = await hear(reply);
      if (outcome) return outcome;
    }
    return null;
  }

  #tellLater(request: string, outcome: Outcome): void {
    if (this.#strange.has(request) || this.#strange.size >= UNKNOWN_MAX) return;
    const tell = () => {
      this.#forget(request);
      this.#tell(request, outcome);
    };
    const leastMs = this.#isElsewhere(request) ? SLOW_AFTER_MS : UNKNOWN_AFTER_MS;
    const waitMs = leastMs + Math.random() * UNKNOWN_SPREAD_MS;
    this.#strange.set(request, this.#after(waitMs, tell));
  }

  #forget(request: string): void {
    this.#strange.get(request)?.();
    this.#strange.delete(request);
  }

  #tell(request: string, { state, reason, detail }: Outcome): void {
    const said = { ...(reason && { reason }), ...(detail && { detail }) };
    this.#publish(JSON.stringify({ request, host: this.#host, state, ...said, ts: Date.now() }));
  }
}

const UNKNOWN: Outcome = { state: 'refused', reason: 'unknown' };
const RETAINED: Outcome = { state: 'refused', reason: 'expired', detail: 'retained' };
