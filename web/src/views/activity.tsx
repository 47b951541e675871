// The live feed: each event, what became of it and why.

import type { Entry, Heard } from 'nudge-client';
import {
  causeWords,
  fateOf,
  kindWord,
  placeOf,
  platformWord,
  receiptWords,
  timeOf,
  titleOf,
} from '../words';
import { Outcome, useAction, useSession, useShown, useView } from './hooks';
import { OpenSession } from './open';

export function Activity() {
  const { feed } = useView();
  return (
    <section aria-label="Events">
      {feed.length === 0 && (
        <p class="empty">
          Nothing has happened yet. Try <code>mosquitto_pub -t nudge/me/event -m hello</code>.
        </p>
      )}
      <ol class="feed">
        {feed.map((entry) => (
          <Line key={entry.id} entry={entry} />
        ))}
      </ol>
    </section>
  );
}

function useNameOf() {
  const { devices } = useView();
  return (device: string) => devices.get(device)?.name ?? device;
}

function Line({ entry }: { entry: Entry }) {
  const nameOf = useNameOf();
  const element = useShown<HTMLLIElement>(entry.id);
  const { event } = entry;
  return (
    <li ref={element} class={`card event ${event.kind.replace('.', '-')}`}>
      <p class="kind">
        {kindWord(event.kind)}{' '}
        <time dateTime={new Date(entry.ts).toISOString()}>{timeOf(entry.ts)}</time>
      </p>
      <h2>{titleOf(event) || placeOf(event) || kindWord(event.kind)}</h2>
      <p class="fate">
        {entry.resolution ? 'Answered · ' : ''}
        {fateOf(entry, nameOf)}
      </p>
      <details>
        <summary>More</summary>
        {event.body && <pre tabIndex={0}>{event.body}</pre>}
        <p class="quiet-text">{placeOf(event)}</p>
        <Receipts entry={entry} />
        <Actions event={event} />
      </details>
    </li>
  );
}

function Receipts({ entry }: { entry: Entry }) {
  const { devices } = useView();
  const nameOf = useNameOf();
  const service = (device: string) => {
    const platform = devices.get(device)?.platform;
    return platform ? ` (${platformWord(platform)})` : '';
  };
  return (
    <ul class="receipts">
      {entry.receipts.map((receipt, at) => (
        <li key={at}>
          <time>{timeOf(receipt.ts)}</time>{' '}
          {receipt.device ? `${nameOf(receipt.device)}${service(receipt.device)}: ` : ''}
          {receiptWords(receipt)}
          {receipt.preference && ` (${causeWords(receipt)})`}
          {receipt.latencyMs !== null && ` after ${receipt.latencyMs} ms`}
        </li>
      ))}
      <li>
        Its id is <code>{entry.id}</code>: <code>nudge explain {entry.id}</code>
      </li>
    </ul>
  );
}

/** Open its session, or hear no more of it. */
function Actions({ event }: { event: Heard }) {
  const { nudge } = useSession();
  const { preferences } = useView();
  const { run, ...action } = useAction();
  const { session, project, host } = event;
  const mute = (list: 'sessions' | 'projects' | 'hosts', name: string) =>
    run(
      () =>
        nudge.patchPreferences({ mute: { [list]: [...(preferences.mute?.[list] ?? []), name] } }),
      'Muted.',
    );
  const targets = [
    ['sessions', 'this session', session.id],
    ['projects', `project ${project.name ?? project.directory}`, project.directory ?? project.name],
    ['hosts', `host ${host}`, host],
  ] as const;
  return (
    <div class="buttons">
      <OpenSession event={event} />
      {targets.map(
        ([list, words, name]) =>
          name && (
            <button key={list} disabled={action.isBusy} onClick={() => mute(list, name)}>
              Mute {words}
            </button>
          ),
      )}
      <Outcome {...action} />
    </div>
  );
}
