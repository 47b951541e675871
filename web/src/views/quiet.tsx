// The rules of the quiet hours: each can be changed and taken away.

import { KINDS, type Quiet, type WishKind } from 'nudge-client';
import { wishWords } from '../words';
import { Field } from './fields';

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

const ownZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone;

interface Props {
  rules: readonly Quiet[];
  save: (rules: Quiet[]) => void;
}

export function QuietRules({ rules, save }: Props) {
  const change = (at: number, rule: Quiet) =>
    save(rules.map((old, index) => (index === at ? rule : old)));
  const fresh: Quiet = {
    days: [...DAYS],
    from: '22:00',
    to: '07:00',
    tz: ownZone(),
    allow: [],
    digest: true,
  };
  return (
    <>
      {rules.map((rule, at) => (
        <Rule
          key={at}
          number={at + 1}
          rule={rule}
          change={(next) => change(at, next)}
          remove={() => save(rules.filter((_, index) => index !== at))}
        />
      ))}
      <datalist id="zones">
        {Intl.supportedValuesOf('timeZone').map((zone) => (
          <option key={zone} value={zone} />
        ))}
      </datalist>
      <button onClick={() => save([...rules, fresh])}>Add quiet hours</button>
    </>
  );
}

interface RuleProps {
  number: number;
  rule: Quiet;
  change: (rule: Quiet) => void;
  remove: () => void;
}

function Rule({ number, rule, change, remove }: RuleProps) {
  const days = rule.days ?? [...DAYS];
  const allow = rule.allow ?? [];
  const set = (part: Partial<Quiet>) => change({ ...rule, ...part });
  return (
    <fieldset class="rule">
      <legend>Quiet hours {number}</legend>
      <div class="days" role="group" aria-label="Days on which they begin">
        {DAYS.map((day) => (
          <label key={day} class="chip">
            <input
              type="checkbox"
              checked={days.includes(day)}
              onChange={() =>
                set({ days: DAYS.filter((one) => (one === day) !== days.includes(one)) })
              }
            />
            {day}
          </label>
        ))}
      </div>
      <div class="row">
        <Field label="From" type="time" value={rule.from} set={(from) => set({ from })} />
        <Field label="To" type="time" value={rule.to} set={(to) => set({ to })} />
        <Field label="Time zone" list="zones" value={rule.tz} set={(tz) => set({ tz })} />
      </div>
      <div class="days" role="group" aria-label="What comes all the same">
        <span class="quiet-text">Comes all the same:</span>
        {KINDS.map((kind) => (
          <label key={kind} class="chip">
            <input
              type="checkbox"
              checked={allow.includes(kind)}
              onChange={() => set({ allow: toggled(allow, kind) })}
            />
            {wishWords(kind)[0]}
          </label>
        ))}
      </div>
      <label class="choice">
        <input
          type="checkbox"
          checked={rule.digest ?? true}
          onChange={({ currentTarget }) => set({ digest: currentTarget.checked })}
        />
        Tell me at their end what I missed
      </label>
      <button class="danger" onClick={remove}>
        Remove quiet hours {number}
      </button>
    </fieldset>
  );
}

const toggled = (kinds: WishKind[], kind: WishKind) =>
  kinds.includes(kind) ? kinds.filter((one) => one !== kind) : [...kinds, kind];
