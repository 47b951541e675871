// What ended, failed or was said while nobody looked.

import type { Entry } from 'nudge-client';
import { ageOf, kindWord, placeOf, titleOf } from '../words';
import { useNow, useSession, useView } from './hooks';

const KINDS = ['session.error', 'session.idle', 'note'];
const SHOWN_MAX = 6;

export function Away() {
  const { away } = useSession();
  const { feed } = useView();
  const now = useNow();
  const missed = feed.filter(
    ({ event, ts }) => KINDS.includes(event.kind) && away && ts > away.fromMs && ts <= away.toMs,
  );
  if (!away || missed.length === 0) return null;
  const more = missed.length - SHOWN_MAX;
  return (
    <section aria-labelledby="away">
      <h2 id="away">
        Since you were here <span class="age">{ageOf(away.fromMs, now)}</span>
      </h2>
      <ul class="card sessions">
        {missed.slice(0, SHOWN_MAX).map((entry) => (
          <Missed key={entry.id} entry={entry} now={now} />
        ))}
        {more > 0 && (
          <li>
            <a href="#activity">{more} more</a>
          </li>
        )}
      </ul>
    </section>
  );
}

const DOTS: Record<string, string> = { 'session.error': 'error', 'session.idle': 'good' };

function Missed({ entry: { event, ts }, now }: { entry: Entry; now: number }) {
  return (
    <li>
      <span class={`dot ${DOTS[event.kind] ?? ''}`} aria-hidden="true" />
      <span>
        <b>{titleOf(event) || placeOf(event) || 'Untitled session'}</b>{' '}
        {kindWord(event.kind).toLowerCase()}
        <span class="quiet-text">
          {[placeOf(event), ageOf(ts, now)].filter(Boolean).join(' · ')}
        </span>
      </span>
    </li>
  );
}
