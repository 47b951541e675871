// Texts as the wire wants them: valid UTF-8, no control characters, and never
// longer than a stated number of bytes. Pure.

const ELLIPSIS = '…';
const ELLIPSIS_BYTES = Buffer.byteLength(ELLIPSIS);

// A cut text is looked at for a moment before it is cut; beyond this many
// characters nobody can tell what follows.
const LOOK_CHARS = 16_384;

/** The text without what breaks JSON readers, terminals and logs. */
function clean(text: string): string {
  return Buffer.from(text.slice(0, LOOK_CHARS), 'utf8') // lone surrogates out
    .toString('utf8')
    .replace(/\r\n?/g, '\n')
    .replace(/\t/g, ' ')
    .replace(/\p{Cc}/gu, (char) => (char === '\n' ? char : ''));
}

/** At most max_bytes of UTF-8, cut between characters, with an ellipsis. */
export function cut(text: string, maxBytes: number): string {
  const whole = clean(text).trim();
  if (Buffer.byteLength(whole) <= maxBytes) return whole;

  const room = Math.max(0, maxBytes - ELLIPSIS_BYTES);
  let bytes = 0;
  let kept = '';
  for (const char of whole) {
    bytes += Buffer.byteLength(char);
    if (bytes > room) break;
    kept += char;
  }
  return kept.trimEnd() + ELLIPSIS;
}

/** As cut, with line breaks folded to spaces. */
export function cutLine(text: string, maxBytes: number): string {
  return cut(text.slice(0, LOOK_CHARS).replace(/\s+/g, ' '), maxBytes);
}

/** The first line that says anything, or ''. */
export function firstLine(text: string): string {
  const lines = text.slice(0, LOOK_CHARS).split(/[\r\n]/);
  return lines.find((line) => line.trim() !== '')?.trim() ?? '';
}
