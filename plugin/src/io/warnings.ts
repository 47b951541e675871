// How a person learns that something is wrong: OpenCode's log, a toast where
// there is a terminal interface, one line on stderr where there is none. Each
// warning once per process, whatever detail it holds.

import { isMainThread } from 'node:worker_threads';
import { cutLine } from '../core/text';
import type { Client } from './opencode';

const SERVICE = 'nudge';

// A toast shown while the terminal interface still starts is lost.
const TOAST_AFTER_MS = 1_500;

// The terminal interface runs plugins in a worker; stderr would spoil it.
const hasStderr = isMainThread;

const LINE_MAX = 1_000; // bytes

const said = new Set<string>();

export type Warn = (message: string) => void;

export function warnings(client: Client): Warn {
  return (message) => {
    const line = cutLine(message, LINE_MAX);
    if (!tell(client, 'warn', line)) return;
    const toast = () =>
      attempt(() =>
        client.tui.showToast({
          body: { title: SERVICE, message: line, variant: 'warning' },
        }),
      );
    setTimeout(toast, TOAST_AFTER_MS).unref();
  };
}

/** What is worth knowing, and no trouble: nothing pops up. */
export function notes(client: Client): Warn {
  return (message) => void tell(client, 'info', cutLine(message, LINE_MAX));
}

/** false: it was said before. */
function tell(client: Client, level: 'warn' | 'info', line: string): boolean {
  const about = gist(line);
  if (said.has(about)) return false;
  said.add(about);
  const message = `${SERVICE}: ${line}`;
  if (hasStderr) process.stderr.write(`${message}\n`);
  attempt(() => client.app.log({ body: { service: SERVICE, level, message } }));
  return true;
}

/** A warning without what changes from one time to the next: a reason, the name of a file. */
function gist(line: string): string {
  return line.replace(/\([^)]*\)|'[^']*'|(?<![\w:/.~])\/[^\s:,]+/g, '…');
}

/** Telling of trouble must not make more of it. */
function attempt(call: () => Promise<unknown>): void {
  try {
    call().catch(() => undefined);
  } catch {
    // A client without this call: older or newer than the one we know.
  }
}
