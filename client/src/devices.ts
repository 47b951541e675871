// The devices a person registers: each change is made from what was said last, though the broker has not
// told it back yet.

import type { Ground } from './ground';
import type { Device } from './messages';

export interface DevicesOptions {
  ground: Ground;
  /** Tells the broker, which keeps it; empty: it forgets it. */
  keep(name: string, payload: string): Promise<unknown>;
}

export class Devices {
  readonly #options: DevicesOptions;
  /** By name: what was said, and was not heard back. */
  readonly #said = new Map<string, string>();

  constructor(options: DevicesOptions) {
    this.#options = options;
  }

  /** What it is registered as, once all is done that was said; undefined: it is not. */
  wanted(name: string): Device | undefined {
    const said = this.#said.get(name);
    if (said === undefined) return this.#options.ground.view.devices.get(name);
    return said === '' ? undefined : JSON.parse(said);
  }

  /** @param device null: it is not registered any more */
  async put(name: string, device: Device | null): Promise<void> {
    const payload = device ? JSON.stringify(device) : '';
    this.#said.set(name, payload);
    try {
      await this.#options.keep(name, payload);
    } catch (error) {
      this.hear(name, payload);
      throw error;
    }
  }

  hear(name: string, payload: string): void {
    if (this.#said.get(name) === payload) this.#said.delete(name);
  }
}
