// Who needs me now, and what the agents are doing.

import type { Agent, Need } from 'nudge-client';
import { isRegistered, pushObstacle, turnOn } from '../push';
import { ageOf } from '../words';
import { Outcome, useAction, useNeeds, useNow, useSession, useView } from './hooks';
import { Request } from './request';

export function Now() {
  const { agents } = useView();
  const now = useNow();
  const needs = useNeeds();
  return (
    <>
      <Invitation />
      <section aria-labelledby="needs">
        <h2 id="needs">Needs you</h2>
        {needs.length === 0 && <p class="empty">Nobody needs you.</p>}
        {needs.map((need) => (
          <Request key={need.id} need={need} now={now} />
        ))}
      </section>
      <section aria-labelledby="agents">
        <h2 id="agents">Agents</h2>
        {agents.size === 0 && (
          <p class="empty">
            No agent has shown itself yet. Connect OpenCode with the nudge plugin.
          </p>
        )}
        {[...agents].map(([host, agent]) => (
          <Host key={host} host={host} agent={agent} needs={needs} now={now} />
        ))}
      </section>
    </>
  );
}

/** Shown until this browser is told of things. */
function Invitation() {
  const { nudge, identity } = useSession();
  useView();
  const { run, ...action } = useAction();
  if (nudge.link !== 'online' || isRegistered(nudge) || pushObstacle(nudge) !== null) return null;
  return (
    <section class="card invitation" aria-label="Notifications">
      <p>This device is not notified yet.</p>
      <button
        class="primary"
        disabled={action.isBusy}
        onClick={() => run(() => turnOn(nudge, identity), '')}
      >
        Turn notifications on
      </button>
      <Outcome {...action} />
    </section>
  );
}

const STATES = {
  busy: 'works',
  waiting: 'waits for you',
  idle: 'is done',
  error: 'failed',
} as const;

function Host({
  host,
  agent,
  needs,
  now,
}: {
  host: string;
  agent: Agent;
  needs: Need[];
  now: number;
}) {
  const { isOnline } = agent;
  const sessions = isOnline ? agent.sessions : [];
  return (
    <article class="card" aria-label={`Agent on ${host}`}>
      <h3>
        {host} <span class={isOnline ? 'dot good' : 'dot'} aria-hidden="true" />
        <span class="quiet-text">{isOnline ? '' : 'offline'}</span>
      </h3>
      {isOnline && sessions.length === 0 && <p class="quiet-text">Nothing runs.</p>}
      {sessions.length > 0 && (
        <ul class="sessions">
          {sessions.map((session) => (
            <li key={session.id}>
              <span class={`dot ${session.state}`} aria-hidden="true" />
              <span>
                <b>{session.title ?? 'Untitled session'}</b> {STATES[session.state]}
                <span class="quiet-text">
                  {session.project} · {ageOf(session.since, now)}
                  {session.state === 'waiting' &&
                    !isKnown(session.id, needs) &&
                    ' · answer it there'}
                </span>
              </span>
            </li>
          ))}
        </ul>
      )}
    </article>
  );
}

const isKnown = (session: string, needs: Need[]) =>
  needs.some(({ event }) => event.session.id === session);
