// One HTTP request and its answer at a stand-in, the same for HTTP/1.1 and HTTP/2.

const BODY_MAX = 1 << 20; // more than any service takes; a stand-in need not hold everything

/**
 * @typedef {import('node:http2').Http2ServerRequest | import('node:http').IncomingMessage} Incoming
 * @typedef {import('node:http2').Http2ServerResponse | import('node:http').ServerResponse} Outgoing
 *
 * @typedef {object} Connection
 * @property {number} number 1, 2, ... in the order of the TLS handshakes
 * @property {import('node:net').Socket} raw the TCP socket below TLS
 * @property {boolean} silent whether nothing is answered any more
 * @property {Map<string, any>} memory what the service's rules remember of it
 *
 * @typedef {object} Request
 * @property {string} method
 * @property {string} path
 * @property {Record<string, string>} headers names in lower case, without the pseudo headers of HTTP/2
 * @property {string[]} repeated names of the headers that came more than once
 * @property {Buffer} body
 * @property {Connection} connection
 * @property {import('node:http2').Http2Session | undefined} session undefined on HTTP/1.1
 *
 * @typedef {object} Answer
 * @property {number} status
 * @property {import('node:http').OutgoingHttpHeaders} [headers]
 * @property {string | Buffer} [body]
 * @property {(stream: import('node:http2').ServerHttp2Stream) => void} [then] after it, on HTTP/2
 */

/**
 * Null when the client went away or sends without end.
 *
 * @param {Incoming} incoming
 * @param {Connection} connection
 * @returns {Promise<Request | null>}
 */
export async function readRequest(incoming, connection) {
  const body = await readBody(incoming);
  if (!body) return null;
  const names = incoming.rawHeaders
    .filter((_, at) => at % 2 === 0)
    .map((name) => name.toLowerCase());
  const pairs = names.map((name, at) => [name, incoming.rawHeaders[at * 2 + 1] ?? '']);
  return {
    method: incoming.method ?? '',
    path: incoming.url ?? '',
    headers: Object.fromEntries(pairs.filter(([name]) => !name?.startsWith(':'))),
    repeated: names.filter((name, at) => names.indexOf(name) !== at),
    body,
    connection,
    session: 'stream' in incoming ? incoming.stream.session : undefined,
  };
}

/**
 * @param {Incoming} incoming
 * @returns {Promise<Buffer | null>}
 */
async function readBody(incoming) {
  /** @type {Buffer[]} */
  const chunks = [];
  let size = 0;
  try {
    for await (const chunk of incoming) {
      size += chunk.length;
      if (size > BODY_MAX) return null;
      chunks.push(chunk);
    }
  } catch {
    return null;
  }
  return incoming.complete ? Buffer.concat(chunks) : null;
}

/**
 * @param {Outgoing} outgoing
 * @param {Answer} answer
 */
export function sendAnswer(outgoing, { status, headers = {}, body, then }) {
  outgoing.on('error', () => {}); // the client may have gone
  outgoing.statusCode = status;
  for (const [name, value] of Object.entries(headers))
    if (value !== undefined) outgoing.setHeader(name, value);
  outgoing.end(body ?? '');
  if ('stream' in outgoing) then?.(outgoing.stream);
}

/**
 * @param {number} status
 * @param {object} value
 * @returns {Answer}
 */
export function jsonAnswer(status, value) {
  return {
    status,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(value),
  };
}
