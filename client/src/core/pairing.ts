// What `nudge pair` shows and an app reads (docs/pairing.md). It holds secrets. Pure.

import { bytesOf } from './bytes';

/** Where a person's topics are, and as whom. */
export interface Place {
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

export interface Pairing extends Place {
  /** Of the login at the broker; null: the person is asked. */
  password: string | null;
  /** Signs answers: 32 bytes in base64url; null: this app cannot answer. */
  key: string | null;
}

const ID = /^[A-Za-z0-9_-]{1,64}$/;
const ROOT = /^[^+#/\s\p{C}]+(\/[^+#/\s\p{C}]+)*$/u;
const CA = /^[0-9A-Fa-f]{64}$/;
const KEY_BYTES = 32;
const WS_PORT = 9001; // as in our mosquitto.conf

/**
 * Both forms: `nudge:pair?…`, and the address of a page with the same after its `#pair?`.
 *
 * @returns null if it is neither
 * @throws Error with one sentence on what is wrong in it; it repeats no secret
 */
export function readPairing(text: string): Pairing | null {
  const query = /(?:^nudge:pair|#pair)\?(.*)$/s.exec(text.trim())?.[1];
  if (query === undefined) return null;
  const given = membersOf(query);
  const user = given.get('user') ?? '';
  if (!ID.test(user) || user === 'bridge') throw new Error('The pairing text names no user.');
  const broker = given.get('broker') ?? null;
  if (broker !== null) addressOf(broker, ['mqtt:', 'mqtts:', 'ws:', 'wss:']);
  return {
    ws: webSocketOf(given.get('ws') ?? null, broker),
    broker,
    user,
    username: textOf(given, 'username'),
    password: given.get('password') ?? null,
    root: checked(given, 'root', (root) => ROOT.test(root)) ?? 'nudge',
    ca: checked(given, 'ca', (ca) => CA.test(ca)),
    key: checked(given, 'key', (key) => bytesOf(key)?.length === KEY_BYTES),
  };
}

function membersOf(query: string): Map<string, string> {
  const members = new Map<string, string>();
  for (const member of query.split('&').filter(Boolean)) {
    const [name = '', ...value] = member.split('=');
    if (members.has(name)) throw new Error(`The pairing text says ${name} twice.`);
    try {
      members.set(name, decodeURIComponent(value.join('=')));
    } catch {
      throw new Error('The pairing text is damaged: copy it again.');
    }
  }
  return members;
}

function checked(given: Map<string, string>, name: string, isIt: (value: string) => boolean) {
  const value = given.get(name);
  if (value === undefined) return null;
  if (!isIt(value)) throw new Error(`The pairing text's ${name} is damaged: copy it again.`);
  return value;
}

const textOf = (given: Map<string, string>, name: string) =>
  checked(given, name, (value) => value !== '' && !/\p{C}/u.test(value));

function webSocketOf(ws: string | null, broker: string | null): string {
  if (ws !== null) {
    addressOf(ws, ['ws:', 'wss:']);
    return ws;
  }
  if (broker === null) throw new Error('The pairing text names no broker.');
  const { protocol, hostname } = new URL(broker);
  if (protocol === 'ws:' || protocol === 'wss:') return broker;
  return `${protocol === 'mqtts:' ? 'wss' : 'ws'}://${hostname}:${WS_PORT}`;
}

/** @throws Error with one sentence; a login in it is not repeated */
function addressOf(text: string, protocols: readonly string[]): void {
  if (!URL.canParse(text)) throw new Error('The pairing text names no broker.');
  const url = new URL(text);
  if (url.username || url.password)
    throw new Error('The pairing text has a login inside an address: it belongs into username.');
  if (!protocols.includes(url.protocol) || !url.hostname || url.hash)
    throw new Error(`${text} is no address of a broker.`);
}
