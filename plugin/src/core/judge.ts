// Whether a person's answer may be given to OpenCode. Pure.

import { createHash, timingSafeEqual } from 'node:crypto';
import type { Question } from './ask';
import type { Asked } from './memory';
import type { Reply } from './reply';

/** Why an answer was not given to OpenCode; it uses up nothing. */
export type Refusal = 'off' | 'signature' | 'nonce' | 'unknown' | 'used' | 'answers' | 'expired';

// As long as the bridge shows a request.
const REPLY_LIFE_MS = 24 * 3_600_000;

/** null: it may. That replies are on and this one is signed was seen to before. */
export function judge(reply: Reply, asked: Asked, steadyMs: number): Refusal | null {
  if (reply.nonce === null || !isSame(asked.nonce, reply.nonce)) return 'nonce';
  if (asked.end) return asked.end;
  if (steadyMs - asked.askedSteadyMs >= REPLY_LIFE_MS) return 'expired';
  return fits(reply, asked) ? null : 'answers';
}

function fits({ answer }: Reply, { kind, questions }: Asked): boolean {
  if (answer?.to !== kind) return false;
  if (!('answers' in answer)) return true;
  const { answers } = answer;
  return (
    answers.length === questions.length &&
    questions.every((question, i) => fitsOne(answers[i] ?? [], question))
  );
}

function fitsOne(labels: readonly string[], { options, multiple, custom }: Question): boolean {
  if (!multiple && labels.length !== 1) return false;
  return custom || labels.every((label) => options.some((option) => option.label === label));
}

/** Takes the same time wherever the two differ. */
function isSame(a: string, b: string): boolean {
  const [left, right] = [a, b].map((value) => createHash('sha256').update(value).digest());
  return timingSafeEqual(left as Buffer, right as Buffer);
}
