/** Held by the one tab (or the service worker) that owns this device's session at the broker. */
export const SESSION_LOCK = 'nudge-session';
