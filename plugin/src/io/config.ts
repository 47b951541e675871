// OpenCode's own settings on disk, and the plugin's bundle where they name it.

import {
  copyFileSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findEntry, Unreadable, type Entry } from '../core/entry';
import { fields } from '../core/reading';
import { configHome, dataHome } from './self';

/** As OpenCode looks for them; it reads all that are there. */
const NAMES = ['opencode.jsonc', 'opencode.json', 'config.json'];

export interface Config {
  file: string;
  /** '' as long as there is no such file. */
  text: string;
  entry: Entry | null;
}

/** The settings that name us, else those that are there, else those to be made. */
export function findConfig(env: NodeJS.ProcessEnv, given?: string): Config {
  if (given) return readConfig(given);
  const folder = join(configHome(env), 'opencode');
  const all = NAMES.map((name) => readConfig(join(folder, name)));
  const found = all.find(({ entry }) => entry) ?? all.find(({ text }) => text !== '');
  return found ?? { file: join(folder, 'opencode.json'), text: '', entry: null };
}

function readConfig(file: string): Config {
  const text = readIfThere(file);
  try {
    return { file, text, entry: findEntry(text) };
  } catch (error) {
    if (error instanceof Unreadable)
      throw new Unreadable(`${file}:${error.message}; correct that first, nothing was changed`);
    throw error;
  }
}

/** Replaces the file at once, or removes it; a link to it stays a link. */
export function writeConfig({ file }: Config, text: string): void {
  if (text === '') return rmSync(file, { force: true });
  mkdirSync(dirname(file), { recursive: true });
  const target = ifThere(() => realpathSync(file)) ?? file;
  const mode = ifThere(() => statSync(target).mode & 0o777) ?? 0o600;
  rmSync(`${target}.nudge`, { force: true }); // of one that was cut short
  writeFileSync(`${target}.nudge`, text, { mode, flag: 'wx' });
  renameSync(`${target}.nudge`, target);
}

/** Where the bundle is installed: alone, or OpenCode would load its neighbour. */
export function bundleIn(env: NodeJS.ProcessEnv): string {
  return join(dataHome(env), 'nudge', 'nudge.js');
}

/** The bundle that came with this program. */
const BUILT = fileURLToPath(new URL('./nudge.js', import.meta.url));

/** A running OpenCode has read the old one; it must not see half of the new one. */
export function installBundle(file: string): void {
  mkdirSync(dirname(file), { recursive: true });
  copyFileSync(BUILT, `${file}.new`);
  renameSync(`${file}.new`, file);
}

export function removeBundle(file: string): void {
  rmSync(file, { force: true });
}

export function compareBundle(file: string): 'same' | 'other' | 'missing' {
  const installed = readIfThere(file);
  if (installed === '') return 'missing';
  return installed === readFileSync(BUILT, 'utf8') ? 'same' : 'other';
}

function readIfThere(file: string): string {
  return ifThere(() => readFileSync(file, 'utf8')) ?? '';
}

function ifThere<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (fields(error)['code'] === 'ENOENT') return undefined;
    throw error;
  }
}
