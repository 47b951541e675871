// One thing said at the broker without an app that is open: an answer, or that something was seen. It
// knows nothing of all else, and so is small.

import { answerText, type Answer, type Asked, type Fate } from './core/answer';
import type { Place } from './core/pairing';
import { encodePresence } from './core/presence';
import { readReplyReceipt } from './core/reading';
import { Connection } from './io/connection';
import type { Sign } from './io/signing';
import type { OpenWire } from './io/wire';

export interface BriefOptions {
  pairing: Place;
  password: string | null;
  /** null: it cannot answer. */
  sign: Sign | null;
  device: string;
  open: OpenWire;
}

// Together less than the half minute that a browser gives its service worker.
const SENT_WITHIN_MS = 18_000;
const TAKEN_WITHIN_MS = 10_000; // an answer, by the agent that asked

/** Resolves with what became of it. Fails with a sentence: it was not sent. */
export async function answerBriefly(
  options: BriefOptions,
  asked: Asked,
  answer: Answer,
): Promise<Fate> {
  const signed = answerText(asked, answer);
  if (!options.sign) throw new Error('This app has no key to sign answers: pair it again.');
  const payload = JSON.stringify({ signed, mac: await options.sign(signed) });
  let tell: (fate: Fate) => void = () => {};
  const fate = new Promise<Fate>((told) => (tell = told));
  const hear = (text: string) => {
    const told = readReplyReceipt(text);
    if (told?.request !== asked.id) return;
    const { state, host, reason, detail } = told;
    tell(state === 'answered' ? { state, host } : { state, host, reason: reason ?? '', detail });
  };
  return briefly(options, hear, async (say) => {
    const isHeard = await say('reply', payload);
    if (!isHeard) throw new Error('No agent takes answers: set "replies" in its options.');
    return within(TAKEN_WITHIN_MS, fate, () => ({ state: 'untaken' }));
  });
}

/** The person has seen it. */
export const ackBriefly = (options: BriefOptions, event: string): Promise<boolean> =>
  briefly(
    options,
    () => {},
    (say) => say('ack', JSON.stringify({ event, device: options.device })),
  );

type Say = (leaf: string, payload: string) => Promise<boolean>;

/** A client beside that of an app: the session at the broker stays the app's. */
async function briefly<T>(
  { pairing, password, device, open }: BriefOptions,
  hear: (receipt: string) => void,
  work: (say: Say) => Promise<T>,
): Promise<T> {
  // A worker is small: it does without all that else is known of topics.
  const topic = (leaf: string) => `${pairing.root}/${pairing.user}/${leaf}`;
  const will = { topic: topic(`presence/${device}`), payload: encodePresence(false, null) };
  const connection = new Connection({
    clientId: `nudge-app-${device}`,
    login: pairing.username ? { username: pairing.username, password: password ?? '' } : null,
    ...{ open, sessionS: 0, will: { ...will, retain: true } },
    subscriptions: [{ filter: topic('receipt'), qos: 0 }],
    onMessage: (_, payload, isRetained) => {
      if (!isRetained) hear(payload); // what was kept did not happen now
    },
    onState: () => {},
  });
  connection.start();
  try {
    const say: Say = (leaf, payload) =>
      within(SENT_WITHIN_MS, connection.publish({ topic: topic(leaf), payload }), () => {
        throw new Error('The broker does not answer.');
      });
    return await work(say);
  } finally {
    connection.stop();
  }
}

async function within<T>(limitMs: number, work: Promise<T>, late: () => T): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const end = new Promise<void>((pass) => (timer = setTimeout(pass, limitMs))).then(late);
  return Promise.race([work, end]).finally(() => clearTimeout(timer));
}
