// Whether what is said on a topic reaches us: some brokers accept each
// subscription, and then deliver nothing that their ACL forbids.

import type { Link } from './link';

const PATIENCE_MS = 3_000;

/** Says nothing there, in an empty message, which must come back. Subscribe first. */
export async function comesBack(link: Link, topic: string): Promise<boolean> {
  return new Promise((resolve) => {
    const tell = (answer: boolean) => {
      clearTimeout(timer);
      stop();
      resolve(answer);
    };
    const stop = link.hear((heard) => {
      if (heard.topic === topic && heard.payload.length === 0) tell(true);
    });
    const timer = setTimeout(() => tell(!link.isOpen), PATIENCE_MS).unref();
    // Who may not speak there may hear all the same; the next connection is looked at anew.
    link.publish(topic, '').catch(() => tell(true));
  });
}
