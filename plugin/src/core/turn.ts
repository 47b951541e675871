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
  /** A summary for compaction is written in it. */
  summaryId: string | null;
  /** Messages of this session that are history: OpenCode may write to them once more. */
  readonly past: Set<string>;
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
  /** A subagent that it waits for was aborted. */
  isBroken: boolean;
}

// More than are written to at once.
const PAST_MAX = 16;

/** @param past of the session; it grows */
export function newTurn(nowMs: number, steadyMs: number, past: Set<string>): Turn {
  return {
    startedMs: nowMs,
    startedSteadyMs: steadyMs,
    messageId: null,
    isAnswered: false,
    words: null,
    summaryId: null,
    past,
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
  const messageId = text(info['id']);
  if (info['role'] !== 'assistant' || messageId === null) return;
  // A summary for compaction is no answer to anybody.
  if (info['summary'] === true) return noteSummary(turn, messageId, info);
  if (messageId !== turn.messageId && !noteBeginning(turn, messageId)) return;
  if (info['error']) {
    noteFailure(turn, id, fields(info['error']));
    return;
  }
  const finish = finishOf(info);
  // Data that a person asked for comes by a tool, after which the turn does not go on.
  if (finish) noteStep(turn, id, info['structured'] === undefined ? finish : 'stop');
}

function finishOf(info: Fields): string | null {
  return fields(info['time'])['completed'] ? text(info['finish']) : null;
}

/** The model begins to answer anew; false: the message is history. */
function noteBeginning(turn: Turn, messageId: string): boolean {
  if (turn.past.has(messageId)) return false;
  turn.past.add(messageId);
  const [oldest] = turn.past;
  if (turn.past.size > PAST_MAX && oldest) turn.past.delete(oldest);
  turn.messageId = messageId;
  turn.words = null;
  noteGoingOn(turn);
  return true;
}

/** The model goes on after whatever a person did. */
export function noteGoingOn(turn: Turn): void {
  turn.isAnswered = false;
  turn.isRejected = false;
  turn.isAborted = false;
}

function noteSummary(turn: Turn, messageId: string, info: Fields): void {
  turn.summaryId = messageId;
  if (finishOf(info)) noteProgress(turn);
}

/** The model ended a step; with the last one, whatever failed before in this turn has recovered. */
export function noteStep(turn: Turn, id: string, finish: string): void {
  noteProgress(turn);
  if (goesOn(finish)) return;
  const body = endingBody(finish, turn.words);
  if (body !== null) return fail(turn, { id, body });
  turn.isAnswered = true;
  turn.failure = null;
}

const BEGUN: readonly unknown[] = ['running', 'completed', 'error'];

/** A part of a message was written or changed. */
export function notePart(turn: Turn, part: Fields): void {
  const isSummarys = part['messageID'] === turn.summaryId;
  if (part['messageID'] !== turn.messageId && !isSummarys) return;
  if (BEGUN.includes(fields(part['state'])['status'])) noteProgress(turn);
  else noteSpeech(turn);
  if (isSummarys || part['type'] !== 'text' || part['synthetic'] || part['ignored']) return;
  noteWords(turn, text(part['text']));
}

export function noteWords(turn: Turn, words: string | null): void {
  if (words?.trim()) turn.words = excerpt(words);
}

/** That much of the turn is done, as when a tool is called: what fails from now on is news. */
export function noteProgress(turn: Turn): void {
  turn.retrying = null;
  turn.isReported = false;
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
