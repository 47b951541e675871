// Our entry in the text of an opencode.json or .jsonc. Comments and layout of
// the rest stay as they are. Pure.

import {
  applyEdits,
  createScanner,
  findNodeAtLocation,
  modify,
  parse,
  parseTree,
  printParseErrorCode,
  getNodeValue,
  type FormattingOptions,
  type Node,
  type ParseError,
} from 'jsonc-parser';
import { fields } from './reading';

/** A plugin as OpenCode's settings name one. */
export type Entry = string | [spec: string, options: object];

/** What is wrong with a file that must be edited, in one line. */
export class Unreadable extends Error {}

// What to call us by: the package, or the bundle wherever it lies.
const OURS = /^opencode-nudge(@.*)?$|(^|\/)nudge\.js$/;

const EMPTY = '{\n  "$schema": "https://opencode.ai/config.json"\n}\n';

/** null: we are not in it. */
export function findEntry(text: string): Entry | null {
  const found = pluginsIn(text)?.find(isOurs);
  return found ? (parse(text.slice(found.offset, found.offset + found.length)) as Entry) : null;
}

export function optionsOf(entry: Entry | null): object {
  return fields(Array.isArray(entry) ? entry[1] : null);
}

/** The text with this entry in place of ours, or before the others; '' is a new file. */
export function withEntry(text: string, entry: Entry): string {
  const old = text.trim() === '' ? EMPTY : text;
  const plugins = pluginsIn(old);
  const formattingOptions = layoutOf(old);
  if (!plugins) return applyEdits(old, modify(old, ['plugin'], [entry], { formattingOptions }));
  const at = plugins.findIndex(isOurs);
  const options = { formattingOptions, isArrayInsertion: at < 0 };
  return applyEdits(old, modify(old, ['plugin', Math.max(0, at)], entry, options));
}

/** The text without our entry; '' if nothing is left but what we began a file with. */
export function withoutEntry(text: string): string {
  const plugins = pluginsIn(text) ?? [];
  const at = plugins.findIndex(isOurs);
  if (at < 0) return text;
  const left = plugins.length === 1 ? withoutList(text) : withoutItem(text, plugins, at);
  return left === EMPTY ? '' : left;
}

function withoutList(text: string): string {
  return applyEdits(text, modify(text, ['plugin'], undefined, {}));
}

/** jsonc-parser would take comments along. */
function withoutItem(text: string, plugins: readonly Node[], at: number): string {
  const [before, ours, after] = [plugins[at - 1], plugins[at] as Node, plugins[at + 1]];
  if (after) return without(text, ours.offset, after.offset);
  const rest = without(text, ours.offset, ours.offset + ours.length);
  const end = before ? before.offset + before.length : ours.offset;
  const comma = commaAfter(rest, ours.offset) ?? commaAfter(rest, end);
  return comma === null ? rest : without(rest, comma, comma + 1);
}

function without(text: string, from: number, to: number): string {
  return text.slice(0, from) + text.slice(to);
}

/** null: the list ends first. */
function commaAfter(text: string, offset: number): number | null {
  const scanner = createScanner(text, true);
  for (scanner.setPosition(offset); ;) {
    scanner.scan();
    const at = scanner.getTokenOffset();
    if (text[at] === ',') return at;
    if (text[at] === ']' || at >= text.length) return null;
  }
}

function isOurs(plugin: Node): boolean {
  const value: unknown = getNodeValue(plugin);
  const spec: unknown = Array.isArray(value) ? value[0] : value;
  return typeof spec === 'string' && OURS.test(spec);
}

/** null: there is no list of plugins. */
function pluginsIn(text: string): Node[] | null {
  if (text.trim() === '') return null;
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { allowTrailingComma: true });
  const [error] = errors;
  if (error) throw new Unreadable(`${place(text, error.offset)}: ${reason(error)}`);
  if (root?.type !== 'object') throw new Unreadable(`${place(text, 0)}: this is no JSON object`);
  const plugins = findNodeAtLocation(root, ['plugin']);
  if (plugins && plugins.type !== 'array')
    throw new Unreadable(`${place(text, plugins.offset)}: "plugin" is no list`);
  return plugins?.children ?? null;
}

function layoutOf(text: string): FormattingOptions {
  const indent = /^([ \t]+)["'}/]/m.exec(text)?.[1] ?? '  ';
  const insertSpaces = !indent.startsWith('\t');
  return {
    insertSpaces,
    tabSize: insertSpaces ? indent.length : 4,
    eol: text.includes('\r\n') ? '\r\n' : '\n',
  };
}

function place(text: string, offset: number): string {
  const before = text.slice(0, offset).split('\n');
  return `${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
}

/** CommaExpected becomes "comma expected". */
function reason({ error }: ParseError): string {
  return printParseErrorCode(error)
    .replace(/(?<!^)[A-Z]/g, (letter) => ` ${letter}`)
    .toLowerCase();
}
