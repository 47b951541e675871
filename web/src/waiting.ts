// What waits for the connection, in whichever tab it was said: every tab shows it, one sends it. That is the
// tab where it was said, or, once that is closed, another one.

import type { Unsent } from 'nudge-client';
import { loadUnsent, saveUnsent } from './store';

const CHANNEL = 'nudge-unsent';
/** Whoever holds it sends that. */
const lockOf = (id: string) => `nudge-unsent ${id}`;

/** What tabs tell each other. */
type Word = 'changed' | { takeBack: string };

export interface WaitingOptions {
  /** How the topics of this person begin: what is another's is none of ours. */
  topics: string;
  /** What this tab has to send, and what came to nothing there. */
  own(): readonly Unsent[];
  resume(unsent: Unsent): void;
  takeBack(id: string): void;
  onChange(): void;
}

export class Waiting {
  readonly #options: WaitingOptions;
  readonly #end = new AbortController();
  readonly #mine = new Set<string>(); // all that this tab ever had to send
  readonly #held = new Map<string, () => void>();
  readonly #awaited = new Set<string>();
  #channel: BroadcastChannel | null = null;
  #kept: readonly Unsent[] = [];
  #others: readonly Unsent[] = [];

  constructor(options: WaitingOptions) {
    this.#options = options;
  }

  /** From here on it is kept, and what others keep is known. */
  open(): void {
    this.#channel = new BroadcastChannel(CHANNEL);
    this.#channel.onmessage = ({ data }: MessageEvent<Word>) => {
      if (data === 'changed') void this.#look();
      else this.#options.takeBack(data.takeBack);
    };
    void this.#look();
  }

  close(): void {
    this.#end.abort();
    this.#channel?.close();
    this.#channel = null;
    for (const release of this.#held.values()) release();
  }

  /** Of other tabs. */
  get others(): readonly Unsent[] {
    return this.#others;
  }

  takeBack(id: string): void {
    if (this.#others.some((one) => one.id === id)) this.#say({ takeBack: id });
    else this.#options.takeBack(id);
  }

  /** What this tab has to send may be another now. At once: who answers may close it the next moment. */
  keep(): void {
    const own = this.#options.own();
    if (!this.#channel || own === this.#kept) return;
    this.#kept = own;
    const isNew = ({ id }: Unsent) => !this.#mine.has(id);
    const holding = own.filter(isNew).map(({ id }) => this.#hold(id));
    const saving = saveUnsent(this.#mine, own).catch(() => {});
    void Promise.all([saving, ...holding]).then(() => {
      for (const [id, release] of this.#held) if (!this.#has(id)) release();
      this.#say('changed');
    });
  }

  #has(id: string): boolean {
    return this.#options.own().some((one) => one.id === id);
  }

  #say(word: Word): void {
    this.#channel?.postMessage(word);
  }

  /** @returns once it is ours */
  #hold(id: string): Promise<void> {
    this.#mine.add(id);
    return new Promise((held) => {
      if (!navigator.locks) return held();
      void navigator.locks.request(lockOf(id), () => {
        held();
        return this.#untilReleased(id);
      });
    });
  }

  #untilReleased(id: string): Promise<void> {
    return new Promise((release) => {
      this.#held.set(id, () => {
        this.#held.delete(id);
        release();
      });
    });
  }

  async #look(): Promise<void> {
    const kept = await loadUnsent().catch(() => []);
    if (!this.#channel) return;
    const { topics } = this.#options;
    this.#others = kept.filter(({ id, topic }) => !this.#mine.has(id) && topic.startsWith(topics));
    for (const { id } of this.#others) void this.#adopt(id).catch(() => {});
    this.#options.onChange();
  }

  /** Once nobody else has it, it is ours. */
  async #adopt(id: string): Promise<void> {
    if (this.#awaited.has(id)) return;
    this.#awaited.add(id);
    const { signal } = this.#end;
    const take = async () => {
      const unsent = (await loadUnsent()).find((one) => one.id === id);
      if (!unsent || signal.aborted) return;
      this.#mine.add(id);
      this.#others = this.#others.filter((one) => one.id !== id);
      this.#options.resume(unsent);
      this.#options.onChange();
      return this.#untilReleased(id);
    };
    try {
      await (navigator.locks ? navigator.locks.request(lockOf(id), { signal }, take) : take());
    } finally {
      this.#awaited.delete(id);
    }
  }
}
