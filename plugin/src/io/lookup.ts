// Asks OpenCode about a session it has not told us of.

import { fields, type Fields } from '../core/reading';
import type { Client } from './opencode';

const PATIENCE_MS = 1_000;

/** null: it does not know, does not answer in time, or fails. */
export async function lookUpSession(client: Client, id: string): Promise<Fields | null> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), PATIENCE_MS);
  });
  try {
    const answer = await Promise.race([client.session.get({ path: { id } }), tooLate]);
    const info = fields(answer?.data);
    return info['id'] === id ? info : null;
  } catch {
    return null;
  } finally {
    clearTimeout(timer);
  }
}
