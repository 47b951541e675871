// What a person reads about a request or an error. Pure.

import { fields, list, text, type Fields } from './reading';
import { cut, cutLine, firstLine } from './text';

const ERROR_MAX = 500;
const EXCERPT_MAX = 1000;
const QUESTIONS_MAX = 4; // OpenCode asks a few at once; nobody reads more
const OPTIONS_MAX = 12;
const OPTION_MAX = 120;

/** The command, or what is to be touched. Never a diff: it may hold secrets. */
export function permissionBody(asked: Fields): string {
  const about = fields(asked['metadata']);
  const command = text(about['command']);
  if (command) return command;

  const name = text(asked['permission']) ?? text(asked['action']);
  const patterns = list(asked['patterns'] ?? asked['resources']);
  const object = text(about['filepath']) ?? text(about['url']) ?? patterns.join(', ');
  return [name ?? 'permission', object].filter(Boolean).join(': ');
}

export function questionBody(asked: Fields): string {
  const questions = list(asked['questions']).slice(0, QUESTIONS_MAX);
  return questions.map((question) => oneQuestion(fields(question))).join('\n');
}

function oneQuestion(question: Fields): string {
  const options = list(question['options'])
    .slice(0, OPTIONS_MAX)
    .map((option) => text(fields(option)['label']))
    .filter((label) => label !== null)
    .map((label) => `- ${cutLine(label, OPTION_MAX)}`);
  const words = text(question['question']) ?? text(question['header']) ?? '?';
  return [words, ...options].join('\n');
}

/** The first line of an error, as OpenCode reports one. */
export function errorBody(error: Fields): string {
  const message = text(fields(error['data'])['message']) ?? '';
  const name = text(error['name']) ?? 'error';
  return cutLine(firstLine(message) || name, ERROR_MAX);
}

/** The beginning of what the assistant said. */
export function excerpt(words: string): string {
  return cut(words, EXCERPT_MAX);
}
