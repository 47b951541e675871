// One turn: from the moment a session starts working until it rests. Pure.

import { fields, text, type Fields } from './reading';
import { endingBody, errorBody, excerpt } from './wording';

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
  /** A person rejected what the model wanted, and the model has not gone on. */
  isRejected: boolean;
  /** Since the last step that was done: the first failed attempt, and the newest reason. */
  retrying: Retrying | null;
  /** Idle, while a subagent of it works in the background. */
  resting: Resting | null;
  /** An error notice for this turn is out. */
  isReported: boolean;
}

export interface Retrying extends Failure {
  readonly sinceSteadyMs: number;
  /** The newest attempt has begun to answer. */
  isSpeaking: boolean;
}

export interface Resting {
  /** The event that would have ended the turn. */
  id: string;
  sinceSteadyMs: number;
  /** When it ends all the same. */
  dueSteadyMs: number;
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
    isRejected: false,
    retrying: null,
    resting: null,
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
  // What a person rejected may end a turn by an error that has no name of its own.
  if (isAbort(error) || turn.isRejected) {
    turn.isAborted = true;
    return;
  }
  fail(turn, { id, body: errorBody(error) });
}

function fail(turn: Turn, failure: Failure): void {
  turn.failure = failure;
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
    turn.isRejected = false;
    turn.words = null;
  }
  if (info['error']) {
    noteFailure(turn, id, fields(info['error']));
    return;
  }
  const finish = text(info['finish']);
  if (!finish || !fields(info['time'])['completed']) return;
  noteStep(turn, id, finish);
}

/** The model ended a step; with the last one, whatever failed before in this turn has recovered. */
export function noteStep(turn: Turn, id: string, finish: string): void {
  turn.retrying = null;
  if (goesOn(finish)) return;
  const body = endingBody(finish, turn.words);
  if (body !== null) return fail(turn, { id, body });
  turn.isAnswered = true;
  turn.failure = null;
}

const BEGUN: readonly unknown[] = ['running', 'completed', 'error'];

/** A part of a message was written or changed. */
export function notePart(turn: Turn, part: Fields): void {
  if (part['messageID'] !== turn.messageId) return;
  if (BEGUN.includes(fields(part['state'])['status'])) noteCall(turn);
  else noteSpeech(turn);
  if (part['type'] !== 'text' || part['synthetic'] || part['ignored']) return;
  noteWords(turn, text(part['text']));
}

export function noteWords(turn: Turn, words: string | null): void {
  if (words?.trim()) turn.words = excerpt(words);
}

/** A tool is called: that much of the turn is done. */
export function noteCall(turn: Turn): void {
  turn.retrying = null;
}

/** What is cut off again and again has done nothing, though it begins each time. */
export function noteSpeech(turn: Turn): void {
  if (turn.retrying) turn.retrying.isSpeaking = true;
}

export function noteRetry(turn: Turn, id: string, status: Fields, steadyMs: number): void {
  const body = errorBody({ name: 'retrying', data: status });
  turn.retrying ??= { id, body, sinceSteadyMs: steadyMs, isSpeaking: false };
  turn.retrying.body = body;
  turn.retrying.isSpeaking = false;
}
