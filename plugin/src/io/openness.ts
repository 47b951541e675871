// Does the broker take clients without a login, anywhere? Then nobody can tell
// who an unsigned reply comes from.

import { connect as connectTcp } from 'node:net';
import { Link, Refused } from './link';
import type { Settings } from './login';
import { openWire, type Address } from './wire';

const PATIENCE_MS = 5_000;
const TCP_PATIENCE_MS = 2_000;

// Where brokers listen, by custom.
const PORTS = [1883, 8883, 9001, 8083, 8084, 9883];
const SCHEMES = ['mqtt', 'mqtts', 'ws', 'wss'];

// Reasons of a broker that knows MQTT 3 alone.
const OLDER = [0x01, 0x84];
// Without a name, for 30 s, clean.
const CONNECT_3 = Uint8Array.of(0x10, 0x0c, 0, 4, ...Buffer.from('MQTT'), 4, 0x02, 0, 30, 0, 0);
const CONNACK = 0x20;

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
function letsIn(address: Address): Promise<boolean | null> {
  return new Promise((resolve) => {
    const link = new Link(
      address,
      { patienceMs: PATIENCE_MS },
      {
        open: () => {
          resolve(true);
          link.leave();
        },
        closed: (error) => {
          // Only a refusal carries a number; trouble on the way has a name.
          if (!(error instanceof Refused)) resolve(null);
          else resolve(OLDER.includes(error.code) ? letsOldIn(address) : false);
        },
      },
    );
  });
}

/** The same in MQTT 3.1.1, section 3.1 there. */
function letsOldIn(address: Address): Promise<boolean | null> {
  return new Promise((resolve) => {
    const tell = (answer: boolean | null) => {
      clearTimeout(timer);
      resolve(answer);
      wire.close(true);
    };
    const timer = setTimeout(() => tell(null), PATIENCE_MS).unref();
    const wire = openWire(address, {
      open: () => wire.send(CONNECT_3),
      // 0: welcome.
      bytes: (answer) => tell(answer[0] === CONNACK && answer.length > 3 ? answer[3] === 0 : null),
      closed: () => tell(null),
    });
  });
}
