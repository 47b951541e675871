// What the agents are doing, host by host.

import type { Agent, Need } from 'nudge-client';
import { ageOf } from '../words';
import { useNow, useView } from './hooks';
import { Hush } from './hush';
import { OpenSession } from './open';

const STATES = {
  busy: 'works',
  waiting: 'waits for you',
  idle: 'is done',
  error: 'failed',
} as const;
const SHOWN_MAX = 12;

export function Agents({ needs }: { needs: readonly Need[] }) {
  const { agents } = useView();
  const now = useNow();
  return (
    <section aria-labelledby="agents">
      <h2 id="agents">Agents</h2>
      {agents.size === 0 && (
        <p class="empty">No agent has shown itself yet. Connect OpenCode with the nudge plugin.</p>
      )}
      {[...agents].map(([host, agent]) => (
        <Host key={host} {...{ host, agent, needs, now }} />
      ))}
    </section>
  );
}

interface HostProps {
  host: string;
  agent: Agent;
  needs: readonly Need[];
  now: number;
}

function Host({ host, agent: { isOnline, sessions: all }, needs, now }: HostProps) {
  const sessions = isOnline ? all : [];
  const line = (session: Line) => (
    <Session key={session.id} {...{ host, session, now }} isKnown={isKnown(session.id, needs)} />
  );
  return (
    <article class="card" aria-label={`Agent on ${host}`}>
      <h3>
        {host} <span class={isOnline ? 'dot good' : 'dot'} aria-hidden="true" />
        <span class="quiet-text">{isOnline ? '' : 'offline'}</span>
      </h3>
      {isOnline && sessions.length === 0 && <p class="quiet-text">Nothing runs.</p>}
      {sessions.length > 0 && <ul class="sessions">{sessions.slice(0, SHOWN_MAX).map(line)}</ul>}
      {sessions.length > SHOWN_MAX && (
        <details>
          <summary>{sessions.length - SHOWN_MAX} more sessions</summary>
          <ul class="sessions">{sessions.slice(SHOWN_MAX).map(line)}</ul>
        </details>
      )}
    </article>
  );
}

type Line = Agent['sessions'][number];

function Session(props: { host: string; session: Line; now: number; isKnown: boolean }) {
  const { host, session, now, isKnown } = props;
  const about = {
    host,
    session: { id: session.id },
    project: { name: session.project, directory: null },
  };
  return (
    <li>
      <span class={`dot ${session.state}`} aria-hidden="true" />
      <span class="grow">
        <b>{session.title ?? 'Untitled session'}</b> {STATES[session.state]}
        <span class="quiet-text">
          {session.project} · {ageOf(session.since, now)}
          {session.state === 'waiting' && !isKnown && ' · answer it there'}
        </span>
      </span>
      <Hush about={about} label={session.title ?? ''} isSmall>
        <OpenSession event={about} />
      </Hush>
    </li>
  );
}

const isKnown = (session: string, needs: readonly Need[]) =>
  needs.some(({ event }) => event.session.id === session);
