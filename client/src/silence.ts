// Whether a bridge that is said to run is there at all: it owes an answer, or was not heard for longer than
// it ever is. Who never said how it is, owes nothing.

import { isCount, own, readObject } from './core/fields';

const ANSWER_MAX_MS = 8_000;
const LOOK_EVERY_MS = 20_000;
/** A bridge says each minute how it is. A machine that sleeps looks at nothing meanwhile. */
const LOOKS_MAX = 8;

/** It was asked and did not answer; or it was not heard for minutes. */
export type BridgeSilence = 'unanswered' | 'unheard' | null;

interface Heard {
  /** Of what it said last; null: it says no time. */
  ts: number | null;
  /** Since then. */
  looks: number;
}

export interface SilenceOptions {
  /** Those that are said to run. */
  running(): string[];
  onChange(): void;
}

export class Silence {
  readonly #options: SilenceOptions;
  readonly #heard = new Map<string, Heard>();
  #answer: ReturnType<typeof setTimeout> | undefined;
  #looking: ReturnType<typeof setInterval> | undefined;
  #isUnanswered = false;

  constructor(options: SilenceOptions) {
    this.#options = options;
  }

  get of(): BridgeSilence {
    if (this.#isUnanswered) return 'unanswered';
    const isUnheard = (name: string) => (this.#heard.get(name)?.looks ?? 0) >= LOOKS_MAX;
    const running = this.#options.running();
    return running.length > 0 && running.every(isUnheard) ? 'unheard' : null;
  }

  /** A connection began. */
  begin(): void {
    this.stop();
    this.#looking = setInterval(() => this.#look(), LOOK_EVERY_MS);
  }

  /** Without a connection nobody is heard. */
  stop(): void {
    this.hear();
    this.#heard.clear();
    clearInterval(this.#looking);
  }

  /** It has something to say to this. */
  expectWord(): void {
    this.#answer ??= setTimeout(() => {
      this.#isUnanswered = true;
      this.#options.onChange();
    }, ANSWER_MAX_MS);
  }

  /** A word of a bridge. */
  hear(): void {
    clearTimeout(this.#answer);
    this.#answer = undefined;
    this.#isUnanswered = false;
    for (const heard of this.#heard.values()) heard.looks = 0;
  }

  /** How a bridge is. The first may be what the broker kept of it: it may be old, and is no word. */
  hearHealth(name: string, payload: string): void {
    const said = readObject(payload);
    if (!said) return;
    const given = own(said, 'ts');
    const ts = isCount(given) ? given : null;
    if (ts !== null && this.#heard.get(name)?.ts === ts) return;
    if (this.#heard.has(name)) this.hear();
    this.#heard.set(name, { ts, looks: 0 });
  }

  #look(): void {
    const before = this.of;
    for (const heard of this.#heard.values()) heard.looks++;
    if (this.of !== before) this.#options.onChange();
  }
}
