// A person's answer to a request, as DESIGN.md section 7 fixes it. Pure.

import { isId } from './event';
import { fields, list, text } from './reading';
import { cut } from './text';

export interface Reply {
  request: string;
  nonce: string;
  answer:
    | { to: 'permission'; reply: 'once' | 'always' | 'reject'; message?: string }
    | { to: 'question'; answers: string[][] }
    | { to: 'question'; reply: 'reject' };
}

const PAYLOAD_MAX = 65_536; // bytes, as for events
const MESSAGE_MAX = 4_000; // bytes; it goes to the model
const PERMISSION_REPLIES = ['once', 'always', 'reject'] as const;

/** null: not a reply, or one that breaks a rule. */
export function readReply(payload: Uint8Array): Reply | null {
  if (payload.length > PAYLOAD_MAX) return null;
  const given = parse(payload);
  const request = text(given['request']);
  const nonce = text(given['nonce']);
  const answer = readAnswer(request ?? '', given);
  if (!request || !isId(request) || !nonce || !answer) return null;
  return { request, nonce, answer };
}

function parse(payload: Uint8Array) {
  try {
    return fields(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload)));
  } catch {
    return fields(null);
  }
}

/** OpenCode's ids tell what they are of. */
function readAnswer(request: string, given: ReturnType<typeof fields>): Reply['answer'] | null {
  if (request.startsWith('per_')) {
    const reply = PERMISSION_REPLIES.find((known) => known === given['reply']);
    if (!reply) return null;
    const message = text(given['message']);
    return { to: 'permission', reply, ...(message && { message: cut(message, MESSAGE_MAX) }) };
  }
  if (!request.startsWith('que_')) return null;
  if (given['reply'] === 'reject') return { to: 'question', reply: 'reject' };
  const answers = list(given['answers']);
  const isWhole = answers.length > 0 && answers.every(isLabels);
  return isWhole ? { to: 'question', answers: answers as string[][] } : null;
}

function isLabels(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((label) => typeof label === 'string');
}
