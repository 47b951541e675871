// How a person learns that something is wrong: OpenCode's log, a toast where
// there is a terminal interface, one line on stderr where there is none. Each
// warning once per process.

import { isMainThread } from 'node:worker_threads';
import type { Client } from './opencode';

const SERVICE = 'nudge';

// A toast shown while the terminal interface still starts is lost.
const TOAST_AFTER_MS = 1_500;

// The terminal interface runs plugins in a worker; stderr would spoil it.
const hasStderr = isMainThread;

const said = new Set<string>();

export type Warn = (message: string) => void;

export function warnings(client: Client): Warn {
  return (message) => {
    if (said.has(message)) return;
    said.add(message);
    if (hasStderr) process.stderr.write(`${SERVICE}: ${message}\n`);
    attempt(() => client.app.log({ body: { service: SERVICE, level: 'warn', message } }));
    const toast = () =>
      attempt(() =>
        client.tui.showToast({
          body: { title: SERVICE, message, variant: 'warning' },
        }),
      );
    setTimeout(toast, TOAST_AFTER_MS).unref();
  };
}

/** Telling of trouble must not make more of it. */
function attempt(call: () => Promise<unknown>): void {
  try {
    call().catch(() => undefined);
  } catch {
    // A client without this call: older or newer than the one we know.
  }
}
