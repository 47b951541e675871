// What a person reads about a request or an error. Pure.

import { type PermissionAsk, type Question, type QuestionAsk } from './ask';
import { fields, list, text, type Fields } from './reading';
import { cut, cutLine, firstLine } from './text';

const ERROR_MAX = 500;
const EXCERPT_MAX = 1000;

// What OpenCode's tools are about, first of all.
const SUBJECTS = ['filePath', 'filepath', 'url', 'pattern', 'name'];

/** All that is asked, in one text. */
export function permissionBody({ tool, input, patterns }: PermissionAsk): string {
  if (input === null) return [tool, patterns.join(', ')].filter(Boolean).join(': ');
  if (tool === 'bash') return command(input);

  const about = fields(input);
  if (tool === 'doom_loop' && text(about['tool'])) return repeats(about);
  if (tool === 'edit' && text(about['diff'])) return edit(about);
  if (tool === 'external_directory') return outside(about, patterns);
  return `${tool}: ${called(input)}`;
}

function command(input: unknown): string {
  if (typeof input === 'string') return input;
  const { command: line, workdir } = fields(input);
  if (!text(line)) return `bash: ${called(input)}`;
  return workdir ? `in ${String(workdir)}: ${String(line)}` : String(line);
}

/** OpenCode asks whether a tool that is called again and again may go on. */
function repeats({ tool, input }: Fields): string {
  const what = tool === 'bash' ? command(input) : called(input);
  return `${String(tool)} repeats: ${what}`;
}

const HEADER = /^Index: (.*)\n=+\n--- \1\n\+\+\+ \1\n/;

function edit({ filepath, moves, diff }: Fields): string {
  const moved = list(moves).map((pair) => `move ${list(pair).join(' to ')}`);
  const [, file] = HEADER.exec(String(diff)) ?? [];
  const changes = file === filepath ? String(diff).replace(HEADER, '') : String(diff);
  return [`edit: ${String(filepath)}`, ...moved, changes].join('\n');
}

function outside(about: Fields, patterns: readonly string[]): string {
  const where = text(about['filepath']) ?? patterns.join(', ');
  return [`external_directory: ${where}`, text(about['command'])].filter(Boolean).join('\n');
}

/** The arguments of a call; its subject stands alone if it is but a word. */
function called(input: unknown): string {
  if (typeof input === 'string') return input;
  if (Array.isArray(input)) return JSON.stringify(input);
  const all = Object.entries(fields(input));
  const subject = all.find(([name, value]) => SUBJECTS.includes(name) && isWord(value));
  const rest = all.filter((one) => one !== subject);
  const others = rest.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(', ');
  if (!subject) return others;
  return others === '' ? String(subject[1]) : `${String(subject[1])} (${others})`;
}

function isWord(value: unknown): boolean {
  return typeof value === 'string' && /^[^\s()]+$/.test(value);
}

export function questionBody({ questions }: QuestionAsk): string {
  return questions.map(oneQuestion).join('\n\n');
}

function oneQuestion({ header, text: words, options }: Question): string {
  const lines = options.map(({ label, description }) =>
    description ? `- ${label}: ${description}` : `- ${label}`,
  );
  return [words || header || '?', ...lines].join('\n');
}

/** The first line of an error, as OpenCode reports one. */
export function errorBody(error: Fields): string {
  const message = text(fields(error['data'])['message']) ?? '';
  const name = text(error['name']) ?? 'error';
  return cutLine(firstLine(message) || name, ERROR_MAX);
}

/** Why an answer is none, though it came to an end; null: it is one. */
export function endingBody(finish: string, words: string | null): string | null {
  switch (finish) {
    case 'length': {
      const said = words === null ? '' : `: ${words}`;
      return cutLine(`The answer was cut off at the length limit${said}`, ERROR_MAX);
    }
    case 'content-filter':
      return "The response was blocked by the provider's content filter"; // as v1 words it
    default:
      return null;
  }
}

/** The beginning of what the assistant said. */
export function excerpt(words: string): string {
  return cut(words, EXCERPT_MAX);
}
