// Options become what a connection needs: files are read here and nowhere else.

import { readFileSync, statSync } from 'node:fs';
import { homedir, hostname } from 'node:os';
import { hostName, type Fault, type Options } from '../core/options';
import { fields } from '../core/reading';
import { readKey } from '../core/reply';
import { replyKeyTrouble } from './trouble';

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
  replyKeyFile: string;
  /** As the file is now, which is read each time: a key that was replaced proves nothing any more. */
  readonly reply: ReplyKey;
}

export interface ReplyKey {
  /** 32 bytes. */
  key: Buffer | undefined;
  /** Why there is none, if one is needed, and what to do. */
  fault: string | undefined;
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
    replyKeyFile: options.reply_key_file,
    get reply() {
      return replyKeyOf(options);
    },
  };
}

/** A path as a person writes it. */
export function expand(path: string): string {
  return path.replace(/^~(?=\/)/, homedir());
}

function readOption(
  name: 'password_file' | 'ca_file',
  path: string,
  faults: Fault[],
): Buffer | undefined {
  try {
    return readFileSync(expand(path));
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

const OTHERS = 0o077;

/** Events are sent all the same if it is missing. */
function replyKeyOf({ replies, user, reply_key_file: path }: Options): ReplyKey {
  const none = (why: string) => ({
    key: undefined,
    // Who goes by accounts may do without.
    fault: replies === true ? replyKeyTrouble(path, user, why) : undefined,
  });
  if (replies === false) return none('');
  try {
    const file = expand(path);
    const info = statSync(file);
    if (!info.isFile()) return none('is no file');
    if (process.platform !== 'win32' && (info.mode & OTHERS) !== 0)
      return none(`may be read by others: "chmod 600 ${path}", and make another key`);
    const key = readKey(readFileSync(file, 'utf8').trim());
    if (!key) return none('holds no reply key (43 characters of A-Z a-z 0-9 _ -)');
    return { key, fault: undefined };
  } catch (error) {
    const code = String(fields(error)['code']);
    return none(code === 'ENOENT' ? 'is missing' : `cannot be read (${code})`);
  }
}
