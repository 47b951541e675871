// What asks the bridge over HTTP: politely, byte by byte, or not at all.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { request as plain } from 'node:http';
import { request as secure } from 'node:https';
import { connect } from 'node:net';
import { patiently } from './arrivals.mjs';

/**
 * @typedef {object} Answer
 * @property {number} status
 * @property {import('node:http').IncomingHttpHeaders} headers
 * @property {Buffer} body as it came, not unpacked
 *
 * @param {string} url
 * @param {{ method?: string, headers?: Record<string, string>, caFile?: string, body?: string }} [options]
 * @returns {Promise<Answer>}
 */
export async function ask(url, { method = 'GET', headers = {}, caFile, body } = {}) {
  const ca = caFile ? readFileSync(caFile) : undefined;
  const options = { method, headers, ca, agent: false };
  const request = url.startsWith('https:') ? secure(url, options) : plain(url, options);
  request.end(body);
  const [answer] = await patiently(once(request, 'response'), `an answer of ${url}`);
  /** @type {Buffer[]} */
  const pieces = [];
  for await (const piece of answer) pieces.push(piece);
  return { status: answer.statusCode, headers: answer.headers, body: Buffer.concat(pieces) };
}

/**
 * All that a server says to some bytes, until it ends the connection.
 *
 * @param {number} port
 * @param {string} bytes
 */
export async function say(port, bytes) {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  socket.write(bytes, 'latin1');
  let text = '';
  socket.setEncoding('latin1').on('data', (piece) => (text += piece));
  await patiently(once(socket, 'close'), 'the end of a connection');
  return text;
}

/**
 * A connection that sends some bytes and then does nothing more, not even read.
 *
 * @param {number} port
 * @param {string} bytes
 */
export async function stick(port, bytes) {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  await once(socket, 'connect');
  socket.pause();
  if (bytes) socket.write(bytes, 'latin1');
  return socket;
}

/** The series of Prometheus' text, without their heads. @param {string} text */
export function seriesOf(text) {
  const lines = text.split('\n').filter((line) => line && !line.startsWith('#'));
  return lines.map((line) => {
    const match = /^nudge_(\w+)(?:\{(.*)\})? (-?\d+)$/.exec(line);
    if (!match) throw new Error(`no line of Prometheus': ${line}`);
    const [, name = '', labels = '', value] = match;
    return { name, labels, value: Number(value) };
  });
}
