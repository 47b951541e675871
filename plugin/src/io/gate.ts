// Which answers the settings let through to OpenCode.

import { isProven, type Reply } from '../core/reply';
import type { Settings } from './login';
import { opennessOf } from './openness';
import { accountTrouble, accountTrust } from './trouble';
import type { Warn } from './warnings';

export class Gate {
  readonly #settings: Settings;
  readonly #warn: Warn;
  readonly #note: Warn;
  /** Whether unsigned answers count, once that was looked at. */
  #isByAccount: Promise<boolean> = Promise.resolve(false);

  constructor(settings: Settings, warn: Warn, note: Warn) {
    this.#settings = settings;
    this.#warn = warn;
    this.#note = note;
    const { fault } = settings.reply;
    if (fault) warn(fault);
  }

  /** Whether any answer is let through. */
  get isOn(): boolean {
    const { replies, reply } = this.#settings;
    return replies === 'account' || (replies === true && reply.key !== undefined);
  }

  /** At each connection: the broker may have changed meanwhile. */
  connected(): void {
    if (this.#settings.replies === 'account') this.#isByAccount = this.#look();
  }

  /** null: this answer may be judged. */
  async refuses({ proof }: Reply): Promise<'off' | 'signature' | null> {
    const { replies, reply } = this.#settings;
    const { key, fault } = reply;
    if (fault) this.#warn(fault);
    if (replies === false || (replies === true && !key)) return 'off';
    if (proof) return key && isProven(proof, key) ? null : 'signature';
    if (replies === true) return 'signature';
    return (await this.#isByAccount) ? null : 'off';
  }

  async #look(): Promise<boolean> {
    const unknown = { isOpen: null, at: null };
    const { isOpen, at } = await opennessOf(this.#settings).catch(() => unknown);
    if (isOpen === false) this.#note(accountTrust(this.#settings));
    else this.#warn(accountTrouble(this.#settings, isOpen === null ? null : at));
    return isOpen === false;
  }
}
