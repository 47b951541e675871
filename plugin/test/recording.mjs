// Plays recordings of OpenCode's hook calls through the tracker.
import { readdirSync, readFileSync } from 'node:fs';
import { source } from './source.mjs';

/**
 * @typedef {import('../src/core/event').Happening} Happening
 * @typedef {import('../src/core/tracker').HookEvent} HookEvent
 */

/** @type {typeof import('../src/core/tracker')} */
const { Tracker } = await source('core/tracker.ts');

const LEAP_MS = 30 * 60_000;

const FOLDER = new URL('recordings/', import.meta.url);

/** @returns {string[]} names of the recordings */
export function recordings() {
  return readdirSync(FOLDER).map((file) => file.replace('.jsonl', ''));
}

/**
 * @param {string} name
 * @returns {{ t: number, event: HookEvent }[]}
 */
export function callsOf(name) {
  const text = readFileSync(new URL(`${name}.jsonl`, FOLDER), 'utf8');
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line)).filter((call) => call.hook === 'event');
}

/**
 * @param {string} name
 * @returns {Happening[]}
 */
export function play(name) {
  const tracker = new Tracker();
  let [lastMs, steadyMs] = [0, 0];
  return callsOf(name).flatMap(({ t, event }) => {
    // Recorded is the time of day; a leap is somebody who set it.
    const passedMs = t - lastMs;
    if (passedMs > 0 && passedMs < LEAP_MS) steadyMs += passedMs;
    lastMs = t;
    return feed(tracker, event, t, steadyMs);
  });
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
