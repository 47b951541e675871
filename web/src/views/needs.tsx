// What waits for the person: in full while it is little, in lines by session when it is much. What was
// answered stays a moment, with its result.

import { useEffect, useReducer, useRef } from 'preact/hooks';
import type { Need } from 'nudge-client';
import { titleOf } from '../words';
import { useNow, useView } from './hooks';
import { Request } from './request';

const COMPACT_FROM = 4;
const LINGER_MS = 6_000; // long enough to read what became of it

interface Shown {
  need: Need;
  /** When it was settled; null: it waits. */
  goneMs: number | null;
}

/** @returns what waits, and what was settled a moment ago; the oldest first */
function useLingering(needs: readonly Need[]): Shown[] {
  const { feed } = useView();
  const shown = useRef(new Map<string, Shown>()).current;
  const [, again] = useReducer((count: number, _: void) => count + 1, 0);
  const now = Date.now();
  for (const need of needs) shown.set(need.id, { need, goneMs: null });
  for (const [id, one] of shown) {
    if (needs.some((need) => need.id === id)) continue;
    one.goneMs ??= now;
    const isPutAway = feed.some((entry) => entry.id === id && entry.resolution === 'put away');
    if (isPutAway || now - one.goneMs >= LINGER_MS) shown.delete(id);
  }
  const all = [...shown.values()].sort((one, other) => one.need.ts - other.need.ts);
  const first = Math.min(...all.map(({ goneMs }) => goneMs ?? Infinity));
  useEffect(() => {
    if (first === Infinity) return;
    const timer = setTimeout(
      () => {
        handFocusOn(all.filter(({ goneMs }) => goneMs === first).map(({ need }) => need.id));
        again();
      },
      first + LINGER_MS - Date.now(),
    );
    return () => clearTimeout(timer);
  }, [first]);
  return all;
}

/** Who is where something goes is next to what stays. */
function handFocusOn(gone: readonly string[]): void {
  const card = document.activeElement?.closest<HTMLElement>('[data-need]');
  if (!card || !gone.includes(card.dataset['need'] ?? '')) return;
  const cards = [...document.querySelectorAll<HTMLElement>('[data-need]')];
  const next = cards
    .slice(cards.indexOf(card))
    .find((one) => !gone.includes(one.dataset['need'] ?? ''));
  (next ?? document.getElementById('needs'))?.focus();
}

export function Needs({ needs }: { needs: readonly Need[] }) {
  const now = useNow();
  const shown = useLingering(needs);
  const isCompact = shown.length >= COMPACT_FROM;
  return (
    <section aria-labelledby="needs">
      <h2 id="needs" tabIndex={-1}>
        Needs you
      </h2>
      {needs.length === 0 && <p class="empty">Nobody needs you.</p>}
      {isCompact
        ? bySession(shown).map(([session, of]) => (
            <section key={session} class="group" aria-label={titled(of)}>
              <h3>
                {titled(of)} {of.length > 1 && <span class="age">{of.length} requests</span>}
              </h3>
              {of.map(({ need, goneMs }) => (
                <Request key={need.id} {...{ need, now, isCompact }} isOver={goneMs !== null} />
              ))}
            </section>
          ))
        : shown.map(({ need, goneMs }) => (
            <Request key={need.id} {...{ need, now, isCompact }} isOver={goneMs !== null} />
          ))}
    </section>
  );
}

const titled = ([first]: readonly Shown[]) =>
  (first && titleOf(first.need.event)) || 'Untitled session';

/** The session that waits longest comes first. */
function bySession(shown: readonly Shown[]): [string, Shown[]][] {
  const groups = new Map<string, Shown[]>();
  for (const one of shown) {
    const session = one.need.event.session.id ?? one.need.id;
    groups.set(session, [...(groups.get(session) ?? []), one]);
  }
  return [...groups];
}
