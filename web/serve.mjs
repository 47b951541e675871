// A static server for `make run` and the tests: mosquitto's own http_dir names no types, and without
// one no browser takes a service worker. Usage: serve.mjs FOLDER PORT [BROKER]
// BROKER (ws:// or wss://) is the only one that the page may then connect to; without it, any.
import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';

const [folder = 'dist', port = '0', broker = ''] = process.argv.slice(2);
/** @type {Record<string, string>} */
const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.webmanifest': 'application/manifest+json',
};

/** What a policy calls the broker; it knows no IPv6 addresses. */
function sourceOf() {
  if (!broker) return 'ws: wss:';
  const { protocol, hostname, origin } = URL.canParse(broker) ? new URL(broker) : new URL('none:');
  if (protocol !== 'ws:' && protocol !== 'wss:') {
    console.error(`cannot serve the page: '${broker}' is no address of a broker, ws://HOST:PORT`);
    process.exit(64);
  }
  return hostname.startsWith('[') ? protocol : origin;
}

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  `connect-src 'self' ${sourceOf()}`,
  "manifest-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const HEADERS = {
  'content-security-policy': POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cache-control': 'no-cache',
};

const server = createServer(async ({ url = '/' }, answer) => {
  const path = url.split('?')[0] ?? '/';
  const name = path === '/' ? 'index.html' : path.slice(1);
  const type = TYPES[extname(name)];
  // The folder is flat: what has another slash is not in it.
  if (!type || name.includes('/')) return answer.writeHead(404, HEADERS).end();
  try {
    const bytes = await readFile(join(folder, name));
    answer.writeHead(200, { ...HEADERS, 'content-type': type }).end(bytes);
  } catch {
    answer.writeHead(404, HEADERS).end();
  }
});
server.on('error', (/** @type {NodeJS.ErrnoException} */ error) => {
  console.error(`cannot serve the page on port ${port}: ${error.code}`);
  process.exit(69);
});
server.listen(Number(port), '127.0.0.1', () => {
  const address = /** @type {import('node:net').AddressInfo} */ (server.address());
  console.log(`listening on http://127.0.0.1:${address.port}/`);
});
