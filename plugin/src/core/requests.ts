// What somebody was asked: what to tell of it, and who may answer. Pure.

import { readPermission, readQuestions } from './ask';
import { Calls } from './calls';
import type { Happening } from './event';
import { judge, type Refusal } from './judge';
import type { Asked, Memory, Session } from './memory';
import { fields, text, type Fields } from './reading';
import type { Reply } from './reply';
import { permissionBody, questionBody } from './wording';

/** 'unknown' may well be another process's request. */
export type Claim = Pick<Asked, 'session' | 'api'> | Refusal;

// What a tool was called with OpenCode tells milliseconds after it asks.
const HOLD_MS = 500;

export class Requests {
  readonly #memory: Memory;
  /** What the tools that run were called with. */
  readonly calls = new Calls();

  constructor(memory: Memory) {
    this.#memory = memory;
  }

  /** A happening without its ask; it is told now or, of a call not yet known, in a moment. */
  add(session: Session, api: Asked['api'], happening: Happening, given: Fields): Happening[] {
    const { kind, request, ts, steadyMs } = happening;
    const { id = '', nonce = '' } = request ?? {};
    const isQuestion = kind === 'question.asked';
    const call = text(fields(given['tool'] ?? given['source'])['callID']) ?? '';
    const asked: Asked = {
      ...{ kind: isQuestion ? 'question' : 'permission', api, session: session.id },
      ...{ askedMs: ts, askedSteadyMs: steadyMs, nonce },
      questions: isQuestion ? readQuestions(given).questions : [],
      end: null,
      held: { happening, given, call, dueSteadyMs: steadyMs + HOLD_MS },
    };
    session.pending.set(id, asked);
    const isWhole = isQuestion || Object.keys(fields(given['metadata'])).length > 0;
    return isWhole || this.#isKnown(session, call) ? this.tell(asked) : [];
  }

  /** What was asked, with all that is known of it by now; once. */
  tell(asked: Asked): Happening[] {
    const { held, kind } = asked;
    if (!held) return [];
    asked.held = null;
    if (kind === 'question') {
      const ask = readQuestions(held.given);
      return [{ ...held.happening, ask, body: questionBody(ask) }];
    }
    const input = held.call === '' ? {} : this.calls.inputOf(asked.session, held.call);
    const ask = readPermission(held.given, input);
    return [{ ...held.happening, ask, body: permissionBody(ask) }];
  }

  /** Those of a session that waited for this call to be known. */
  unhold(session: Session, call: string): Happening[] {
    if (!this.#isKnown(session, call)) return [];
    const due = [...session.pending.values()].filter(({ held }) => held?.call === call);
    return due.flatMap((asked) => this.tell(asked));
  }

  /** Those that waited long enough. */
  tick(session: Session, steadyMs: number): Happening[] {
    const isDue = ({ held }: Asked) => held !== null && held.dueSteadyMs <= steadyMs;
    return [...session.pending.values()].filter(isDue).flatMap((asked) => this.tell(asked));
  }

  /** When tick() will have something to say of it; Infinity: not by waiting. */
  nextMs({ pending }: Session): number {
    return Math.min(...[...pending.values()].map(({ held }) => held?.dueSteadyMs ?? Infinity));
  }

  /** Whether this process asked it, lately. */
  knows(request: string): boolean {
    return this.#memory.request(request) !== null;
  }

  /** Takes the request for this answer, and says where OpenCode wants it; or why not. */
  claim(reply: Reply, steadyMs: number): Claim {
    const asked = this.#memory.request(reply.request);
    if (!asked) return 'unknown';
    const refusal = judge(reply, asked, steadyMs);
    if (refusal) return refusal;
    asked.end = 'used';
    return { session: asked.session, api: asked.api };
  }

  /** OpenCode did not take the answer; another may come, if the request still waits. */
  release(request: string): void {
    for (const { pending } of this.#memory.all()) {
      const asked = pending.get(request);
      if (asked) asked.end = null;
    }
  }

  /** Of no call there is nothing to wait for; of one without arguments they may yet come. */
  #isKnown(session: Session, call: string): boolean {
    return call === '' || Object.keys(this.calls.inputOf(session.id, call) ?? {}).length > 0;
  }
}
