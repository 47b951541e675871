// The text that "nudge pair" shows, docs/pairing.md: where the broker is, and
// who somebody is there. It holds secrets. Pure.

import { isName, isRoot } from './options';
import { readKey } from './reply';

export interface Pairing {
  user: string;
  broker: string | null;
  ws: string | null;
  username: string | null;
  password: string | null;
  root: string | null;
  /** sha256 of a certificate, lower case. */
  ca: string | null;
  key: string | null;
}

/** What is wrong with a text; never says what is in it. */
export class BadPairing extends Error {}

const TEXT_MAX = 4_096; // characters
const FORMS = /^(?:nudge:pair\?|https?:\/\/[^#\s]+#pair\?)(\S*)$/;

type Check = (value: string) => boolean;

const isText: Check = (value) => value !== '' && !/\p{Cc}/u.test(value);

const CHECKS: Readonly<Record<keyof Pairing, Check>> = {
  user: (value) => isName(value) && value !== 'bridge',
  broker: (value) => isUrl(value, ['mqtt:', 'mqtts:']),
  ws: (value) => isUrl(value, ['ws:', 'wss:']),
  username: isText,
  password: isText,
  root: isRoot,
  ca: (value) => /^[0-9a-f]{64}$/i.test(value),
  key: (value) => readKey(value) !== null,
};

const MEMBERS = Object.keys(CHECKS) as (keyof Pairing)[];

export function readPairing(text: string): Pairing {
  const given = text.trim();
  const [, query] = FORMS.exec(given.slice(0, TEXT_MAX)) ?? [];
  if (query === undefined || given.length > TEXT_MAX)
    throw new BadPairing('this is no pairing text: give all that "nudge pair" shows, in quotes');

  const members = membersOf(query);
  const value = (name: keyof Pairing) => members.get(name) ?? null;
  for (const name of MEMBERS) {
    const member = value(name);
    if (member !== null && !CHECKS[name](member))
      throw new BadPairing(`the pairing text is damaged: its ${name} is none`);
  }
  const user = value('user');
  if (user === null) throw new BadPairing('the pairing text is damaged: it names no user');
  if (value('broker') === null && value('ws') === null)
    throw new BadPairing('the pairing text is damaged: it names no broker');
  const read = Object.fromEntries(MEMBERS.map((name) => [name, value(name)]));
  return { ...(read as unknown as Pairing), user, ca: value('ca')?.toLowerCase() ?? null };
}

function membersOf(query: string): Map<string, string> {
  const members = new Map<string, string>();
  for (const pair of query.split('&')) {
    const [name, value] = halves(pair).map(decode);
    if (name === undefined || value === undefined || members.has(name))
      throw new BadPairing('the pairing text is damaged: a member twice, or no percent-encoding');
    members.set(name, value);
  }
  return members;
}

function halves(pair: string): [string, string] {
  const at = pair.indexOf('=');
  return at < 0 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)];
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function isUrl(value: string, schemes: readonly string[]): boolean {
  if (!URL.canParse(value)) return false;
  const { protocol, hostname, username, password } = new URL(value);
  return schemes.includes(protocol) && hostname !== '' && username === '' && password === '';
}
