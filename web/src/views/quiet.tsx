// The rules of the quiet hours: each is a sentence that opens into its editor.

import { useState } from 'preact/hooks';
import { KINDS, type Quiet } from 'nudge-client';
import { addingRule, editingRule, including } from '../edits';
import { DAYS, daysWords, ownZone, ruleWords } from '../sentences';
import { wishWords } from '../words';
import { Field } from './fields';
import type { Save } from './preferences';

interface Props {
  rules: readonly Quiet[];
  save: Save;
}

export function QuietRules({ rules, save }: Props) {
  const [opened, setOpened] = useState(-1);
  const fresh: Quiet = {
    days: [...DAYS],
    from: '22:00',
    to: '07:00',
    tz: ownZone(),
    allow: [],
    digest: true,
  };
  const add = () => {
    setOpened(rules.length);
    save(addingRule(fresh));
  };
  return (
    <>
      {rules.map((rule, at) => (
        <Rule
          key={at}
          number={at + 1}
          rule={rule}
          isOpen={at === opened}
          edit={(part) => save(editingRule(rules, at, (old) => ({ ...old, ...part(old) })))}
          remove={() =>
            save(
              editingRule(rules, at, () => null),
              'The quiet hours are removed.',
              () => addingRule(rule, at),
            )
          }
        />
      ))}
      <datalist id="zones">
        {Intl.supportedValuesOf('timeZone').map((zone) => (
          <option key={zone} value={zone} />
        ))}
      </datalist>
      <button onClick={add}>Add quiet hours</button>
    </>
  );
}

interface RuleProps {
  number: number;
  rule: Quiet;
  isOpen: boolean;
  /** @param part what is new of it */
  edit: (part: (rule: Quiet) => Partial<Quiet>) => void;
  remove: () => void;
}

function Rule({ number, rule, isOpen, edit, remove }: RuleProps) {
  const days = rule.days ?? [...DAYS];
  const allow = rule.allow ?? [];
  const time = (label: string, name: 'from' | 'to') => (
    <Field
      label={label}
      type="time"
      value={rule[name].replace('24:', '00:')}
      set={(value) => edit(() => ({ [name]: value }))}
    />
  );
  return (
    <details class="rule" aria-label={`Quiet hours ${number}`} open={isOpen}>
      <summary>
        {ruleWords(rule)}.<span class="edit"> Change</span>
      </summary>
      <div class="days" role="group" aria-label="Days on which they begin">
        {DAYS.map((day) => (
          <Chip
            key={day}
            words={daysWords([day])}
            isOn={days.includes(day)}
            set={(isOn) => edit(({ days = DAYS }) => ({ days: including(DAYS, days, day, isOn) }))}
          />
        ))}
      </div>
      <div class="row">
        {time('From', 'from')}
        {time('To', 'to')}
        <Field label="Time zone" list="zones" value={rule.tz} set={(tz) => edit(() => ({ tz }))} />
      </div>
      <div class="days" role="group" aria-label="What comes all the same">
        <span class="quiet-text">Comes all the same:</span>
        {KINDS.map((kind) => (
          <Chip
            key={kind}
            words={wishWords(kind)[0]}
            isOn={allow.includes(kind)}
            set={(isOn) =>
              edit(({ allow = [] }) => ({ allow: including(KINDS, allow, kind, isOn) }))
            }
          />
        ))}
      </div>
      <Chip
        words="Tell me at their end what I missed"
        isOn={rule.digest ?? true}
        set={(digest) => edit(() => ({ digest }))}
      />
      <button class="danger" onClick={remove}>
        Remove<span class="hidden"> quiet hours {number}</span>
      </button>
    </details>
  );
}

interface ChipProps {
  words: string;
  isOn: boolean;
  set: (isOn: boolean) => void;
}

function Chip({ words, isOn, set }: ChipProps) {
  return (
    <label class="chip">
      <input
        type="checkbox"
        checked={isOn}
        onChange={({ currentTarget }) => {
          // As a switch: what shows is what the bridge has.
          currentTarget.checked = isOn;
          set(!isOn);
        }}
      />
      {words}
    </label>
  );
}
