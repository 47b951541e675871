// One turn: from the moment a session starts working until it rests. Pure.

import { fields, text, type Fields } from './reading';
import { errorBody, excerpt } from './wording';

export interface Failure {
  id: string;
  body: string;
}

export interface Turn {
  readonly startedMs: number;
  readonly startedSteadyMs: number;
  /** The assistant's newest message, and whether it came to a proper end. */
  messageId: string | null;
  isAnswered: boolean;
  words: string | null;
  failure: Failure | null;
  isAborted: boolean;
  /** The first of a row of failed attempts, and the newest reason. */
  retrying: (Failure & { sinceSteadyMs: number }) | null;
  /** An error notice for this turn is out. */
  isReported: boolean;
}

export function newTurn(nowMs: number, steadyMs: number): Turn {
  return {
    startedMs: nowMs,
    startedSteadyMs: steadyMs,
    messageId: null,
    isAnswered: false,
    words: null,
    failure: null,
    isAborted: false,
    retrying: null,
    isReported: false,
  };
}

/** The model works on a step that calls tools; the turn goes on after it. */
export function goesOn(finish: string): boolean {
  return finish === 'tool-calls';
}

/** OpenCode's name for what a person did. */
export const ABORT = 'MessageAbortedError';

export function isAbort(error: Fields): boolean {
  return error['name'] === ABORT;
}

export function noteFailure(turn: Turn, id: string, error: Fields): void {
  if (isAbort(error)) {
    turn.isAborted = true;
    return;
  }
  turn.failure = { id, body: errorBody(error) };
  turn.isAnswered = false;
}

/** A message of the session was written or changed. */
export function noteMessage(turn: Turn, id: string, info: Fields): void {
  // A summary for compaction is no answer to anybody.
  if (info['role'] !== 'assistant' || info['summary'] === true) return;

  const messageId = text(info['id']);
  if (messageId !== turn.messageId) {
    turn.messageId = messageId;
    turn.isAnswered = false;
    turn.words = null;
  }
  if (info['error']) {
    noteFailure(turn, id, fields(info['error']));
    return;
  }
  const finish = text(info['finish']);
  if (!finish || goesOn(finish) || !fields(info['time'])['completed']) return;
  noteAnswer(turn);
}

/** The model answered: whatever failed before in this turn has recovered. */
export function noteAnswer(turn: Turn): void {
  turn.isAnswered = true;
  turn.failure = null;
  turn.retrying = null;
}

/** A part of a message was written or changed. */
export function notePart(turn: Turn, part: Fields): void {
  if (part['messageID'] !== turn.messageId) return;
  turn.retrying = null;
  if (part['type'] !== 'text' || part['synthetic'] || part['ignored']) return;
  noteWords(turn, text(part['text']));
}

export function noteWords(turn: Turn, words: string | null): void {
  if (words?.trim()) turn.words = excerpt(words);
}

export function noteRetry(turn: Turn, id: string, status: Fields, steadyMs: number): void {
  const body = errorBody({ name: 'retrying', data: status });
  turn.retrying ??= { id, body, sinceSteadyMs: steadyMs };
  turn.retrying.body = body;
}
