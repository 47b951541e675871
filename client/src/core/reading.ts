// What comes from outside, held to its schema as far as an app relies on it. Pure.

import type { Agent, Event, Receipt } from '../messages';
import { readObject } from './bytes';

type Fields = Record<string, unknown>;

const fields = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);
const number = (value: unknown): number | null => (typeof value === 'number' ? value : null);

/** A payload that is no JSON object is the text of a note. */
export function readEvent(payload: string): Event | null {
  if (!payload.trimStart().startsWith('{')) return payload ? { kind: 'note', body: payload } : null;
  const given = readObject<Fields>(payload);
  if (!given || typeof given['kind'] !== 'string') return null;
  const project = fields(given['project']);
  const session = fields(given['session']);
  const request = fields(given['request']);
  return {
    kind: given['kind'] as Event['kind'],
    id: text(given['id']),
    ts: number(given['ts']),
    host: text(given['host']),
    project: { name: text(project['name']), directory: text(project['directory']) },
    session: {
      id: text(session['id']),
      title: text(session['title']),
      parent: text(session['parent']),
    },
    request: { id: text(request['id']), nonce: text(request['nonce']) },
    title: text(given['title']),
    body: text(given['body']),
    duration_ms: number(given['duration_ms']),
    ttl_s: number(given['ttl_s']),
  };
}

export function readReceipt(payload: string): Receipt | null {
  const given = readObject<Receipt>(payload);
  return typeof given?.state === 'string' && typeof given.ts === 'number' ? given : null;
}

export function readAgent(payload: string): Agent | null {
  const given = readObject<Agent>(payload);
  if (!given) return null;
  const sessions = Array.isArray(given.sessions) ? given.sessions : [];
  return { ...given, sessions: sessions.filter((one) => text(fields(one)['id']) !== null) };
}
