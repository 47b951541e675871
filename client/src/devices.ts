// The devices a person registers: each change is made from what was said last, though the broker has not
// told it back yet.

import type { Ground } from './ground';
import type { Device } from './messages';

export interface DevicesOptions {
  ground: Ground;
  /** Tells the broker, which keeps it; empty: it forgets it. */
  keep(name: string, payload: string): Promise<unknown>;
}

const REFUSED_WITHIN_MS = 700; // the bridge says no at once, and nothing else

const textOf = (device: Device | null | undefined) => (device ? JSON.stringify(device) : '');

export class Devices {
  readonly #options: DevicesOptions;
  /** By name: what was said, and was not heard back. */
  readonly #said = new Map<string, string>();
  /** What the broker told last: what is refused is that. */
  readonly #heard = new Map<string, string>();
  /** Who waits for the bridge's refusal. */
  readonly #refused = new Map<string, (why: string) => void>();

  constructor(options: DevicesOptions) {
    this.#options = options;
  }

  /** What it is registered as, once all is done that was said; undefined: it is not. */
  wanted(name: string): Device | undefined {
    const said = this.#said.get(name);
    if (said === undefined) return this.#options.ground.view.devices.get(name);
    return said === '' ? undefined : JSON.parse(said);
  }

  /**
   * @param device null: it is not registered any more
   * @throws Error with the bridge's own words, or with one sentence: all is as it was
   */
  async put(name: string, device: Device | null): Promise<void> {
    const { keep } = this.#options;
    const before = textOf(this.wanted(name));
    const payload = textOf(device);
    this.#said.set(name, payload);
    const isIt = () => this.#heard.get(name) === payload;
    const refused = new Promise<string>((told) =>
      this.#refused.set(name, (why) => isIt() && told(why)),
    );
    try {
      await keep(name, payload);
      if (!device || !this.#isBridge) return;
      const yes = new Promise<null>((pass) => setTimeout(pass, REFUSED_WITHIN_MS, null));
      const refusal = await Promise.race([refused, yes]);
      if (refusal === null) return;
      await keep(name, before); // the bridge has that still
      throw new Error(refusal);
    } catch (error) {
      this.#settle(name, payload);
      throw error;
    }
  }

  get #isBridge(): boolean {
    return [...this.#options.ground.view.bridges.values()].includes(true);
  }

  refuse(name: string, why: string): void {
    this.#refused.get(name)?.(why);
  }

  hear(name: string, payload: string): void {
    this.#heard.set(name, payload);
    this.#settle(name, payload);
  }

  #settle(name: string, payload: string): void {
    if (this.#said.get(name) === payload) this.#said.delete(name);
  }
}
