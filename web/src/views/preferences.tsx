// What I want to be told: each preference of the bridge, and what it means right now.

import { useEffect, useState } from 'preact/hooks';
import {
  foresee,
  KINDS,
  preferencesIn,
  replacing,
  wishesOf,
  type Change,
  type Preferences as PreferencesOf,
  type Wishes,
} from 'nudge-client';
import { muting } from '../edits';
import { LEVELS, PRESENCE, PRIVACY, SCOPE } from '../sentences';
import { snoozes } from '../snooze';
import { setTheme, themeOf, THEMES } from '../theme';
import { forecastWords, untilWords, wishWords } from '../words';
import { Choice, Field, Seconds, Switch } from './fields';
import { useNow, useSession, useView } from './hooks';
import { QuietRules } from './quiet';
import { act } from './toast';
import { Transfer } from './transfer';
import { Week } from './week';

/** @param undo takes it back; `before` is what would have held without it */
export type Save = (
  change: Change,
  words?: string,
  undo?: (before: PreferencesOf) => Change,
) => void;

interface Props {
  wishes: Wishes;
  save: Save;
}

export function useSave(): Save {
  const { nudge } = useSession();
  const make = (change: Change) => async () =>
    (await nudge.changePreferences(change)) ||
    (nudge.link === 'online'
      ? 'No bridge answered: this waits for one.'
      : 'Not connected: this waits, and is sent later.');
  return (change, words, undo) => {
    let before: PreferencesOf = {};
    const first: Change = (wanted) => {
      before = wanted;
      return typeof change === 'function' ? change(wanted) : change;
    };
    act(make(first), words, undo && (() => make(undo(before))()));
  };
}

export function Preferences() {
  const { preferences } = useView();
  const wishes = wishesOf(preferences);
  const save = useSave();
  useWay();
  return (
    <>
      <General wishes={wishes} save={save} />
      <Forecasts preferences={preferences} />
      <Kinds wishes={wishes} save={save} />
      <QuietHours wishes={wishes} save={save} />
      <Muted wishes={wishes} save={save} />
      <Look wishes={wishes} save={save} />
      <FineTuning wishes={wishes} save={save} />
      <Section title="Keep, bring, start again">
        <Transfer
          preferences={preferences}
          replace={(patch, words) => save(patch, words, replacing)}
        />
      </Section>
    </>
  );
}

/** `#preferences/quiet[0].tz` leads to the place of that preference. */
function useWay(): void {
  useEffect(() => {
    const go = () => {
      const [, name] = /^#preferences\/(\w+)/.exec(location.hash) ?? [];
      const place = name && document.querySelector<HTMLElement>(`[data-of~="${name}"]`);
      if (!place) return;
      const summary = place.querySelector<HTMLElement>(':scope > summary');
      if (summary) place.setAttribute('open', '');
      place.scrollIntoView();
      (summary ?? place).focus({ preventScroll: true });
    };
    go();
    addEventListener('hashchange', go);
    return () => removeEventListener('hashchange', go);
  }, []);
}

interface SectionProps {
  title: string;
  /** The preferences that are set here. */
  of?: string;
  children: preact.ComponentChildren;
}

function Section({ title, of, children }: SectionProps) {
  const id = title.toLowerCase().replace(/\W+/g, '-');
  return (
    <section class="card" aria-labelledby={id} data-of={of} tabIndex={-1}>
      <h2 id={id}>{title}</h2>
      {children}
    </section>
  );
}

function General({ wishes, save }: Props) {
  const now = useNow();
  const until = wishes.snooze_until;
  const isSnoozed = until > now;
  return (
    <Section title="Notifications" of="enabled snooze_until">
      <Switch label="Notify me" value={wishes.enabled} set={(enabled) => save({ enabled })} />
      <p>{isSnoozed ? `Snoozed ${untilWords(until, now)}.` : 'Snooze for a while:'}</p>
      <div class="buttons" role="group" aria-label="Snooze">
        {isSnoozed && (
          <button class="primary" onClick={() => save({ snooze_until: 0 })}>
            End the snooze
          </button>
        )}
        {snoozes(now).map(([words, untilMs]) => (
          <button
            key={words}
            onClick={() => save({ snooze_until: untilMs }, `Snoozed ${untilWords(untilMs)}.`)}
          >
            {words}
          </button>
        ))}
      </div>
    </Section>
  );
}

function Forecasts({ preferences }: { preferences: PreferencesOf }) {
  const { nudge } = useSession();
  const { presence, devices } = useView();
  const now = useNow();
  const looked = [...presence].flatMap(([name, untilMs]) => (untilMs > now ? [name] : []));
  const elsewhere = looked.filter((name) => name !== nudge.device);
  /** Devices of which the same is to be said are named together; all of them are not. */
  const words = (kind: (typeof KINDS)[number], looking: readonly string[]) => {
    const all = new Map<string, string[]>();
    for (const [name, device] of devices) {
      const wishes = wishesOf(preferences, preferencesIn(device.prefs));
      const isPresent =
        wishes.presence_scope === 'user' ? looking.length > 0 : looking.includes(name);
      const said = forecastWords(foresee(kind, wishes, { ms: now, isPresent, device: name }));
      all.set(said, [...(all.get(said) ?? []), device.name ?? name]);
    }
    if (all.size === 1) return [...all.keys()].join();
    return [...all].map(([said, names]) => `${names.join(', ')}: ${said}`).join(' · ');
  };
  if (devices.size === 0)
    return (
      <Section title="What would happen">
        <p>Nothing is pushed: you have no device yet.</p>
      </Section>
    );
  return (
    <Section title="What would happen">
      <table class="forecast">
        <thead>
          <tr>
            <td />
            <th scope="col">Now</th>
            <th scope="col">If I left now</th>
          </tr>
        </thead>
        <tbody>
          {KINDS.map((kind) => (
            <Row
              key={kind}
              name={wishWords(kind)[0]}
              now={words(kind, looked)}
              away={words(kind, elsewhere)}
            />
          ))}
        </tbody>
      </table>
    </Section>
  );
}

function Row({ name, now, away }: { name: string; now: string; away: string }) {
  return (
    <tr>
      <th scope="row">{name}</th>
      {now === away ? (
        <td data-when="Either way" colSpan={2}>
          {now}
        </td>
      ) : (
        <>
          <td data-when="Now">{now}</td>
          <td data-when="If I left now">{away}</td>
        </>
      )}
    </tr>
  );
}

function Kinds({ wishes, save }: Props) {
  return (
    <Section title="What I want to know" of="kinds subagents progress">
      {KINDS.map((kind) => {
        const [name, explanation] = wishWords(kind);
        return (
          <Switch
            key={kind}
            label={name}
            hint={explanation}
            value={wishes.kinds[kind]}
            set={(value) => save({ kinds: { [kind]: value } })}
          />
        );
      })}
      <Switch
        label="Tell me of sub-agents too"
        hint="Their permissions and questions always count."
        value={wishes.subagents}
        set={(subagents) => save({ subagents })}
      />
      <Switch
        label="Show how a running turn goes"
        hint="Where the phone's app can."
        value={wishes.progress}
        set={(progress) => save({ progress })}
      />
    </Section>
  );
}

function QuietHours({ wishes: { quiet }, save }: Props) {
  const now = useNow();
  return (
    <Section title="Quiet hours" of="quiet">
      <Week rules={quiet} now={now} />
      <QuietRules rules={quiet} save={save} />
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
    save(muting(list, String(given.get('name')).trim(), true));
    form.reset();
  };
  return (
    <Section title="Muted" of="mute">
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
                onClick={() =>
                  save(muting(list, name, false), `${name} is not muted any more.`, () =>
                    muting(list, name, true),
                  )
                }
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
          <input name="name" required pattern=".*\S.*" maxLength={256} />
        </label>
        <button>Mute</button>
      </form>
    </Section>
  );
}

function Look({ wishes, save }: Props) {
  const [theme, setShown] = useState(themeOf);
  return (
    <Section title="How it looks and sounds" of="privacy sound">
      <Choice
        label="A notification shows"
        choices={PRIVACY}
        value={wishes.privacy}
        set={(privacy) => save({ privacy })}
      />
      <Switch
        label="With a sound"
        value={Boolean(wishes.sound)}
        set={(isOn) => save({ sound: isOn ? 'default' : '' })}
      />
      <Choice
        label="Colours of this page"
        choices={THEMES}
        value={theme}
        set={(chosen) => {
          setTheme(chosen);
          setShown(chosen);
        }}
      />
    </Section>
  );
}

function FineTuning({ wishes, save }: Props) {
  return (
    <details
      class="card"
      data-of="level delay_s min_duration_s rate presence presence_scope hold_s remind_s escalate gather_s snooze_allow"
    >
      <summary>
        <h2>Fine tuning</h2>
      </summary>
      {KINDS.map((kind) => {
        const [name] = wishWords(kind);
        return (
          <fieldset key={kind} class="kind-row">
            <legend>{name}</legend>
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
      <Unanswered wishes={wishes} save={save} />
      <fieldset class="kind-row">
        <legend>While I snooze, tell me all the same of</legend>
        {KINDS.map((kind) => (
          <Switch
            key={kind}
            label={`${wishWords(kind)[0]}, snooze or not`}
            value={wishes.snooze_allow.includes(kind)}
            set={(isOn) =>
              save({
                snooze_allow: KINDS.filter((one) =>
                  one === kind ? isOn : wishes.snooze_allow.includes(one),
                ),
              })
            }
          />
        ))}
      </fieldset>
      <fieldset class="kind-row">
        <legend>While I look at the app</legend>
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
      </fieldset>
      <fieldset class="kind-row">
        <legend>Not too much</legend>
        <Seconds
          label="Say nothing of turns shorter than"
          max={86_400}
          value={wishes.min_duration_s}
          set={(value) => save({ min_duration_s: value })}
        />
        <div class="row">
          <Field
            label="At most at once"
            type="number"
            min={1}
            max={1_000_000}
            value={wishes.rate.burst}
            set={(text) => save({ rate: { burst: Number(text) } })}
          />
          <Field
            label="And then each minute"
            type="number"
            min={1}
            max={1_000_000}
            value={wishes.rate.per_minute}
            set={(text) => save({ rate: { per_minute: Number(text) } })}
          />
        </div>
        <div class="row">
          <Field
            label="Of what asks, at once"
            type="number"
            min={1}
            max={1_000_000}
            value={wishes.rate.asks.burst}
            set={(text) => save({ rate: { asks: { burst: Number(text) } } })}
          />
          <Field
            label="Of what asks, each minute"
            type="number"
            min={1}
            max={1_000_000}
            value={wishes.rate.asks.per_minute}
            set={(text) => save({ rate: { asks: { per_minute: Number(text) } } })}
          />
        </div>
        <Seconds
          label="Tell together of turns that finish within"
          max={3600}
          value={wishes.gather_s}
          set={(gather_s) => save({ gather_s })}
        />
        {wishes.sound && (
          <Field
            label="Name of the sound"
            hint="As the app knows it."
            value={wishes.sound}
            set={(sound) => save({ sound })}
          />
        )}
      </fieldset>
    </details>
  );
}

const ASKING = ['permission.asked', 'question.asked'] as const;

/** What happens while nobody answers. */
function Unanswered({ wishes: { remind_s, escalate }, save }: Props) {
  const { devices } = useView();
  const afterOf = (name: string) =>
    escalate.find((step) => step.devices.includes(name))?.after_s ?? 0;
  return (
    <fieldset class="kind-row">
      <legend>While nobody answers</legend>
      <div class="row">
        {ASKING.map((kind) => (
          <Field
            key={kind}
            label="Remind me after (seconds)"
            of={wishWords(kind)[0]}
            placeholder="never"
            pattern="[0-9]+( *, *[0-9]+)*"
            isOptional
            value={remind_s[kind].join(', ')}
            set={(text) =>
              save({ remind_s: { [kind]: text.split(',').filter(Boolean).map(Number) } })
            }
          />
        ))}
      </div>
      {[...devices].map(([name, device]) => (
        <Seconds
          key={name}
          label={`Ask ${device.name ?? name} only after`}
          max={86_400}
          value={afterOf(name)}
          set={(after_s) => save({ escalate: stepsWith(escalate, name, after_s) })}
        />
      ))}
    </fieldset>
  );
}

/** The steps, and one device in another place; 0: in none. */
function stepsWith(steps: Wishes['escalate'], device: string, afterS: number): Wishes['escalate'] {
  const times = new Map<number, string[]>();
  for (const { after_s, devices } of steps)
    times.set(after_s, [
      ...(times.get(after_s) ?? []),
      ...devices.filter((name) => name !== device),
    ]);
  if (afterS > 0) times.set(afterS, [...(times.get(afterS) ?? []), device]);
  return [...times]
    .filter(([, devices]) => devices.length > 0)
    .sort(([one], [other]) => one - other)
    .map(([after_s, devices]) => ({ after_s, devices }));
}
