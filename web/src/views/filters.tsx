// Which of the events one wants to see.

import type { Entry } from 'nudge-client';
import { ALL, projectOf, type Filter } from '../chronicle';
import { kindWord } from '../words';
import { useView } from './hooks';

interface Props {
  feed: readonly Entry[];
  filter: Filter;
  set: (filter: Filter) => void;
}

const distinct = (names: readonly string[]) => [...new Set(names)].filter(Boolean).sort();

export function Filters({ feed, filter, set }: Props) {
  const { devices } = useView();
  const kinds = distinct(feed.map(({ event }) => event.kind));
  const told = distinct(feed.flatMap(({ receipts }) => receipts.map(({ device }) => device ?? '')));
  const nameOf = (device: string) => devices.get(device)?.name ?? device;
  const { text, ...rest } = filter;
  const count = Object.values(rest).filter(Boolean).length;
  return (
    <div role="search" class="filters">
      <input
        type="search"
        aria-label="Search"
        placeholder="Search"
        value={text}
        onInput={({ currentTarget }) => set({ ...filter, text: currentTarget.value })}
      />
      <details>
        <summary>Filter{count > 0 ? ` (${count})` : ''}</summary>
        <div class="row">
          <Pick label="Kind" of={kinds} words={kindWord} {...{ filter, set }} name="kind" />
          <Pick
            label="Project"
            of={distinct(feed.map(projectOf))}
            {...{ filter, set }}
            name="project"
          />
          <Pick label="Device" of={told} words={nameOf} {...{ filter, set }} name="device" />
        </div>
        <label class="chip">
          <input
            type="checkbox"
            checked={filter.isUnpushed}
            onChange={({ currentTarget }) => set({ ...filter, isUnpushed: currentTarget.checked })}
          />
          Only what was not pushed
        </label>
        {count > 0 && <button onClick={() => set({ ...ALL, text })}>Show all</button>}
      </details>
    </div>
  );
}

interface PickProps extends Omit<Props, 'feed'> {
  label: string;
  name: 'kind' | 'project' | 'device';
  of: readonly string[];
  words?: (name: string) => string;
}

function Pick({ label, name, of, words = (one) => one, filter, set }: PickProps) {
  return (
    <label>
      {label}
      <select
        value={filter[name]}
        onChange={({ currentTarget }) => set({ ...filter, [name]: currentTarget.value })}
      >
        <option value="">All</option>
        {of.map((one) => (
          <option key={one} value={one}>
            {words(one)}
          </option>
        ))}
      </select>
    </label>
  );
}
