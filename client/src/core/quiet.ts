// Quiet hours in any IANA zone: whether they are on, and until when. Pure.

import type { Quiet } from '../messages';

const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;
export type Day = (typeof DAYS)[number];

const STEP_MS = 15 * 60_000; // no zone is off by less
const WEEK_MS = 7 * 24 * 3_600_000;

/** The same instant on the clocks of a zone. */
interface Local {
  day: number;
  minute: number;
}

const clocks = new Map<string, Intl.DateTimeFormat>();

function clockOf(zone: string): Intl.DateTimeFormat {
  const known = clocks.get(zone);
  if (known) return known;
  const clock = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  clocks.set(zone, clock);
  return clock;
}

const LOCALS_MAX = 20_000;
const locals = new Map<string, Local>();

/** A browser takes long to say it, and is asked again and again. */
function localOf(zone: string, atMs: number): Local {
  const key = `${zone} ${Math.floor(atMs / 60_000)}`;
  const known = locals.get(key);
  if (known) return known;
  if (locals.size >= LOCALS_MAX) locals.clear();
  const local = toldLocal(zone, atMs);
  locals.set(key, local);
  return local;
}

function toldLocal(zone: string, atMs: number): Local {
  const parts = new Map(
    clockOf(zone)
      .formatToParts(atMs)
      .map(({ type, value }) => [type, value]),
  );
  const day = DAYS.indexOf((parts.get('weekday') ?? '').toLowerCase() as Day);
  return { day, minute: Number(parts.get('hour')) * 60 + Number(parts.get('minute')) };
}

function minuteOf(text: string): number {
  const [hours, minutes] = text.split(':').map(Number);
  return (hours ?? 0) * 60 + (minutes ?? 0);
}

/** What is retained may be what the bridge refused. */
function isUsable({ from, to, tz }: Quiet): boolean {
  if (!/^\d\d:\d\d$/.test(from) || !/^\d\d:\d\d$/.test(to)) return false;
  try {
    return clockOf(tz) !== undefined;
  } catch {
    return false;
  }
}

/** Over midnight if it ends before it begins; `days` names the day it begins. */
export function isOn(rule: Quiet, atMs: number): boolean {
  if (!isUsable(rule)) return false;
  const local = localOf(rule.tz, atMs);
  const from = minuteOf(rule.from);
  const to = minuteOf(rule.to);
  const begins = (day: number) => {
    const name = DAYS[(day + 7) % 7];
    return name !== undefined && (rule.days ?? DAYS).includes(name);
  };
  if (from < to) return begins(local.day) && local.minute >= from && local.minute < to;
  return (
    (begins(local.day) && local.minute >= from) || (begins(local.day - 1) && local.minute < to)
  );
}

/**
 * @param kind null: whether any rule is on, whatever it allows
 * @returns the end of the silence that is on, in milliseconds since 1970; null: none is
 */
export function quietUntil(rules: readonly Quiet[], kind: string | null, nowMs: number) {
  const silent = rules.filter((rule) => kind === null || !rule.allow?.some((one) => one === kind));
  const isSilent = (atMs: number) => silent.some((rule) => isOn(rule, atMs));
  if (!isSilent(nowMs)) return null;
  let atMs = nowMs - (nowMs % STEP_MS);
  const lastMs = nowMs + WEEK_MS;
  while (atMs < lastMs && isSilent(atMs + STEP_MS)) atMs += STEP_MS;
  const endMs = firstMinute(atMs, atMs + STEP_MS, (minuteMs) => !isSilent(minuteMs));
  return Math.max(endMs, nowMs);
}

function firstMinute(fromMs: number, toMs: number, isIt: (atMs: number) => boolean): number {
  for (let atMs = fromMs; atMs < toMs; atMs += 60_000) if (isIt(atMs)) return atMs;
  return toMs;
}

/** One stretch of silence on one day, in minutes of that day on the viewer's clock. */
export interface Stretch {
  from: number;
  to: number;
}

/**
 * The week from the given midnight on, as the viewer's own clock shows it.
 *
 * @param midnight of a day on that clock, `days` later
 * @returns for each of seven days its stretches
 */
export function weekOf(rules: readonly Quiet[], midnight: (days: number) => number): Stretch[][] {
  return Array.from({ length: 7 }, (_, day) => {
    const startMs = midnight(day);
    const minutes = Math.round((midnight(day + 1) - startMs) / 60_000);
    const stretches: Stretch[] = [];
    for (let minute = 0; minute < minutes; minute += 15) {
      if (!rules.some((rule) => isOn(rule, startMs + minute * 60_000))) continue;
      const last = stretches.at(-1);
      if (last?.to === minute) last.to = minute + 15;
      else stretches.push({ from: minute, to: minute + 15 });
    }
    return stretches;
  });
}
