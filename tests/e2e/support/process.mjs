// Children of a test: started, listened to, ended; none outlives the test process.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Arrivals } from './arrivals.mjs';

const START_MS = 60_000; // a screen shows little before its program has started
const END_MS = 120_000; // no program of a test runs so long by itself
const STOP_MS = 10_000; // a child that ignores SIGTERM for so long gets SIGKILL

/**
 * @typedef {object} Exit
 * @property {number | null} code
 * @property {NodeJS.Signals | null} signal
 *
 * @typedef {object} Started
 * @property {number} pid
 * @property {string[]} lines standard output and error, in the order they came
 * @property {(pattern: RegExp, options?: { timeoutMs?: number, from?: number }) => Promise<string>}
 *   waitForLine the first line, from index `from` on, that matches; fails when the child ends first
 * @property {(pattern: RegExp, options?: { timeoutMs?: number }) => Promise<string>} waitToBeUp as
 *   waitForLine, but when it fails nothing of the child is left
 * @property {(is: () => boolean, what: string) => Promise<unknown>} waitUntil asks after each output
 * @property {() => Promise<Exit>} stop SIGTERM, later SIGKILL
 * @property {(signal?: NodeJS.Signals) => Promise<Exit>} kill sends one signal (SIGKILL) and awaits the end
 * @property {(signal: NodeJS.Signals) => void} signal sends one signal and goes on
 * @property {(text: string) => void} write to its standard input, if that is kept open
 * @property {Promise<Exit>} exited for who does not wait for it
 * @property {() => Promise<Exit>} ended awaits its end; when none comes, kills it and fails
 */

// Where bridges say that they run: those of this machine, and of other tests, are not found.
const runtime = mkdtempSync(join(tmpdir(), 'nudge-runtime-'));
process.env.XDG_RUNTIME_DIR = runtime;
process.once('exit', () => rmSync(runtime, { recursive: true, force: true }));

/**
 * setpriv makes the kernel end the child with us, even when we are killed. The child leads its own
 * process group, so that what it started goes with it.
 *
 * @param {string} command
 * @param {string[]} [args]
 * @param {{ env?: NodeJS.ProcessEnv, cwd?: string, input?: string | null, isScreen?: boolean }} [options]
 *   env: added to ours; input: what the child reads from its standard input, null keeps it open; isScreen:
 *   there are no lines, only pieces as they come
 * @returns {Started}
 */
export function startProcess(command, args = [], { env = {}, cwd, input = '', isScreen } = {}) {
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', command, ...args], {
    cwd,
    detached: true,
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  /** @type {Arrivals<string>} */
  const output = new Arrivals((lines) => lines.slice(-40).join('\n'));
  for (const stream of [child.stdout, child.stderr])
    if (isScreen) stream.setEncoding('utf8').on('data', (piece) => output.add(piece));
    else createInterface({ input: stream }).on('line', (line) => output.add(line));
  child.stdin.on('error', () => {}); // a child need not read what it is given
  if (input !== null) child.stdin.end(input);

  let ended = false;
  const end = () => signalGroup(child.pid, 'SIGKILL');
  process.once('exit', end);
  child.once('exit', end); // what the child left behind in its group
  const exited = once(child, 'close').then(([code, signal]) => {
    ended = true;
    process.off('exit', end);
    output.end(`${command} ended (${signal ?? `exit ${code}`})`);
    return { code, signal };
  });
  exited.catch((error) => output.end(`${command} did not start: ${error.message}`));

  /** @param {NodeJS.Signals} signal */
  const signal = (signal) => {
    if (!ended) signalGroup(child.pid, signal);
  };
  /** @type {Started['waitForLine']} */
  const waitForLine = (pattern, options) =>
    output.waitFor((line) => pattern.test(line), { ...options, what: `a line ${pattern}` });
  return {
    pid: child.pid ?? -1,
    lines: output.items,
    exited,
    signal,
    write: (text) => void child.stdin.write(text),
    waitForLine,
    waitToBeUp: (pattern, options) =>
      waitForLine(pattern, options).catch((error) => {
        signal('SIGKILL');
        throw error;
      }),
    waitUntil: (is, what) => output.waitFor(is, { what, timeoutMs: START_MS }),
    async ended() {
      let isLate = false;
      const timer = setTimeout(() => {
        isLate = true;
        signal('SIGKILL');
      }, END_MS);
      const exit = await exited.finally(() => clearTimeout(timer));
      if (!isLate) return exit;
      const said = output.items.slice(-40).join('\n');
      throw new Error(`${command}: no end within ${END_MS} ms; so far:\n${said}`);
    },
    async stop() {
      signal('SIGTERM');
      const timer = setTimeout(() => signal('SIGKILL'), STOP_MS);
      return exited.finally(() => clearTimeout(timer));
    },
    async kill(name = 'SIGKILL') {
      signal(name);
      return exited;
    },
  };
}

/**
 * @param {number | undefined} pid
 * @param {NodeJS.Signals} signal
 */
function signalGroup(pid, signal) {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ESRCH') throw error;
  }
}

/**
 * Runs a command to its end.
 *
 * @param {string} command
 * @param {string[]} [args]
 * @param {Parameters<typeof startProcess>[2]} [options]
 * @returns {Promise<Exit & { lines: string[] }>}
 */
export async function runProcess(command, args, options) {
  const child = startProcess(command, args, options);
  return { ...(await child.ended()), lines: child.lines };
}
