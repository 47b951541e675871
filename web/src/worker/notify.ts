// From a push message to what the person sees (docs/push-payloads.md). Pure.

import { isOneOf, mark } from 'nudge-client';

/** The content of a notification, in the declarative form of Web Push. */
export interface Message {
  title: string;
  body?: string;
  /** Where a tap leads, "/" if only to this page. */
  navigate?: string;
  tag?: string;
  silent?: boolean;
  app_badge?: number;
  data?: Data;
}

export interface Data {
  thread?: string;
  level?: 'passive' | 'active' | 'time-sensitive';
  category?: string;
  kind?: string;
  event_id?: string;
  session_id?: string;
  request_id?: string;
  /** With it the request is answered. */
  nonce?: string;
  /** Not all of what is asked is in the text. */
  cut?: string | boolean;
  navigate?: string;
}

export type Push = { show: Message } | { withdraw: string };

/** null: it is none of ours. */
export function readPush(text: string): Push | null {
  try {
    const { notification, withdraw } = JSON.parse(text) as Record<string, unknown>;
    if (typeof withdraw === 'string') return { withdraw };
    return typeof textOf(notification, 'title') === 'string'
      ? { show: messageIn(notification as object) }
      : null;
  } catch {
    return null;
  }
}

/** Members of another type than they must have are left out. */
function messageIn(given: object): Message {
  const { silent, app_badge, data } = given as Record<string, unknown>;
  return {
    title: textOf(given, 'title') ?? '',
    ...texts(given, ['body', 'navigate', 'tag']),
    ...(typeof silent === 'boolean' && { silent }),
    ...(Number.isSafeInteger(app_badge) && { app_badge: app_badge as number }),
    ...(typeof data === 'object' && data !== null && { data: dataIn(data) }),
  };
}

function dataIn(given: object): Data {
  const { level, cut } = given as Record<string, unknown>;
  return {
    ...texts(given, ['thread', 'category', 'kind', 'event_id', 'session_id']),
    ...texts(given, ['request_id', 'nonce', 'navigate']),
    ...(isOneOf('passive', 'active', 'time-sensitive')(level) && { level }),
    ...(cut !== undefined && { cut: cut !== false && cut !== 'false' }),
  };
}

const textOf = (given: unknown, name: string): string | undefined => {
  const value = (given as Record<string, unknown> | null | undefined)?.[name];
  return typeof value === 'string' ? value : undefined;
};

const texts = (given: object, names: string[]) =>
  Object.fromEntries(
    names.flatMap((name) => {
      const text = textOf(given, name);
      return text === undefined ? [] : [[name, text]];
    }),
  );

const OPEN = { action: 'open', title: 'Open' };
const ONCE = { action: 'once', title: 'Allow once' };
const REJECT = { action: 'reject', title: 'Reject' };

/** Nobody allows what nobody saw whole, and nobody answers without a key. */
function actionsOf({ category, cut }: Data, canAnswer: boolean) {
  const isCut = category === 'NUDGE_PERMISSION_CUT';
  if (category !== 'NUDGE_PERMISSION' && !isCut) return null;
  if (!canAnswer) return [OPEN];
  return isCut || cut ? [OPEN, REJECT] : [ONCE, REJECT];
}

/**
 * As `showNotification` takes it; TypeScript's own type knows neither actions nor renotify.
 *
 * @param canAnswer whether this browser has the key that signs answers
 */
export function optionsOf(
  { title, body, tag, silent, data, navigate }: Message,
  canAnswer: boolean,
) {
  const level = data?.level ?? 'active';
  const actions = actionsOf(data ?? {}, canAnswer);
  return {
    title: mark(title),
    body: mark(body ?? ''),
    icon: 'icon.svg',
    badge: 'icon.svg',
    silent: silent ?? level === 'passive',
    requireInteraction: level === 'time-sensitive',
    data: { ...data, ...(navigate && { navigate }) },
    // What replaces another is news as well.
    ...(tag && { tag, renotify: level !== 'passive' && !silent }),
    ...(actions && { actions }),
  };
}

/** An end or an error of a session is old news once the same session says something else. */
export function isOutdated(shown: { tag: string; data: Data | null }, next: Message): boolean {
  const thread = next.data?.thread;
  const isRequest = shown.data?.category !== undefined;
  return (
    thread !== undefined && shown.data?.thread === thread && shown.tag !== next.tag && !isRequest
  );
}
