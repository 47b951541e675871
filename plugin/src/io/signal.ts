// `opencode serve` and `run` die of a signal at once and tell no plugin. Who
// listens to one keeps the process alive; so it is sent again after the work.

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

type Work = () => Promise<void>;

const works = new Set<Work>();

/** The work is bounded in time. Returns what takes it back. */
export function beforeSignal(work: Work): () => void {
  if (works.size === 0) for (const signal of SIGNALS) process.on(signal, hear);
  works.add(work);
  return () => {
    if (works.delete(work) && works.size === 0) stopHearing();
  };
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
