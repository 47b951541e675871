// What the parts of a client stand on: what is known, and whether the broker is there.

import type { View } from './view';

export interface Ground {
  readonly view: View;
  readonly isOnline: boolean;
  /** Something is known now that was not, or is known otherwise. */
  learn(change: (view: View) => View): void;
}
