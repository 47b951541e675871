// Whether a person looks at this page: it is visible, has the focus, and had input within a minute.

const LOOKS_FOR_MS = 60_000;
const INPUTS = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart'];

/** A browser tells of a pointer at rest, too, when what lies below it moves. */
const isRest = (event: Event) =>
  event instanceof PointerEvent &&
  event.type === 'pointermove' &&
  event.movementX === 0 &&
  event.movementY === 0;

/**
 * @param tell called at once, and with each change
 * @param signal ends it
 * @returns looks again
 */
export function watchAttention(tell: (isLooking: boolean) => void, signal: AbortSignal) {
  let wasLooking: boolean | null = null;
  let lastInputMs = Date.now();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const look = () => {
    lastInputMs = Math.min(lastInputMs, Date.now()); // clocks are set back, too
    const leftMs = lastInputMs + LOOKS_FOR_MS - Date.now();
    const isLooking = document.visibilityState === 'visible' && document.hasFocus() && leftMs > 0;
    clearTimeout(timer);
    if (isLooking) timer = setTimeout(look, leftMs);
    if (isLooking !== wasLooking) tell(isLooking);
    wasLooking = isLooking;
  };
  const touch = () => {
    lastInputMs = Date.now();
    if (!wasLooking) look();
  };
  const take = (event: Event) => void (isRest(event) || touch());
  for (const input of INPUTS)
    addEventListener(input, take, { signal, capture: true, passive: true });
  // Who comes back looks.
  addEventListener('focus', touch, { signal });
  document.addEventListener(
    'visibilitychange',
    () => (document.visibilityState === 'visible' ? touch() : look()),
    { signal },
  );
  addEventListener('blur', look, { signal });
  signal.addEventListener('abort', () => clearTimeout(timer));
  look();
  return look;
}
