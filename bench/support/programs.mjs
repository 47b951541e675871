// The programs of a measurement: started, listened to, ended; none outlives us.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

const STOP_MS = 10_000; // a child that ignores SIGTERM for so long gets SIGKILL
export const BUILD = process.env.BUILD || 'build';
export const ROOT = new URL('../..', import.meta.url).pathname;

/** setpriv makes the kernel end the child with us, even when we are killed. */
export class Program {
  /** @type {string[]} */
  lines = [];
  #waiting = new Set();
  #isOver = false;

  /**
   * @param {string} command
   * @param {string[]} args
   * @param {{ env?: NodeJS.ProcessEnv, cwd?: string }} [options]
   */
  constructor(command, args, { env = {}, cwd } = {}) {
    this.name = command.split('/').pop();
    this.child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', command, ...args], {
      cwd,
      env: { ...process.env, ...env },
    });
    this.pid = this.child.pid ?? 0;
    this.child.stdin.on('error', () => {});
    for (const stream of [this.child.stdout, this.child.stderr])
      createInterface({ input: stream }).on('line', (line) => {
        this.lines.push(line);
        if (this.lines.length > 5000) this.lines.splice(0, 2500);
        for (const check of [...this.#waiting]) check(line);
      });
    this.ended = once(this.child, 'close').then(([code]) => {
      this.#isOver = true;
      for (const check of [...this.#waiting]) check(null);
      return code;
    });
  }

  /**
   * The next line that matches; one that was there before counts only with `from`.
   *
   * @param {RegExp} pattern
   * @param {{ timeoutMs?: number, from?: number }} [options]
   * @returns {Promise<string>}
   */
  line(pattern, { timeoutMs = 60_000, from = this.lines.length } = {}) {
    const found = this.lines.slice(from).find((line) => pattern.test(line));
    if (found !== undefined) return Promise.resolve(found);
    return new Promise((resolve, reject) => {
      const fail = (/** @type {string} */ why) => {
        clearTimeout(timer);
        this.#waiting.delete(check);
        reject(
          new Error(
            `${this.name} ${why}; no line ${pattern}:\n${this.lines.slice(-12).join('\n')}`,
          ),
        );
      };
      const check = (/** @type {string | null} */ line) => {
        if (line === null) return fail('ended');
        if (!pattern.test(line)) return;
        clearTimeout(timer);
        this.#waiting.delete(check);
        resolve(line);
      };
      const timer = setTimeout(() => fail('took too long'), timeoutMs);
      this.#waiting.add(check);
      if (this.#isOver) fail('is over');
    });
  }

  /** @param {string} text */
  say(text) {
    this.child.stdin.write(`${text}\n`);
  }

  /** @param {NodeJS.Signals} signal */
  signal(signal) {
    if (!this.#isOver) this.child.kill(signal);
  }

  async stop() {
    this.signal('SIGCONT');
    this.signal('SIGTERM');
    const timer = setTimeout(() => this.signal('SIGKILL'), STOP_MS);
    await this.ended;
    clearTimeout(timer);
  }
}

/**
 * Runs a program to its end; gives what it printed.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {ConstructorParameters<typeof Program>[2]} [options]
 */
export async function run(command, args, options) {
  const program = new Program(command, args, options);
  const code = await program.ended;
  if (code !== 0)
    throw new Error(`${command} ${args[0]} failed:\n${program.lines.slice(-8).join('\n')}`);
  return program.lines.join('\n');
}

/** @param {string} name of ours in bench/ */
export const ours = (name) => `${ROOT}${BUILD}/bench/${name}`;

/**
 * "key=value" words as an object of numbers.
 *
 * @param {string} line
 * @returns {Record<string, number>}
 */
export const numbers = (line) =>
  Object.fromEntries(
    [...line.matchAll(/(\w+)=(-?\d+)/g)].map(([, key, value]) => [key, Number(value)]),
  );

/** @param {number} ms */
export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** CLOCK_MONOTONIC, as the programs tell it. */
export const nowNs = () => Number(process.hrtime.bigint());
