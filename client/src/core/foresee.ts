// What would become of an event now, by the rules of docs/rules.md, as far as it can be known before. Pure.

import type { WishKind } from '../messages';
import type { Wishes } from './preferences';
import { quietUntil } from './quiet';

export interface Forecast {
  fate: 'pushed' | 'held' | 'deferred' | 'suppressed';
  /** The rule, as a receipt names it; null: nothing stands in its way. */
  reason:
    | 'disabled'
    | 'kind'
    | 'snoozed'
    | 'quiet'
    | 'gather'
    | 'foreground'
    | 'presence'
    | 'delay'
    | null;
  /** Milliseconds since 1970, or null. */
  untilMs: number | null;
  waitS: number;
}

const forecast = (fate: Forecast['fate'], reason: Forecast['reason'], more = {}): Forecast => ({
  fate,
  reason,
  untilMs: null,
  waitS: 0,
  ...more,
});

/** The first rule that applies decides. */
export function foresee(
  kind: WishKind,
  wishes: Wishes,
  now: { ms: number; isPresent: boolean },
): Forecast {
  if (!wishes.enabled) return forecast('suppressed', 'disabled');
  if (!wishes.kinds[kind]) return forecast('suppressed', 'kind');
  if (wishes.snooze_until > now.ms && !wishes.snooze_allow.includes(kind))
    return forecast('deferred', 'snoozed', { untilMs: wishes.snooze_until });
  const untilMs = quietUntil(wishes.quiet, kind, now.ms);
  if (untilMs !== null) return duringQuiet(kind, wishes, now.ms, untilMs);
  return whileLooking(kind, wishes, now.isPresent);
}

function duringQuiet(kind: WishKind, wishes: Wishes, nowMs: number, untilMs: number): Forecast {
  const hasDigest = wishes.quiet.some(
    ({ digest = true, ...rule }) => digest && quietUntil([rule], kind, nowMs) !== null,
  );
  return forecast(hasDigest ? 'deferred' : 'suppressed', 'quiet', { untilMs });
}

function whileLooking(kind: WishKind, wishes: Wishes, isPresent: boolean): Forecast {
  const delayS = wishes.delay_s[kind];
  if (isPresent && wishes.presence === 'suppress') return forecast('suppressed', 'foreground');
  if (kind === 'session.idle' && wishes.gather_s > 0)
    return forecast('held', 'gather', { waitS: wishes.gather_s });
  if (isPresent && wishes.presence === 'hold' && wishes.hold_s > 0)
    return forecast('held', 'presence', { waitS: Math.max(wishes.hold_s, delayS) });
  return delayS > 0 ? forecast('held', 'delay', { waitS: delayS }) : forecast('pushed', null);
}
