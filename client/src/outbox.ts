// What a person said and the broker does not have yet: it waits, goes out in order, and can be taken back.

import type { Outgoing } from './io/connection';

/** It is plain data: whoever keeps it can hand it to the next client of this device. */
export interface Unsent {
  id: string;
  /** A request's answer, or a change of the preferences. */
  of: 'answer' | 'preferences';
  topic: string;
  payload: string;
  /** Of an answer: the request. */
  request: string | null;
  /** After it there is no use in it; milliseconds since 1970. */
  untilMs: number;
  /** Why it came to nothing; null: it waits. */
  fault: string | null;
}

/** It was taken back. */
export class TakenBack extends Error {}

export const DAY_MS = 86_400_000; // in which what was said is worth something

const TRIES = 4; // who comes back with us may need a moment
const AGAIN_MS = 2_000;

export interface OutboxOptions {
  isOnline(): boolean;
  publish(message: Outgoing, signal: AbortSignal): Promise<boolean>;
  onChange(): void;
}

export class Outbox {
  readonly #options: OutboxOptions;
  readonly #ends = new Map<string, AbortController>();
  #all: readonly Unsent[] = [];

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  get all(): readonly Unsent[] {
    return this.#all;
  }

  /**
   * @returns whether anybody listens, once the broker has it
   * @throws TakenBack, or Error with one sentence
   */
  async send(unsent: Unsent): Promise<boolean> {
    const { id, topic, payload, untilMs } = unsent;
    const end = new AbortController();
    this.#ends.set(id, end);
    // Who answers again does not want what came to nothing.
    const isOld = (one: Unsent) =>
      one.id === id ||
      (one.fault !== null && one.request !== null && one.request === unsent.request);
    this.#set([...this.#all.filter((one) => !isOld(one)), unsent]);
    try {
      return await this.#publish({ topic, payload, untilMs }, end.signal);
    } catch (error) {
      throw end.signal.aborted ? new TakenBack('You took it back.') : error;
    } finally {
      this.#ends.delete(id);
      this.#set(this.#all.filter((one) => one !== unsent));
    }
  }

  /** When a connection comes back, those who listen come back, too. */
  async #publish(message: Outgoing, signal: AbortSignal): Promise<boolean> {
    const { isOnline, publish } = this.#options;
    let tries = isOnline() ? 1 : TRIES;
    while (!(await publish(message, signal))) {
      if (--tries === 0) return false;
      await new Promise((pass) => setTimeout(pass, AGAIN_MS));
      signal.throwIfAborted();
    }
    return true;
  }

  /** It failed when nobody waited for it any more, or fails otherwise now: the person is still to know. */
  fail(unsent: Unsent, fault: string): void {
    this.#set([...this.#all.filter(({ id }) => id !== unsent.id), { ...unsent, fault }]);
  }

  takeBack(id: string): void {
    this.#ends.get(id)?.abort();
    this.#set(this.#all.filter((one) => one.id !== id));
  }

  #set(all: readonly Unsent[]): void {
    this.#all = all;
    this.#options.onChange();
  }
}
