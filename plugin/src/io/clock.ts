// A clock that nobody sets: how long something took, and how long ago it was,
// does not depend on the time of day.

import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Stamp } from '../core/keep';

// proc(5). It goes on while the machine sleeps, and is one for all processes.
const UPTIME = '/proc/uptime';
const BOOT = '/proc/sys/kernel/random/boot_id';

const bootId = attempt(() =>
  readFileSync(BOOT, 'utf8')
    .replace(/[^0-9a-f]/g, '')
    .slice(0, 8),
);
const hasUptime = bootId?.length === 8 && uptimeMs() !== undefined;

/** Names the clock: until the machine starts anew, or of this process alone. */
const CLOCK = hasUptime ? bootId : randomBytes(4).toString('hex');

export function stamp(): Stamp {
  return { clock: CLOCK, steadyMs: steadyMs() };
}

/** Milliseconds since a moment long ago. */
export function steadyMs(): number {
  return (hasUptime ? uptimeMs() : undefined) ?? Math.round(performance.now());
}

function uptimeMs(): number | undefined {
  const seconds = attempt(() => Number.parseFloat(readFileSync(UPTIME, 'utf8')));
  return seconds !== undefined && seconds > 0 ? Math.round(seconds * 1000) : undefined;
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
