// What is remembered of each session. Pure, bounded.

import type { Question } from './ask';
import { fields, text, type Fields } from './reading';
import { isId, type Happening, type SessionName } from './event';
import type { Failure, Turn } from './turn';

const SESSIONS_MAX = 500;
const ENDED_MAX = 200;
const DELETED_MAX = 500;
const ANCESTORS_MAX = 8;

// Until a title is found OpenCode shows "New session - <ISO time>".
const PLACEHOLDER = /^(New|Child) session - \d{4}-\d\d-\d\dT/;

/** What somebody was asked. */
export interface Asked {
  readonly kind: 'permission' | 'question';
  /** Which of OpenCode's HTTP APIs knows of it. */
  readonly api: 'v1' | 'v2';
  readonly session: string;
  readonly askedMs: number;
  readonly askedSteadyMs: number;
  /** Ties an answer to this request. */
  readonly nonce: string;
  readonly questions: readonly Question[];
  /** used: answered, or about to be; expired: nobody can answer it any more. */
  end: 'used' | 'expired' | null;
  /** Not told yet: what its tool was called with comes a moment later. */
  held: Held | null;
}

export interface Held {
  readonly happening: Happening;
  /** As OpenCode gave it. */
  readonly given: Fields;
  readonly call: string;
  readonly dueSteadyMs: number;
}

export interface Loose extends Failure {
  readonly ts: number;
  readonly steadyMs: number;
}

export interface Session {
  readonly id: string;
  /** Title and parent were told by OpenCode. */
  isKnown: boolean;
  /** How often they were asked for in vain. */
  vain: number;
  title: string | null;
  parent: string | null;
  turn: Turn | null;
  /** How the last turn ended, and when. */
  rested: { state: 'idle' | 'error'; sinceMs: number } | null;
  /** The error that was last reported, and when. */
  failed: { body: string; steadyMs: number } | null;
  /** Errors outside of a turn: nothing, if one begins soon. */
  loose: Loose[];
  /** Requests nobody has answered yet, by id. */
  readonly pending: Map<string, Asked>;
  /** The assistant's newest messages. */
  readonly past: Set<string>;
  /** v2 API: prompts taken in but not begun. */
  readonly queued: Set<string>;
}

export class Memory {
  readonly #sessions = new Map<string, Session>();
  /** Requests that wait no more, for those who answer late. */
  readonly #ended = new Map<string, Asked>();
  readonly #deleted = new Set<string>();

  get(id: string): Session {
    const known = this.#sessions.get(id);
    if (known) return known;

    const session: Session = {
      id,
      isKnown: false,
      vain: 0,
      title: null,
      parent: null,
      turn: null,
      rested: null,
      failed: null,
      loose: [],
      pending: new Map(),
      past: new Set(),
      queued: new Set(),
    };
    this.#sessions.set(id, session);
    this.#forgetOldest();
    return session;
  }

  all(): Iterable<Session> {
    return this.#sessions.values();
  }

  forget(id: string): void {
    const session = this.#sessions.get(id);
    for (const request of session?.pending.keys() ?? []) this.end(this.get(id), request, 'expired');
    this.#sessions.delete(id);
    this.#deleted.add(id);
    const [oldest] = this.#deleted;
    if (this.#deleted.size > DELETED_MAX && oldest) this.#deleted.delete(oldest);
  }

  /** OpenCode may run on with one, and fail. */
  isDeleted(id: string): boolean {
    return this.#deleted.has(id);
  }

  /** A request that waits, or did lately. */
  request(id: string): Asked | null {
    for (const { pending } of this.#sessions.values()) {
      const found = pending.get(id);
      if (found) return found;
    }
    return this.#ended.get(id) ?? null;
  }

  /** A request waits no more. */
  end(session: Session, id: string, how: 'used' | 'expired'): void {
    const asked = session.pending.get(id);
    if (!asked) return;
    session.pending.delete(id);
    this.#ended.set(id, { ...asked, end: how, held: null });
    const [oldest] = this.#ended.keys();
    if (this.#ended.size > ENDED_MAX && oldest) this.#ended.delete(oldest);
  }

  /** Takes over what OpenCode says about a session; null: it says nothing. */
  learn(id: string, info: Fields | null): void {
    const session = this.get(id);
    if (!info) {
      session.vain += 1;
      return;
    }
    session.isKnown = true;
    const title = text(info['title']);
    session.title = title && !PLACEHOLDER.test(title) ? title : null;
    const parent = text(info['parentID']);
    session.parent = parent && isId(parent) ? parent : null;
  }

  /** The session itself, then its parents up to the root. */
  line(id: string): Session[] {
    const line = [this.get(id)];
    for (let i = 0; i < ANCESTORS_MAX; i++) {
      const parent = line[line.length - 1]?.parent;
      if (!parent) break;
      line.push(this.get(parent));
    }
    return line;
  }

  name(session: Session): SessionName {
    return { id: session.id, title: session.title, parent: session.parent };
  }

  /** Named after the root: that is the session a person knows. */
  rootName(session: Session): SessionName {
    const line = this.line(session.id);
    const title = line[line.length - 1]?.title ?? session.title;
    return { ...this.name(session), title };
  }

  #forgetOldest(): void {
    if (this.#sessions.size <= SESSIONS_MAX) return;
    for (const session of this.#sessions.values()) {
      if (session.turn || session.pending.size > 0) continue;
      this.#sessions.delete(session.id);
      return;
    }
  }
}

/** The session an OpenCode event is about. */
export function sessionOf(properties: Fields): string | null {
  return text(properties['sessionID']) ?? text(fields(properties['info'])['id']);
}
