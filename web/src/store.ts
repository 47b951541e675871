// What this browser keeps between visits; the page and the service worker share it.

import { del, get, set, update } from 'idb-keyval';
import { signer, webSocket, type Place, type Unsent, type View } from 'nudge-client';

/** Who we are at the broker. */
export interface Identity {
  pairing: Place;
  /** The password, and for which login at which broker: it is given to no other. */
  login: { ws: string; username: string; password: string } | null;
  /** Signs answers, and cannot be read; null: this browser cannot answer. */
  key: CryptoKey | null;
  /** This browser's name on the topics. */
  device: string;
  /** For people. */
  name: string;
}

/** A small thing that is known at once; where a browser keeps nothing, one does without. */
export function recall(name: string): string | null {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

export function remember(name: string, value: string): void {
  try {
    localStorage.setItem(name, value);
  } catch {
    // It is full, or not allowed.
  }
}

/** Before there was a key, the password stood beside the pairing. */
type Stored = Omit<Identity, 'login' | 'key'> & Partial<Identity> & { password?: string | null };

const IDENTITY = 'identity';
const KNOWN = 'known';
const UNSENT = 'unsent';
const VERSION = 2; // of what is known

const PATIENCE_MS = 5_000;

/** Some browsers' databases never answer: they are as good as none. */
function inTime<T>(work: Promise<T>): Promise<T> {
  const late = new Error('its storage does not answer.');
  return Promise.race([work, new Promise<never>((_, no) => setTimeout(no, PATIENCE_MS, late))]);
}

export async function loadIdentity(): Promise<Identity | null> {
  const stored = await inTime(get<Stored>(IDENTITY));
  // What another version wrote in another form says nothing to this one.
  if (!stored?.device || !URL.canParse(stored.pairing?.ws)) return null;
  const { pairing, device, name, key = null, password } = stored;
  const login = stored.login ?? (password ? loginOf(pairing, password) : null);
  return { pairing, login, key, device, name };
}

export const loginOf = ({ ws, username }: Place, password: string): Identity['login'] =>
  username === null ? null : { ws, username, password };

// A browser that refuses may do so at once: whoever waits is told in one way.
export const saveIdentity = async (identity: Identity) => inTime(set(IDENTITY, identity));

/** What a client needs to be this one. */
export function connectionOf({ pairing, login, key, device }: Identity) {
  const isOurs = login?.ws === pairing.ws && login.username === pairing.username;
  const password = isOurs ? login.password : null;
  const sign = key && signer(key);
  return { pairing, password, sign, device, open: webSocket(pairing.ws) };
}

/** What another version kept is forgotten. */
export async function loadKnown(): Promise<View | null> {
  const kept = await inTime(get<{ version?: number; view?: View }>(KNOWN));
  return kept?.version === VERSION ? (kept.view ?? null) : null;
}

export const saveKnown = async (view: View) => set(KNOWN, { version: VERSION, view });
export const forgetKnown = async () => inTime(del(KNOWN));

export const forgetUnsent = async () => inTime(del(UNSENT));
export const loadUnsent = async () => unsentIn(await inTime(get(UNSENT)));

const unsentIn = (kept: unknown): Unsent[] => (Array.isArray(kept) ? kept.filter(isUnsent) : []);

function isUnsent({ of, payload }: Unsent): boolean {
  try {
    const said = JSON.parse(payload);
    return of === 'answer'
      ? JSON.parse(said.signed) !== null
      : of === 'preferences' && said !== null;
  } catch {
    return false;
  }
}

/**
 * What other windows keep stays.
 *
 * @param mine the ids of all that this window ever had to send
 */
export const saveUnsent = async (mine: ReadonlySet<string>, unsent: readonly Unsent[]) =>
  inTime(
    update<Unsent[]>(UNSENT, (all) => [
      ...unsentIn(all).filter(({ id }) => !mine.has(id)),
      ...unsent,
    ]),
  );

export async function forgetAll(): Promise<void> {
  await inTime(Promise.all([del(IDENTITY), del(KNOWN), del(UNSENT)]));
}
