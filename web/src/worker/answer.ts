// What a notification says at the broker, with or without an open page.

import { Nudge, webSocket, type Answer, type Asked } from 'nudge-client';
import { loadIdentity } from '../store';

const WITHIN_MS = 15_000;

/** Fails with a sentence. */
export const answerRequest = (request: Asked, answer: Answer): Promise<void> =>
  withNudge((nudge) => nudge.answer(request, answer));

/** The person has seen it in the notification. */
export const ackEvent = (event: string): Promise<void> => withNudge((nudge) => nudge.ack(event));

/** A client beside that of a page: the session at the broker stays the page's. */
async function withNudge(work: (nudge: Nudge) => Promise<void>): Promise<void> {
  const identity = await loadIdentity();
  if (!identity) throw new Error('This browser is not paired.');
  const { pairing, password, device } = identity;
  const nudge = new Nudge({
    ...{ pairing, password, device, keepsSession: false },
    open: webSocket(pairing.ws),
    onChange: () => {},
  });
  nudge.start();
  try {
    await within(WITHIN_MS, work(nudge));
  } finally {
    nudge.stop();
  }
}

async function within(limitMs: number, work: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, fail) => {
    timer = setTimeout(() => fail(new Error('The broker does not answer.')), limitMs);
  });
  await Promise.race([work, late]).finally(() => clearTimeout(timer));
}
