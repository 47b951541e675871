// What tools were called with: a permission often names only the call. Pure,
// bounded.

import { fields, text, type Fields } from './reading';

// As many tools do not run at once; one that has ended is forgotten earlier.
const CALLS_MAX = 64;

export class Calls {
  /** Kept as they are, not as a copy: what is changed before the call counts. */
  readonly #inputs = new Map<string, Fields>();

  note(session: string, call: string, input: unknown): void {
    const key = `${session} ${call}`;
    const known = this.#inputs.get(key) ?? {};
    if (Object.keys(known).length > 0 || typeof input !== 'object') return;
    this.#inputs.set(key, fields(input));
    for (const oldest of this.#inputs.keys()) {
      if (this.#inputs.size <= CALLS_MAX) break;
      this.#inputs.delete(oldest);
    }
  }

  /** A part of a message, if it is a tool's. */
  notePart(session: string, part: Fields): void {
    const call = text(part['callID']);
    if (part['type'] !== 'tool' || !call) return;
    const { status, input } = fields(part['state']);
    if (status === 'running') this.note(session, call, input);
    else if (status !== 'pending') this.forget(session, call);
  }

  forget(session: string, call: string): void {
    this.#inputs.delete(`${session} ${call}`);
  }

  /** null: it is not known, or not yet. */
  inputOf(session: string, call: string): Fields | null {
    return this.#inputs.get(`${session} ${call}`) ?? null;
  }
}
