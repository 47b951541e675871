// A person's answer to a request, as docs/schema/reply.schema.json fixes it. Pure.

import { createHmac, timingSafeEqual } from 'node:crypto';
import { isId } from './event';
import { fields, list, text, type Fields } from './reading';
import { shorten } from './text';

export type Answer =
  | { to: 'permission'; reply: 'once' | 'always' | 'reject'; message?: string }
  | { to: 'question'; answers: string[][] }
  | { to: 'question'; reply: 'reject' };

/** Who it names as its author: HMAC-SHA256 of the text by the person's key. */
export interface Proof {
  signed: string;
  mac: string;
}

export interface Reply {
  request: string;
  /** null: it has none. */
  nonce: string | null;
  /** null: nothing that can be answered. */
  answer: Answer | null;
  /** null: it is not signed. */
  proof: Proof | null;
}

const PAYLOAD_MAX = 65_536; // bytes, as for events
const MESSAGE_MAX = 4_000; // bytes; it goes to the model
const PERMISSION_REPLIES = ['once', 'always', 'reject'] as const;
const REQUEST = /^(per|que)_/;

/** null: it names no request. What else is wrong with it is for others to say. */
export function readReply(payload: Uint8Array): Reply | null {
  const given = payload.length <= PAYLOAD_MAX ? parse(decode(payload)) : fields(null);
  const proof = readProof(given);
  const said = proof ? parse(proof.signed) : given;
  const request = text(said['request']);
  if (!request || !isId(request) || !REQUEST.test(request)) return null;
  return { request, nonce: text(said['nonce']), answer: readAnswer(request, said), proof };
}

/** Whether it keeps the contract, apart from what only the asker knows. */
export function isWhole({ nonce, answer, proof }: Reply): boolean {
  return nonce !== null && answer !== null && (proof === null || readMac(proof.mac) !== null);
}

/** Whether the owner of the key wrote it. */
export function isProven({ signed, mac }: Proof, key: Buffer): boolean {
  const given = readMac(mac);
  const right = createHmac('sha256', key).update(signed, 'utf8').digest();
  return given !== null && timingSafeEqual(given, right);
}

const KEY = /^[A-Za-z0-9_-]{43}$/;

/** A reply key: 32 bytes in base64url, RFC 4648 section 5, without padding; null: it is none. */
export function readKey(value: string): Buffer | null {
  const key = Buffer.from(value, 'base64url');
  return KEY.test(value) && key.toString('base64url') === value ? key : null;
}

/** A code has the form of a key. */
const readMac = readKey;

function readProof({ signed, mac }: Fields): Proof | null {
  if (signed === undefined && mac === undefined) return null;
  return { signed: text(signed) ?? '', mac: text(mac) ?? '' };
}

function decode(payload: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(payload);
  } catch {
    return '';
  }
}

function parse(json: string): Fields {
  try {
    return fields(JSON.parse(json));
  } catch {
    return fields(null);
  }
}

/** OpenCode's ids tell what they are of. */
function readAnswer(request: string, given: Fields): Answer | null {
  if (request.startsWith('per_')) {
    const reply = PERMISSION_REPLIES.find((known) => known === given['reply']);
    if (!reply) return null;
    const message = text(given['message']);
    return { to: 'permission', reply, ...(message && { message: shorten(message, MESSAGE_MAX) }) };
  }
  if (given['answers'] === undefined)
    return given['reply'] === 'reject' ? { to: 'question', reply: 'reject' } : null;
  const answers = list(given['answers']);
  const isWhole = answers.length > 0 && answers.every(isLabels) && given['reply'] === undefined;
  return isWhole ? { to: 'question', answers: answers as string[][] } : null;
}

function isLabels(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((label) => typeof label === 'string');
}
