// A list that grows, and that a test can await: log lines, accepted pushes, MQTT messages.

/**
 * How long a test waits before it says what is missing. A guard, not a measurement: generous,
 * because the machine may be busy.
 */
export const PATIENCE_MS = 20_000;

/**
 * @template T
 * @param {Promise<T>} promise
 * @param {string} what said when it does not come
 * @returns {Promise<T>}
 */
export function patiently(promise, what) {
  /** @type {NodeJS.Timeout} */
  let timer;
  const impatience = new Promise((_, reject) => {
    const late = new Error(`${what}: not within ${PATIENCE_MS} ms`);
    timer = setTimeout(() => reject(late), PATIENCE_MS);
  });
  return Promise.race([promise, impatience]).finally(() => clearTimeout(timer));
}

/** @template T */
export class Arrivals {
  /** @type {T[]} */
  items = [];

  /** @type {Set<() => void>} */
  #waiting = new Set();

  /** @type {Error | null} */
  #ended = null;

  #describe;

  /** @param {(items: T[]) => string} describe what to show when a wait fails */
  constructor(describe) {
    this.#describe = describe;
  }

  /** @param {T} item */
  add(item) {
    this.items.push(item);
    for (const look of [...this.#waiting]) look();
  }

  /**
   * Nothing more will arrive: whoever still waits is told why.
   *
   * @param {string} why
   */
  end(why) {
    this.#ended = new Error(why);
    for (const look of [...this.#waiting]) look();
  }

  /**
   * The first item, from index `from` on, that the predicate likes.
   *
   * @param {(item: T) => boolean} predicate
   * @param {{ timeoutMs?: number, from?: number, what?: string }} [options]
   * @returns {Promise<T>}
   */
  async waitFor(predicate, { timeoutMs, from = 0, what = 'the awaited item' } = {}) {
    const found = () => {
      const at = this.items.findIndex((item, index) => index >= from && predicate(item));
      return at < 0 ? undefined : { item: /** @type {T} */ (this.items[at]) };
    };
    return (await this.#until(found, what, timeoutMs)).item;
  }

  /**
   * The first `count` items, once there are so many.
   *
   * @param {number} count
   * @param {{ timeoutMs?: number, what?: string }} [options]
   * @returns {Promise<T[]>}
   */
  waitForCount(count, { timeoutMs, what = `${count} items` } = {}) {
    const enough = () => (this.items.length < count ? undefined : this.items.slice(0, count));
    return this.#until(enough, what, timeoutMs);
  }

  /**
   * @template R
   * @param {() => R | undefined} attempt
   * @param {string} what
   * @param {number} [timeoutMs]
   * @returns {Promise<R>}
   */
  #until(attempt, what, timeoutMs = PATIENCE_MS) {
    return new Promise((resolve, reject) => {
      /** @param {string} why */
      const giveUp = (why) => {
        settle();
        reject(new Error(`${what}: ${why}; so far:\n${this.#describe(this.items)}`));
      };
      const look = () => {
        const result = attempt();
        if (result !== undefined) {
          settle();
          resolve(result);
        } else if (this.#ended) {
          giveUp(this.#ended.message);
        }
      };
      const timer = setTimeout(() => giveUp(`not within ${timeoutMs} ms`), timeoutMs);
      const settle = () => {
        clearTimeout(timer);
        this.#waiting.delete(look);
      };
      this.#waiting.add(look);
      look();
    });
  }
}
