// An answer, whether it fits what was asked, and the text of it that is signed. Pure.

import type { Question } from './ask';

/** As a person gives it. */
export type Answer =
  { reply: 'once' | 'always' | 'reject'; message?: string } | { answers: string[][] };

/** What waits for an answer. */
export interface Asked {
  id: string;
  nonce: string;
  /** null: it is a permission; none: they are not known. */
  questions: readonly Question[] | null;
}

/** What became of an answer that was given here. */
export type Fate =
  | { state: 'waiting' | 'sent' | 'untaken' }
  | { state: 'unsent'; detail: string }
  | { state: 'answered'; host: string }
  | { state: 'refused'; host: string; reason: string; detail: string | null };

const fits = ({ multiple, custom, options }: Question, labels: readonly string[]) =>
  (multiple || labels.length === 1) &&
  labels.every(
    (label) => label.trim() !== '' && (custom || options.some((one) => one.label === label)),
  );

/** One list of labels for each question, and each fits. */
export const doFit = (questions: readonly Question[], answers: readonly string[][]): boolean =>
  answers.length === questions.length &&
  questions.every((question, at) => fits(question, answers[at] ?? []));

/** @throws Error with one sentence if it is no answer to this */
export function answerText({ id, nonce, questions }: Asked, answer: Answer): string {
  if (!id || !nonce) throw new Error('This request cannot be answered from here.');
  if ('answers' in answer) {
    if (!questions?.length || !doFit(questions, answer.answers))
      throw new Error('The answers do not fit the questions: nothing was sent.');
    return JSON.stringify({ request: id, nonce, answers: answer.answers });
  }
  if (questions && answer.reply !== 'reject')
    throw new Error('A question cannot be allowed: answer it, or reject it.');
  const { reply, message } = answer;
  return JSON.stringify({ request: id, nonce, reply, ...(message && { message }) });
}
