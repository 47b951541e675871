// A static server for `make run` and the tests: mosquitto's own http_dir names no types, and without
// one no browser takes a service worker. Usage: serve.mjs FOLDER PORT
import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';

const [folder = 'dist', port = '0'] = process.argv.slice(2);
/** @type {Record<string, string>} */
const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.webmanifest': 'application/manifest+json',
};

const server = createServer(async ({ url = '/' }, answer) => {
  const path = url.split('?')[0] ?? '/';
  const name = path === '/' ? 'index.html' : path.slice(1);
  const type = TYPES[extname(name)];
  // The folder is flat: what has another slash is not in it.
  if (!type || name.includes('/')) return answer.writeHead(404).end();
  try {
    const bytes = await readFile(join(folder, name));
    answer.writeHead(200, { 'content-type': type, 'cache-control': 'no-cache' }).end(bytes);
  } catch {
    answer.writeHead(404).end();
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
