// Answers a request from a notification, with or without an open page.

import { Nudge, waiting, webSocket, type Answer, type Entry, type View } from 'nudge-client';
import { SESSION_LOCK } from '../lock';
import { loadIdentity, loadKnown, saveKnown } from '../store';

const WITHIN_MS = 15_000;
const LOOK_EVERY_MS = 200;

/** Fails with a sentence. */
export async function answerRequest(request: string, answer: Answer): Promise<void> {
  // Whoever has the lock may take from the broker what was kept for this device.
  await navigator.locks.request(SESSION_LOCK, { ifAvailable: true }, (lock) =>
    withNudge(lock !== null, async (nudge, find) => {
      await nudge.answer(await find(request), answer);
    }),
  );
}

/** The person has seen it in the notification. */
export async function ackEvent(event: string): Promise<void> {
  await withNudge(false, async (nudge) => {
    await nudge.ack(event);
  });
}

type Find = (request: string) => Promise<Entry>;

async function withNudge(keepsSession: boolean, work: (nudge: Nudge, find: Find) => Promise<void>) {
  const identity = await loadIdentity();
  if (!identity) throw new Error('This browser is not paired.');
  const { pairing, password, device } = identity;
  const known = await loadKnown();
  const nudge = new Nudge({
    ...{ pairing, password, device, keepsSession },
    open: webSocket(pairing.ws),
    ...(known && { known }),
    onChange: () => {},
  });
  nudge.start();
  const over = new AbortController();
  try {
    await within(WITHIN_MS, work(nudge, findIn(nudge, over.signal)));
    if (keepsSession) await saveKnown(nudge.view);
  } finally {
    over.abort();
    nudge.stop();
  }
}

/** What the broker kept for this device, or what an open page was told and wrote down. */
function findIn(nudge: Nudge, over: AbortSignal): Find {
  return async (request) => {
    while (!over.aborted) {
      const entry = entryOf(nudge.view, request) ?? entryOf(await loadKnown(), request);
      if (entry) return entry;
      await new Promise((again) => setTimeout(again, LOOK_EVERY_MS));
    }
    throw new Error('too late');
  };
}

const entryOf = (view: View | undefined, request: string) =>
  waiting(view?.feed ?? [], Date.now()).find(({ event }) => event.request?.id === request);

async function within(limitMs: number, work: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, fail) => {
    timer = setTimeout(() => fail(new Error('The broker or the request was not found.')), limitMs);
  });
  await Promise.race([work, late]).finally(() => clearTimeout(timer));
}
