// Preferences in words: what a quiet rule says, what would change, what the bridge objects to. Pure.

import {
  DEFAULTS,
  KINDS,
  own,
  preferencesIn,
  type Preferences,
  type Quiet,
  type WishKind,
  type Wishes,
} from 'nudge-client';
import { timeOf, untilWords, wishWords } from './words';

export const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export const LEVELS = {
  passive: 'Quietly',
  active: 'As usual',
  'time-sensitive': 'Urgent',
} as const;
export const PRESENCE = {
  hold: 'Wait a moment, then push',
  suppress: 'Do not push',
  ignore: 'Push all the same',
} as const;
export const SCOPE = { user: 'on any of my devices', device: 'on the device itself' } as const;
export const PRIVACY = {
  full: 'Everything',
  title: 'The title only',
  none: 'Nothing but that there is news',
} as const;

/** What is said of a member, and of a value. */
const TERMS: Record<string, string> = {
  ...{ enabled: 'Notify me', kinds: 'What I want to know', min_duration_s: 'Short turns' },
  ...{ subagents: 'Sub-agents', delay_s: 'Wait first', presence: 'While I look' },
  ...{ presence_scope: 'Where I look', hold_s: 'While I look, for how long', quiet: 'Quiet hours' },
  ...{ tz: 'time zone', from: 'their begin', to: 'their end', days: 'days', digest: 'digest' },
  ...{ allow: 'what comes through', snooze_until: 'Snooze', mute: 'Muted', rate: 'At most' },
  ...{ burst: 'at once', per_minute: 'each minute', privacy: 'A notification shows' },
  ...{ level: 'How', sound: 'Sound', prefs: 'Only for this device' },
  ...{ snooze_allow: 'Through a snooze', remind_s: 'Remind me after', escalate: 'Later devices' },
  ...{ gather_s: 'Turns told of together', progress: 'Progress', asks: 'what asks' },
  ...{ after_s: 'after', devices: 'devices' },
  ...{ ...LEVELS, ...PRESENCE, ...SCOPE, ...PRIVACY, true: 'on', false: 'off', '': 'none' },
};
for (const kind of KINDS) TERMS[kind] = wishWords(kind)[0];

const term = (name: string) => own(TERMS, name) ?? name;
const listed = (words: string[]) => new Intl.ListFormat('en-GB').format(words);

/** "22:00" on the clock of the locale. */
export function wallTime(text: string): string {
  const [hours = 0, minutes] = text.split(':').map(Number);
  const atMs = new Date(2000, 0, 1, hours, minutes).getTime();
  return timeOf(atMs, atMs);
}

const dayWord = (at: number) => {
  const day = DAYS[at] ?? '';
  return day.charAt(0).toUpperCase() + day.slice(1);
};

export function daysWords(days: Quiet['days'] = [...DAYS]): string {
  const pattern = DAYS.map((day) => (days.includes(day) ? 1 : 0)).join('');
  const known: Record<string, string> = {
    ...{ 1111111: 'Every day', 1111100: 'Weekdays', '0000011': 'Weekends', '0000000': 'Never' },
  };
  if (known[pattern]) return known[pattern];
  if (/^0*1{3,}0*$/.test(pattern))
    return `${dayWord(pattern.indexOf('1'))} to ${dayWord(pattern.lastIndexOf('1'))}`;
  return listed([...DAYS.keys()].filter((at) => pattern[at] === '1').map(dayWord));
}

export function allowWords(kinds: readonly WishKind[]): string {
  if (kinds.length === 0) return 'nothing comes through';
  if (kinds.length === KINDS.length) return 'everything comes through';
  return `only ${listed(kinds.map((kind) => wishWords(kind)[0].toLowerCase()))} come through`;
}

export const ownZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone;

/** "Weekdays from 22:00 to 07:00, only permissions come through". */
export function ruleWords({ days, from, to, tz, allow = [], digest = true }: Quiet): string {
  const isWhole = from === to || (from === '00:00' && to === '24:00');
  const span =
    isWhole && from === '00:00' ? 'all day' : `from ${wallTime(from)} to ${wallTime(to)}`;
  const zone = tz === ownZone() ? '' : ` in ${tz}`;
  return `${daysWords(days)} ${span}${zone}, ${allowWords(allow)}${digest ? '' : ', the rest is dropped'}`;
}

/** A place in a document, as `quiet[0].tz`. */
function pathWords(path: string): string {
  const names = path.match(/(?:permission|question|session)\.\w+|\w+/g) ?? [];
  const words = names.map((name) => (/^\d+$/.test(name) ? String(Number(name) + 1) : term(name)));
  return words.join(', ').replace(/, (\d)/g, ' $1');
}

/** What the bridge says of a document it refuses begins with the place of the fault. */
export function faultWords(fault: string): string {
  const [, path, what] = /^([\w.[\]]+): (.+)$/s.exec(fault) ?? [];
  return path && what ? `${pathWords(path)}: ${what}` : fault;
}

function partWords(name: string, one: any): string {
  if (name === 'quiet') return ruleWords(one);
  if (name === 'escalate') return `${listed(one.devices)} after ${one.after_s} s`;
  return name === 'remind_s' ? `${one} s` : term(String(one));
}

function valueWords(name: string, value: unknown): string {
  if (name === 'snooze_until') return value ? untilWords(Number(value)) : 'none';
  if (Array.isArray(value)) return value.map((one) => partWords(name, one)).join('; ') || 'none';
  return name.endsWith('_s') ? `${value} s` : term(String(value ?? ''));
}

/** What would change, a line for each. */
export function changeWords(from: Wishes, to: Wishes): string[] {
  const walk = (path: string, name: string, before: any, after: any): string[] => {
    if (JSON.stringify(before) === JSON.stringify(after)) return [];
    if (typeof before !== 'object' || before === null || Array.isArray(before))
      return [`${pathWords(path)}: ${valueWords(name, before)} → ${valueWords(name, after)}`];
    return Object.keys(before).flatMap((part) =>
      walk(`${path}.${part}`, name, before[part], after[part]),
    );
  };
  return Object.keys(DEFAULTS).flatMap((name) =>
    walk(name, name, from[name as keyof Wishes], to[name as keyof Wishes]),
  );
}

/** @returns where something of what is given was not understood; null: all was */
function lost(given: any, read: any, path = ''): string | null {
  if (typeof given !== 'object' || given === null) return given === read ? null : path;
  for (const [name, value] of Object.entries(given)) {
    const found = lost(value, read?.[name], path ? `${path}.${name}` : name);
    if (found !== null) return found;
  }
  return null;
}

/**
 * @param text of a file that was exported
 * @throws Error with one sentence
 */
export function importedFrom(text: string): Preferences {
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {
    given = null;
  }
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw new Error('This file holds no preferences.');
  const preferences = preferencesIn(given);
  const path = lost(given, preferences);
  if (path !== null) throw new Error(`This file says something unknown: ${pathWords(path)}.`);
  return preferences;
}
