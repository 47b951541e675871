// What one may snooze to, on the clock of whoever looks. Pure.

import { timeOf } from './words';

/** Until it is ended by hand. */
export const BY_HAND = Number.MAX_SAFE_INTEGER;

const MINUTE_MS = 60_000;

/** @returns words, and until when in milliseconds since 1970; the soonest first, none twice */
export function snoozes(nowMs: number): [string, number][] {
  const now = new Date(nowMs);
  const at = (hour: number, days = 0) =>
    new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, hour).getTime();
  const evening = at(18);
  const isEarly = at(8) > nowMs;
  const morning = isEarly ? at(8) : at(8, 1);
  const monday = at(8, (8 - now.getDay()) % 7 || 7);
  const hour = (atMs: number) => timeOf(atMs, atMs);
  const all: [string, number][] = [
    ['30 minutes', nowMs + 30 * MINUTE_MS],
    ['1 hour', nowMs + 60 * MINUTE_MS],
    [`Until ${hour(evening)}`, evening],
    [`Until ${isEarly ? '' : 'tomorrow, '}${hour(morning)}`, morning],
    [`Until Monday, ${hour(monday)}`, monday],
    ['Until I end it', BY_HAND],
  ];
  return all
    .filter(
      ([, untilMs], at) => untilMs > nowMs && all.findIndex((one) => one[1] === untilMs) === at,
    )
    .sort((a, b) => a[1] - b[1]);
}
