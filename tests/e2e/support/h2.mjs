// A bare HTTP/2 client, for requests that a proper one would not make.
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:http2';

/**
 * @typedef {object} Response
 * @property {number} status
 * @property {import('node:http2').IncomingHttpHeaders} headers
 * @property {string} text
 *
 * @typedef {object} H2
 * @property {import('node:http2').ClientHttp2Session} session
 * @property {(path: string, headers: import('node:http2').OutgoingHttpHeaders,
 *   body: string | Buffer) => Promise<Response>} post headers may also name another :method
 */

/**
 * Open until the test ends.
 *
 * @param {import('node:test').TestContext} test
 * @param {{ url: string, caFile: string }} server
 * @returns {Promise<H2>}
 */
export async function openH2(test, { url, caFile }) {
  const session = connect(url, { ca: await readFile(caFile) });
  session.on('error', () => {}); // told by each request
  test.after(() => session.destroy());
  await once(session, 'remoteSettings');
  return { session, post: (path, headers, body) => post(session, path, headers, body) };
}

/**
 * @param {import('node:http2').ClientHttp2Session} session
 * @param {string} path
 * @param {import('node:http2').OutgoingHttpHeaders} headers
 * @param {string | Buffer} body
 * @returns {Promise<Response>}
 */
async function post(session, path, headers, body) {
  const stream = session.request(
    { ':method': 'POST', ':path': path, ...headers },
    { endStream: false },
  );
  stream.end(body);
  const answer = await responseOf(stream);
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return {
    status: Number(answer[':status']),
    headers: answer,
    text: Buffer.concat(chunks).toString('utf8'),
  };
}

/**
 * @param {import('node:http2').ClientHttp2Stream} stream
 * @returns {Promise<import('node:http2').IncomingHttpHeaders>}
 */
function responseOf(stream) {
  return new Promise((resolve, reject) => {
    stream.on('response', resolve);
    stream.on('error', reject);
    stream.on('close', () => reject(new Error(`closed without a response, ${stream.rstCode}`)));
  });
}
