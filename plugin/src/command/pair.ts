// What a pairing text makes of the plugin's options, and of the files beside them.

import { readFileSync } from 'node:fs';
import { readPairing, type Pairing } from '../core/pairing';
import { fields, text } from '../core/reading';
import { fetchCertificate, holdsCertificate } from '../io/certificate';
import { expand } from '../io/login';
import type { OwnFiles, OwnName } from '../io/own-files';
import { askSecret } from '../io/prompt';
import type { Call } from './call';

export interface Paired {
  /** Without what the command line gives: that wins. */
  options: object;
  /** To be written, for its owner's eyes only. */
  files: Map<OwnName, string>;
}

/** It cannot be used as it is: in one line, what is missing. */
export class Unpaired extends Error {}

// A text says all of these; what it does not name it does without.
const GOVERNED = ['url', 'user', 'username', 'password_file', 'ca_file', 'root'];

/** Connects to the broker if its certificate is wanted. */
export async function pair(given: string, old: object, call: Call, own: OwnFiles): Promise<Paired> {
  const pairing = readPairing(given === '-' ? readFileSync(0, 'utf8') : given);
  const { flags } = call;
  const url = String(flags['url'] ?? pairing.broker ?? pairing.ws);
  const isSame = fields(old)['url'] === url; // then what it leaves open stays as it was
  const kept = Object.entries(old).filter(([name]) => !GOVERNED.includes(name));
  const files = new Map<OwnName, string>();
  const options: Record<string, unknown> = { ...Object.fromEntries(kept), url, user: pairing.user };
  const keep = (name: string) => {
    const value = fields(old)[name];
    if (isSame && value !== undefined) options[name] = value;
  };
  const put = (option: string, name: OwnName, content: string) => {
    options[option] = own.option(name);
    files.set(name, content);
  };

  const { username, root, ca, key } = pairing;
  if (username !== null) options['username'] = username;
  if (root !== null) options['root'] = root;
  if (ca === null) keep('ca_file');
  else if (isTls(url)) await useCertificate(url, ca, flags['ca_file'], put);
  if (isSame && fields(old)['username'] === username && !pairing.password) keep('password_file');
  if (!options['password_file']) await usePassword(pairing, call, put);
  if (key !== null) {
    if (flags['reply_key_file'] === undefined) put('reply_key_file', 'reply-key', key);
    options['replies'] = true;
  }
  return { options, files };
}

type Put = (option: string, name: OwnName, content: string) => void;

function isTls(url: string): boolean {
  return /^(mqtts|wss):/.test(url);
}

async function useCertificate(url: string, ca: string, given: unknown, put: Put): Promise<void> {
  const file = text(given);
  if (file === null) return put('ca_file', 'ca.crt', await fetched(url, ca));
  let pem: string;
  try {
    pem = readFileSync(expand(file), 'utf8');
  } catch (error) {
    throw new Unpaired(`option ca_file cannot be used: ${(error as Error).message}`);
  }
  if (!holdsCertificate(pem, ca))
    throw new Unpaired(`${file} does not hold the certificate that the pairing text vouches for`);
}

async function fetched(url: string, ca: string): Promise<string> {
  const help = 'bring the certificate here by hand, and give it with --ca-file FILE';
  let pem: string | null;
  try {
    pem = await fetchCertificate(url, ca);
  } catch (error) {
    const why = text(fields(error)['code']) ?? (error as Error).message;
    throw new Unpaired(
      `the broker at ${url} cannot be asked for its certificate (${why}): ${help}`,
    );
  }
  if (pem) return pem;
  throw new Unpaired(
    `the broker at ${url} does not show the certificate that the pairing text vouches for: ` +
      `${help}; if that fails too, it is another broker`,
  );
}

async function usePassword({ username, password }: Pairing, call: Call, put: Put): Promise<void> {
  if (call.flags['password_file'] !== undefined) return;
  const login = text(call.flags['username']) ?? username;
  if (login === null && password === null) return; // the broker takes anybody
  const secret = password ?? (await askSecret(`Password of "${login}" at the broker: `));
  if (secret === '')
    throw new Unpaired(`the broker wants the password of "${login}": give --password-file FILE`);
  put('password_file', 'password', secret);
}
