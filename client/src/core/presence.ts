// How presence is said (docs/schema/presence.schema.json), and how often. Pure.

import type { Presence } from '../messages';

/** How long a foreground counts; it is said again well before. */
export const PRESENCE_TTL_S = 90;
export const HEARTBEAT_MS = 40_000;

export function encodePresence(isForeground: boolean, session: string | null): string {
  if (!isForeground) return 'background';
  const presence: Presence = { state: 'foreground', ttl_s: PRESENCE_TTL_S };
  return JSON.stringify({ ...presence, ...(session && { session }) });
}
