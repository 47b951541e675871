// Each device: how it is, the one next step, when it was told last, and a test of it alone.

import { useContext, useEffect, useState } from 'preact/hooks';
import {
  own as ownOf,
  preferencesIn,
  webAddress,
  type Device,
  type Entry,
  type EventReceipt,
} from 'nudge-client';
import { isRegistered, pushObstacle, reached, turnOff, turnOn } from '../push';
import { platformWord, receiptWords, timeOf, warningWords } from '../words';
import { Choice, Field } from './fields';
import { useNow, useSession, useView } from './hooks';
import { LeaveContext, unpair } from './leave';
import { Password } from './password';
import { act, complain } from './toast';

export function Devices() {
  const { devices } = useView();
  const { nudge } = useSession();
  const others = [...devices].filter(([name]) => name !== nudge.device);
  return (
    <>
      <section aria-labelledby="this">
        <h2 id="this">This device</h2>
        <ThisDevice />
      </section>
      <section aria-labelledby="others">
        <h2 id="others">Other devices</h2>
        {others.length === 0 && <p class="empty">None is registered.</p>}
        {others.map(([name, device]) => (
          <OtherDevice key={name} name={name} device={device} />
        ))}
      </section>
      <Bridge />
    </>
  );
}

function ThisDevice() {
  const session = useSession();
  const left = useContext(LeaveContext);
  const { nudge, identity } = session;
  const device = useView().devices.get(nudge.device);
  const isOn = isRegistered(nudge);
  const obstacle = pushObstacle(nudge);
  const on = () => act(() => turnOn(nudge, identity), 'This device is notified from now on.');
  const off = () =>
    act(
      () => turnOff(nudge),
      'This device is not notified any more.',
      () => turnOn(nudge, identity, device),
    );
  return (
    <article class="card" aria-label="This device">
      <h3>{device?.name ?? identity.name}</h3>
      {device && <About name={nudge.device} device={device} />}
      {!isOn && (
        <Status mark={obstacle ? 'error' : ''} words={obstacle ?? 'It is not notified yet.'} />
      )}
      <div class="buttons">
        {!isOn && !obstacle && (
          <button class="primary" onClick={on}>
            Turn notifications on
          </button>
        )}
        {device && <Test name={nudge.device} words={device.name ?? ''} />}
        {isOn && <button onClick={off}>Turn notifications off</button>}
      </div>
      {device && <Own device={device} />}
      <details>
        <summary>{identity.pairing.username ? 'Password, unpair' : 'Unpair'}</summary>
        <div class="buttons">
          <button
            class="danger"
            onClick={() =>
              void unpair(session).then(left, (error: Error) => complain(error.message))
            }
          >
            Unpair this browser
          </button>
        </div>
        {identity.pairing.username && <Password />}
      </details>
    </article>
  );
}

function OtherDevice({ name, device }: { name: string; device: Device }) {
  const { nudge } = useSession();
  const words = device.name ?? name;
  const remove = () =>
    act(
      async () => reached(nudge).unregister(name),
      `${words} is removed.`,
      async () => reached(nudge).register(device, name),
    );
  return (
    <article class="card" aria-label={words}>
      <h3>{words}</h3>
      <About name={name} device={device} />
      <div class="buttons">
        <Test name={name} words={words} />
        <button class="danger" onClick={remove}>
          Remove<span class="hidden"> {words}</span>
        </button>
      </div>
    </article>
  );
}

function Status({ mark, words }: { mark: string; words: string }) {
  return (
    <p class={mark === 'error' ? 'fault' : undefined}>
      <span class={`dot ${mark}`} aria-hidden="true" />
      {words}
    </p>
  );
}

function lastOf(feed: readonly Entry[], device: string, isIt: (receipt: EventReceipt) => boolean) {
  const all = feed.flatMap(({ receipts }) => receipts);
  return all
    .filter((receipt) => receipt.device === device && isIt(receipt))
    .sort((a, b) => b.ts - a.ts)[0];
}

/** How it is; what is wrong names the next step. */
function About({ name, device }: { name: string; device: Device }) {
  const { feed, presence, summary } = useView();
  const now = useNow();
  const pushed = lastOf(feed, name, ({ state }) => state === 'pushed');
  const failed = lastOf(feed, name, ({ state }) => state === 'failed');
  const warning = summary?.warnings.findLast(({ device }) => device === name);
  const isOff = preferencesIn(device.prefs).enabled === false;
  const is = () => {
    const lastMs = pushed?.ts ?? 0;
    if (failed && failed.ts > lastMs)
      return ['error', `${timeOf(failed.ts)}: ${receiptWords(failed)}. ${warning?.advice ?? ''}`];
    if (warning && warning.ts > lastMs) return ['error', warningWords(warning)];
    if (isOff) return ['', 'Never notified: it says so under "Only for this device".'];
    if (pushed) return ['good', `Last push ${timeOf(lastMs)}.`];
    return ['', 'No push seen from here yet. Try it:'];
  };
  const [mark = '', words = ''] = is();
  return (
    <>
      <p class="quiet-text">
        {platformWord(device.platform)}
        {(presence.get(name) ?? 0) > now && ' · somebody looks at it'}
      </p>
      <Status mark={mark} words={words} />
    </>
  );
}

const TOLD_WITHIN_MS = 10_000;

/** A test for this device alone, and what becomes of it. */
function Test({ name, words }: { name: string; words: string }) {
  const { nudge } = useSession();
  const { feed } = useView();
  const [id, setId] = useState('');
  const [isLate, setLate] = useState(false);
  const last = feed
    .find((entry) => entry.id === id)
    ?.receipts.findLast(({ device }) => device === name);
  useEffect(() => {
    setLate(false);
    const timer = setTimeout(() => setLate(true), TOLD_WITHIN_MS);
    return () => clearTimeout(timer);
  }, [id]);
  const isNext = !lastOf(feed, name, ({ state }) => state === 'pushed');
  const waits = isLate ? 'No bridge has told what became of it.' : 'On its way…';
  return (
    <>
      <button
        class={isNext ? 'primary' : ''}
        onClick={() => act(async () => setId(await reached(nudge).test(name)), 'The test is sent.')}
      >
        Test<span class="hidden"> {words}</span>
      </button>
      <span role="status">{id && (last ? receiptWords(last) : waits)}</span>
    </>
  );
}

const ENABLED = { inherit: 'As for all devices', on: 'Always', off: 'Never' } as const;
const PRIVACY = {
  inherit: 'As for all devices',
  full: 'Everything',
  title: 'The title only',
  none: 'Nothing',
} as const;

/** What this device wants otherwise than the others, and where it finds OpenCode. */
function Own({ device }: { device: Device }) {
  const { nudge } = useSession();
  const { agents } = useView();
  const own = preferencesIn(device.prefs);
  // What is shown may be older than what was said.
  const save = (part: (known: Device) => Partial<Device>) =>
    act(async () =>
      reached(nudge).register((known) => {
        if (!known) throw new Error('This device is not registered any more.');
        return { ...known, ...part(known) };
      }),
    );
  const setOwn = (name: 'enabled' | 'privacy', value: unknown) =>
    save(({ prefs = {} }) => {
      const { [name]: _, ...others } = prefs as Record<string, unknown>;
      return { prefs: value === undefined ? others : { ...others, [name]: value } };
    });
  const enabled = own.enabled === undefined ? 'inherit' : own.enabled ? 'on' : 'off';
  const servers = device.servers ?? {};
  const hosts = [...new Set([...agents.keys(), ...Object.keys(servers)])];
  const setServer = (host: string, given: string) => {
    const url = webAddress(given);
    if (given && !url) return complain(`${given} is no address: http://HOST:PORT`);
    save((known) => {
      const { [host]: _, ...others } = known.servers ?? {};
      return { servers: url ? { ...others, [host]: url } : others };
    });
  };
  return (
    <details>
      <summary>Only for this device</summary>
      <div class="row">
        <Field label="Its name" value={device.name ?? ''} set={(name) => save(() => ({ name }))} />
        <Choice
          label="Notify it"
          choices={ENABLED}
          value={enabled}
          set={(value) => setOwn('enabled', value === 'inherit' ? undefined : value === 'on')}
        />
        <Choice
          label="It shows"
          choices={PRIVACY}
          value={own.privacy ?? 'inherit'}
          set={(value) => setOwn('privacy', value === 'inherit' ? undefined : value)}
        />
      </div>
      {hosts.map((host) => (
        <Field
          key={host}
          label={`Where this device finds OpenCode on ${host}`}
          type="url"
          placeholder="http://10.0.0.5:4096"
          isOptional
          value={ownOf(servers, host) ?? ''}
          set={(url) => setServer(host, url)}
        />
      ))}
    </details>
  );
}

function Bridge() {
  const { bridges, info, summary } = useView();
  const warnings = [...(info?.warnings ?? []), ...(summary?.warnings ?? [])];
  return (
    <section aria-labelledby="bridge">
      <h2 id="bridge">Bridge</h2>
      <div class="card">
        {bridges.size === 0 && <p>No bridge has ever shown itself at this broker.</p>}
        {[...bridges].map(([name, isOnline]) => (
          <p key={name}>
            {name}: {isOnline ? 'runs' : 'is away'}
            {info?.version && `, version ${info.version}`}
          </p>
        ))}
        {warnings.map((warning) => (
          <p key={`${warning.service} ${warning.device} ${warning.reason}`} class="fault">
            {warningWords(warning)}
          </p>
        ))}
      </div>
    </section>
  );
}
