// What I want to be told: each preference of the bridge, and what it means right now.

import { foresee, KINDS, wishesOf, type PreferencesPatch, type Wishes } from 'nudge-client';
import { forecastWords, timeOf, wishWords } from '../words';
import { Choice, Field, Seconds, Switch } from './fields';
import { Outcome, useAction, useNow, useSession, useView } from './hooks';
import { QuietRules } from './quiet';
import { Week } from './week';

export type Save = (patch: PreferencesPatch) => void;

interface Props {
  wishes: Wishes;
  save: Save;
}

export function Preferences() {
  const { nudge } = useSession();
  const wishes = wishesOf(useView().preferences);
  const { run, ...action } = useAction();
  const save: Save = (patch) => run(() => nudge.patchPreferences(patch));
  return (
    <>
      <div class="sticky">
        <Outcome {...action} />
      </div>
      <General wishes={wishes} save={save} />
      <Forecasts wishes={wishes} />
      <Kinds wishes={wishes} save={save} />
      <Turns wishes={wishes} save={save} />
      <Looking wishes={wishes} save={save} />
      <QuietHours wishes={wishes} save={save} />
      <Muted wishes={wishes} save={save} />
      <Look wishes={wishes} save={save} />
      <Section title="Start again">
        <button class="danger" onClick={() => save(nothing())}>
          Back to the defaults
        </button>
      </Section>
    </>
  );
}

/** null takes each of them away. */
function nothing(): PreferencesPatch {
  const names = [
    'enabled',
    'kinds',
    'min_duration_s',
    'subagents',
    'delay_s',
    'presence',
    'presence_scope',
  ];
  names.push('hold_s', 'quiet', 'snooze_until', 'mute', 'rate', 'privacy', 'level', 'sound');
  return { ...Object.fromEntries(names.map((name) => [name, null])), sound: 'default' };
}

function Section({ title, children }: { title: string; children: preact.ComponentChildren }) {
  const id = title.toLowerCase().replaceAll(' ', '-');
  return (
    <section class="card" aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      {children}
    </section>
  );
}

const HOUR_MS = 3_600_000;

function tomorrowMorning(nowMs: number): number {
  const now = new Date(nowMs);
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1, 8).getTime();
}

function General({ wishes, save }: Props) {
  const now = useNow();
  const isSnoozed = wishes.snooze_until > now;
  return (
    <Section title="Notifications">
      <Switch label="Notify me" value={wishes.enabled} set={(enabled) => save({ enabled })} />
      <p>{isSnoozed ? `Snoozed until ${timeOf(wishes.snooze_until, now)}.` : 'Not snoozed.'}</p>
      <div class="buttons">
        <button onClick={() => save({ snooze_until: Date.now() + HOUR_MS })}>
          Snooze for an hour
        </button>
        <button onClick={() => save({ snooze_until: tomorrowMorning(Date.now()) })}>
          Until tomorrow, 8:00
        </button>
        {isSnoozed && <button onClick={() => save({ snooze_until: 0 })}>End the snooze</button>}
      </div>
    </Section>
  );
}

function Forecasts({ wishes }: { wishes: Wishes }) {
  const { presence } = useView();
  const now = useNow();
  const isPresent = [...presence.values()].includes('foreground');
  return (
    <Section title="What would happen now">
      <dl class="forecast">
        {KINDS.map((kind) => (
          <div key={kind}>
            <dt>{wishWords(kind)[0]}</dt>
            <dd>{forecastWords(foresee(kind, wishes, { ms: now, isPresent }))}</dd>
          </div>
        ))}
      </dl>
    </Section>
  );
}

const LEVELS = { passive: 'Quietly', active: 'As usual', 'time-sensitive': 'Urgent' } as const;

function Kinds({ wishes, save }: Props) {
  return (
    <Section title="What I want to know">
      {KINDS.map((kind) => {
        const [name, explanation] = wishWords(kind);
        return (
          <fieldset key={kind} class="kind-row">
            <legend class="hidden">{name}</legend>
            <Switch
              label={name}
              hint={explanation}
              value={wishes.kinds[kind]}
              set={(value) => save({ kinds: { [kind]: value } })}
            />
            <div class="row">
              <Choice
                label="How"
                of={name}
                choices={LEVELS}
                value={wishes.level[kind]}
                set={(value) => save({ level: { [kind]: value } })}
              />
              <Seconds
                label="Wait first"
                of={name}
                max={3600}
                value={wishes.delay_s[kind]}
                set={(value) => save({ delay_s: { [kind]: value } })}
              />
            </div>
          </fieldset>
        );
      })}
    </Section>
  );
}

function Turns({ wishes, save }: Props) {
  return (
    <Section title="Turns">
      <Seconds
        label="Say nothing of turns shorter than"
        max={86_400}
        value={wishes.min_duration_s}
        set={(value) => save({ min_duration_s: value })}
      />
      <Switch
        label="Tell me of sub-agents too"
        hint="Their permissions and questions always count."
        value={wishes.subagents}
        set={(subagents) => save({ subagents })}
      />
      <div class="row">
        <Field
          label="At most at once"
          type="number"
          min={1}
          value={wishes.rate.burst}
          set={(text) => save({ rate: { burst: Number(text) } })}
        />
        <Field
          label="And then each minute"
          type="number"
          min={1}
          value={wishes.rate.per_minute}
          set={(text) => save({ rate: { per_minute: Number(text) } })}
        />
      </div>
    </Section>
  );
}

const PRESENCE = {
  hold: 'Wait a moment, then push',
  suppress: 'Do not push',
  ignore: 'Push all the same',
} as const;
const SCOPE = { user: 'on any of my devices', device: 'on the device itself' } as const;

function Looking({ wishes, save }: Props) {
  return (
    <Section title="While I look at the app">
      <div class="row wide">
        <Choice
          label="Then"
          choices={PRESENCE}
          value={wishes.presence}
          set={(presence) => save({ presence })}
        />
        <Choice
          label="Looking"
          choices={SCOPE}
          value={wishes.presence_scope}
          set={(presence_scope) => save({ presence_scope })}
        />
        <Seconds
          label="For how long"
          max={3600}
          value={wishes.hold_s}
          set={(hold_s) => save({ hold_s })}
        />
      </div>
    </Section>
  );
}

function QuietHours({ wishes, save }: Props) {
  const now = useNow();
  return (
    <Section title="Quiet hours">
      <Week rules={wishes.quiet} now={now} />
      <QuietRules rules={wishes.quiet} save={(quiet) => save({ quiet })} />
    </Section>
  );
}

const LISTS = { projects: 'Project', sessions: 'Session', hosts: 'Host' } as const;

function Muted({ wishes: { mute }, save }: Props) {
  const names = Object.keys(LISTS) as (keyof typeof LISTS)[];
  const add = (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const given = new FormData(form);
    const list = given.get('list') as keyof typeof LISTS;
    save({ mute: { [list]: [...mute[list], String(given.get('name')).trim()] } });
    form.reset();
  };
  return (
    <Section title="Muted">
      {names.every((list) => mute[list].length === 0) && (
        <p class="quiet-text">Nothing is muted.</p>
      )}
      <ul class="muted">
        {names.flatMap((list) =>
          mute[list].map((name) => (
            <li key={list + name}>
              <span>
                {LISTS[list]} <b>{name}</b>
              </span>
              <button
                onClick={() => save({ mute: { [list]: mute[list].filter((one) => one !== name) } })}
              >
                Unmute<span class="hidden"> {name}</span>
              </button>
            </li>
          )),
        )}
      </ul>
      <form class="row" onSubmit={add}>
        <label>
          Mute a
          <select name="list">
            {names.map((list) => (
              <option key={list} value={list}>
                {LISTS[list].toLowerCase()}
              </option>
            ))}
          </select>
        </label>
        <label>
          Its name, folder or id
          <input name="name" required maxLength={256} />
        </label>
        <button>Mute</button>
      </form>
    </Section>
  );
}

const PRIVACY = {
  full: 'Everything',
  title: 'The title only',
  none: 'Nothing but that there is news',
} as const;

function Look({ wishes, save }: Props) {
  return (
    <Section title="How it looks and sounds">
      <Choice
        label="A notification shows"
        choices={PRIVACY}
        value={wishes.privacy}
        set={(privacy) => save({ privacy })}
      />
      <Switch
        label="With a sound"
        value={wishes.sound !== null && wishes.sound !== ''}
        set={(isOn) => save({ sound: isOn ? 'default' : '' })}
      />
      {wishes.sound && (
        <Field
          label="Its name"
          hint="As the app knows it."
          value={wishes.sound}
          set={(sound) => sound && save({ sound })}
        />
      )}
    </Section>
  );
}
