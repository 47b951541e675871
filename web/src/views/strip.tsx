// What stands between the person and being told, where the title stands: the most urgent first, each with
// its remedy.

import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { KINDS, quietUntil, wishesOf, type View } from 'nudge-client';
import { isRegistered, pushObstacle, turnOn } from '../push';
import { allowWords } from '../sentences';
import { untilWords } from '../words';
import { useLasting, useNow, useSession, useView } from './hooks';
import { Password } from './password';
import { useSave } from './preferences';
import { act } from './toast';

interface Condition {
  words: string;
  remedy: string;
  /** What the remedy does, where it leads, or what it shows. */
  remedyIs: (() => void) | string | ComponentChildren;
  isMild?: boolean;
}

const SILENCE = {
  unanswered: 'The bridge runs, but does not answer.',
  unheard: 'The bridge should run, but has said nothing for minutes.',
};

const LOOK_AFTER = (
  <p>
    On the bridge's machine, <code>nudge doctor</code> says what is wrong, and{' '}
    <code>systemctl restart nudge</code> starts it again.
  </p>
);

const PAIR_AGAIN = (
  <p>
    On the bridge's machine, <code>nudge pair YOU</code> shows a new pairing text. Unpair this
    browser under Devices, then pair it with that.
  </p>
);

const help = (remedyIs: ComponentChildren) => ({ remedy: 'What to do', remedyIs });

function useConnection(): Condition[] {
  const { nudge, identity } = useSession();
  const { bridges } = useView();
  const { link } = nudge;
  const { ws, username } = identity.pairing;
  const isAway = useLasting(link !== 'online' && link !== 'refused');
  // Who may not read all does not know who runs.
  const isKnown = link === 'online' && nudge.trouble === null;
  const isGone = useLasting(isKnown && ![...bridges.values()].includes(true));
  if (link === 'refused')
    return username
      ? [{ words: 'The password is wrong now.', remedy: 'Enter it', remedyIs: <Password /> }]
      : [{ words: 'The broker asks for a login now.', ...help(PAIR_AGAIN) }];
  if (isAway)
    return [
      {
        words: `No answer from ${new URL(ws).host}.`,
        ...{ remedy: 'Try again', remedyIs: () => nudge.wake() },
      },
    ];
  if (isGone) return [{ words: 'No bridge runs: nothing is pushed.', ...help(LOOK_AFTER) }];
  const silence = nudge.bridgeSilence;
  return silence ? [{ words: SILENCE[silence], ...help(LOOK_AFTER) }] : [];
}

/** The browser says so when it changes. */
function usePermission(): void {
  const [, again] = useState(0);
  useEffect(() => {
    const end = new AbortController();
    const watch = (status: PermissionStatus) =>
      status.addEventListener('change', () => again((count) => count + 1), end);
    navigator.permissions?.query({ name: 'notifications' }).then(watch, () => {});
    return () => end.abort();
  }, []);
}

function useBrowser(): Condition[] {
  const { nudge, identity } = useSession();
  usePermission();
  const permission = isSecureContext && window.Notification?.permission;
  const obstacle = pushObstacle(nudge);
  const isLost = useLasting(isRegistered(nudge) && obstacle !== null);
  const how = help(<p>{obstacle}</p>);
  if (!isSecureContext)
    return [{ words: 'This address is not secure: no notifications, no answers.', ...how }];
  if (permission === 'denied')
    return [{ words: 'Notifications are blocked in this browser.', ...how }];
  if (isLost) return [{ words: 'This browser cannot notify you any more.', ...how }];
  const turn = () => act(() => turnOn(nudge, identity), 'This device is notified again.');
  return isRegistered(nudge) && permission === 'default'
    ? [{ words: 'This browser asks again before it notifies.', remedy: 'Allow', remedyIs: turn }]
    : [];
}

function useSilence({ preferences }: View): Condition[] {
  const save = useSave();
  const now = useNow();
  const { enabled, snooze_until: until, quiet } = wishesOf(preferences);
  if (!enabled)
    return [
      {
        words: 'Notifications are switched off.',
        ...{ remedy: 'Switch on', remedyIs: () => save({ enabled: true }) },
      },
    ];
  const found: Condition[] = [];
  if (until > now)
    found.push({
      words: `Snoozed ${untilWords(until, now)}.`,
      ...{ remedy: 'End it', remedyIs: () => save({ snooze_until: 0 }), isMild: true },
    });
  const quietMs = quietUntil(quiet, null, now);
  const allowed = KINDS.filter((kind) => quietUntil(quiet, kind, now) === null);
  if (quietMs !== null)
    found.push({
      words: `Quiet ${untilWords(quietMs, now)}: ${allowWords(allowed)}.`,
      ...{ remedy: 'Change', remedyIs: '#preferences/quiet', isMild: true },
    });
  return found;
}

export function Strip({ title }: { title: string }) {
  const conditions = [...useConnection(), ...useBrowser(), ...useSilence(useView())];
  const [areAll, setAll] = useState(false);
  const shown = areAll ? conditions : conditions.slice(0, 1);
  const more = conditions.length - 1;
  return (
    <div class="slot">
      <h1 class={shown.length > 0 ? 'hidden' : ''}>{title}</h1>
      <div role="status" aria-label="What stands in the way" class="strip">
        {shown.map((condition) => (
          <Line key={condition.words} {...condition} />
        ))}
        {more > 0 && (
          <button class="more" aria-expanded={areAll} onClick={() => setAll(!areAll)}>
            {areAll ? 'Less' : `${more} more`}
          </button>
        )}
      </div>
    </div>
  );
}

function Line({ words, remedy, remedyIs, isMild }: Condition) {
  const [isOpen, setOpen] = useState(false);
  const isHelp = typeof remedyIs === 'object';
  const press = typeof remedyIs === 'function' ? (remedyIs as () => void) : () => setOpen(!isOpen);
  return (
    <div class={isMild ? 'condition mild' : 'condition'}>
      <span>{words}</span>
      {typeof remedyIs === 'string' ? (
        <a class="button" href={remedyIs}>
          {remedy}
        </a>
      ) : (
        <button aria-expanded={isHelp ? isOpen : undefined} onClick={press}>
          {remedy}
        </button>
      )}
      {isHelp && isOpen && <div class="help">{remedyIs}</div>}
    </div>
  );
}
