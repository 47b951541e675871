// Questions with their options, in one form: nothing is sent unless each has its fitting answer.

import { useId, useState } from 'preact/hooks';
import { doFit, type Answer, type Heard, type Question } from 'nudge-client';
import { OpenSession } from './open';

/** What is ticked, and what is written: own words that are an option's are own words all the same. */
interface Draft {
  chosen: string[];
  words: string;
}

const EMPTY: Draft = { chosen: [], words: '' };

function labelsOf({ multiple }: Question, { chosen, words }: Draft): string[] {
  const all = words.trim() ? [...chosen, words.trim()] : chosen;
  return multiple ? all : all.slice(-1);
}

interface Props {
  questions: readonly Question[];
  event: Heard;
  isBusy: boolean;
  send: (answer: Answer) => void;
}

export function Questions({ questions, event, isBusy, send }: Props) {
  const [drafts, setDrafts] = useState<Draft[]>([]);
  const all = questions.map((_, at) => drafts[at] ?? EMPTY);
  const answers = questions.map((question, at) => labelsOf(question, all[at] ?? EMPTY));
  const set = (at: number, draft: Draft) =>
    setDrafts(all.map((old, index) => (index === at ? draft : old)));
  const isComplete = answers.every(({ length }) => length > 0) && doFit(questions, answers);
  const submit = (submitted: SubmitEvent) => {
    submitted.preventDefault();
    if (isComplete) send({ answers });
  };
  return (
    <form onSubmit={submit}>
      {questions.map((question, at) => (
        <OneQuestion
          key={at}
          question={question}
          draft={all[at] ?? EMPTY}
          set={(draft) => set(at, draft)}
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
        <OpenSession event={event} />
      </div>
    </form>
  );
}

interface OneProps {
  question: Question;
  draft: Draft;
  set: (draft: Draft) => void;
}

function OneQuestion({ question, draft, set }: OneProps) {
  const { header, text, options, multiple, custom } = question;
  const name = useId();
  const { chosen, words } = draft;
  const choose = (label: string, isOn: boolean) => {
    if (!multiple) return set({ chosen: [label], words: '' });
    const others = chosen.filter((one) => one !== label);
    set({ ...draft, chosen: isOn ? [...others, label] : others });
  };
  const write = (value: string) => set({ chosen: multiple || !value ? chosen : [], words: value });
  return (
    <fieldset role={multiple ? 'group' : 'radiogroup'}>
      <legend>
        {header && <span class="quiet-text">{header}</span>} {text}
      </legend>
      {options.map(({ label, description }, at) => (
        <label class="choice" key={at}>
          <input
            type={multiple ? 'checkbox' : 'radio'}
            name={name}
            checked={chosen.includes(label)}
            onChange={({ currentTarget }) => choose(label, currentTarget.checked)}
          />
          <span>
            {label} {description && <span class="quiet-text">{description}</span>}
          </span>
        </label>
      ))}
      {custom && (
        <label>
          {options.length > 0 ? 'Or in your own words' : 'Your answer'}
          <input value={words} onInput={({ currentTarget }) => write(currentTarget.value)} />
        </label>
      )}
    </fieldset>
  );
}
