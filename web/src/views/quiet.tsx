// The rules of the quiet hours: each is a sentence that opens into its editor.

import { useState } from 'preact/hooks';
import { KINDS, type Quiet, type WishKind } from 'nudge-client';
import { DAYS, daysWords, ownZone, ruleWords } from '../sentences';
import { wishWords } from '../words';
import { Field } from './fields';

interface Props {
  rules: readonly Quiet[];
  /** @param words what was done, if it can be undone */
  save: (rules: Quiet[], words?: string) => void;
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
    save([...rules, fresh]);
  };
  return (
    <>
      {rules.map((rule, at) => (
        <Rule
          key={at}
          number={at + 1}
          rule={rule}
          isOpen={at === opened}
          change={(next) => save(rules.map((old, index) => (index === at ? next : old)))}
          remove={() =>
            save(
              rules.filter((one) => one !== rule),
              'The quiet hours are removed.',
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
  change: (rule: Quiet) => void;
  remove: () => void;
}

function Rule({ number, rule, isOpen, change, remove }: RuleProps) {
  const days = rule.days ?? [...DAYS];
  const allow = rule.allow ?? [];
  const set = (part: Partial<Quiet>) => change({ ...rule, ...part });
  const time = (label: string, name: 'from' | 'to') => (
    <Field
      label={label}
      type="time"
      value={rule[name].replace('24:', '00:')}
      set={(value) => set({ [name]: value })}
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
            toggle={() => set({ days: DAYS.filter((one) => (one === day) !== days.includes(one)) })}
          />
        ))}
      </div>
      <div class="row">
        {time('From', 'from')}
        {time('To', 'to')}
        <Field label="Time zone" list="zones" value={rule.tz} set={(tz) => set({ tz })} />
      </div>
      <div class="days" role="group" aria-label="What comes all the same">
        <span class="quiet-text">Comes all the same:</span>
        {KINDS.map((kind) => (
          <Chip
            key={kind}
            words={wishWords(kind)[0]}
            isOn={allow.includes(kind)}
            toggle={() => set({ allow: toggled(allow, kind) })}
          />
        ))}
      </div>
      <Chip
        words="Tell me at their end what I missed"
        isOn={rule.digest ?? true}
        toggle={() => set({ digest: !(rule.digest ?? true) })}
      />
      <button class="danger" onClick={remove}>
        Remove<span class="hidden"> quiet hours {number}</span>
      </button>
    </details>
  );
}

function Chip({ words, isOn, toggle }: { words: string; isOn: boolean; toggle: () => void }) {
  return (
    <label class="chip">
      <input
        type="checkbox"
        checked={isOn}
        onChange={({ currentTarget }) => {
          // As a switch: what shows is what the bridge has.
          currentTarget.checked = isOn;
          toggle();
        }}
      />
      {words}
    </label>
  );
}

const toggled = (kinds: WishKind[], kind: WishKind) =>
  kinds.includes(kind) ? kinds.filter((one) => one !== kind) : [...kinds, kind];
