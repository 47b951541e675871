// What the kernel counts for a process: proc(5).
import { readFileSync, readdirSync } from 'node:fs';

/** @param {number} pid */
const threads = (pid) => readdirSync(`/proc/${pid}/task`).map((tid) => `/proc/${pid}/task/${tid}`);

/**
 * CPU time of all threads that are alive.
 *
 * @param {number} pid
 */
export const cpuNs = (pid) =>
  threads(pid).reduce(
    (sum, task) => sum + Number(readFileSync(`${task}/schedstat`, 'utf8').split(' ')[0]),
    0,
  );

/**
 * How often its threads went to sleep by themselves, and so were woken.
 *
 * @param {number} pid
 */
export const wakeUps = (pid) =>
  threads(pid).reduce(
    (sum, task) => sum + field(readFileSync(`${task}/status`, 'utf8'), 'voluntary_ctxt_switches'),
    0,
  );

/**
 * In kB.
 *
 * @param {number} pid
 */
export function memory(pid) {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  return { pss: field(text, 'Pss'), dirty: field(text, 'Private_Dirty') };
}

/**
 * Bytes it made the disk write: pages dirtied, each counted once until it is written.
 *
 * @param {number} pid
 */
export const writtenBytes = (pid) => field(readFileSync(`/proc/${pid}/io`, 'utf8'), 'write_bytes');

/**
 * Bytes it handed to write calls, whatever they lead to.
 *
 * @param {number} pid
 */
export const handedBytes = (pid) => field(readFileSync(`/proc/${pid}/io`, 'utf8'), 'wchar');

/**
 * @param {string} text
 * @param {string} name
 */
const field = (text, name) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1]);
