// What happened, day by day and session by session: each with what became of it, and why.

import { useRef, useState } from 'preact/hooks';
import type { VNode } from 'preact';
import type { Device, Entry } from 'nudge-client';
import { ALL, groupsOf, passes, type Filter } from '../chronicle';
import {
  causeWords,
  dayWord,
  fateOf,
  kindWord,
  markOf,
  placeOf,
  platformWord,
  receiptWords,
  timeOf,
  titleOf,
  whyOf,
} from '../words';
import { Filters } from './filters';
import { useNow, useSession, useShown, useView } from './hooks';
import { Hush } from './hush';
import { OpenSession } from './open';

const AT_ONCE = 100; // lines; nobody reads more, and a phone is slow with them

type Devices = ReadonlyMap<string, Device>;

export function Activity() {
  const { feed, devices } = useView();
  const { nudge, identity } = useSession();
  const now = useNow();
  const [filter, setFilter] = useState<Filter>(ALL);
  const [most, setMost] = useState(AT_ONCE);
  const lineOf = useLines(devices);
  const found = feed.filter((entry) => passes(entry, filter));
  const shown = found.slice(0, most);
  return (
    <section aria-label="Events">
      {feed.length === 0 ? (
        <p class="empty">
          Nothing has happened yet. On the bridge's machine try{' '}
          <code>nudge send -u {identity.pairing.user} hello</code>; or publish something on{' '}
          <code>{nudge.topics.of('event')}</code>.
        </p>
      ) : (
        <Filters feed={feed} filter={filter} set={setFilter} />
      )}
      {feed.length > 0 && found.length === 0 && <p class="empty">Nothing is like that.</p>}
      {groupsOf(shown, (atMs) => dayWord(atMs, now)).map(([day, groups]) => (
        <section key={day} aria-label={day}>
          <h2 class="day">{day}</h2>
          <ol class="feed">
            {groups.map((group) =>
              group.length === 1 ? (
                group.map((entry) => lineOf(entry, false))
              ) : (
                <li key={group.at(-1)?.id} class="card session">
                  <h3>
                    {group.find(({ event }) => event.session.title)?.event.session.title ??
                      'Untitled session'}
                  </h3>
                  <ol>{group.map((entry) => lineOf(entry, true))}</ol>
                </li>
              ),
            )}
          </ol>
        </section>
      ))}
      {found.length > most && (
        <button onClick={() => setMost(most + AT_ONCE)}>Show {found.length - most} older</button>
      )}
    </section>
  );
}

/** A line is made anew only if something of it changed: there are hundreds. */
function useLines(devices: Devices) {
  const made = useRef(new WeakMap<Entry, { line: VNode; isInGroup: boolean }>());
  const madeFor = useRef(devices);
  if (madeFor.current !== devices) made.current = new WeakMap();
  madeFor.current = devices;
  return (entry: Entry, isInGroup: boolean): VNode => {
    const known = made.current.get(entry);
    if (known?.isInGroup === isInGroup) return known.line;
    const line = <Line key={entry.id} {...{ entry, devices, isInGroup }} />;
    made.current.set(entry, { line, isInGroup });
    return line;
  };
}

const MARKS = {
  pushed: 'pushed',
  waits: 'waits',
  silent: 'silent',
  failed: 'failed',
  untold: 'unknown',
} as const;

interface LineProps {
  entry: Entry;
  devices: Devices;
  isInGroup: boolean;
}

function Line({ entry, devices, isInGroup }: LineProps) {
  const element = useShown<HTMLLIElement>(entry.id);
  const [isOpen, setOpen] = useState(false);
  const { event } = entry;
  const mark = markOf(entry);
  const Heading = isInGroup ? 'h4' : 'h3';
  const title = titleOf(event) || placeOf(event) || kindWord(event.kind);
  const nameOf = (device: string) => devices.get(device)?.name ?? device;
  return (
    <li ref={element} class={`event ${isInGroup ? '' : 'card'}`}>
      <details onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
        <summary>
          <span class={`mark ${mark}`}>{MARKS[mark]}</span>
          <Heading>{isInGroup ? kindWord(event.kind) : title}</Heading>
          <time dateTime={new Date(entry.ts).toISOString()}>{timeOf(entry.ts, entry.ts)}</time>
          <span class="fate">
            {isInGroup ? '' : `${kindWord(event.kind)} · `}
            {entry.resolution ? 'Answered · ' : ''}
            {fateOf(entry, nameOf)}
          </span>
        </summary>
        {isOpen && <Opened entry={entry} nameOf={nameOf} />}
      </details>
    </li>
  );
}

type NameOf = (device: string) => string;

function Opened({ entry, nameOf }: { entry: Entry; nameOf: NameOf }) {
  const { event } = entry;
  const { words, place } = whyOf(entry, nameOf);
  return (
    <div class="opened">
      <p>
        {words} {place && <a href={place}>Change this</a>}
      </p>
      {event.body && <pre tabIndex={0}>{event.body}</pre>}
      <p class="quiet-text">{placeOf(event)}</p>
      <Receipts entry={entry} nameOf={nameOf} />
      <div class="buttons">
        <OpenSession event={event} />
      </div>
      <Hush about={event} label={titleOf(event)} />
    </div>
  );
}

function Receipts({ entry, nameOf }: { entry: Entry; nameOf: NameOf }) {
  const { devices } = useView();
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
