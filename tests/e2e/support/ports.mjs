// Ports that a test may name before somebody listens there.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';

// Below what the kernel gives to whoever asks for any port: a client, or a stand-in, would take one of
// those between the look and the listening.
const FIRST_PORT = 10_000;
const BLOCK = 64;
/** @type {AsyncGenerator<number, never, void> | undefined} */
let ports;

/**
 * A port of the loopback that nobody listens on and nobody comes by: no client, no listener on any port,
 * no other test process. Never the same twice.
 *
 * @returns {Promise<number>}
 */
export async function freePort() {
  ports ??= portsOfOurs();
  return (await ports.next()).value;
}

/**
 * Who listens on the first port of a block has the others, until its process ends.
 *
 * @returns {AsyncGenerator<number, never, void>}
 */
async function* portsOfOurs() {
  const blocks = Math.floor((firstEphemeralPort() - FIRST_PORT) / BLOCK);
  for (let tried = 0; tried < blocks; tried++) {
    const first = FIRST_PORT + ((process.pid + tried) % blocks) * BLOCK;
    const holder = await listen(first);
    if (!holder) continue;
    holder.unref();
    for (let port = first + 1; port < first + BLOCK; port++) {
      const look = await listen(port);
      if (!look) continue;
      look.close();
      await once(look, 'close');
      yield port;
    }
  }
  throw new Error(`no ports left between ${FIRST_PORT} and ${firstEphemeralPort()}`);
}

/** @param {number} port @returns {Promise<import('node:net').Server | null>} null: somebody is there */
async function listen(port) {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
    return server;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EADDRINUSE') return null;
    throw error;
  }
}

function firstEphemeralPort() {
  const range = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8');
  const first = parseInt(range, 10);
  return first >= FIRST_PORT + BLOCK ? Math.min(first, 32_768) : 32_768;
}
