// Does the broker take clients without a login, anywhere? Then nobody can tell
// who an unsigned reply comes from.

import { connect as connectTcp } from 'node:net';
import { openClient, type Address } from './connection';
import type { Settings } from './login';

const PATIENCE_MS = 5_000;
const TCP_PATIENCE_MS = 2_000;

// Where brokers listen, by custom.
const PORTS = [1883, 8883, 9001, 8083, 8084, 9883];
const SCHEMES = ['mqtt', 'mqtts', 'ws', 'wss'];

const UNSUPPORTED_VERSION = [0x01, 0x84];

/** isOpen null: it cannot be told. at: where it is open. */
export interface Openness {
  isOpen: boolean | null;
  at: string | null;
}

/** Looks at the address of the settings, and at the usual ports of that host. */
export async function opennessOf(settings: Settings): Promise<Openness> {
  const { url, ca, username } = settings;
  if (username === undefined) return { isOpen: true, at: url }; // it just let us in
  const isOpen = await letsIn({ url, ca });
  if (isOpen !== false) return { isOpen, at: url };

  const { hostname, port } = new URL(url);
  const others = PORTS.filter((one) => String(one) !== port);
  const found = await Promise.all(others.map((one) => whereOpen(hostname, one)));
  const at = found.find((one) => one !== null) ?? null;
  return { isOpen: at !== null, at };
}

/** A URL of this port that takes anybody; null: none does. */
async function whereOpen(host: string, port: number): Promise<string | null> {
  if (!(await isListening(host, port))) return null;
  const urls = SCHEMES.map(
    (scheme) => `${scheme}://${host}:${port}${scheme.startsWith('ws') ? '/mqtt' : ''}`,
  );
  const answers = await Promise.all(
    urls.map((url) => letsIn({ url, ca: undefined, trustsAny: true })),
  );
  return urls.find((_, i) => answers[i] === true) ?? null;
}

function isListening(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectTcp({ host: host.replace(/^\[|\]$/g, ''), port });
    const tell = (answer: boolean) => {
      resolve(answer);
      socket.destroy();
    };
    socket.setTimeout(TCP_PATIENCE_MS, () => tell(false));
    socket.once('connect', () => tell(true));
    socket.once('error', () => tell(false));
  });
}

/** null: it cannot be told. */
function letsIn(address: Address, protocolVersion: 4 | 5 = 5): Promise<boolean | null> {
  return new Promise((resolve) => {
    const client = openClient(address, {
      protocolVersion,
      clean: true,
      reconnectPeriod: 0,
      connectTimeout: PATIENCE_MS,
    });
    const tell = (answer: boolean | null | Promise<boolean | null>) => {
      resolve(answer);
      client.end(true);
    };
    client.once('connect', () => tell(true));
    client.on('error', (error) => {
      // Only a refusal carries a number; trouble on the way has a name.
      const code = 'code' in error ? Number(error.code) : NaN;
      if (protocolVersion === 5 && UNSUPPORTED_VERSION.includes(code)) tell(letsIn(address, 4));
      else tell(code > 0 ? false : null);
    });
    client.once('close', () => tell(null));
  });
}
