// The lives of processes: a number is given again, a number with the moment of its birth is not. proc(5).

import { readFileSync, readlinkSync } from 'node:fs';
import { isAlive } from './self';

export interface Life {
  /** Of this machine; '' if it has no name. */
  readonly machine: string;
  /** Of this process: boot, namespace, number and birth, fit for the name of a file. */
  readonly name: string;
  /** Whether the process of that name is dead; false: it lives, or nobody can tell. */
  outlived(name: string): boolean;
}

/** Where this process stands; the numbers of another container mean nothing here. */
interface World {
  machine?: string;
  boot: string;
  namespace: string;
  /** null: there is no such process. */
  birthOf(pid: number): string | null;
}

export function lifeOf(pid: number, world = ours()): Life {
  const { machine = '', boot, namespace, birthOf } = world;
  const name = [boot, namespace, pid, birthOf(pid) ?? '0'].join('.');
  return {
    machine,
    name,
    outlived: (other) => {
      if (other === name) return false;
      const [otherBoot, otherNamespace, number, birth] = other.split('.');
      if (otherBoot !== boot) return true; // the machine has started anew
      return otherNamespace === namespace && birthOf(Number(number)) !== birth;
    },
  };
}

const DEAD = ['Z', 'X'];

function ours(): World {
  const boot = read('/proc/sys/kernel/random/boot_id')
    ?.replace(/[^0-9a-f]/g, '')
    .slice(0, 8);
  if (!boot) {
    // Elsewhere there is only the number.
    return { boot: 'x', namespace: '0', birthOf: (pid) => (isAlive(pid) ? '0' : null) };
  }
  return {
    machine: read('/etc/machine-id')?.trim() ?? '',
    boot,
    namespace: namespaceOf(),
    birthOf,
  };
}

function birthOf(pid: number): string | null {
  // The name of the program comes second and may hold anything.
  const rest = read(`/proc/${pid}/stat`)?.split(') ').at(-1)?.split(' ');
  const [state = 'X', start] = [rest?.[0], rest?.[19]];
  return DEAD.includes(state) ? null : (start ?? null);
}

function namespaceOf(): string {
  try {
    return readlinkSync('/proc/self/ns/pid').replace(/\D/g, '') || '0';
  } catch {
    return '0';
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
