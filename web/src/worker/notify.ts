// From a push message to what the person sees (docs/push-payloads.md). Pure.

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
  navigate?: string;
}

export type Push = { show: Message } | { withdraw: string };

/** null: it is none of ours. */
export function readPush(text: string): Push | null {
  try {
    const { notification, withdraw } = JSON.parse(text) as Record<string, unknown>;
    if (typeof withdraw === 'string') return { withdraw };
    const message = notification as Message | undefined;
    return typeof message?.title === 'string' ? { show: message } : null;
  } catch {
    return null;
  }
}

/** As `showNotification` takes it; TypeScript's own type knows neither actions nor renotify. */
export function optionsOf({ body, tag, silent, data, navigate }: Message) {
  const level = data?.level ?? 'active';
  return {
    body: body ?? '',
    icon: 'icon.svg',
    badge: 'icon.svg',
    silent: silent ?? level === 'passive',
    requireInteraction: level === 'time-sensitive',
    data: { ...data, ...(navigate && { navigate }) },
    // What replaces another is news as well.
    ...(tag && { tag, renotify: level !== 'passive' && !silent }),
    ...(data?.category === 'NUDGE_PERMISSION' && {
      actions: [
        { action: 'once', title: 'Allow once' },
        { action: 'reject', title: 'Reject' },
      ],
    }),
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
