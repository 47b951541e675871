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
    | 'escalate'
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

/**
 * The first rule that applies decides.
 *
 * @param wishes of the device
 * @param now.device its name
 */
export function foresee(
  kind: WishKind,
  wishes: Wishes,
  now: { ms: number; isPresent: boolean; device?: string },
): Forecast {
  if (!wishes.enabled) return forecast('suppressed', 'disabled');
  if (!wishes.kinds[kind]) return forecast('suppressed', 'kind');
  if (wishes.snooze_until > now.ms && !wishes.snooze_allow.includes(kind))
    return forecast('deferred', 'snoozed', { untilMs: wishes.snooze_until });
  const untilMs = quietUntil(wishes.quiet, kind, now.ms);
  if (untilMs !== null) return duringQuiet(kind, wishes, now.ms, untilMs);
  return whileLooking(kind, wishes, now);
}

function duringQuiet(kind: WishKind, wishes: Wishes, nowMs: number, untilMs: number): Forecast {
  const hasDigest = wishes.quiet.some(
    ({ digest = true, ...rule }) => digest && quietUntil([rule], kind, nowMs) !== null,
  );
  return forecast(hasDigest ? 'deferred' : 'suppressed', 'quiet', { untilMs });
}

function whileLooking(
  kind: WishKind,
  wishes: Wishes,
  { isPresent, device = '' }: { isPresent: boolean; device?: string },
): Forecast {
  const { presence, gather_s: gatherS, hold_s: holdS, delay_s: delayS, escalate } = wishes;
  if (isPresent && presence === 'suppress') return forecast('suppressed', 'foreground');
  if (kind === 'session.idle' && gatherS > 0) return forecast('held', 'gather', { waitS: gatherS });
  const step = escalate.find(({ devices }) => devices.includes(device));
  // The longest counts; of two that are as long the first of these.
  const waits = [
    [(kind.endsWith('.asked') && step?.after_s) || 0, 'escalate'],
    [isPresent && presence === 'hold' ? holdS : 0, 'presence'],
    [delayS[kind], 'delay'],
  ] as const;
  const waitS = Math.max(...waits.map(([seconds]) => seconds));
  const [, reason] = waits.find(([seconds]) => seconds === waitS) ?? waits[0];
  return waitS > 0 ? forecast('held', reason, { waitS }) : forecast('pushed', null);
}
