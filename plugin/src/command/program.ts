// How this program, and that of the bridge, are to be called where we run: a line that names one must
// work as typed.

import { existsSync, realpathSync } from 'node:fs';
import { delimiter, dirname, isAbsolute, join, relative } from 'node:path';

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
  return program.includes('/_npx/') ? OURS : near(dirname(dirname(program)), cwd);
}

/** In a clone that was built, the bridge lies there, and the settings that `make run` made. */
function bridgeCall({ file, cwd, env }: Site, rest: string): string {
  const build = join(dirname(dirname(dirname(realOf(file) ?? file))), 'build');
  const program = join(build, BRIDGE);
  if (isFound(BRIDGE, env, () => true) || !existsSync(program)) return `${BRIDGE} ${rest}`;
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
