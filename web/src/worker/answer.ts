// What a notification says at the broker, with or without an open page.

import { Nudge, type Answer, type Asked, type Fate } from 'nudge-client';
import { connectionOf, loadIdentity } from '../store';
import { fateWords } from '../words';

const WITHIN_MS = 25_000;

/** Resolves once an agent took it. Fails with a sentence. */
export const answerRequest = (request: Asked, answer: Answer): Promise<void> =>
  withNudge(async (nudge, next) => {
    await nudge.answer(request, answer);
    for (;;) {
      const fate = nudge.view.fates.get(request.id);
      if (fate && isEnd(fate)) return fail(fate);
      await next();
    }
  });

const isEnd = ({ state }: Fate) => state !== 'sent' && state !== 'waiting';

function fail(fate: Fate): void {
  if (fate.state !== 'answered') throw new Error(fateWords(fate));
}

/** The person has seen it in the notification. */
export const ackEvent = (event: string): Promise<void> => withNudge((nudge) => nudge.ack(event));

type Work = (nudge: Nudge, next: () => Promise<void>) => Promise<void>;

/** A client beside that of a page: the session at the broker stays the page's. */
async function withNudge(work: Work): Promise<void> {
  const identity = await loadIdentity();
  if (!identity) throw new Error('This browser is not paired.');
  let changed = () => {};
  const next = () => new Promise<void>((resolve) => (changed = resolve));
  const nudge = new Nudge({
    ...connectionOf(identity),
    ...{ keepsSession: false, onChange: () => changed() },
  });
  nudge.start();
  try {
    await within(WITHIN_MS, work(nudge, next));
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
