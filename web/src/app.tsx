// The frame: not paired yet, or paired with four views.

import { Component, type ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { showCount } from './count';
import { limitTo } from './policy';
import { keepFresh } from './push';
import { Session } from './session';
import { forgetKnown, forgetUnsent, type Identity } from './store';
import { showTheme } from './theme';
import { Activity } from './views/activity';
import { Devices } from './views/devices';
import { SessionContext, useNeeds, useSession, useView } from './views/hooks';
import { LeaveContext, Unpaired, type Former } from './views/leave';
import { Link } from './views/link';
import { Now } from './views/now';
import { Outbox } from './views/outbox';
import { Pair } from './views/pair';
import { Preferences } from './views/preferences';
import { Strip } from './views/strip';
import { Toasts } from './views/toast';

const VIEWS = {
  now: ['Now', Now],
  activity: ['Activity', Activity],
  preferences: ['Preferences', Preferences],
  devices: ['Devices', Devices],
} as const;

type Name = keyof typeof VIEWS;

const named = (hash: string): Name => {
  const name = hash.slice(1).split('/')[0] ?? '';
  return Object.hasOwn(VIEWS, name) ? (name as Name) : 'now';
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

interface Props {
  identity: Identity | null;
  /** A pairing link that this page was opened with: anybody may have made it. */
  link: string | null;
}

export function App({ identity, link }: Props) {
  const [offer, setOffer] = useState(link);
  const [session, setSession] = useState<Session | null>(null);
  const [former, setFormer] = useState<Former | null>(null);
  const [fault, setFault] = useState('');
  useEffect(showTheme, []);
  const begin = (opened: Session) => {
    limitTo(opened.identity.pairing.ws);
    setSession(opened);
  };
  useEffect(() => {
    if (identity && offer === null && !session)
      Session.open(identity).then(begin, (error: unknown) => setFault(String(error)));
  }, [offer]);
  return (
    <>
      {former && <Unpaired {...former} />}
      {!former && session && (
        <SessionContext.Provider value={session}>
          <LeaveContext.Provider value={setFormer}>
            <Guard session={session}>
              <Frame />
            </Guard>
          </LeaveContext.Provider>
        </SessionContext.Provider>
      )}
      {!session && fault && <Broken fault={fault} />}
      {!session && (!identity || offer !== null) && (
        <Pair identity={identity} link={offer} onPaired={begin} onStay={() => setOffer(null)} />
      )}
      <Toasts />
    </>
  );
}

interface GuardProps {
  session: Session;
  children: ComponentChildren;
}

/** Nothing that is known may keep the page from being used. */
class Guard extends Component<GuardProps, { fault: string }> {
  override state = { fault: '' };

  override componentDidCatch(error: unknown) {
    this.setState({ fault: String(error) });
  }

  override render() {
    const { fault } = this.state;
    if (!fault) return this.props.children;
    return <Broken fault={fault} close={() => this.props.session.close()} />;
  }
}

/** What is known broke the page: it can begin without. */
function Broken({ fault, close }: { fault: string; close?: () => void }) {
  const forget = async () => {
    close?.();
    await Promise.all([forgetKnown(), forgetUnsent()]).catch(() => {});
    location.reload();
  };
  return (
    <main class="pair" id="content">
      <h1>Something is wrong</h1>
      <p>This page cannot show what it knows. Without its history it can begin again.</p>
      <p class="fault">{fault}</p>
      <div class="buttons">
        <button class="primary" onClick={() => void forget()}>
          Forget history
        </button>
        <button onClick={() => location.reload()}>Try again</button>
      </div>
    </main>
  );
}

function Frame() {
  const name = useName();
  const [title, Content] = VIEWS[name];
  const count = useNeeds().length;
  useEffect(() => showCount(count, title), [count, title]);
  useEffect(() => () => showCount(0, 'Welcome'), []);
  useFresh();
  return (
    <div class="frame">
      <header class="top">
        <span class="brand">nudge</span>
        <Link />
      </header>
      <Tabs current={name} />
      <main id="content" tabIndex={-1}>
        <Strip title={title} />
        <Outbox />
        <Content />
      </main>
    </div>
  );
}

function Tabs({ current }: { current: Name }) {
  const count = useNeeds().length;
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
  const registered = devices.get(nudge.device)?.endpoint;
  useEffect(() => {
    void keepFresh(nudge, identity).catch(() => {});
  }, [registered, info?.vapid_public_key]);
}
