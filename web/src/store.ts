// What this browser keeps between visits; the page and the service worker share it.

import { del, get, set } from 'idb-keyval';
import type { Pairing, View } from 'nudge-client';

/** Who we are at the broker. */
export interface Identity {
  pairing: Pairing;
  password: string | null;
  /** This browser's name on the topics. */
  device: string;
  /** For people. */
  name: string;
}

const IDENTITY = 'identity';
const KNOWN = 'known';

export const loadIdentity = () => get<Identity>(IDENTITY);
export const saveIdentity = (identity: Identity) => set(IDENTITY, identity);
export const loadKnown = () => get<View>(KNOWN);
export const saveKnown = (view: View) => set(KNOWN, view);

export const forgetKnown = () => del(KNOWN);

export async function forgetAll(): Promise<void> {
  await Promise.all([del(IDENTITY), del(KNOWN)]);
}
