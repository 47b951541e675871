// What the views share: the session, the time, and doing something that may fail.

import { createContext } from 'preact';
import { useContext, useEffect, useRef, useState } from 'preact/hooks';
import { waiting, type Need, type View } from 'nudge-client';
import type { Session } from '../session';

export const SessionContext = createContext<Session | null>(null);

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error('no session');
  return session;
}

/** All that is known, as it changes. */
export function useView(): View {
  const session = useSession();
  const [, again] = useState(0);
  useEffect(() => session.listen(() => again((count) => count + 1)), [session]);
  return session.nudge.view;
}

/** What waits for the person, the oldest first. */
export function useNeeds(): Need[] {
  const { feed, summary } = useView();
  return waiting(feed, summary?.asks ?? [], useNow());
}

/** @returns for the element that shows this event: who looks at it has seen it */
export function useShown<T extends Element>(event: string) {
  const session = useSession();
  const element = useRef<T>(null);
  useEffect(() => {
    return element.current ? session.watch(element.current, event) : undefined;
  }, [session, event]);
  return element;
}

/** Milliseconds since 1970, each half minute. */
export function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 30_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

const SHORT_MS = 3_000; // in which a connection comes, and the broker tells who is there

/** True once it was so for a while. */
export function useLasting(isSo: boolean): boolean {
  const [hasLasted, setLasted] = useState(false);
  useEffect(() => {
    setLasted(false);
    if (!isSo) return;
    const timer = setTimeout(() => setLasted(true), SHORT_MS);
    return () => clearTimeout(timer);
  }, [isSo]);
  return isSo && hasLasted;
}

/** Do something, and have what it says: that it runs, is done, or why it failed. */
export function useAction() {
  const [state, setState] = useState({ isBusy: false, done: '', fault: '' });
  const run = (work: () => Promise<unknown>, done = 'Saved.') => {
    setState({ isBusy: true, done: '', fault: '' });
    work().then(
      () => setState({ isBusy: false, done, fault: '' }),
      (error: Error) => setState({ isBusy: false, done: '', fault: error.message }),
    );
  };
  return { ...state, run };
}

export function Outcome({ done, fault }: { done: string; fault: string }) {
  return (
    <p class={fault ? 'outcome fault' : 'outcome'} role="status">
      {fault || done}
    </p>
  );
}
