// A short connection to the broker, to look and to ask.

import { Link } from './link';
import type { Settings } from './login';
import { connectTrouble } from './trouble';

const PATIENCE_MS = 10_000;

/** Throws what is wrong, in one line. */
export function visit(settings: Settings): Promise<Link> {
  const { username, password } = settings;
  return new Promise((resolve, reject) => {
    const link = new Link(
      settings,
      { username, password, patienceMs: PATIENCE_MS },
      {
        open: () => resolve(link),
        closed: (error) =>
          reject(new Error(connectTrouble(settings, error ?? new Error('it hung up')))),
      },
    );
  });
}
