// What a notification says at the broker, with or without an open page.

import { ackBriefly, answerBriefly, type Answer, type Asked } from 'nudge-client';
import { connectionOf, loadIdentity } from '../store';
import { fateWords } from '../words';

async function connection() {
  const identity = await loadIdentity();
  if (!identity) throw new Error('This browser is not paired.');
  return connectionOf(identity);
}

/** Resolves once an agent took it. Fails with a sentence. */
export async function answerRequest(request: Asked, answer: Answer): Promise<void> {
  const fate = await answerBriefly(await connection(), request, answer);
  if (fate.state !== 'answered') throw new Error(fateWords(fate));
}

/** The person has seen it in the notification. */
export const ackEvent = async (event: string) => ackBriefly(await connection(), event);
