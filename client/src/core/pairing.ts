// What `nudge pair` shows and an app reads (docs/pairing.md). Pure.

export interface Pairing {
  /** The WebSocket listener, for pages: ws:// or wss:// */
  ws: string;
  /** The same broker for native apps: mqtt:// or mqtts:// */
  broker: string | null;
  user: string;
  /** The login at the broker; null: it takes anybody. */
  username: string | null;
  root: string;
  /** sha256 of the CA certificate (DER), 64 hexadecimal digits. */
  ca: string | null;
}

const ID = /^[A-Za-z0-9_-]{1,64}$/;
const WS_PORT = 9001; // as in our mosquitto.conf

/**
 * Both forms: `nudge:pair?…`, and the address of a page with the same after its `#pair?`.
 *
 * @returns null if it is neither
 * @throws Error with one sentence on what is wrong in it
 */
export function readPairing(text: string): Pairing | null {
  const query = /(?:^nudge:pair|#pair)\?(.*)$/.exec(text.trim())?.[1];
  if (query === undefined) return null;
  const given = new URLSearchParams(query);
  const user = given.get('user') ?? '';
  const broker = given.get('broker');
  if (!ID.test(user) || user === 'bridge') throw new Error('The pairing text names no user.');
  return {
    ws: webSocketOf(given.get('ws'), broker),
    broker,
    user,
    username: given.get('username'),
    root: given.get('root') ?? 'nudge',
    ca: given.get('ca'),
  };
}

function webSocketOf(ws: string | null, broker: string | null): string {
  const url = ws ?? broker;
  if (url === null || !URL.canParse(url)) throw new Error('The pairing text names no broker.');
  const { protocol, hostname } = new URL(url);
  if (protocol === 'ws:' || protocol === 'wss:') return url;
  if (protocol !== 'mqtt:' && protocol !== 'mqtts:')
    throw new Error(`${url} is no address of a broker.`);
  return `${protocol === 'mqtts:' ? 'wss' : 'ws'}://${hostname}:${WS_PORT}`;
}
