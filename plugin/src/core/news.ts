// What the tracker found, in the form it is told. Pure.

import type { Happening, Kind, Request } from './event';
import type { Memory, Session } from './memory';
import type { Failure, Turn } from './turn';

/** What the moment of a call adds to an event. */
export interface Moment {
  /** Since the epoch; somebody may set it. */
  nowMs: number;
  /** By a clock that nobody sets. */
  steadyMs: number;
  /** Fresh, used if this event asks something. */
  nonce: string;
}

export class News {
  readonly #memory: Memory;

  constructor(memory: Memory) {
    this.#memory = memory;
  }

  completed(session: Session, turn: Turn, id: string, moment: Moment): Happening {
    return {
      ...this.happening('session.idle', session, id, moment),
      body: turn.words,
      durationMs: lasted(turn, moment.steadyMs),
    };
  }

  failed(session: Session, failure: Failure, moment: Moment, turn?: Turn): Happening {
    session.failed = { body: failure.body, steadyMs: moment.steadyMs };
    session.rested = { state: 'error', sinceMs: moment.nowMs };
    return {
      ...this.happening('session.error', session, failure.id, moment),
      body: failure.body,
      ...(turn && { durationMs: lasted(turn, moment.steadyMs) }),
    };
  }

  happening(
    kind: Kind,
    session: Session,
    id: string,
    { nowMs: ts, steadyMs }: Moment,
    request?: Request,
  ): Happening {
    const isAsking = kind.endsWith('.asked');
    const name = isAsking ? this.#memory.rootName(session) : this.#memory.name(session);
    return { id, ts, steadyMs, kind, session: name, ...(request && { request }) };
  }
}

function lasted({ startedSteadyMs }: Turn, steadyMs: number): number {
  return Math.max(0, steadyMs - startedSteadyMs);
}
