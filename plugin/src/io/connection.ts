// Keeps a connection to a broker: when one ends, or none can be made, the next is tried a little later.

import { Ended, Link, type Greeting, type Message, type Subscription } from './link';
import type { Address } from './wire';

const RETRY_FIRST_MS = 1_000;
const RETRY_CEILING_MS = 30_000;

export interface ConnectionEvents {
  open(): void;
  message(message: Message): void;
  /** The attempt failed; there will be another one. */
  failed(error: unknown): void;
}

export class Connection {
  readonly #address: Address;
  readonly #greeting: Greeting;
  readonly #events: ConnectionEvents;
  #link: Link;
  #waitMs = RETRY_FIRST_MS;
  #retry: NodeJS.Timeout | undefined;
  #ended: (() => void) | undefined;

  constructor(address: Address, greeting: Greeting, events: ConnectionEvents) {
    this.#address = address;
    this.#greeting = greeting;
    this.#events = events;
    this.#link = this.#dial();
  }

  /** null: there is none now. */
  get link(): Link | null {
    return this.#link.isOpen ? this.#link : null;
  }

  publish(topic: string, payload: string, retain = false): Promise<number> {
    return this.link?.publish(topic, payload, retain) ?? Promise.reject(new Ended());
  }

  subscribe(topics: readonly string[], how?: Subscription): Promise<void> {
    return this.link?.subscribe(topics, how) ?? Promise.reject(new Ended());
  }

  /** Says goodbye if that is quick; hangs up in any case. */
  async close(timeoutMs: number): Promise<void> {
    clearTimeout(this.#retry);
    if (this.#retry) return; // it has ended, and the next has not begun
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.#ended = () => {
        clearTimeout(timer);
        resolve();
      };
      this.#link.leave();
    });
    this.#link.cut();
  }

  #dial(): Link {
    this.#retry = undefined;
    let wasOpen = false;
    const link = new Link(this.#address, this.#greeting, {
      open: () => {
        wasOpen = true;
        this.#waitMs = RETRY_FIRST_MS;
        this.#events.open();
      },
      closed: (error) => {
        if (this.#ended) return this.#ended();
        if (!wasOpen || error) this.#events.failed(error ?? new Error('it hung up'));
        this.#redialLater();
      },
    });
    link.hear((message) => this.#events.message(message));
    return link;
  }

  #redialLater(): void {
    const waitMs = this.#waitMs;
    this.#waitMs = Math.min(waitMs * 2, RETRY_CEILING_MS);
    this.#retry = setTimeout(() => (this.#link = this.#dial()), waitMs).unref();
  }
}
