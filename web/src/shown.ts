// What this browser shows of ours: page and worker touch it one at a time.

/** A browser forgets what it is about to show when it is asked meanwhile what it shows. */
export const inTurn = <T>(work: () => Promise<T>): Promise<T> =>
  navigator.locks.request('nudge-shown', work) as Promise<T>;
