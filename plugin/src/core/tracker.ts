// OpenCode's events in, nudge's out: what counts as finished, failed, asked or
// resolved. Pure: time, nonces and what was looked up come in as values.

import type { AgentSession } from './agent';
import { isId, type Happening, type Kind } from './event';
import { Memory, sessionOf, type Session } from './memory';
import { News, type Moment } from './news';
import { fields, text, type Fields } from './reading';
import { Requests } from './requests';
import * as turns from './turn';
import { Waits } from './waits';
import { errorBody } from './wording';

export type { Moment } from './news';

/** An event as OpenCode's `event` hook gets it. */
export interface HookEvent {
  id: string;
  type: string;
  properties: Fields;
}

// Who is not told a session's parent takes a subagent for one; so it is asked
// for again at a later event, but not for ever.
const LOOKUPS_MAX = 3;

// v2 API: an abort has no name, only these words.
const PROVIDER_INTERRUPTED = 'Provider turn interrupted';
const TOOL_INTERRUPTED = 'Tool execution interrupted';

type Handler = (session: Session, event: HookEvent, moment: Moment) => Happening[];

export class Tracker {
  readonly #memory = new Memory();
  readonly #news = new News(this.#memory);
  readonly #waits = new Waits(this.#memory, this.#news);
  readonly requests = new Requests(this.#memory);
  readonly #handlers = new Map<string, Handler>(
    Object.entries({
      'session.created': (_, event) => this.#learn(event),
      'session.updated': (_, event) => this.#learn(event),
      'session.deleted': (...call) => this.#deleted(...call),
      'session.status': (...call) => this.#status(...call),
      'session.idle': (...call) => this.#rest(...call),
      'session.error': (...call) => this.#error(...call),
      'message.updated': (session, event) =>
        inTurn(session, (turn) =>
          turns.noteMessage(turn, event.id, fields(event.properties['info'])),
        ),
      'message.part.updated': (session, event) => this.#part(session, event),
      'permission.asked': (...call) => this.#asked('permission', ...call),
      'permission.replied': (...call) => this.#answered(...call),
      'question.asked': (...call) => this.#asked('question', ...call),
      'question.replied': (...call) => this.#answered(...call),
      'question.rejected': (...call) => this.#answered(...call),

      // Sessions driven through the v2 HTTP API know no status and no idle.
      'session.next.prompt.admitted': (session, event) => {
        session.queued.add(text(event.properties['messageID']) ?? event.id);
        return [];
      },
      'session.next.prompted': (session, event, moment) => {
        session.queued.delete(text(event.properties['messageID']) ?? event.id);
        return this.#begin(session, event, moment);
      },
      'session.next.retried': (session, event, { steadyMs }) =>
        inTurn(session, (turn) =>
          turns.noteRetry(turn, event.id, fields(event.properties['error']), steadyMs),
        ),
      'session.next.text.ended': (session, event) =>
        inTurn(session, (turn) => {
          turns.noteSpeech(turn);
          turns.noteWords(turn, text(event.properties['text']));
        }),
      'session.next.step.started': (session) => inTurn(session, turns.noteGoingOn),
      'session.next.step.ended': (...call) => this.#stepEnded(...call),
      'session.next.step.failed': (...call) => this.#stepFailed(...call),
      'session.next.tool.called': (session, { properties }) => {
        const call = text(properties['callID']) ?? '';
        this.requests.calls.note(session.id, call, properties['input']);
        inTurn(session, turns.noteProgress);
        return this.requests.unhold(session, call);
      },
      'session.next.tool.success': (session, { properties }) => {
        this.requests.calls.forget(session.id, text(properties['callID']) ?? '');
        return [];
      },
      'session.next.tool.failed': (...call) => this.#toolFailed(...call),
    } satisfies Record<string, Handler>),
  );

  /** Most of OpenCode's events say nothing to us; skip them cheaply. */
  matters(event: HookEvent): boolean {
    return this.#handlers.has(plainType(event));
  }

  /** A session to be looked up and learned before the event is observed. */
  missing(event: HookEvent): string | null {
    const id = sessionOf(event.properties);
    if (!id || event.properties['info'] || this.#memory.isDeleted(id)) return null;
    const line = this.#memory.line(id);
    return line.find(({ isKnown, vain }) => !isKnown && vain < LOOKUPS_MAX)?.id ?? null;
  }

  /** The answer to missing(); null: OpenCode would not tell. */
  learn(id: string, info: Fields | null): void {
    this.#memory.learn(id, info);
  }

  observe(event: HookEvent, moment: Moment): Happening[] {
    const id = sessionOf(event.properties);
    const handler = this.#handlers.get(plainType(event));
    // An error of no session is OpenCode's own trouble, not a turn's.
    if (!id || !handler || !isId(id) || !isId(event.id)) return [];
    if (this.#memory.isDeleted(id)) return [];
    return handler(this.#memory.get(id), event, moment);
  }

  /** The root sessions that did anything, and what they do now. */
  sessions(project: string): AgentSession[] {
    const waitingMs = this.#waitingRoots();
    const found: AgentSession[] = [];
    for (const session of this.#memory.all()) {
      const doing = stateOf(session, waitingMs.get(session.id));
      const { id, title, parent } = session;
      if (doing && !parent) found.push({ id, title, project, ...doing });
    }
    return found;
  }

  /** What has become true by waiting alone. */
  tick(moment: Moment): Happening[] {
    return [...this.#memory.all()].flatMap((session) => [
      ...this.requests.tick(session, moment.steadyMs),
      ...this.#waits.tick(session, moment),
    ]);
  }

  /** OpenCode ends: nobody can answer any more. */
  close(moment: Moment): Happening[] {
    return [...this.#memory.all()].flatMap((session) => [
      ...this.#abandon(session, moment),
      ...this.#waits.close(session, moment),
    ]);
  }

  /** When tick() will have something to say, if nothing else happens; steady. */
  nextTickMs(): number | null {
    const due = [...this.#memory.all()].map((session) =>
      Math.min(this.requests.nextMs(session), this.#waits.nextMs(session)),
    );
    const next = Math.min(...due, Infinity);
    return next === Infinity ? null : next;
  }

  /** Roots of sessions that wait for a person, and since when. */
  #waitingRoots(): Map<string, number> {
    const since = new Map<string, number>();
    for (const session of this.#memory.all())
      for (const { askedMs } of session.pending.values()) {
        const root = this.#memory.line(session.id).pop()?.id ?? session.id;
        since.set(root, Math.min(askedMs, since.get(root) ?? askedMs));
      }
    return since;
  }

  #learn(event: HookEvent): Happening[] {
    const info = fields(event.properties['info']);
    const id = text(info['id']);
    if (id) this.#memory.learn(id, info);
    return [];
  }

  #deleted(session: Session, event: HookEvent, moment: Moment): Happening[] {
    this.#learn(event);
    session.turn = null;
    this.#waits.ended(session, moment);
    this.#memory.forget(session.id);
    return [this.#news.happening('session.deleted', session, event.id, moment)];
  }

  #status(session: Session, event: HookEvent, moment: Moment): Happening[] {
    const status = fields(event.properties['status']);
    switch (status['type']) {
      case 'busy':
        return this.#begin(session, event, moment);
      case 'retry': {
        const begun = this.#begin(session, event, moment);
        const { steadyMs } = moment;
        inTurn(session, (turn) => turns.noteRetry(turn, event.id, status, steadyMs));
        return begun;
      }
      case 'idle':
        return this.#rest(session, event, moment);
      default:
        return [];
    }
  }

  /** Busy is repeated within a turn; only its first says something new. */
  #begin(session: Session, event: HookEvent, moment: Moment): Happening[] {
    session.loose = [];
    if (session.turn) {
      session.turn.resting = null;
      return [];
    }
    session.turn = turns.newTurn(moment.nowMs, moment.steadyMs, session.past);
    return [this.#news.happening('session.busy', session, event.id, moment)];
  }

  /** Idle also follows aborts, summaries, shell commands and idle itself. */
  #rest(session: Session, event: HookEvent, moment: Moment): Happening[] {
    const { turn } = session;
    const gone = this.#abandon(session, moment);
    if (!turn || !this.#waits.mayEnd(session, turn, event.id, moment)) return gone;
    session.turn = null;
    session.rested = { state: 'idle', sinceMs: moment.nowMs };
    this.#waits.ended(session, moment, turn.isAborted);
    if (turn.isAborted) return gone;
    if (turn.isAnswered) return [...gone, this.#news.completed(session, turn, event.id, moment)];
    if (!turn.failure || turn.isReported || turn.isRejected) return gone;
    return [...gone, this.#news.failed(session, turn.failure, moment, turn)];
  }

  /** OpenCode says nothing of requests that die with their turn. */
  #abandon(session: Session, moment: Moment): Happening[] {
    return [...session.pending].flatMap(([id, asked]) => {
      const told = this.requests.tell(asked);
      const ending = asked.kind === 'question' ? 'rejected' : 'replied';
      const name: Kind = `${asked.kind}.${ending}` as Kind;
      this.#memory.end(session, id, 'expired');
      return [...told, this.#news.happening(name, session, `${id}-gone`, moment, { id })];
    });
  }

  #error(session: Session, event: HookEvent, moment: Moment): Happening[] {
    const error = fields(event.properties['error']);
    const { turn } = session;
    if (turn && !turn.resting) {
      // Not before the turn rests: it may recover, as from a full context.
      turns.noteFailure(turn, event.id, error);
      return [];
    }
    if (turns.isAbort(error)) return [];
    this.#waits.add(session, { id: event.id, body: errorBody(error) }, moment);
    return [];
  }

  #asked(
    kind: 'permission' | 'question',
    session: Session,
    event: HookEvent,
    moment: Moment,
  ): Happening[] {
    const given = event.properties;
    const id = text(given['id']);
    if (!id || !isId(id)) return [];
    const request = { id, nonce: moment.nonce };
    const happening = this.#news.happening(`${kind}.asked`, session, event.id, moment, request);
    const api = event.type.includes('.v2.') ? 'v2' : 'v1';
    return this.requests.add(session, api, happening, given);
  }

  #part(session: Session, event: HookEvent): Happening[] {
    const part = fields(event.properties['part']);
    this.requests.calls.notePart(session.id, part);
    if (session.turn) turns.notePart(session.turn, part);
    return this.requests.unhold(session, text(part['callID']) ?? '');
  }

  #answered(session: Session, event: HookEvent, moment: Moment): Happening[] {
    const id = text(event.properties['requestID']);
    if (!id || !isId(id)) return [];
    const asked = session.pending.get(id);
    const told = asked ? this.requests.tell(asked) : [];
    this.#memory.end(session, id, 'used');
    const kind = plainType(event) as Kind;
    // A subagent's end is no failure of who called it: that one is told, and goes on.
    const isNo = kind === 'question.rejected' || event.properties['reply'] === 'reject';
    if (isNo && session.turn) session.turn.isRejected = true;
    return [...told, this.#news.happening(kind, session, event.id, moment, { id })];
  }

  #stepEnded(session: Session, event: HookEvent, moment: Moment): Happening[] {
    const finish = text(event.properties['finish']);
    if (!session.turn || !finish) return [];
    turns.noteStep(session.turn, event.id, finish);
    if (turns.goesOn(finish) || session.queued.size > 0) return [];
    return this.#rest(session, event, moment);
  }

  #stepFailed(session: Session, event: HookEvent, moment: Moment): Happening[] {
    if (!session.turn) return [];
    const { message } = fields(event.properties['error']);
    const name = message === PROVIDER_INTERRUPTED ? turns.ABORT : 'UnknownError';
    turns.noteFailure(session.turn, event.id, { name, data: { message } });
    return this.#rest(session, event, moment);
  }

  /** So ends a turn whose request was rejected, or that was aborted while it waited. */
  #toolFailed(session: Session, event: HookEvent, moment: Moment): Happening[] {
    const { message } = fields(event.properties['error']);
    if (!session.turn || message !== TOOL_INTERRUPTED) return [];
    turns.noteFailure(session.turn, event.id, { name: turns.ABORT });
    return this.#rest(session, event, moment);
  }
}

/** v2 requests differ from v1's in their names alone. */
function plainType(event: HookEvent): string {
  return event.type.replace(/^(permission|question)\.v2\./, '$1.');
}

function stateOf(
  { turn, rested }: Session,
  waitingMs: number | undefined,
): Pick<AgentSession, 'state' | 'since'> | null {
  if (waitingMs !== undefined) return { state: 'waiting', since: waitingMs };
  if (turn) return { state: 'busy', since: turn.startedMs };
  return rested && { state: rested.state, since: rested.sinceMs };
}

function inTurn(session: Session, note: (turn: turns.Turn) => void): [] {
  if (session.turn) note(session.turn);
  return [];
}
