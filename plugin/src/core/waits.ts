// What becomes true by waiting alone: a model that is retried in vain, an error after which no turn begins,
// a turn whose subagents in the background have ended. Pure.

import type { Happening } from './event';
import type { Memory, Session } from './memory';
import type { Moment, News } from './news';
import type { Failure, Turn } from './turn';

// A model that fails this long is not going to recover unnoticed.
const RETRY_PATIENCE_MS = 60_000;

// An error before a turn is a file or a resource that is missing in it: the model is told.
const LOOSE_MS = 5_000;

// OpenCode reports some failures twice, in the same words, the second time after the turn.
const ECHO_MS = 60_000;

// The main session goes on within milliseconds of the end of a subagent in the background.
const RESUME_MS = 5_000;

// As long as a finished turn is news.
const BACKGROUND_MAX_MS = 3_600_000;

export class Waits {
  readonly #memory: Memory;
  readonly #news: News;

  constructor(memory: Memory, news: News) {
    this.#memory = memory;
    this.#news = news;
  }

  /** An error outside of a turn. */
  add(session: Session, failure: Failure, { nowMs: ts, steadyMs }: Moment): void {
    const { failed, loose } = session;
    const isNew = !failed || steadyMs - failed.steadyMs >= ECHO_MS;
    const heard = [...loose, ...(isNew ? [] : [failed])];
    if (!heard.some(({ body }) => isSame(body, failure.body)))
      loose.push({ ...failure, ts, steadyMs });
  }

  /** The turn is idle: false, if it has not ended, because a subagent works in the background. */
  mayEnd(session: Session, turn: Turn, id: string, { steadyMs }: Moment): boolean {
    // Idle without having gone on: a person aborted it, and its subagents with it.
    if (turn.resting?.isBroken) turn.isAborted = true;
    if (turn.isAborted || !turn.isAnswered || !this.#hasBusyChild(session)) return true;
    const dueSteadyMs = steadyMs + BACKGROUND_MAX_MS;
    turn.resting ??= { id, sinceSteadyMs: steadyMs, dueSteadyMs, isBroken: false };
    return false;
  }

  /** A subagent has ended: its parents go on now, or not at all. */
  ended(child: Session, { steadyMs }: Moment, isAborted = false): void {
    for (const { turn, ...session } of this.#memory.line(child.id).slice(1)) {
      if (!turn?.resting) continue;
      turn.resting.isBroken ||= isAborted;
      if (this.#hasBusyChild(session)) continue;
      turn.resting.dueSteadyMs = steadyMs + RESUME_MS;
    }
  }

  tick(session: Session, moment: Moment): Happening[] {
    const { steadyMs } = moment;
    return [
      ...this.#tellLoose(session, (one) => one.steadyMs + LOOSE_MS <= steadyMs),
      ...this.#tellRetried(session, moment),
      ...(dueOf(session.turn) <= steadyMs ? this.#endResting(session, moment) : []),
    ];
  }

  /** Nothing more will come. */
  close(session: Session, moment: Moment): Happening[] {
    return [...this.#tellLoose(session, () => true), ...this.#endResting(session, moment)];
  }

  /** When tick() will have something to say of it; Infinity: not by waiting. */
  nextMs({ turn, loose }: Session): number {
    const first = loose.map(({ steadyMs }) => steadyMs + LOOSE_MS);
    return Math.min(...first, retryDueOf(turn), dueOf(turn));
  }

  #tellLoose(session: Session, isDue: (one: Session['loose'][number]) => boolean): Happening[] {
    const due = session.loose.filter(isDue);
    session.loose = session.loose.filter((one) => !due.includes(one));
    return due.map(({ ts, steadyMs, ...failure }) =>
      this.#news.failed(session, failure, { nowMs: ts, steadyMs, nonce: '' }),
    );
  }

  #tellRetried(session: Session, moment: Moment): Happening[] {
    const { turn } = session;
    if (!turn?.retrying || retryDueOf(turn) > moment.steadyMs) return [];
    turn.isReported = true;
    return [this.#news.failed(session, turn.retrying, moment, turn)];
  }

  #endResting(session: Session, moment: Moment): Happening[] {
    const { turn } = session;
    if (!turn?.resting) return [];
    session.turn = null;
    session.rested = { state: 'idle', sinceMs: moment.nowMs };
    this.ended(session, moment);
    return [this.#news.completed(session, turn, turn.resting.id, moment)];
  }

  #hasBusyChild({ id }: Pick<Session, 'id'>): boolean {
    for (const other of this.#memory.all()) {
      if (!other.turn || other.id === id) continue;
      if (this.#memory.line(other.id).some((one) => one.id === id)) return true;
    }
    return false;
  }
}

/** The echo may begin with the name of the error. */
function isSame(one: string, two: string): boolean {
  const plain = (body: string) => body.replace(/^\w*Error: /, '');
  return plain(one) === plain(two);
}

function retryDueOf(turn: Turn | null): number {
  if (!turn?.retrying || turn.isReported || turn.retrying.isSpeaking) return Infinity;
  return turn.retrying.sinceSteadyMs + RETRY_PATIENCE_MS;
}

function dueOf(turn: Turn | null): number {
  return turn?.resting?.dueSteadyMs ?? Infinity;
}
