// The recorded situations, as the table in docs names them.
import { readFile } from 'node:fs/promises';

const RECORDINGS = new URL('../../plugin/test/recordings/', import.meta.url);
const SITUATIONS = new URL('../../docs/opencode-situations.md', import.meta.url);

/** A leap is somebody who set the clock: nobody waited. */
export const LEAP_MS = 30 * 60_000;

/**
 * @typedef {object} Call
 * @property {number} t milliseconds since the epoch
 * @property {any} event
 */

/** @returns {Promise<{ recording: string, situation: string }[]>} */
export async function situations() {
  const text = await readFile(SITUATIONS, 'utf8');
  return text
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| recording'))
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .map(([, recording = '', situation = '']) => ({ recording, situation }));
}

/**
 * @param {string} recording
 * @returns {Promise<Call[]>} of the event hook
 */
export async function callsOf(recording) {
  const text = await readFile(new URL(`${recording}.jsonl`, RECORDINGS), 'utf8');
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line)).filter(({ hook }) => hook === 'event');
}
