// What is retained: preferences, devices, the bridge's summary and what it says of itself. A member of
// another type than it must have is left out, the rest holds. Pure.

import type { Device, Info, Level, Preferences, Quiet, Warning, WishKind } from '../messages';
import { bytesOf } from './bytes';
import {
  isCount,
  isFields,
  isFlag,
  isId,
  isList,
  isOneOf,
  isText,
  isTexts,
  isUntil,
  own,
  pick,
  readObject,
  type Fields,
} from './fields';
import type { Step } from './preferences';
import { readWaiting } from './reading';

const WISH_KINDS: readonly WishKind[] = [
  'permission.asked',
  'question.asked',
  'session.error',
  'session.idle',
  'note',
];
const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
const LEVELS: readonly Level[] = ['passive', 'active', 'time-sensitive'];
const PRIVACIES = ['full', 'title', 'none'] as const;
const LIST_MAX = 500;
const QUIET_MAX = 16; // the bridge takes no more

type Check = (value: unknown) => boolean;

const forEachKind = (isIt: Check) =>
  Object.fromEntries(WISH_KINDS.map((kind) => [kind, isIt])) as Record<WishKind, Check>;

/** Whether every member that is there is of its kind; with other names it is none of ours. */
const nested = (types: Record<string, Check>) => (value: unknown) => pick(value, types);

const isSound = (value: unknown) => value === null || isText(value);

const areKinds: Check = (value) => isList(value) && value.every(isOneOf(...WISH_KINDS));
const areTimes: Check = (value) => isList(value) && value.every(isCount);
const isRate = { burst: isCount, per_minute: isCount };

const FLAT = {
  enabled: isFlag,
  min_duration_s: isCount,
  subagents: isFlag,
  presence: isOneOf('hold', 'suppress', 'ignore'),
  presence_scope: isOneOf('user', 'device'),
  hold_s: isCount,
  snooze_until: isUntil,
  snooze_allow: areKinds,
  gather_s: isCount,
  progress: isFlag,
  privacy: isOneOf(...PRIVACIES),
  sound: isSound,
  rev: isCount,
};
const NESTED = {
  kinds: nested(forEachKind(isFlag)),
  delay_s: nested(forEachKind(isCount)),
  mute: nested({ sessions: isTexts, projects: isTexts, hosts: isTexts }),
  remind_s: nested({ 'permission.asked': areTimes, 'question.asked': areTimes }),
  rate: (value: unknown) => {
    const asks = isFields(value) ? own(value, 'asks') : undefined;
    return { ...pick(value, isRate), ...(isFields(asks) && { asks: pick(asks, isRate) }) };
  },
  level: nested(forEachKind(isOneOf(...LEVELS))),
};

/** @param given the document, or a device's part of it */
export function preferencesIn(given: unknown): Preferences {
  if (!isFields(given)) return {};
  const wishes: Fields = pick(given, FLAT);
  for (const [name, read] of Object.entries(NESTED)) {
    const value = own(given, name);
    if (isFields(value)) wishes[name] = read(value);
  }
  const quiet = own(given, 'quiet');
  if (isList(quiet)) wishes['quiet'] = quiet.slice(0, QUIET_MAX).flatMap(quietIn);
  const escalate = own(given, 'escalate');
  if (isList(escalate)) wishes['escalate'] = escalate.slice(0, LIST_MAX).flatMap(stepIn);
  return wishes as Preferences;
}

function stepIn(given: unknown): Step[] {
  const { after_s, devices } = pick<Step>(given, { after_s: isCount, devices: isTexts });
  return after_s === undefined || devices === undefined ? [] : [{ after_s, devices }];
}

function quietIn(given: unknown): Quiet[] {
  if (!isFields(given)) return [];
  const { from, to, tz } = given;
  const endsWithDay = to === '24:00';
  if (!isTime(from) || (!isTime(to) && !endsWithDay) || !isText(tz)) return [];
  const areDays: Check = (value) => isList(value) && value.every(isOneOf(...DAYS));
  const more = pick<Omit<Quiet, 'from' | 'to' | 'tz'>>(given, {
    days: areDays,
    allow: areKinds,
    digest: isFlag,
  });
  return [{ ...more, from, to: to as string, tz }];
}

const isTime = (value: unknown): value is string =>
  isText(value) && /^([01]\d|2[0-3]):[0-5]\d$/.test(value);

export const readPreferences = (payload: string): Preferences => preferencesIn(readObject(payload));

const isMap: Check = (value) => isFields(value) && Object.values(value).every(isText);
const areKeys: Check = (value) =>
  isFields(value) && isText(value['p256dh']) && isText(value['auth']);

/**
 * What the app writes again when it changes a part stays as it was: `prefs` may hold more than we know.
 * Read those with `preferencesIn`.
 */
export function readDevice(payload: string): Device | null {
  const given = readObject(payload);
  if (!given || !isText(given['platform'])) return null;
  return pick<Device>(given, {
    platform: isText,
    name: isText,
    token: isText,
    topic: isText,
    environment: isOneOf('production', 'sandbox'),
    endpoint: isText,
    keys: areKeys,
    expirationTime: isCount,
    url: isText,
    method: isText,
    body: (value: unknown) => isText(value) || isFields(value),
    data: isFlag,
    auth: isText,
    encrypt: areKeys,
    acks: isFlag,
    servers: isMap,
    progress: isFields,
    prefs: isFields,
  } as Record<keyof Device, Check>) as Device;
}

/** A summary by the bridge. */
export interface Summary {
  isEnabled: boolean;
  snoozeUntil: number;
  /** What waits for an answer, as the bridge knows it: also what was asked before we were paired. */
  asks: NonNullable<ReturnType<typeof readWaiting>>[];
  /** Of this person's devices. */
  warnings: Warning[];
  /** Which bridge serves this person; null: it does not say. */
  bridge: string | null;
}

export function readState(payload: string): Summary | null {
  const given = readObject(payload);
  if (!given) return null;
  const { enabled, snooze_until: snoozeUntil, asks, warnings, bridge } = given;
  return {
    isEnabled: enabled !== false,
    snoozeUntil: isUntil(snoozeUntil) ? snoozeUntil : 0,
    asks: listIn(asks).flatMap((ask) => readWaiting(ask) ?? []),
    warnings: listIn(warnings).flatMap(warningIn),
    bridge: isId(bridge) ? bridge : null,
  };
}

const listIn = (value: unknown) => (isList(value) ? value.slice(0, LIST_MAX) : []);

const isPoint: Check = (value) => isText(value) && bytesOf(value)?.length === 65;

export function readInfo(payload: string): Info | null {
  const given = readObject(payload);
  if (!given) return null;
  const info = pick<Info>(given, {
    version: isText,
    services: isTexts,
    users: isTexts,
    vapid_public_key: isPoint,
    failing_devices: isCount,
  });
  return { ...info, warnings: listIn(given['warnings']).flatMap(warningIn) };
}

function warningIn(given: unknown): Warning[] {
  const warning = pick<Warning>(given, {
    ts: isCount,
    service: isText,
    device: isText,
    reason: isText,
    advice: isText,
    gone: isFlag,
  });
  return warning.ts === undefined ? [] : [warning as Warning];
}

/** Names on topics are ids; anything else is nobody's. */
export const isName = isId;
