// `opencode serve` and `run` die of a signal at once and tell no plugin. Who
// listens to one keeps the process alive; so it is sent again after the work.

import { readFileSync } from 'node:fs';
import { constants } from 'node:os';

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

type Work = () => Promise<void>;

const works = new Set<Work>();

/** The work is bounded in time. Returns what takes it back. */
export function beforeSignal(work: Work): () => void {
  if (works.size === 0) {
    const ignored = readIgnored();
    for (const signal of SIGNALS) if (!isIn(ignored, signal)) process.on(signal, hear);
  }
  works.add(work);
  return () => {
    if (works.delete(work) && works.size === 0) stopHearing();
  };
}

/**
 * The signals that do nothing here, as bits; so whoever started OpenCode wanted
 * it, with nohup for one. To listen to them is to end that. proc(5).
 */
function readIgnored(): bigint {
  try {
    const [, bits = '0'] =
      /^SigIgn:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
    return BigInt(`0x${bits}`);
  } catch {
    return 0n; // no such file: all are listened to
  }
}

function isIn(bits: bigint, signal: (typeof SIGNALS)[number]): boolean {
  return ((bits >> BigInt(constants.signals[signal] - 1)) & 1n) === 1n;
}

function hear(signal: NodeJS.Signals): void {
  const all = [...works].map((work) => work().catch(() => undefined));
  void Promise.all(all).then(() => {
    stopHearing();
    // Whoever else listens decides about the end.
    if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
  });
}

function stopHearing(): void {
  for (const signal of SIGNALS) process.off(signal, hear);
}
