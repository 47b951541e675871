// Who needs me now, and what the agents are doing.

import { useState } from 'preact/hooks';
import {
  questionsIn,
  waiting,
  type Agent,
  type Answer,
  type Entry,
  type Question,
} from 'nudge-client';
import { isRegistered, pushObstacle, turnOn } from '../push';
import { ageOf, kindWord, placeOf, titleOf } from '../words';
import { Outcome, useAction, useNow, useSession, useView } from './hooks';

export function Now() {
  const view = useView();
  const now = useNow();
  const needs = waiting(view.feed, now);
  return (
    <>
      <Invitation />
      <section aria-labelledby="needs">
        <h2 id="needs">Needs you</h2>
        {needs.length === 0 && <p class="empty">Nobody needs you.</p>}
        {needs.map((entry) => (
          <Need key={entry.id} entry={entry} now={now} />
        ))}
      </section>
      <section aria-labelledby="agents">
        <h2 id="agents">Agents</h2>
        {Object.keys(view.agents).length === 0 && (
          <p class="empty">
            No agent has shown itself yet. Connect OpenCode with the nudge plugin.
          </p>
        )}
        {Object.entries(view.agents).map(([host, agent]) => (
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

function Need({ entry, now }: { entry: Entry; now: number }) {
  const { nudge } = useSession();
  const { run, ...action } = useAction();
  const { event } = entry;
  const send = (answer: Answer) =>
    run(() => nudge.answer(event.request ?? {}, answer), 'Sent. Waiting for the agent…');
  const title = titleOf(event) || 'Untitled session';
  return (
    <article class="card need" aria-label={`${kindWord(event.kind)}: ${title}`}>
      <p class="kind">
        {kindWord(event.kind)} <span class="age">{ageOf(entry.ts, now)}</span>
      </p>
      <h3>{title}</h3>
      <p class="quiet-text">{placeOf(event)}</p>
      {event.kind === 'permission.asked' ? (
        <Permission body={event.body ?? ''} isBusy={action.isBusy} send={send} />
      ) : (
        <Questions body={event.body ?? ''} isBusy={action.isBusy} send={send} />
      )}
      <Outcome {...action} />
    </article>
  );
}

interface AnswerProps {
  body: string;
  isBusy: boolean;
  send: (answer: Answer) => void;
}

function Permission({ body, isBusy, send }: AnswerProps) {
  const [message, setMessage] = useState('');
  const reject = () =>
    send({ reply: 'reject', ...(message.trim() && { message: message.trim() }) });
  return (
    <>
      {body && <pre tabIndex={0}>{body}</pre>}
      <div class="buttons">
        <button class="primary" disabled={isBusy} onClick={() => send({ reply: 'once' })}>
          Allow once
        </button>
        <button disabled={isBusy} onClick={() => send({ reply: 'always' })}>
          Always
        </button>
        <button class="danger" disabled={isBusy} onClick={reject}>
          Reject
        </button>
      </div>
      <details>
        <summary>Say why you reject it</summary>
        <label>
          A message for the agent
          <input value={message} onInput={({ currentTarget }) => setMessage(currentTarget.value)} />
        </label>
      </details>
    </>
  );
}

function Questions({ body, isBusy, send }: AnswerProps) {
  const questions = questionsIn(body);
  const [answers, setAnswers] = useState<string[][]>([]);
  const all = questions.map((_, at) => answers[at] ?? []);
  const set = (at: number, labels: string[]) =>
    setAnswers(all.map((old, index) => (index === at ? labels : old)));
  const isComplete = all.every((labels) => labels.length > 0);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        send({ answers: all });
      }}
    >
      {questions.map((question, at) => (
        <OneQuestion
          key={at}
          question={question}
          chosen={all[at] ?? []}
          set={(labels) => set(at, labels)}
        />
      ))}
      <div class="buttons">
        <button class="primary" disabled={isBusy || !isComplete}>
          Answer
        </button>
        <button
          type="button"
          class="danger"
          disabled={isBusy}
          onClick={() => send({ reply: 'reject' })}
        >
          Reject
        </button>
      </div>
    </form>
  );
}

/** Several options may be right; words of one's own take their place. */
function OneQuestion({
  question,
  chosen,
  set,
}: {
  question: Question;
  chosen: string[];
  set: (labels: string[]) => void;
}) {
  const { words, options } = question;
  const own = chosen.find((label) => !options.includes(label)) ?? '';
  const toggle = (label: string, isOn: boolean) => {
    const others = chosen.filter((one) => one !== label && options.includes(one));
    set(isOn ? [...others, label] : others);
  };
  return (
    <fieldset>
      <legend>{words}</legend>
      {options.map((label) => (
        <label class="choice" key={label}>
          <input
            type="checkbox"
            checked={chosen.includes(label)}
            onChange={({ currentTarget }) => toggle(label, currentTarget.checked)}
          />
          {label}
        </label>
      ))}
      <label>
        {options.length > 0 ? 'Or in your own words' : 'Your answer'}
        <input value={own} onInput={({ currentTarget: { value } }) => set(value ? [value] : [])} />
      </label>
    </fieldset>
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
  needs: Entry[];
  now: number;
}) {
  const isOnline = agent.state === 'online';
  const sessions = (isOnline && agent.sessions) || [];
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
                    ' · asked before this page knew; answer it there'}
                </span>
              </span>
            </li>
          ))}
        </ul>
      )}
    </article>
  );
}

const isKnown = (session: string, needs: Entry[]) =>
  needs.some(({ event }) => event.session?.id === session);
