// What just happened, in one line over the page that goes away by itself; what can be taken back can be
// taken back there.

import { useEffect, useRef, useState } from 'preact/hooks';
import { faultWords } from '../sentences';

const SHORT_MS = 4_000;
const LONG_MS = 10_000; // to read what went wrong, or to change one's mind
const AGAIN_MS = 1_000; // while somebody points at it
const SLOW_MS = 1_000;

/** Resolves with what is to be said, if it is another than what was expected. */
type Work = () => Promise<unknown>;

interface Toast {
  words: string;
  isFault?: boolean;
  isPending?: boolean;
  undo?: Work | undefined;
}

let show: (toast: Toast | null) => void = () => {};

/**
 * Do something, and say what becomes of it.
 *
 * @param undo does the contrary
 */
export function act(work: Work, words = 'Saved.', undo?: Work): void {
  const wait = { words: 'Not done yet: waiting for an answer…', isPending: true };
  const slow = setTimeout(() => show(wait), SLOW_MS);
  work()
    .then(
      (said) => show(typeof said === 'string' ? { words: said } : { words, undo }),
      (error: Error) => show({ words: faultWords(error.message), isFault: true }),
    )
    .finally(() => clearTimeout(slow));
}

export const complain = (words: string) => show({ words, isFault: true });

export function Toasts() {
  const [toast, setToast] = useState<Toast | null>(null);
  const box = useRef<HTMLDivElement>(null);
  show = setToast;
  useEffect(() => {
    if (!toast || toast.isPending) return;
    const end = () => {
      if (box.current?.matches(':hover, :focus-within')) timer = setTimeout(end, AGAIN_MS);
      else setToast(null);
    };
    let timer = setTimeout(end, toast.undo || toast.isFault ? LONG_MS : SHORT_MS);
    return () => clearTimeout(timer);
  }, [toast]);
  const undo = toast?.undo;
  return (
    <div class={toast?.isFault ? 'toast fault' : 'toast'} role="status" ref={box}>
      {toast?.words}
      {undo && <button onClick={() => act(undo, 'As it was before.')}>Undo</button>}
    </div>
  );
}
