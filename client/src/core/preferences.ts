// Preferences in three layers: the defaults, what the person said, what one device said. Each is a JSON
// Merge Patch (RFC 7396) on the one before. Pure.

import type { Level, Preferences, PreferencesPatch, Quiet, WishKind } from '../messages';

type ByKind<T> = Record<WishKind, T>;

/** Preferences with nothing left open. */
export interface Wishes {
  enabled: boolean;
  kinds: ByKind<boolean>;
  min_duration_s: number;
  subagents: boolean;
  delay_s: ByKind<number>;
  presence: 'hold' | 'suppress' | 'ignore';
  presence_scope: 'user' | 'device';
  hold_s: number;
  quiet: Quiet[];
  snooze_until: number;
  mute: { sessions: string[]; projects: string[]; hosts: string[] };
  rate: { burst: number; per_minute: number };
  privacy: 'full' | 'title' | 'none';
  level: ByKind<Level>;
  sound: string | null;
}

export const KINDS: readonly WishKind[] = [
  'permission.asked',
  'question.asked',
  'session.error',
  'session.idle',
  'note',
];

const everyKind = <T>(value: T): ByKind<T> => ({
  'permission.asked': value,
  'question.asked': value,
  'session.error': value,
  'session.idle': value,
  note: value,
});

/** What holds while nothing else is said: docs/rules.md, "Preferences". */
export const DEFAULTS: Wishes = {
  enabled: true,
  kinds: everyKind(true),
  min_duration_s: 0,
  subagents: false,
  delay_s: { ...everyKind(0), 'permission.asked': 1, 'question.asked': 1 },
  presence: 'hold',
  presence_scope: 'user',
  hold_s: 3,
  quiet: [],
  snooze_until: 0,
  mute: { sessions: [], projects: [], hosts: [] },
  rate: { burst: 10, per_minute: 6 },
  privacy: 'full',
  level: {
    ...everyKind<Level>('active'),
    'permission.asked': 'time-sensitive',
    'question.asked': 'time-sensitive',
  },
  sound: 'default',
};

/** What holds: the defaults, and each layer over it. */
export function wishesOf(...layers: (Preferences | PreferencesPatch)[]): Wishes {
  // Null says the default again; only a sound may be null itself.
  return layers.reduce<Wishes>(
    (below, layer) => merge(below, layer, DEFAULTS) as unknown as Wishes,
    DEFAULTS,
  );
}

/** The patch after which the bridge has these preferences, and nothing else that we know. */
export function replacing(preferences: Preferences): PreferencesPatch {
  const wanted = preferences as Fields;
  const patch: Fields = {};
  for (const [name, preset] of Object.entries(DEFAULTS)) {
    const value = wanted[name] ?? null;
    const isGroup = isFields(preset) && isFields(value);
    patch[name] = isGroup ? { ...valuesOf(preset, null), ...value } : value;
  }
  // A sound may be null itself.
  return { ...patch, sound: preferences.sound === undefined ? DEFAULTS.sound : preferences.sound };
}

/** The preferences as they are after these patches, in their order (RFC 7396). */
export const patched = (preferences: Preferences, ...patches: PreferencesPatch[]): Preferences =>
  patches.reduce<unknown>(applied, preferences) as Preferences;

function applied(target: unknown, patch: unknown): unknown {
  if (!isFields(patch)) return patch;
  const result: Fields = isFields(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch))
    if (value === null) delete result[name];
    else result[name] = applied(result[name], value);
  return result;
}

/** Whether these preferences stay what they are by these patches. */
export const doHold = (preferences: Preferences, ...patches: PreferencesPatch[]) =>
  sorted(wishesOf(preferences)) === sorted(wishesOf(patched(preferences, ...patches)));

/** The same text for the same value, whatever the order of its members. */
const sorted = (value: unknown) =>
  JSON.stringify(value, (_, inner: unknown) =>
    isFields(inner) ? Object.fromEntries(Object.entries(inner).sort()) : inner,
  );

const valuesOf = (fields: Fields, value: unknown) =>
  Object.fromEntries(Object.keys(fields).map((name) => [name, value]));

type Fields = Record<string, unknown>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What is retained may be what the bridge refused. */
const isLike = (value: unknown, preset: unknown) =>
  typeof value === typeof preset && Array.isArray(value) === Array.isArray(preset);

function merge(below: unknown, above: unknown, presets: unknown): Fields {
  const merged: Fields = isFields(below) ? { ...below } : {};
  if (!isFields(above)) return merged;
  const preset = isFields(presets) ? presets : {};
  for (const [name, value] of Object.entries(above)) {
    if (name === 'rev') continue;
    if (value === null) merged[name] = name === 'sound' ? null : preset[name];
    else if (isFields(preset[name])) merged[name] = merge(merged[name], value, preset[name]);
    else if (isLike(value, preset[name])) merged[name] = value;
  }
  return merged;
}
