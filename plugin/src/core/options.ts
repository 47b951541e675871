// The plugin's options: opencode.json below, NUDGE_* above, checked. Pure.

import { fields, type Fields } from './reading';

export interface Options {
  url: string;
  user: string;
  /** null: as `user`, if there is a password; else no login. */
  username: string | null;
  password_file: string | null;
  ca_file: string | null;
  /** What a person's answers are signed with. */
  reply_key_file: string;
  /** null: the machine's own name. */
  host: string | null;
  root: string;
  /** true: signed ones; "account": whatever the broker lets somebody write. */
  replies: boolean | 'account';
}

/** What is wrong, and what to do about it, in one line. */
export type Fault = string;

export interface Read {
  options: Options;
  faults: Fault[];
}

const DEFAULTS: Options = {
  url: 'mqtt://localhost:1883',
  user: 'me',
  username: null,
  password_file: null,
  ca_file: null,
  reply_key_file: '~/.config/nudge/reply-key',
  host: null,
  root: 'nudge',
  replies: false,
};

const NAME = /^[A-Za-z0-9_-]{1,64}$/;
const ROOT = /^[A-Za-z0-9_-]{1,64}(\/[A-Za-z0-9_-]{1,64}){0,7}$/;
const SCHEMES = ['mqtt:', 'mqtts:', 'ws:', 'wss:'];

// For each option: null if the value is good, else what it should be.
type Check = (value: unknown) => string | null;

const isText: Check = (value) => (typeof value === 'string' && value !== '' ? null : 'give a text');

const CHECKS: Readonly<Record<keyof Options, Check>> = {
  url: checkUrl,
  user: (value) =>
    isName(value) && value !== 'bridge'
      ? null
      : 'give 1 to 64 of A-Z a-z 0-9 _ - (and not "bridge")',
  username: isText,
  password_file: isText,
  ca_file: isText,
  reply_key_file: isText,
  host: (value) => (isName(value) ? null : 'give 1 to 64 of A-Z a-z 0-9 _ -, or leave it out'),
  root: (value) => (isRoot(value) ? null : 'give a topic like nudge or home/nudge'),
  replies: (value) =>
    value === true || value === false || value === 'account'
      ? null
      : 'give false, true (signed answers) or "account" (unsigned ones too)',
};

const KEYS = Object.keys(CHECKS) as (keyof Options)[];

/** The same options, in the order of the manual. */
export function inOrder(options: object): Fields {
  const pairs = Object.entries(options);
  const placeOf = (key: string) => (KEYS as string[]).indexOf(key);
  return Object.fromEntries(pairs.sort(([a], [b]) => placeOf(a) - placeOf(b)));
}

export function readOptions(
  given: unknown,
  env: Readonly<Record<string, string | undefined>>,
): Read {
  const file = fields(given);
  const faults = unknownFaults(file);
  const options: Fields = { ...DEFAULTS };

  for (const key of KEYS) {
    const name = `NUDGE_${key.toUpperCase()}`;
    const fromEnv = env[name];
    const value = fromEnv ? plain(key, fromEnv) : file[key];
    if (value === undefined || value === null) continue;
    const advice = CHECKS[key](value);
    const shown = `${fromEnv ? name : `option ${key}`} is ${show(value)}`;
    if (advice) faults.push(`${shown}: ${advice}`);
    else Object.assign(options, { [key]: value });
  }
  return { options: options as unknown as Options, faults };
}

function unknownFaults(file: Fields): Fault[] {
  return Object.keys(file)
    .filter((key) => !(KEYS as string[]).includes(key))
    .map((key) => `option ${key} is unknown: there are ${KEYS.join(', ')}`);
}

/** A level of a topic. */
export function isName(value: unknown): value is string {
  return typeof value === 'string' && NAME.test(value);
}

export function isRoot(value: unknown): value is string {
  return typeof value === 'string' && ROOT.test(value);
}

function checkUrl(value: unknown): string | null {
  const example = 'give one like mqtt://pi.lan:1883';
  if (typeof value !== 'string' || !URL.canParse(value)) return example;

  const url = new URL(value);
  if (!SCHEMES.includes(url.protocol) || !url.hostname)
    return `${example}; mqtts, ws and wss are good too`;
  if (url.username || url.password)
    return 'keep the login out of it: use username and password_file';
  return null;
}

/** The environment has only texts. */
function plain(key: keyof Options, value: string): unknown {
  if (key !== 'replies') return value;
  return value === 'true' ? true : value === 'false' ? false : value;
}

/** A wrong value as it may be shown: a login in a URL may not. */
function show(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value) ?? String(value);
  return JSON.stringify(value.replace(/\/\/[^@]*@/, '//…@').slice(0, 80));
}

/** A machine's short name, made fit to be a topic level. */
export function hostName(machine: string): string {
  const short = machine.split('.')[0] ?? '';
  return short.replace(/[^A-Za-z0-9_-]/g, '-').slice(0, 64) || 'unknown';
}
