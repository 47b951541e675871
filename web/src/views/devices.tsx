// Each device: how it is reached, when it was last, and what is wrong with it.

import { useState } from 'preact/hooks';
import {
  own as ownOf,
  preferencesIn,
  webAddress,
  type Device,
  type Entry,
  type EventReceipt,
} from 'nudge-client';
import { isRegistered, pushObstacle, turnOff, turnOn } from '../push';
import { forgetAll } from '../store';
import { platformWord, receiptWords, timeOf, warningWords } from '../words';
import { Choice, Field } from './fields';
import { Outcome, useAction, useSession, useView } from './hooks';

export function Devices() {
  const { devices } = useView();
  const { nudge } = useSession();
  const others = [...devices].filter(([name]) => name !== nudge.device);
  return (
    <>
      <ThisDevice />
      <section aria-labelledby="others">
        <h2 id="others">Other devices</h2>
        {others.length === 0 && <p class="empty">None is registered.</p>}
        {others.map(([name, device]) => (
          <OneDevice key={name} name={name} device={device} />
        ))}
      </section>
      <Bridge />
    </>
  );
}

function ThisDevice() {
  const { nudge, identity } = useSession();
  const { devices } = useView();
  const { run, ...action } = useAction();
  const device = devices.get(nudge.device);
  const obstacle = pushObstacle(nudge);
  const isOn = isRegistered(nudge);
  const toggle = () =>
    isOn
      ? run(() => turnOff(nudge), 'This device is not notified any more.')
      : run(() => turnOn(nudge, identity), 'This device is notified from now on.');
  return (
    <section aria-labelledby="this">
      <h2 id="this">This device</h2>
      <article class="card" aria-label="This device">
        <h3>{device?.name ?? identity.name}</h3>
        {!isOn && <p>{obstacle ?? 'It is not notified yet.'}</p>}
        <div class="buttons">
          {(isOn || !obstacle) && (
            <button class={isOn ? '' : 'primary'} disabled={action.isBusy} onClick={toggle}>
              {isOn ? 'Turn notifications off' : 'Turn notifications on'}
            </button>
          )}
          <button
            onClick={() =>
              void leave(devices.has(nudge.device) ? () => turnOff(nudge) : async () => {})
            }
          >
            Unpair this browser
          </button>
        </div>
        <Outcome {...action} />
        {device && <About name={nudge.device} device={device} />}
        {device && <Own device={device} />}
      </article>
    </section>
  );
}

async function leave(unregister: () => Promise<void>): Promise<void> {
  await unregister().catch(() => {});
  await forgetAll();
  location.assign(location.pathname);
}

function OneDevice({ name, device }: { name: string; device: Device }) {
  const { nudge } = useSession();
  const { run, ...action } = useAction();
  const words = device.name ?? name;
  return (
    <article class="card" aria-label={words}>
      <h3>{words}</h3>
      <About name={name} device={device} />
      <details>
        <summary>Remove it</summary>
        <button
          class="danger"
          disabled={action.isBusy}
          onClick={() => run(() => nudge.unregister(name))}
        >
          Remove {words}
        </button>
      </details>
      <Outcome {...action} />
    </article>
  );
}

function lastOf(feed: readonly Entry[], device: string, isIt: (receipt: EventReceipt) => boolean) {
  const all = feed.flatMap(({ receipts }) => receipts);
  return all
    .filter((receipt) => receipt.device === device && isIt(receipt))
    .sort((a, b) => b.ts - a.ts)[0];
}

/** Its state, its last push and trouble, and a test. */
function About({ name, device }: { name: string; device: Device }) {
  const { feed, presence } = useView();
  const pushed = lastOf(feed, name, ({ state }) => state === 'pushed');
  const failed = lastOf(feed, name, ({ state }) => state === 'failed');
  const isTroubled = failed && failed.ts > (pushed?.ts ?? 0);
  return (
    <>
      <p class="quiet-text">
        {platformWord(device.platform)}
        {presence.get(name) === 'foreground' && ' · somebody looks at it'}
      </p>
      <p>{pushed ? `Last push ${timeOf(pushed.ts)}.` : 'No push seen from here yet.'}</p>
      {isTroubled && (
        <p class="fault">
          {timeOf(failed.ts)}: {receiptWords(failed)}
        </p>
      )}
      <Test name={name} words={device.name ?? name} />
    </>
  );
}

/** A test goes to all devices; here shows what became of it on this one. */
function Test({ name, words }: { name: string; words: string }) {
  const { nudge } = useSession();
  const { feed } = useView();
  const { run, ...action } = useAction();
  const [id, setId] = useState('');
  const receipts = feed.find((entry) => entry.id === id)?.receipts ?? [];
  const last = receipts.findLast(({ device }) => device === name);
  const state = id && !action.fault ? (last ? receiptWords(last) : 'On its way…') : '';
  return (
    <div class="buttons">
      <button
        disabled={action.isBusy}
        onClick={() => run(async () => setId(await nudge.test()), '')}
      >
        Test<span class="hidden"> {words}</span>
      </button>
      <Outcome done={state} fault={action.fault} />
    </div>
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
  const { run, ...action } = useAction();
  const own = preferencesIn(device.prefs);
  const save = (part: Partial<Device>) => run(() => nudge.register({ ...device, ...part }));
  const setOwn = (name: 'enabled' | 'privacy', value: unknown) => {
    const { [name]: _, ...others } = (device.prefs ?? {}) as Record<string, unknown>;
    save({ prefs: value === undefined ? others : { ...others, [name]: value } });
  };
  const enabled = own.enabled === undefined ? 'inherit' : own.enabled ? 'on' : 'off';
  const servers = device.servers ?? {};
  const hosts = [...new Set([...agents.keys(), ...Object.keys(servers)])];
  const setServer = (host: string, given: string) => {
    const { [host]: _, ...others } = servers;
    if (!given) return save({ servers: others });
    const url = webAddress(given);
    if (url) save({ servers: { ...others, [host]: url } });
    else run(() => Promise.reject(new Error(`${given} is no address: http://HOST:PORT`)));
  };
  return (
    <details>
      <summary>Only for this device</summary>
      <div class="row">
        <Field label="Its name" value={device.name ?? ''} set={(name) => save({ name })} />
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
      <Outcome {...action} />
    </details>
  );
}

function Bridge() {
  const { bridges, info } = useView();
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
        {info?.warnings?.map((warning) => (
          <p key={`${warning.service} ${warning.device} ${warning.reason}`} class="fault">
            {warningWords(warning)}
          </p>
        ))}
      </div>
    </section>
  );
}
