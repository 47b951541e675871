// Whether a broker lets this browser in, as somebody; nothing is kept of it.

import { forbidden } from './policy';
import { Session } from './session';
import type { Identity } from './store';

/**
 * @returns a session that is connected
 * @throws Error with one sentence
 */
export async function tryOut(identity: Identity): Promise<Session> {
  const { ws } = identity.pairing;
  let told = (_: string | null) => {};
  const first = new Promise<string | null>((resolve) => (told = resolve));
  const end = new AbortController();
  void forbidden(ws, end.signal).then(() =>
    told(`The server of this page lets it connect to another broker only, not to ${ws}.`),
  );
  const session = await Session.open(identity, (state) => {
    if (state === 'online') told(null);
    if (state === 'refused') told('The broker refuses the name or the password.');
    // A connection that is forbidden is told of in another way, at the same time.
    if (state === 'offline')
      setTimeout(() => told(`Nobody answers at ${ws}. Is this device in the same network?`));
  });
  const fault = await first;
  end.abort();
  if (fault === null) return session;
  session.close();
  throw new Error(fault);
}
