// Which events are kept until the bridge has them: how long, how many, and
// which goes first. What decides is in the name of an event's file. Pure.

import { isId, type Kind, type NudgeEvent } from './event';

export const KEEP_MAX = 1_000;

const HOUR_MS = 3_600_000;

/** As the bridge has it: from then on an event is worthless. */
function lifeMs(kind: Kind): number {
  switch (kind) {
    case 'session.idle':
      return HOUR_MS;
    case 'session.error':
      return 4 * HOUR_MS;
    default:
      return 24 * HOUR_MS;
  }
}

// First what is merely news; last what somebody is waited for.
const RANK = { notice: 0, resolution: 1, answer: 2 } as const;
type Class = keyof typeof RANK;

function classOf(kind: Kind): Class {
  if (kind.endsWith('.asked')) return 'answer';
  return kind === 'session.idle' || kind === 'session.error' ? 'notice' : 'resolution';
}

/** One kept event, as the name of its file tells it. */
export interface Kept {
  readonly expiresMs: number;
  readonly tsMs: number;
  readonly class: Class;
  /** The process that keeps it; the token tells it from others of its number. */
  readonly pid: number;
  readonly token: string;
  /** When it happened, by a clock that nobody sets; null: not known. */
  readonly happened: Stamp | null;
  readonly id: string;
}

export type Owner = Pick<Kept, 'pid' | 'token'>;

/** A moment of a clock that nobody sets; only those of one clock can be compared. */
export interface Stamp {
  /** Eight hexadecimal digits. */
  readonly clock: string;
  readonly steadyMs: number;
}

export function keptAs(event: NudgeEvent, owner: Owner, happened: Stamp | null): Kept {
  const { id, kind, ts } = event;
  const expiresMs = ts + lifeMs(kind);
  return { tsMs: ts, expiresMs, class: classOf(kind), ...owner, happened, id };
}

/** How long ago it happened; null: that cannot be told. */
export function ageMs({ happened }: Kept, now: Stamp): number | null {
  if (happened?.clock !== now.clock) return null;
  return Math.max(0, now.steadyMs - happened.steadyMs);
}

const NAME =
  /^(\d{13})\.(\d{13})\.(notice|resolution|answer)\.(\d{1,10})-([0-9a-f]{1,16})\.(?:([0-9a-f]{8})-(\d{1,15})\.)?([A-Za-z0-9_-]+)\.json$/;

/** Sorted by name is sorted by time. */
export function nameOf(kept: Kept): string {
  const { tsMs, expiresMs, pid, token, happened, id } = kept;
  const times = [tsMs, expiresMs].map((ms) => String(ms).padStart(13, '0'));
  const stamp = happened ? [`${happened.clock}-${happened.steadyMs}`] : [];
  return [...times, kept.class, `${pid}-${token}`, ...stamp, id, 'json'].join('.');
}

/** null: not a name of ours. */
export function readName(name: string): Kept | null {
  const [, ts, expires, rank, pid, token = '', clock, steady, id = ''] = NAME.exec(name) ?? [];
  if (!isId(id)) return null;
  return {
    tsMs: Number(ts),
    expiresMs: Number(expires),
    class: rank as Class,
    pid: Number(pid),
    token,
    happened: clock ? { clock, steadyMs: Number(steady) } : null,
    id,
  };
}

/** The ones to let go, so that one more finds room. */
export function surplus(all: readonly Kept[], max = KEEP_MAX): Kept[] {
  const count = all.length + 1 - max;
  if (count <= 0) return [];
  const byWorth = (a: Kept, b: Kept) => RANK[a.class] - RANK[b.class] || a.tsMs - b.tsMs;
  return [...all].sort(byWorth).slice(0, count);
}

// A process id says little once the machine or the container is another.
const ORPHAN_MS = 5 * 60_000;

/** Whether an event is ours to send, though not ours. */
export function isOrphan(kept: Kept, nowMs: number, isAlive: (pid: number) => boolean): boolean {
  return nowMs - kept.tsMs > ORPHAN_MS || !isAlive(kept.pid);
}
