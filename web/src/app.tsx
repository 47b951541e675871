// The frame: not paired yet, or paired with four views.

import { useEffect, useState } from 'preact/hooks';
import { waiting } from 'nudge-client';
import { keepFresh } from './push';
import { Session } from './session';
import type { Identity } from './store';
import { Activity } from './views/activity';
import { Devices } from './views/devices';
import { SessionContext, useNow, useSession, useView } from './views/hooks';
import { Link } from './views/link';
import { Now } from './views/now';
import { Pair } from './views/pair';
import { Preferences } from './views/preferences';

const VIEWS = {
  now: ['Now', Now],
  activity: ['Activity', Activity],
  preferences: ['Preferences', Preferences],
  devices: ['Devices', Devices],
} as const;

type Name = keyof typeof VIEWS;

const named = (hash: string): Name => {
  const name = hash.slice(1).split('/')[0] ?? '';
  return name in VIEWS ? (name as Name) : 'now';
};

function useName(): Name {
  const [name, setName] = useState(named(location.hash));
  useEffect(() => {
    const follow = () => setName(named(location.hash));
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);
  return name;
}

export function App({ identity }: { identity: Identity | null }) {
  const [session, setSession] = useState<Session | null>(null);
  const isPairing = location.hash.startsWith('#pair?');
  useEffect(() => {
    if (identity && !isPairing) void Session.open(identity).then(setSession);
  }, []);
  if (session)
    return (
      <SessionContext.Provider value={session}>
        <Frame />
      </SessionContext.Provider>
    );
  return identity && !isPairing ? null : <Pair onPaired={setSession} />;
}

function Frame() {
  const name = useName();
  const [title, Content] = VIEWS[name];
  useEffect(() => {
    document.title = `${title} · nudge`;
  }, [title]);
  useFresh();
  return (
    <div class="frame">
      <header class="top">
        <span class="brand">nudge</span>
        <Link />
      </header>
      <Tabs current={name} />
      <main id="content" tabIndex={-1}>
        <h1>{title}</h1>
        <Content />
      </main>
    </div>
  );
}

function Tabs({ current }: { current: Name }) {
  const count = waiting(useView().feed, useNow()).length;
  return (
    <nav aria-label="Views">
      {Object.entries(VIEWS).map(([name, [title]]) => (
        <a key={name} href={`#${name}`} aria-current={name === current ? 'page' : undefined}>
          {title}
          {name === 'now' && count > 0 && (
            <span class="count">
              {count}
              <span class="hidden"> waiting</span>
            </span>
          )}
        </a>
      ))}
    </nav>
  );
}

/** The registration follows the browser's subscription. */
function useFresh(): void {
  const { nudge, identity } = useSession();
  const { devices, info } = useView();
  const registered = devices[nudge.device]?.endpoint;
  useEffect(() => {
    void keepFresh(nudge, identity).catch(() => {});
  }, [registered, info?.vapid_public_key]);
}
