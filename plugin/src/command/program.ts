// How this program, and that of the bridge, are to be called where we run: a line that names one must
// work as typed.

import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { delimiter, dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { fields, text } from '../core/reading';

const OURS = 'opencode-nudge';
const BRIDGE = 'nudge';

/** Where this program runs. */
export interface Site {
  /** Its own file, as it was called. */
  file: string;
  cwd: string;
  env: Readonly<Record<string, string | undefined>>;
}

/** A line of this program with its commands as they are to be typed there. */
export function asTyped(line: string, site: Site): string {
  const ours = programName(site);
  return line
    .replaceAll(`"${OURS} `, `"${ours} `)
    .replace(/"nudge ([^"]*)"/g, (_, rest: string) => `"${bridgeCall(site, rest)}"`);
}

function programName({ file, cwd, env }: Site): string {
  const real = realOf(file) ?? file;
  if (env['npm_command'] === 'exec') return `npx ${packageOf(real, cwd)}`;
  return isFound(OURS, env, (path) => path === real) ? OURS : `node ${quoted(real)}`;
}

/** What npx was given: a folder, or the name in a registry. */
function packageOf(program: string, cwd: string): string {
  const folder = folderOf(program);
  return folder === null ? OURS : near(folder, cwd);
}

/** The folder of our package; null: it came from a registry. */
function folderOf(program: string): string | null {
  const folder = dirname(dirname(program));
  if (!program.includes('/_npx/')) return folder;
  // npm 9 runs a copy of a folder, and keeps where it came from beside it.
  const copies = dirname(dirname(folder));
  const origin = dependencyIn(join(copies, 'package.json'));
  return origin?.startsWith('file:') ? resolve(copies, origin.slice('file:'.length)) : null;
}

function dependencyIn(file: string): string | null {
  try {
    const { dependencies } = fields(JSON.parse(readFileSync(file, 'utf8')));
    return text(fields(dependencies)[OURS]);
  } catch {
    return null;
  }
}

/** In a clone that was built, the bridge lies there, and the settings that `make run` made. */
function bridgeCall({ file, cwd, env }: Site, rest: string): string {
  const folder = folderOf(realOf(file) ?? file);
  const build = folder === null ? null : join(dirname(folder), 'build');
  if (build === null || isFound(BRIDGE, env, () => true)) return `${BRIDGE} ${rest}`;
  const program = join(build, BRIDGE);
  if (!existsSync(program)) return `${BRIDGE} ${rest}`;
  const settings = join(build, 'run', 'nudge.conf');
  const call = `${near(program, cwd)} ${rest}`;
  return existsSync(settings) ? `${call} -c ${near(settings, cwd)}` : call;
}

function isFound(name: string, { PATH = '' }: Site['env'], is: (path: string) => boolean): boolean {
  const paths = PATH.split(delimiter).map((folder) => realOf(join(folder, name)));
  return paths.some((path) => path !== null && is(path));
}

/** The path, seen from there if it lies below. */
function near(path: string, cwd: string): string {
  const short = relative(realOf(cwd) ?? cwd, path);
  if (short === '') return '.';
  return quoted(short.startsWith('..') || isAbsolute(short) ? path : `./${short}`);
}

function realOf(path: string): string | null {
  try {
    return realpathSync(path);
  } catch {
    return null;
  }
}

/** As a shell reads it. */
export function quoted(path: string): string {
  return /^[\w./@:+-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
