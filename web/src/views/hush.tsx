// A menu by which one hears no more of something, or of anything for a while.

import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { wishesOf } from 'nudge-client';
import { muting } from '../edits';
import { snoozes } from '../snooze';
import { useView } from './hooks';
import type { Place } from './open';
import { useSave } from './preferences';

interface Props {
  about: Place;
  /** Read aloud: there are many of these. */
  label: string;
  /** Three dots. */
  isSmall?: boolean;
  children?: ComponentChildren;
}

export function Hush({ about, label, isSmall = false, children }: Props) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details
      class={isSmall ? 'menu small' : 'menu'}
      onToggle={({ currentTarget }) => setOpen(currentTarget.open)}
    >
      <summary>
        {isSmall && <span aria-hidden="true">⋯</span>}
        <span class={isSmall ? 'hidden' : ''}>Mute, snooze…</span>{' '}
        <span class="hidden">{label}</span>
      </summary>
      {isOpen && (
        <div class="buttons">
          {children}
          <Choices about={about} />
        </div>
      )}
    </details>
  );
}

function Choices({ about: { session, project, host } }: { about: Place }) {
  const save = useSave();
  const { mute } = wishesOf(useView().preferences);
  const targets = [
    ['sessions', 'this session', session.id],
    ['projects', `project ${project.name ?? project.directory}`, project.directory ?? project.name],
    ['hosts', `host ${host}`, host],
  ] as const;
  return (
    <>
      {targets.map(([list, words, name]) => {
        if (!name || mute[list].includes(name)) return null;
        const add = () =>
          save(muting(list, name, true), `Muted: ${words}.`, () => muting(list, name, false));
        return (
          <button key={list} onClick={add}>
            Mute {words}
          </button>
        );
      })}
      <label>
        Snooze everything
        <select
          value=""
          onChange={({ currentTarget }) => {
            const untilMs = Number(currentTarget.value);
            currentTarget.value = '';
            if (untilMs)
              save({ snooze_until: untilMs }, 'Snoozed.', ({ snooze_until = 0 }) => ({
                snooze_until,
              }));
          }}
        >
          <option value="">Not now</option>
          {snoozes(Date.now()).map(([words, untilMs]) => (
            <option key={words} value={untilMs}>
              {words}
            </option>
          ))}
        </select>
      </label>
    </>
  );
}
