// One request: what is asked, whole and as structure, and the ways to answer it.

import { useState } from 'preact/hooks';
import type { Answer, Ask, Fate, Heard, Need } from 'nudge-client';
import { ageOf, fateWords, kindWord, placeOf, titleOf } from '../words';
import { useSession, useShown, useView } from './hooks';
import { Hush } from './hush';
import { OpenSession, useAddressOf } from './open';
import { Questions } from './questions';

type Send = (answer: Answer) => void;

/** In another tab. */
const WAITS: Fate = { state: 'waiting' };
const ENDS: readonly Fate['state'][] = ['waiting', 'sent', 'answered'];

interface RequestProps {
  need: Need;
  now: number;
  /** One line, until it is opened. */
  isCompact: boolean;
  /** It was settled a moment ago. */
  isOver: boolean;
}

export function Request({ need, now, isCompact, isOver }: RequestProps) {
  const element = useShown<HTMLElement>(need.id);
  const [isOpen, setOpen] = useState(false);
  const { event } = need;
  const title = titleOf(event) || 'Untitled session';
  const isWide = !isCompact || isOpen || isOver;
  return (
    <article
      ref={element}
      class={isOver ? 'card need over' : 'card need'}
      aria-label={`${kindWord(event.kind)}: ${title}`}
      data-need={need.id}
      tabIndex={-1}
    >
      {isCompact ? (
        <button class="line" aria-expanded={isWide} onClick={() => setOpen(!isOpen)}>
          <span class="kind-word">
            {event.kind === 'question.asked' ? 'Question' : 'Permission'}
          </span>{' '}
          <span class="words">{firstWords(event)}</span>{' '}
          <span class="age">{ageOf(need.ts, now)}</span>
        </button>
      ) : (
        <>
          <p class="kind">
            {kindWord(event.kind)} <span class="age">{ageOf(need.ts, now)}</span>
          </p>
          <h3>{title}</h3>
        </>
      )}
      {isWide && <Whole {...{ need, isOver }} card={element} />}
    </article>
  );
}

const firstWords = ({ ask, body }: Heard) =>
  (ask?.input[0]?.text ?? ask?.questions[0]?.text ?? body ?? '').split('\n')[0]?.slice(0, 80);

interface WholeProps {
  need: Need;
  isOver: boolean;
  card: { current: HTMLElement | null };
}

function Whole({ need, isOver, card }: WholeProps) {
  const { nudge, waiting } = useSession();
  const { event, asked } = need;
  const { fates } = useView();
  const isElsewhere = waiting.others.some(({ request }) => request === asked?.id);
  const fate = asked ? (fates.get(asked.id) ?? (isElsewhere ? WAITS : undefined)) : undefined;
  const send: Send = (answer) => {
    if (!asked) return;
    card.current?.focus({ preventScroll: true }); // the button goes
    // What became of it is told where all fates are told.
    void nudge.answer(asked, answer, need.untilMs).catch(() => {});
  };
  const isBusy = fate !== undefined && ENDS.includes(fate.state);
  const end = isOver && fate?.state !== 'answered' ? 'It was settled elsewhere.' : '';
  return (
    <>
      <p class="quiet-text">{placeOf(event)}</p>
      {event.kind === 'permission.asked' && <Asked event={event} />}
      {!isOver && !need.isWhole && <Cut {...need} />}
      {!isOver && <Answers need={need} isBusy={isBusy} send={send} />}
      <p class={fate && !isBusy && !isOver ? 'outcome fault' : 'outcome'} role="status">
        {end || (fate ? fateWords(fate) : '')}
      </p>
      {!isOver && <Hush about={event} label={titleOf(event)} />}
    </>
  );
}

function Asked({ event: { ask, body } }: { event: Heard }) {
  if (!ask) return body ? <pre class="asked">{body}</pre> : null;
  return (
    <>
      {ask.tool && (
        <p class="quiet-text">
          Tool <code>{ask.tool}</code>
        </p>
      )}
      {ask.input.map(({ name, text }) => (
        <div key={name}>
          {name !== null && <p class="argument">{name}</p>}
          <pre class="asked" dir="ltr">
            {text}
          </pre>
        </div>
      ))}
      {!isSaid(ask) && (
        <div>
          <p class="argument">Patterns</p>
          <Patterns of={ask.patterns} />
        </div>
      )}
    </>
  );
}

/** A pattern that is the input itself says nothing more. */
const isSaid = ({ input, patterns }: Ask) =>
  patterns.every((pattern) => input.some(({ text }) => text === pattern));

function Patterns({ of }: { of: readonly string[] }) {
  return (
    <ul class="patterns">
      {of.map((pattern, at) => (
        <li key={at}>
          <code dir="ltr">{pattern}</code>
        </li>
      ))}
    </ul>
  );
}

/** Nobody allows what nobody saw; where nobody waits there is nothing to allow. */
function Cut({ event, asked }: Need) {
  const address = useAddressOf(event);
  const where = event.host ? `OpenCode on ${event.host}` : 'OpenCode';
  return (
    <>
      {event.kind === 'question.asked' && event.body && <pre class="asked">{event.body}</pre>}
      {asked && (
        <p class="note">
          There is more of it than can be shown here. Look at it in {where} to allow or answer it.
          {address === null &&
            event.host &&
            ' Its address belongs under Devices, and opens from here.'}
        </p>
      )}
    </>
  );
}

interface AnswersProps {
  need: Need;
  isBusy: boolean;
  send: Send;
}

function Answers({ need, isBusy, send }: AnswersProps) {
  const { nudge } = useSession();
  const { asked, event, isWhole } = need;
  if (!asked)
    return (
      <>
        <p class="note">Nobody waits for an answer to this.</p>
        <div class="buttons">
          <OpenSession event={event} />
          <button onClick={() => nudge.putAway(need.id)}>Put it away</button>
        </div>
      </>
    );
  if (!nudge.canAnswer) return <NoKey event={event} />;
  if (isWhole && asked.questions)
    return <Questions questions={asked.questions} isBusy={isBusy} send={send} event={event} />;
  return <Permission ask={isWhole ? event.ask : null} {...{ need, isBusy, send }} />;
}

function NoKey({ event }: { event: Heard }) {
  return (
    <>
      <p class="note">
        {isSecureContext ? (
          <>
            This page cannot answer: pair it again with <code>nudge pair</code>.
          </>
        ) : (
          'This page cannot answer: browsers sign only on pages over https:// or on this machine itself.'
        )}
      </p>
      <div class="buttons">
        <OpenSession event={event} />
      </div>
    </>
  );
}

function Permission({ ask, need, isBusy, send }: AnswersProps & { ask: Ask | null }) {
  const { event, isWhole } = need;
  const [message, setMessage] = useState('');
  const reject = () =>
    send({ reply: 'reject', ...(message.trim() && { message: message.trim() }) });
  return (
    <>
      <div class="buttons decide">
        {isWhole && (
          <button class="primary" disabled={isBusy} onClick={() => send({ reply: 'once' })}>
            Allow once
          </button>
        )}
        {!isWhole && <OpenSession event={event} label="Open" />}
        <button class="danger" disabled={isBusy} onClick={reject}>
          Reject
        </button>
      </div>
      {isWhole && <OpenSession event={event} />}
      {ask !== null && ask.always.length > 0 && (
        <Always of={ask.always} isBusy={isBusy} allow={() => send({ reply: 'always' })} />
      )}
      {!asksQuestions(need) && (
        <details>
          <summary>Say why you reject it</summary>
          <label>
            A message for the agent
            <input
              value={message}
              onInput={({ currentTarget }) => setMessage(currentTarget.value)}
            />
          </label>
        </details>
      )}
    </>
  );
}

const asksQuestions = ({ asked }: Need) => asked?.questions != null;

function Always(props: { of: readonly string[]; isBusy: boolean; allow: () => void }) {
  const { of, isBusy, allow } = props;
  return (
    <details>
      <summary>Always…</summary>
      <p>From now on this OpenCode would not ask any more for:</p>
      <Patterns of={of} />
      <button disabled={isBusy} onClick={allow}>
        Allow always
      </button>
    </details>
  );
}
