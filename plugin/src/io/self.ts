// Which of the processes on this machine we are.

import { randomBytes } from 'node:crypto';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Owner } from '../core/keep';
import { fields } from '../core/reading';

/** In a container every process may have the same number; the token differs. */
export const SELF: Owner = { pid: process.pid, token: randomBytes(4).toString('hex') };

/** Whether another process has this number. */
export function isAlive(pid: number): boolean {
  if (pid === SELF.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return fields(error)['code'] === 'EPERM';
  }
}

type Environment = Readonly<Record<string, string | undefined>>;

/** XDG Base Directory Specification. */
export function stateHome(env: Environment): string {
  return home(env, 'XDG_STATE_HOME', '.local/state');
}

export function dataHome(env: Environment): string {
  return home(env, 'XDG_DATA_HOME', '.local/share');
}

export function configHome(env: Environment): string {
  return home(env, 'XDG_CONFIG_HOME', '.config');
}

function home(env: Environment, name: string, usual: string): string {
  const given = env[name];
  return given?.startsWith('/') ? given : join(homedir(), usual);
}
