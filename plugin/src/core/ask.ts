// What is asked, as structure: docs/schema/common.schema.json. Pure.

import { fields, list, text, type Fields } from './reading';
import { shorten, wellFormed } from './text';

export interface PermissionAsk {
  tool: string;
  /** A text, or what JSON can hold; null: OpenCode did not tell. */
  input: unknown;
  patterns: string[];
  /** What "always" would cover. */
  always: string[];
  /** Not all of it found room. */
  cut: boolean;
}

export interface Question {
  header: string;
  text: string;
  options: { label: string; description: string }[];
  /** Several options may be chosen. */
  multiple: boolean;
  /** Words of one's own may be the answer. */
  custom: boolean;
}

export interface QuestionAsk {
  questions: Question[];
  cut: boolean;
}

export type Ask = PermissionAsk | QuestionAsk;

// Bytes of JSON.
const ASK_MAX = 16_384;
const INPUT_MAX = 9_000;
const LIST_MAX = 3_000;
const TOOL_MAX = 200;
const LEAF_MAX = 4_096;
const LEAF_MIN = 64;
const QUESTION_LEAF_MIN = 4;

// An event may be nested 16 deep; this much of it is the input's.
const DEPTH_MAX = 8;

/** input: what the tool was called with; null: with something that is not known. */
export function readPermission(asked: Fields, input: Fields | null): PermissionAsk {
  const tool = text(asked['permission']) ?? text(asked['action']) ?? 'permission';
  const about = fields(asked['metadata']);
  const copy = soundJson(inputOf(tool, about, input ?? {}));
  const isUntold = input === null && Object.keys(about).length === 0;
  return {
    tool: sound(tool),
    input: copy ?? null,
    patterns: texts(asked['patterns'] ?? asked['resources']),
    always: texts(asked['always'] ?? asked['save']),
    cut: isUntold || copy === undefined,
  };
}

/** What is to be done, as far as OpenCode tells: about the permission, and of the call. */
function inputOf(tool: string, about: Fields, call: Fields): unknown {
  const all: Fields = { ...call, ...about };
  const { command, workdir, diff } = all;
  if (tool === 'bash' && text(command)) return text(workdir) ? { command, workdir } : command;
  if (tool === 'edit' && text(diff)) return { filepath: all['filepath'], ...moves(all), diff };
  if (tool === 'doom_loop' || tool === 'external_directory') return about;
  return Object.keys(all).length > 0 ? all : null;
}

/** A diff does not show that a file gets another name. */
function moves({ files }: Fields): Fields {
  const moved = list(files).map(fields);
  const pairs = moved.filter(({ movePath }) => text(movePath));
  if (pairs.length === 0) return {};
  return { moves: pairs.map(({ filePath, movePath }) => [filePath, movePath]) };
}

export function readQuestions(asked: Fields): QuestionAsk {
  const questions = list(asked['questions']).map((question) => readQuestion(fields(question)));
  return { questions, cut: false };
}

function readQuestion(question: Fields): Question {
  const options = list(question['options']).map((option) => fields(option));
  return {
    header: sound(question['header']),
    text: sound(question['question']),
    options: options.map(({ label, description }) => ({
      label: sound(label),
      description: sound(description),
    })),
    multiple: question['multiple'] === true,
    custom: question['custom'] !== false, // OpenCode's default
  };
}

/** At most 16 KiB of it. */
export function fit<T extends Ask>(ask: T): T {
  if (bytesOf(ask) <= ASK_MAX) return ask;
  const cut: Ask = 'questions' in ask ? fitQuestions(ask) : fitPermission(ask);
  return cut as T;
}

function fitPermission({ tool, input, patterns, always }: PermissionAsk): PermissionAsk {
  return {
    tool: shorten(tool, TOOL_MAX),
    input: fitInput(input),
    patterns: fitList(patterns),
    always: fitList(always),
    cut: true,
  };
}

/** Its form stays as long as that is of use. */
function fitInput(input: unknown): unknown {
  if (typeof input === 'string') return fitText(input);
  for (let most = LEAF_MAX; most >= LEAF_MIN; most /= 2) {
    const smaller = mapTexts(input, (leaf) => shorten(leaf, most));
    if (bytesOf(smaller) <= INPUT_MAX) return smaller;
  }
  return fitText(JSON.stringify(input));
}

function fitText(whole: string): string {
  let cut = whole;
  for (let most = INPUT_MAX; bytesOf(cut) > INPUT_MAX; most /= 2) cut = shorten(whole, most);
  return cut;
}

function fitList(all: readonly string[]): string[] {
  const kept: string[] = [];
  for (const one of all) {
    kept.push(one);
    if (bytesOf(kept) > LIST_MAX) return kept.slice(0, -1);
  }
  return kept;
}

function fitQuestions({ questions }: QuestionAsk): QuestionAsk {
  let most = LEAF_MAX;
  for (;;) {
    const smaller = { questions: questions.slice(0, most).map((one) => smallerBy(most, one)) };
    if (bytesOf(smaller) <= ASK_MAX - 64 || most <= QUESTION_LEAF_MIN)
      return { ...smaller, cut: true };
    most /= 2;
  }
}

function smallerBy(most: number, question: Question): Question {
  return {
    ...question,
    header: shorten(question.header, most),
    text: shorten(question.text, most),
    options: question.options.slice(0, most).map(({ label, description }) => ({
      label: shorten(label, most),
      description: shorten(description, most),
    })),
  };
}

function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value) ?? '');
}

function texts(value: unknown): string[] {
  return list(value)
    .filter((one) => typeof one === 'string')
    .map(sound);
}

/** What every reader of JSON takes: some end a text at U+0000. */
function sound(value: unknown): string {
  return typeof value === 'string' ? wellFormed(value).replaceAll('\0', '[U+0000]') : '';
}

/** A copy that is JSON; undefined: there is none, as of what is nested without end. */
function soundJson(value: unknown): unknown {
  try {
    const copy: unknown = JSON.parse(JSON.stringify(value) ?? 'null');
    return depthOf(copy) > DEPTH_MAX ? sound(JSON.stringify(copy)) : mapTexts(copy, sound);
  } catch {
    return undefined;
  }
}

function mapTexts(value: unknown, change: (leaf: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((one) => mapTexts(one, change));
  if (typeof value !== 'object' || value === null) return value;
  const pairs = Object.entries(value);
  return Object.fromEntries(pairs.map(([key, one]) => [change(key), mapTexts(one, change)]));
}

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}
