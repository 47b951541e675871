// The inputs of the preferences: each saves what it holds when it is whole.

import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { complain } from './toast';

interface SwitchProps {
  label: string;
  hint?: string;
  value: boolean;
  set: (value: boolean) => void;
}

export function Switch({ label, hint, value, set }: SwitchProps) {
  const id = useId();
  return (
    <div class="switch">
      <input
        id={id}
        type="checkbox"
        role="switch"
        checked={value}
        aria-describedby={hint && `${id}-hint`}
        onChange={({ currentTarget }) => {
          const wanted = currentTarget.checked;
          // What shows is what the bridge has: it changes when the bridge has it.
          currentTarget.checked = value;
          set(wanted);
        }}
      />
      <label for={id}>{label}</label>
      {hint && (
        <span id={`${id}-hint`} class="quiet-text">
          {hint}
        </span>
      )}
    </div>
  );
}

interface ChoiceProps<T extends string> {
  label: string;
  /** What it belongs to, for whoever cannot see it. */
  of?: string;
  choices: Record<T, string>;
  value: T;
  set: (value: T) => void;
}

export function Choice<T extends string>({ label, of, choices, value, set }: ChoiceProps<T>) {
  return (
    <label>
      <Label label={label} of={of} />
      <select value={value} onChange={({ currentTarget }) => set(currentTarget.value as T)}>
        {Object.entries<string>(choices).map(([name, words]) => (
          <option key={name} value={name}>
            {words}
          </option>
        ))}
      </select>
    </label>
  );
}

interface FieldProps {
  label: string;
  of?: string;
  hint?: string;
  type?: 'text' | 'number' | 'url' | 'time';
  /** The id of a list of suggestions. */
  list?: string;
  placeholder?: string;
  pattern?: string;
  isOptional?: boolean;
  min?: number;
  max?: number;
  value: string | number;
  set: (value: string) => void;
}

/** What was typed, and what the browser has against it. */
interface Draft {
  text: string;
  complaint: string;
}

/** What it holds is saved when it is left: each key changes what is not meant yet. */
export function Field({
  label,
  of,
  hint,
  type = 'text',
  isOptional,
  value,
  set,
  ...more
}: FieldProps) {
  // What is being typed stays, though the bridge says something new meanwhile.
  const [draft, setDraft] = useState<Draft | null>(null);
  const held = useRef<Draft | null>(null); // as it is before the next picture, too
  const hold = (next: Draft | null) => setDraft((held.current = next));
  const [complaint, setComplaint] = useState('');
  const id = useId();
  const leave = () => {
    const { text, complaint } = held.current ?? { text: String(value), complaint: '' };
    setComplaint(complaint);
    if (complaint) return;
    hold(null);
    if (text !== String(value)) set(text);
  };
  useGoing(() => {
    leave();
    if (held.current) complain(`${label} is not saved. ${held.current.complaint}`);
  });
  return (
    <label>
      <Label label={label} of={of} />
      <input
        {...more}
        type={type}
        value={draft?.text ?? value}
        required={!isOptional}
        aria-invalid={complaint !== ''}
        aria-describedby={complaint && id}
        onInput={({ currentTarget: { value: text, validationMessage } }) =>
          hold({ text, complaint: validationMessage })
        }
        onKeyDown={({ key }) => key === 'Enter' && leave()}
        onBlur={leave}
      />
      {complaint && (
        <span id={id} class="fault">
          Not saved. {complaint}
        </span>
      )}
      {hint && <span class="quiet-text">{hint}</span>}
    </label>
  );
}

/** Does it as it is at the end, when the view goes away. */
function useGoing(work: () => void): void {
  const last = useRef(work);
  last.current = work;
  useEffect(() => () => last.current(), []);
}

interface SecondsProps {
  label: string;
  of?: string;
  max: number;
  value: number;
  set: (value: number) => void;
}

export function Seconds({ label, of, max, value, set }: SecondsProps) {
  return (
    <Field
      label={`${label} (seconds)`}
      of={of}
      type="number"
      min={0}
      max={max}
      value={value}
      set={(text) => set(Number(text))}
    />
  );
}

function Label({ label, of }: { label: string; of?: string | undefined }) {
  return (
    <span>
      {label}
      {of && <span class="hidden">: {of}</span>}
    </span>
  );
}
