// Plays recordings of OpenCode's hook calls through the tracker.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { source } from './source.mjs';

/**
 * @typedef {import('../src/core/event').Happening} Happening
 * @typedef {import('../src/core/tracker').HookEvent} HookEvent
 */

/** @type {typeof import('../src/core/tracker')} */
const { Tracker } = await source('core/tracker.ts');

/** @type {typeof import('../src/core/event')} */
const { toEvent } = await source('core/event.ts');
/** @type {typeof import('../src/io/life')} */
const { lifeOf } = await source('io/life.ts');
/** @type {typeof import('../src/io/pending')} */
const { Pending } = await source('io/pending.ts');

const PLACE = { host: 'h', project: 'p', directory: '/p' };

const LEAP_MS = 30 * 60_000;

const FOLDER = new URL('recordings/', import.meta.url);

/** @returns {string[]} names of the recordings */
export function recordings() {
  return readdirSync(FOLDER).map((file) => file.replace('.jsonl', ''));
}

/**
 * @param {string} name
 * @returns {{ t: number, hook: string, event: any }[]} of all hooks
 */
function recordOf(name) {
  const text = readFileSync(new URL(`${name}.jsonl`, FOLDER), 'utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

/**
 * @param {string} name
 * @returns {{ t: number, event: HookEvent }[]}
 */
export function callsOf(name) {
  return recordOf(name).filter(({ hook }) => hook === 'event');
}

/**
 * What is published, if all waits a minute after the last call.
 *
 * @param {string} name one with "kill" in it: OpenCode is dead when the next one begins
 * @returns {Happening[]}
 */
export function play(name) {
  const home = mkdtempSync(join(tmpdir(), 'nudge-play-'));
  try {
    return playIn(home, name);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

/**
 * @param {string} home where requests are kept
 * @param {string} name
 */
function playIn(home, name) {
  let tracker = new Tracker();
  let living = 0;
  const world = {
    ...{ boot: 'b', namespace: '1' },
    birthOf: (/** @type {number} */ pid) => (pid === living ? '7' : null),
  };
  const settings = /** @type {any} */ ({ url: 'mqtt://x', base: 'nudge/me', host: 'h' });
  let pending = new Pending(settings, home, lifeOf(living, world));
  let [lastMs, steadyMs] = [0, 0];
  /** @type {Happening[]} */
  const found = [];
  /** @param {Happening[]} happenings */
  const publish = (happenings) => {
    for (const one of happenings) pending.note(toEvent(one, PLACE));
    found.push(...happenings);
  };
  /** @param {number} untilMs by the clock that nobody sets */
  const wait = (untilMs) => {
    for (let next = tracker.nextTickMs(); next !== null && next <= untilMs;) {
      publish(tracker.tick({ nowMs: lastMs + next - steadyMs, steadyMs: next, nonce: '' }));
      next = tracker.nextTickMs();
    }
  };
  for (const { t, hook, event } of recordOf(name).filter(({ hook }) => hook)) {
    // Recorded is the time of day; a leap is somebody who set it.
    const passedMs = t - lastMs;
    const isLeap = lastMs === 0 || passedMs < 0 || passedMs > LEAP_MS;
    if (!isLeap) wait(steadyMs + passedMs);
    if (!isLeap) steadyMs += passedMs;
    lastMs = t;
    if (hook === 'event') publish(feed(tracker, event, t, steadyMs));
    if (hook === 'dispose') {
      publish(tracker.close({ nowMs: t, steadyMs, nonce: '' }));
      tracker = new Tracker();
    }
    if (hook === 'init' && name.includes('kill')) {
      if (living !== 0) tracker = new Tracker();
      living = event.pid;
      pending = new Pending(settings, home, lifeOf(living, world));
      pending.takeBack(t, (event) => void found.push(/** @type {any} */ (event)));
    }
  }
  wait(steadyMs + 60_000);
  return found;
}

/**
 * @param {InstanceType<typeof Tracker>} tracker
 * @param {HookEvent} event
 * @param {number} nowMs
 * @param {number} [steadyMs]
 */
export function feed(tracker, event, nowMs, steadyMs = nowMs) {
  if (!tracker.matters(event)) return [];
  for (let id = tracker.missing(event); id; id = tracker.missing(event)) tracker.learn(id, null);
  return tracker.observe(event, { nowMs, steadyMs, nonce: 'nonce' });
}
