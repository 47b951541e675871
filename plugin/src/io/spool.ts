// Events on disk until the bridge has them, one file each: whatever ends this
// process, a later one sends them. All calls are synchronous, because OpenCode
// may be gone right after the event that matters.

import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NudgeEvent } from '../core/event';
import {
  ageMs,
  isOrphan,
  KEEP_MAX,
  keptAs,
  nameOf,
  readName,
  surplus,
  type Kept,
  type Stamp,
} from '../core/keep';
import { fields } from '../core/reading';
import { stamp } from './clock';
import type { Settings } from './login';
import { isAlive, SELF } from './self';
import type { Warn } from './warnings';

const OWNER_ONLY = 0o600;

export interface Letter {
  readonly kept: Kept;
  readonly payload: string;
}

/** What is sent now: the event, and how long ago it happened. */
export function payloadOf({ kept, payload }: Letter): string {
  const age_ms = ageMs(kept, stamp());
  if (age_ms === null) return payload;
  return JSON.stringify({ ...fields(JSON.parse(payload)), age_ms });
}

export class Spool {
  readonly #folder: string;
  readonly #warn: Warn;

  /** Events of different brokers or users do not mix. */
  constructor(settings: Settings, stateHome: string, warn: Warn) {
    const address = `${settings.url} ${settings.base}`;
    const key = createHash('sha256').update(address).digest('hex').slice(0, 16);
    this.#folder = join(stateHome, 'nudge', 'spool', key);
    this.#warn = warn;
    try {
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    } catch (error) {
      warn(unusable(error));
    }
  }

  /** Keeps an event that happened then; says which others had to go for it. */
  add(event: NudgeEvent, happened: Stamp): { letter: Letter; dropped: Kept[] } {
    const kept = keptAs(event, SELF, happened);
    const payload = JSON.stringify(event);
    const dropped = this.#makeRoom();
    try {
      writeFileSync(join(this.#folder, nameOf(kept)), payload, { mode: OWNER_ONLY });
    } catch (error) {
      this.#warn(unusable(error));
    }
    return { letter: { kept, payload }, dropped };
  }

  remove(kept: Kept): void {
    try {
      unlinkSync(join(this.#folder, nameOf(kept)));
    } catch {
      // It could not be written, or another process was faster.
    }
  }

  /** What is ours to send: our own, and what processes that are gone left; oldest first. */
  letters(nowMs: number): Letter[] {
    const letters: Letter[] = [];
    for (const kept of this.#list()) {
      const isOurs = kept.token === SELF.token || isOrphan(kept, nowMs, isAlive);
      if (kept.expiresMs <= nowMs) this.remove(kept);
      else if (isOurs) letters.push(...this.#read(kept));
    }
    return letters;
  }

  /** How many events wait, whoever keeps them. */
  count(): number {
    return this.#list().length;
  }

  #makeRoom(): Kept[] {
    const leaving = surplus(this.#list());
    for (const kept of leaving) this.remove(kept);
    if (leaving.length > 0)
      this.#warn(`more than ${KEEP_MAX} events wait for the bridge: the oldest are dropped`);
    return leaving;
  }

  #list(): Kept[] {
    try {
      const names = readdirSync(this.#folder).sort();
      return names.map(readName).filter((kept) => kept !== null);
    } catch {
      return [];
    }
  }

  #read(kept: Kept): Letter[] {
    try {
      const payload = readFileSync(join(this.#folder, nameOf(kept)), 'utf8');
      if (fields(JSON.parse(payload))['id'] === kept.id) return [{ kept, payload }];
    } catch {
      // Gone meanwhile, or written half: neither is an event.
    }
    this.remove(kept);
    return [];
  }
}

function unusable(error: unknown): string {
  const reason = error instanceof Error ? error.message : String(error);
  return `events that cannot be sent now may be lost: ${reason}`;
}
