// What this host's OpenCode is doing, as docs/schema/agent.schema.json fixes it. Pure.

import { fields, list, text } from './reading';
import { cutLine } from './text';

export interface AgentSession {
  id: string;
  title: string | null;
  project: string;
  state: 'busy' | 'waiting' | 'idle' | 'error';
  /** Milliseconds since the epoch. */
  since: number;
}

export const OFFLINE = JSON.stringify({ state: 'offline' });

const SESSIONS_MAX = 20;
const TITLE_MAX = 200; // bytes
const URGENCY = { waiting: 0, busy: 1, error: 2, idle: 3 } as const;

/** The most pressing and the newest first. */
export function agentDocument(all: readonly AgentSession[]): string {
  const count = (state: AgentSession['state']) => all.filter((one) => one.state === state).length;
  const sessions = [...all]
    .sort((a, b) => URGENCY[a.state] - URGENCY[b.state] || b.since - a.since)
    .slice(0, SESSIONS_MAX)
    .map((one) => ({
      ...one,
      title: one.title && cutLine(one.title, TITLE_MAX),
      project: cutLine(one.project, TITLE_MAX),
    }));
  return JSON.stringify({
    state: 'online',
    running: count('busy'),
    waiting: count('waiting'),
    sessions,
  });
}

/** Whether a document another process published tells of our sessions too. */
export function tellsOf(document: string, ours: readonly AgentSession[]): boolean {
  try {
    const known = fields(JSON.parse(document));
    if (known['state'] !== 'online') return false;
    const states = new Map(list(known['sessions']).map((one) => [fields(one)['id'], fields(one)]));
    return ours
      .slice(0, SESSIONS_MAX)
      .every((one) => text(states.get(one.id)?.['state']) === one.state);
  } catch {
    return false;
  }
}
