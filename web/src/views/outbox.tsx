// What waits for the connection, and what came to nothing while nobody looked: each can be taken back.

import { wishesOf, type Unsent } from 'nudge-client';
import { changeWords, faultWords } from '../sentences';
import { useSession, useView } from './hooks';

const counted = (count: number, word: string) =>
  count === 0 ? [] : [`${count} ${word}${count === 1 ? '' : 's'}`];

/** "2 answers and 1 change wait". */
function waitWords(waiting: readonly Unsent[]): string {
  const answers = waiting.filter(({ of }) => of === 'answer').length;
  const words = [...counted(answers, 'answer'), ...counted(waiting.length - answers, 'change')];
  return `${words.join(' and ')} ${waiting.length === 1 ? 'waits' : 'wait'} for the connection`;
}

export function Outbox() {
  const { nudge, waiting: tabs } = useSession();
  useView();
  const all = [...tabs.others, ...nudge.unsent];
  const failed = all.filter(({ fault }) => fault !== null);
  // What is on its way here waits for nothing.
  const still = nudge.link === 'online' ? tabs.others : all;
  const waiting = still.filter(({ fault }) => fault === null);
  if (failed.length + waiting.length === 0) return null;
  return (
    <section class="card outbox" role="status" aria-label="Not sent yet">
      {waiting.length > 0 && (
        <details>
          <summary>{waitWords(waiting)}</summary>
          <List of={waiting} verb="Take back" />
        </details>
      )}
      <List of={failed} verb="Put away" />
    </section>
  );
}

function List({ of, verb }: { of: readonly Unsent[]; verb: string }) {
  const { waiting } = useSession();
  if (of.length === 0) return null;
  return (
    <ul class="muted">
      {of.map((unsent) => (
        <li key={unsent.id}>
          <span>
            {useWords(unsent)}
            {unsent.fault !== null && (
              <span class="fault"> Not done: {faultWords(unsent.fault)}</span>
            )}
          </span>
          <button onClick={() => waiting.takeBack(unsent.id)}>{verb}</button>
        </li>
      ))}
    </ul>
  );
}

const ANSWER: Record<string, string> = {
  once: 'Allow once',
  always: 'Allow always',
  reject: 'Reject',
};

function useWords({ of, payload, request }: Unsent): string {
  const { feed, summary, preferences } = useView();
  const said = JSON.parse(payload);
  if (of === 'preferences') {
    const changes = changeWords(wishesOf(preferences), wishesOf(preferences, said));
    return changes.join('; ') || 'Preferences';
  }
  const { reply, answers } = JSON.parse(said.signed);
  const asked = [...feed.map(({ event }) => event), ...(summary?.asks ?? [])];
  const about = asked.find((event) => event.request.id === request)?.session.title;
  const words = ANSWER[reply] ?? answers?.flat().join(', ');
  return about ? `${words}: ${about}.` : `${words}.`;
}
