// Whether somebody looks at this app, as the bridge is told: again and again while it is so.

import { encodePresence, HEARTBEAT_MS, PRESENCE_TTL_S } from './core/presence';
import type { Ground } from './ground';
import type { Outgoing } from './io/connection';

export interface ShowingOptions {
  ground: Ground;
  topic: string;
  publish(message: Outgoing): Promise<unknown>;
}

export class Showing {
  readonly #options: ShowingOptions;
  #isForeground = false;
  #session: string | null = null;
  #heartbeat: ReturnType<typeof setInterval> | undefined;

  constructor(options: ShowingOptions) {
    this.#options = options;
  }

  get isForeground(): boolean {
    return this.#isForeground;
  }

  /** @returns whether that is new */
  set(isForeground: boolean, session: string | null): boolean {
    if (isForeground === this.#isForeground && session === this.#session) return false;
    this.#isForeground = isForeground;
    this.#session = session;
    this.stop();
    if (isForeground) this.#heartbeat = setInterval(() => this.tell(), HEARTBEAT_MS);
    this.tell();
    return true;
  }

  stop(): void {
    clearInterval(this.#heartbeat);
  }

  tell(): void {
    const { ground, publish } = this.#options;
    if (ground.isOnline) void publish(this.message(this.#isForeground)).catch(() => {});
  }

  message(isForeground: boolean): Outgoing {
    return {
      topic: this.#options.topic,
      payload: encodePresence(isForeground, this.#session),
      retain: true,
      ...(isForeground && { expiryS: PRESENCE_TTL_S }),
    };
  }
}
