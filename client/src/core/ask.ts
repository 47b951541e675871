// What is asked, as structure: a permission's tool and arguments, or questions with their options. Pure.

import {
  isFields,
  isFlag,
  isList,
  isText,
  isTexts,
  Misfit,
  need,
  take,
  type Fields,
} from './fields';

/** One argument of a tool; without a name the input is one text. */
export interface Argument {
  name: string | null;
  text: string;
}

export interface Question {
  header: string;
  text: string;
  options: { label: string; description: string }[];
  /** Several labels may be chosen. */
  multiple: boolean;
  /** Words of one's own are an answer, too. */
  custom: boolean;
}

export interface Ask {
  tool: string | null;
  input: Argument[];
  patterns: string[];
  /** What "always" would cover. */
  always: string[];
  /** Empty: it is a permission. */
  questions: Question[];
  /** There is more of it than is here. */
  isCut: boolean;
}

/** Fails with a Misfit if a member has a wrong type. */
export function readAsk(ask: Fields): Ask {
  return {
    tool: take(ask, 'tool', isText),
    input: argumentsIn(ask['input']),
    patterns: take(ask, 'patterns', isTexts) ?? [],
    always: take(ask, 'always', isTexts) ?? [],
    questions: (take(ask, 'questions', isList) ?? []).map(readQuestion),
    isCut: take(ask, 'cut', isFlag) ?? false,
  };
}

function argumentsIn(input: unknown): Argument[] {
  if (input === undefined || input === null) return [];
  if (!isFields(input)) return [{ name: null, text: written(input) }];
  return Object.entries(input).map(([name, value]) => ({ name, text: written(value) }));
}

const written = (value: unknown): string =>
  typeof value === 'string' ? value : JSON.stringify(value, null, 2);

function readQuestion(question: unknown): Question {
  if (!isFields(question)) throw new Misfit('questions');
  return {
    header: take(question, 'header', isText) ?? '',
    text: need(question, 'text', isText),
    options: (take(question, 'options', isList) ?? []).map(readOption),
    multiple: take(question, 'multiple', isFlag) ?? false,
    custom: take(question, 'custom', isFlag) ?? true,
  };
}

function readOption(option: unknown) {
  if (!isFields(option)) throw new Misfit('options');
  return {
    label: need(option, 'label', isText),
    description: take(option, 'description', isText) ?? '',
  };
}

const BODY_MAX = 2000; // bytes; where the plugin cuts a body, and ends it with a dot leader

/**
 * Whether a person who sees all that we have of a request sees all of what is asked. Only then may it be
 * allowed.
 */
export function isWhole(kind: string, ask: Ask | null, body: string | null): boolean {
  if (kind === 'question.asked') return ask !== null && !ask.isCut && ask.questions.length > 0;
  if (ask) return !ask.isCut && ask.input.length + ask.patterns.length > 0;
  const bytes = new TextEncoder().encode(body ?? '').length;
  return bytes > 0 && bytes < BODY_MAX - 3 && !body?.trimEnd().endsWith('…');
}
