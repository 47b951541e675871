// Changes of the preferences: each is made from what will hold once all before it is done, and ends with the
// bridge's word. The bridge takes them in order, and says nothing of one that changes nothing.

import { doHold, patched } from './core/preferences';
import type { Ground } from './ground';
import type { Preferences, PreferencesPatch } from './messages';
import { DAY_MS, TakenBack, type Outbox, type Unsent } from './outbox';

const ANSWER_MAX_MS = 8_000; // for the bridge to take or refuse it
const CONNECT_SOON_MS = 1_500;
/** What is said of a change until the bridge says otherwise. */
export const LATE = 'The bridge did not answer. It may be away; the change waits for it.';

/**
 * A change, or what it is once it is known what will hold.
 *
 * @param wanted what the bridge has, with all that was said to it before
 */
export type Change = PreferencesPatch | ((wanted: Preferences) => PreferencesPatch);

export interface ChangesOptions {
  ground: Ground;
  outbox: Outbox;
  topic: string;
  /** The bridge has something to say now. */
  expectWord(): void;
}

interface Pending {
  patch: PreferencesPatch;
  /** Nobody answered in time: it may be lost, or taken later. */
  isLate: boolean;
  /** @param refusal null: it holds */
  tell(refusal: string | null): void;
}

export class Changes {
  readonly #options: ChangesOptions;
  /** In the order in which they were said. */
  #pending: Pending[] = [];
  #isHeard = false;

  constructor(options: ChangesOptions) {
    this.#options = options;
  }

  /** What will hold. */
  get wanted(): Preferences {
    return patched(this.#known, ...this.#patches);
  }

  get #known(): Preferences {
    return this.#options.ground.view.preferences;
  }

  get #patches(): PreferencesPatch[] {
    return this.#pending.map(({ patch }) => patch);
  }

  /**
   * @returns whether the bridge has it; false: it waits for the connection, or for the bridge
   * @throws Error with the bridge's own words, or with one sentence
   */
  async make(change: Change): Promise<boolean> {
    const { ground, topic } = this.#options;
    const patch = typeof change === 'function' ? change(this.wanted) : change;
    const id = `preferences-${Math.random().toString(36).slice(2)}`;
    const rest = { payload: JSON.stringify(patch), request: null, fault: null };
    const unsent: Unsent = { id, of: 'preferences', topic, ...rest, untilMs: Date.now() + DAY_MS };
    const work = this.#send(unsent, patch);
    if (!ground.isOnline) await patience(work);
    if (ground.isOnline) return work;
    this.#leave(unsent, work);
    return false;
  }

  /** Was said before, by who is not there any more. */
  resume(unsent: Unsent): void {
    const patch = JSON.parse(unsent.payload);
    if (unsent.fault === LATE) this.#expect(unsent, patch);
    else this.#leave(unsent, this.#send(unsent, patch));
  }

  /** Nobody waits for it: what came of it is kept, unless the person took it back. */
  #leave(unsent: Unsent, work: Promise<boolean>): void {
    work.catch((error: Error) => {
      if (!(error instanceof TakenBack)) this.#options.outbox.fail(unsent, error.message);
    });
  }

  /** A connection began: what holds is told anew. */
  begin(): void {
    this.#isHeard = false;
  }

  /** The bridge has these preferences now. */
  hear(): void {
    this.#isHeard = true;
    this.#settle();
  }

  /** @param detail begins with the place of the fault */
  refuse(detail: string): void {
    const [name = ''] = /^\w+/.exec(detail) ?? [];
    const meant = this.#pending.find(({ patch }) => Object.hasOwn(patch, name)) ?? this.#pending[0];
    this.#pending = this.#pending.filter((one) => one !== meant);
    meant?.tell(detail);
  }

  #settle(): void {
    this.#settleFrom(0);
    // What is late may be lost: what is new does not wait for it.
    this.#settleFrom(this.#lateCount);
  }

  /** The last change that holds is done, and so are all before it. */
  #settleFrom(first: number): void {
    const doHoldUpTo = (end: number) => doHold(this.#known, ...this.#patches.slice(first, end));
    let end = this.#pending.length;
    while (end > first && !doHoldUpTo(end)) end--;
    for (const { tell } of this.#pending.splice(first, end - first)) tell(null);
  }

  get #lateCount(): number {
    return this.#pending.filter(({ isLate }) => isLate).length;
  }

  async #send(unsent: Unsent, patch: PreferencesPatch): Promise<boolean> {
    const isTaken = await this.#ask(unsent, patch);
    if (!isTaken) this.#expect(unsent, patch);
    return isTaken;
  }

  /** The person knows that nobody answered, until somebody does, or they put it away. */
  #expect(unsent: Unsent, patch: PreferencesPatch): void {
    const { outbox } = this.#options;
    const { id } = unsent;
    const tell = (refusal: string | null) => {
      if (!outbox.all.some((one) => one.id === id)) return;
      if (refusal === null) outbox.takeBack(id);
      else outbox.fail(unsent, refusal);
    };
    this.#pending.splice(this.#lateCount, 0, { patch, tell, isLate: true });
    outbox.fail(unsent, LATE);
    if (this.#isHeard) this.#settle();
  }

  /** @returns whether the bridge took it in time */
  async #ask(unsent: Unsent, patch: PreferencesPatch): Promise<boolean> {
    const { outbox, expectWord } = this.#options;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isSaid = false;
    const said = new Promise<string | null>((resolve) => {
      const tell = (refusal: string | null) => {
        isSaid = true;
        resolve(refusal);
      };
      this.#pending.push({ patch, tell, isLate: false });
    });
    const pending = this.#pending.at(-1);
    try {
      const isHeard = await outbox.send(unsent);
      if (!isHeard) throw new Error('No bridge is listening: nothing was changed.');
      if (this.#isHeard) this.#settle();
      if (!isSaid) expectWord();
      const late = new Promise<undefined>(
        (pass) => (timer = setTimeout(pass, ANSWER_MAX_MS, undefined)),
      );
      const refusal = await Promise.race([said, late]);
      if (refusal) throw new Error(refusal);
      return refusal === null || doHold(this.#known, patch);
    } finally {
      clearTimeout(timer);
      this.#pending = this.#pending.filter((one) => one !== pending);
    }
  }
}

/** A connection that is about to come is waited for. */
async function patience(work: Promise<unknown>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise((pass) => (timer = setTimeout(pass, CONNECT_SOON_MS)));
  await Promise.race([work.catch(() => {}), late]).finally(() => clearTimeout(timer));
}
