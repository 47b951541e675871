// The files that install writes beside OpenCode's settings: a key, a password,
// a certificate. What somebody else put there is left alone.

import {
  chmodSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fields } from '../core/reading';
import { configHome } from './self';

export type OwnName = 'password' | 'reply-key' | 'ca.crt';

const RECORD = '.installed.json';

/** A file of ours cannot be written: in one line, what to do. */
export class Foreign extends Error {}

export class OwnFiles {
  readonly #folder: string;

  constructor(env: NodeJS.ProcessEnv) {
    this.#folder = join(configHome(env), 'nudge');
  }

  /** As the options name it. */
  option(name: OwnName): string {
    const home = `${homedir()}/`;
    const path = this.#path(name);
    return path.startsWith(home) ? `~/${path.slice(home.length)}` : path;
  }

  /** Throws if another file is in the way. */
  check(name: OwnName, content: string): void {
    const there = ifThere(() => readFileSync(this.#path(name), 'utf8'));
    if (there === undefined || there.trimEnd() === content || this.#isOurs(name)) return;
    const flag = { password: 'password-file', 'reply-key': 'reply-key-file', 'ca.crt': 'ca-file' };
    throw new Foreign(
      `${this.option(name)} is there already and says something else: ` +
        `remove it, or name it with --${flag[name]}`,
    );
  }

  /** For its owner's eyes only. */
  write(name: OwnName, content: string): void {
    const path = this.#path(name);
    const there = ifThere(() => readFileSync(path, 'utf8'));
    if (there?.trimEnd() === content) {
      chmodSync(path, 0o600);
      return;
    }
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    rmSync(`${path}.new`, { force: true }); // of one that was cut short, or somebody's
    writeFileSync(`${path}.new`, `${content}\n`, { mode: 0o600, flag: 'wx' });
    renameSync(`${path}.new`, path);
    this.#note({ ...this.#record(), [name]: statSync(path).mtimeMs });
  }

  /** What was written and not changed since; says which. */
  remove(): string[] {
    const gone = (Object.keys(this.#record()) as OwnName[]).filter((name) => this.#isOurs(name));
    for (const name of gone) rmSync(this.#path(name), { force: true });
    rmSync(join(this.#folder, RECORD), { force: true });
    try {
      rmdirSync(this.#folder);
    } catch {
      // Somebody keeps other things there.
    }
    return gone.map((name) => this.option(name));
  }

  #isOurs(name: OwnName): boolean {
    const writtenMs = this.#record()[name];
    return writtenMs !== undefined && writtenMs === this.#changedMs(name);
  }

  #changedMs(name: OwnName): number | undefined {
    return ifThere(() => statSync(this.#path(name)).mtimeMs);
  }

  #record(): Readonly<Record<string, unknown>> {
    try {
      return fields(JSON.parse(readFileSync(join(this.#folder, RECORD), 'utf8')));
    } catch {
      return {};
    }
  }

  #note(record: object): void {
    writeFileSync(join(this.#folder, RECORD), JSON.stringify(record), { mode: 0o600 });
  }

  #path(name: OwnName): string {
    return join(this.#folder, name);
  }
}

function ifThere<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (fields(error)['code'] === 'ENOENT') return undefined;
    throw error;
  }
}
