// What happens, as it comes from outside: events, receipts, agents. What breaks a rule of docs/schema is
// refused whole, as the bridge refuses it. Pure.

import type { Kind } from '../messages';
import { readAsk, type Ask } from './ask';
import {
  DEPTH_MAX,
  isCount,
  isFields,
  isId,
  isList,
  isNumber,
  isOneOf,
  isPositive,
  isText,
  isUntil,
  need,
  orNull,
  part,
  readObject,
  take,
  type Fields,
} from './fields';

/** An event with every member that we know, each of its type or null. */
export interface Heard {
  kind: Kind;
  id: string | null;
  ts: number | null;
  /** How long ago it happened when it was published, in milliseconds. */
  ageMs: number | null;
  host: string | null;
  project: { name: string | null; directory: string | null };
  session: { id: string | null; title: string | null; parent: string | null };
  request: { id: string | null; nonce: string | null };
  title: string | null;
  body: string | null;
  durationMs: number | null;
  ttlS: number | null;
  ask: Ask | null;
}

const KINDS: readonly Kind[] = [
  'permission.asked',
  'question.asked',
  'session.error',
  'session.idle',
  'note',
  'test',
  'permission.replied',
  'question.replied',
  'question.rejected',
  'session.busy',
  'session.deleted',
];
const PAYLOAD_MAX = 65_536; // bytes

/** A payload that is no JSON object is the text of a note. */
export function readEvent(payload: string): Heard | null {
  if (new TextEncoder().encode(payload).length > PAYLOAD_MAX) return null;
  if (!/^[ \t\r\n]*\{/.test(payload))
    return payload ? heard({ kind: 'note', body: payload }) : null;
  const given = readObject(payload, DEPTH_MAX);
  return given && orNull(() => heard(given));
}

function heard(given: Fields): Heard {
  take(given, 'v', (value): value is 1 => value === 1);
  take(given, 'device', isId);
  const project = part(given, 'project');
  const session = part(given, 'session');
  const ask = take(given, 'ask', isFields);
  return {
    kind: need(given, 'kind', isOneOf(...KINDS)),
    id: take(given, 'id', isId),
    ts: take(given, 'ts', isCount),
    ageMs: take(given, 'age_ms', isCount),
    host: take(given, 'host', isId),
    project: {
      name: take(project, 'name', isText),
      directory: take(project, 'directory', isText),
    },
    session: {
      id: take(session, 'id', isId),
      title: take(session, 'title', isText),
      parent: take(session, 'parent', isId),
    },
    request: requestOf(given),
    title: take(given, 'title', isText),
    body: take(given, 'body', isText),
    durationMs: take(given, 'duration_ms', isCount),
    ttlS: take(given, 'ttl_s', isPositive),
    ask: ask && readAsk(ask),
  };
}

function requestOf(given: Fields) {
  const request = part(given, 'request');
  return { id: take(request, 'id', isId), nonce: take(request, 'nonce', isText) };
}

/** One of `asks` in the state, as if its event came now. */
export function readWaiting(given: unknown): (Heard & { id: string; ts: number }) | null {
  if (!isFields(given)) return null;
  return orNull(() => {
    // The state says the project by its name alone.
    const { project, ...rest } = given;
    const event = heard({ ...rest, project: isText(project) ? { name: project } : project });
    return { ...event, id: need(given, 'id', isId), ts: need(given, 'ts', isCount) };
  });
}

const FATES = [
  'accepted',
  'pushed',
  'held',
  'suppressed',
  'deferred',
  'failed',
  'withdrawn',
] as const;
const LAYERS = ['default', 'user', 'device'] as const;

/** What became of an event for one device, or what was wrong with a document. */
export interface EventReceipt {
  event: string | null;
  device: string | null;
  state: (typeof FATES)[number];
  reason: string | null;
  detail: string | null;
  service: string | null;
  status: number | null;
  ts: number;
  latencyMs: number | null;
  preference: string | null;
  layer: (typeof LAYERS)[number] | null;
  until: number | null;
}

export const readReceipt = (payload: string): EventReceipt | null => receiptIn(readObject(payload));

function receiptIn(given: Fields | null): EventReceipt | null {
  if (!given || 'request' in given) return null;
  return orNull(() => ({
    event: take(given, 'event', isId),
    device: take(given, 'device', isId),
    state: need(given, 'state', isOneOf(...FATES)),
    reason: take(given, 'reason', isText),
    detail: take(given, 'detail', isText),
    service: take(given, 'service', isText),
    status: take(given, 'status', isNumber),
    ts: need(given, 'ts', isCount),
    latencyMs: take(given, 'latency_ms', isNumber),
    preference: take(given, 'preference', isText),
    layer: take(given, 'layer', isOneOf(...LAYERS)),
    until: take(given, 'until', isUntil),
  }));
}

/**
 * What a bridge tells of an event that it was asked about.
 *
 * @param user what it tells of others is none of ours
 */
export function readExplanation(payload: string, user: string) {
  const given = readObject(payload, DEPTH_MAX);
  if (!given || 'error' in given) return null;
  return orNull(() => ({
    event: need(given, 'event', isId),
    receipts: need(given, 'decisions', isList).flatMap((decision) => {
      if (!isFields(decision) || decision['user'] !== user || !isFields(decision['receipt']))
        return [];
      return receiptIn(decision['receipt']) ?? [];
    }),
  }));
}

const REFUSALS = ['off', 'signature', 'nonce', 'unknown', 'used', 'answers', 'expired'] as const;

/** What became of an answer. */
export interface ReplyReceipt {
  request: string;
  host: string;
  state: 'answered' | 'refused';
  /** null: it was answered. */
  reason: (typeof REFUSALS)[number] | null;
  detail: string | null;
}

export function readReplyReceipt(payload: string): ReplyReceipt | null {
  const given = readObject(payload);
  return (
    given &&
    orNull(() => {
      need(given, 'ts', isCount);
      const state = need(given, 'state', isOneOf('answered', 'refused'));
      return {
        request: need(given, 'request', isId),
        host: need(given, 'host', isId),
        state,
        reason: state === 'refused' ? need(given, 'reason', isOneOf(...REFUSALS)) : null,
        detail: take(given, 'detail', isText),
      };
    })
  );
}

const STATES = ['busy', 'waiting', 'idle', 'error'] as const;
const SESSIONS_MAX = 200;

/** What the OpenCode of a host is doing. */
export interface Agent {
  isOnline: boolean;
  sessions: {
    id: string;
    title: string | null;
    project: string;
    state: (typeof STATES)[number];
    since: number;
  }[];
}

export function readAgent(payload: string): Agent | null {
  const given = readObject(payload);
  return (
    given &&
    orNull(() => {
      const isOnline = need(given, 'state', isOneOf('online', 'offline')) === 'online';
      const sessions = (isOnline ? need : take)(given, 'sessions', isList) ?? [];
      return { isOnline, sessions: sessions.slice(0, SESSIONS_MAX).map(readSession) };
    })
  );
}

function readSession(given: unknown): Agent['sessions'][number] {
  const session = isFields(given) ? given : {};
  return {
    id: need(session, 'id', isId),
    title: take(session, 'title', isText),
    project: take(session, 'project', isText) ?? '',
    state: need(session, 'state', isOneOf(...STATES)),
    since: need(session, 'since', isCount),
  };
}

const PRESENCES = { foreground: 120, background: 0 }; // seconds for which it holds, if it says none

/** Both forms: the plain word, and JSON. @returns for how many seconds somebody looks; 0: nobody does */
export function readPresence(payload: string): number | null {
  const isIt = isOneOf('foreground', 'background');
  const word = payload.trim();
  if (isIt(word)) return PRESENCES[word];
  const given = readObject(payload);
  return (
    given &&
    orNull(() => {
      take(given, 'session', isId);
      const ttlS = take(given, 'ttl_s', isPositive);
      const seconds = PRESENCES[need(given, 'state', isIt)];
      return seconds && (ttlS ?? seconds);
    })
  );
}
