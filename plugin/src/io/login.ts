// Options become what a connection needs: files are read here and nowhere else.

import { readFileSync } from 'node:fs';
import { homedir, hostname } from 'node:os';
import { hostName, type Fault, type Options } from '../core/options';

export interface Settings {
  url: string;
  username: string | undefined;
  password: Buffer | undefined;
  ca: Buffer | undefined;
  host: string;
  root: string;
  /** `<root>/<user>`, above a user's own topics. */
  base: string;
  replies: Options['replies'];
}

export function toSettings(options: Options, faults: Fault[]): Settings {
  const password = options.password_file
    ? trimEnd(readOption('password_file', options.password_file, faults))
    : undefined;
  const ca = options.ca_file ? readOption('ca_file', options.ca_file, faults) : undefined;
  const username = options.username ?? (password ? options.user : undefined);
  return {
    url: options.url,
    username,
    password,
    ca,
    host: options.host ?? hostName(hostname()),
    root: options.root,
    base: `${options.root}/${options.user}`,
    replies: options.replies,
  };
}

function readOption(
  name: 'password_file' | 'ca_file',
  path: string,
  faults: Fault[],
): Buffer | undefined {
  try {
    return readFileSync(path.replace(/^~(?=\/)/, homedir()));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    faults.push(`option ${name} cannot be used: ${reason}`);
    return undefined;
  }
}

/** Editors end a file with a line break; no password does. */
function trimEnd(secret: Buffer | undefined): Buffer | undefined {
  return secret && Buffer.from(secret.toString('utf8').replace(/[\r\n]+$/, ''));
}
