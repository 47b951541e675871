// Does the broker take clients without a login? Then nobody can tell who a
// reply comes from.

import { openClient } from './connection';
import type { Settings } from './login';

const PATIENCE_MS = 5_000;

/** null: it cannot be told. */
export function letsAnybodyIn(settings: Settings): Promise<boolean | null> {
  if (settings.username === undefined) return Promise.resolve(true); // it just let us in

  return new Promise((resolve) => {
    const client = openClient(settings, {
      protocolVersion: 5,
      clean: true,
      reconnectPeriod: 0,
      connectTimeout: PATIENCE_MS,
    });
    const tell = (answer: boolean | null) => {
      resolve(answer);
      client.end(true);
    };
    client.once('connect', () => tell(true));
    // Only a refusal carries a number; trouble on the way has a name.
    client.on('error', (error) => tell('code' in error && Number(error.code) > 0 ? false : null));
    client.once('close', () => tell(null));
  });
}
