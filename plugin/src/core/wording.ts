// What a person reads about a request or an error. Pure.

import { type PermissionAsk, type Question, type QuestionAsk } from './ask';
import { fields, list, text, type Fields } from './reading';
import { cut, cutLine, firstLine } from './text';

const ERROR_MAX = 500;
const EXCERPT_MAX = 1000;

// What a screen shows of a line, in characters.
const LINE_MAX = 100;

// What OpenCode's own tools are about, first of all.
const SUBJECT_OF: Readonly<Record<string, readonly string[]>> = {
  read: ['filePath', 'uri'],
  glob: ['pattern'],
  grep: ['pattern'],
  skill: ['name'],
  task: ['description'],
  webfetch: ['url'],
  websearch: ['query'],
};

// What others are probably about.
const SUBJECTS = ['filePath', 'filepath', 'url', 'pattern', 'name'];

/** All that is asked, in one text; its first line says what matters. */
export function permissionBody({ tool, input, patterns }: PermissionAsk): string {
  if (input === null) return [tool, patterns.join(', ')].filter(Boolean).join(': ');
  if (tool === 'bash') return command(input);

  const about = fields(input);
  switch (tool) {
    case 'doom_loop':
      if (text(about['tool'])) return repeats(about);
      break;
    case 'edit':
      if (text(about['diff'])) return edit(about);
      break;
    case 'external_directory':
      return outside(about, patterns);
    case 'workflow_tool_approval':
      return [`workflow: ${patterns.join(', ')}`, ...arguments_(input)].join('\n');
  }
  return called(tool, input);
}

function command(input: unknown): string {
  if (typeof input === 'string') return input;
  const { command: line, workdir } = fields(input);
  if (!text(line)) return called('bash', input);
  return workdir ? `in ${String(workdir)}: ${String(line)}` : String(line);
}

/** OpenCode asks whether a tool that is called again and again may go on. */
function repeats({ tool, input }: Fields): string {
  const name = `${String(tool)} repeats`;
  return tool === 'bash' ? `${name}: ${command(input)}` : called(name, input);
}

const HEADER = /^Index: (.*)\n=+\n--- \1\n\+\+\+ \1\n/;

function edit({ filepath, moves, diff }: Fields): string {
  const moved = list(moves).map((pair) => `move ${list(pair).join(' to ')}`);
  const [, file] = HEADER.exec(String(diff)) ?? [];
  const changes = file === filepath ? String(diff).replace(HEADER, '') : String(diff);
  return [`edit: ${String(filepath)} (${extent(String(diff))})`, ...moved, changes].join('\n');
}

/** How many lines come and go; a header is neither. */
function extent(diff: string): string {
  const lines = diff.replace(/^--- .*\n\+\+\+ .*$/gm, '').split('\n');
  const count = (sign: string) => lines.filter((line) => line.startsWith(sign)).length;
  return `+${count('+')} -${count('-')}`;
}

function outside(about: Fields, patterns: readonly string[]): string {
  const where = text(about['filepath']) ?? patterns.join(', ');
  return [`external_directory: ${where}`, text(about['command'])].filter(Boolean).join('\n');
}

/** A tool and its arguments; its subject, if it has one, comes first and without its name. */
function called(tool: string, input: unknown): string {
  const { head, rest } = headOf(tool, fields(input));
  const others = arguments_(head === null ? input : rest);
  const all = head === null ? others : [head, ...others];
  const tail = head === null ? all.slice(1).map((one) => `, ${one}`) : [` (${others.join(', ')})`];
  const line = `${tool}: ${all[0] ?? ''}${all.length > 1 ? tail.join('') : ''}`;
  if (all.length < 2 || (line.length <= LINE_MAX && !line.includes('\n'))) return line;
  return `${tool}: ${all.join('\n')}`;
}

/** null: it has no subject. */
function headOf(tool: string, about: Fields): { head: string | null; rest: Fields } {
  if (tool === 'lsp' && text(about['operation'])) {
    const { operation, filePath, line, character, ...rest } = about;
    const place = [filePath && shown(filePath), line, character].filter((one) => one !== undefined);
    return { head: [shown(operation), place.join(':')].filter(Boolean).join(' '), rest };
  }
  if (tool === 'todowrite' && Array.isArray(about['todos'])) {
    const { todos, ...rest } = about;
    const tasks = list(todos).map(oneTask);
    return {
      head: [tasks.length === 1 ? '1 task' : `${tasks.length} tasks`, ...tasks].join('\n'),
      rest,
    };
  }
  const usual = Object.hasOwn(SUBJECT_OF, tool) ? SUBJECT_OF[tool] : undefined;
  const own = usual?.find((one) => text(about[one]));
  const name = own ?? SUBJECTS.find((one) => isWord(about[one]));
  if (name === undefined) return { head: null, rest: about };
  const { [name]: subject, ...rest } = about;
  return { head: shown(subject), rest };
}

function oneTask(todo: unknown): string {
  const { content, status, ...rest } = fields(todo);
  if (!text(content) || String(content).includes('\n')) return `- ${JSON.stringify(todo)}`;
  const others = [text(status), ...arguments_(rest)].filter(Boolean).join(', ');
  return `- ${String(content)}${others ? ` (${others})` : ''}`;
}

function arguments_(input: unknown): string[] {
  if (typeof input === 'string') return [input];
  if (Array.isArray(input)) return [JSON.stringify(input)];
  return Object.entries(fields(input))
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`);
}

/** Alone if it is but a word: nothing in it may pass for something else. */
function shown(value: unknown): string {
  return isWord(value) ? String(value) : JSON.stringify(value);
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
  const said = words === null ? '' : `: ${words}`;
  switch (finish) {
    case 'length':
      return cutLine(`The answer was cut off at the length limit${said}`, ERROR_MAX);
    case 'error':
      return cutLine(`The provider ended the answer with an error${said}`, ERROR_MAX);
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
