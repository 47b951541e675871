// A nudge event, as docs/schema/event.schema.json fixes it. Pure.

import { fit, type Ask } from './ask';
import { cut, cutLine } from './text';

export type Kind =
  | 'session.idle'
  | 'session.error'
  | 'session.busy'
  | 'session.deleted'
  | 'permission.asked'
  | 'permission.replied'
  | 'question.asked'
  | 'question.replied'
  | 'question.rejected';

export interface SessionName {
  id: string;
  title: string | null;
  parent: string | null;
}

export interface Request {
  id: string;
  nonce?: string;
}

/** What happened, before it is made fit for the wire. */
export interface Happening {
  id: string;
  ts: number;
  /** The same moment by a clock that nobody sets. */
  steadyMs: number;
  kind: Kind;
  session: SessionName;
  request?: Request;
  ask?: Ask;
  body?: string | null;
  durationMs?: number;
}

/** Where it happened. */
export interface Place {
  host: string;
  project: string;
  directory: string;
}

export interface NudgeEvent {
  v: 1;
  id: string;
  ts: number;
  kind: Kind;
  host: string;
  project: { name: string; directory: string };
  session: SessionName;
  request?: Request;
  title: null;
  body: string | null;
  ask?: Ask;
  duration_ms?: number;
}

// All in bytes of UTF-8. Together well below the 64 KiB of an event, even if
// JSON escapes each byte.
const TITLE_MAX = 200;
const PROJECT_MAX = 200;
const DIRECTORY_MAX = 1024;
const BODY_MAX = 2000;

// What topics, receipts and the bridge accept as an id.
const ID = /^[A-Za-z0-9_-]{1,64}$/;

export function isId(value: string): boolean {
  return ID.test(value);
}

export function toEvent(what: Happening, where: Place): NudgeEvent {
  const { title } = what.session;
  return {
    v: 1,
    id: what.id,
    ts: what.ts,
    kind: what.kind,
    host: where.host,
    project: {
      name: cutLine(where.project, PROJECT_MAX),
      directory: cut(where.directory, DIRECTORY_MAX),
    },
    session: { ...what.session, title: title && cutLine(title, TITLE_MAX) },
    ...(what.request && { request: what.request }),
    title: null,
    body: what.body ? cut(what.body, BODY_MAX) : null,
    ...(what.ask && { ask: fit(what.ask) }),
    ...(what.durationMs !== undefined && { duration_ms: what.durationMs }),
  };
}
