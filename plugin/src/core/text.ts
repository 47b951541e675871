// Texts as the wire wants them: valid UTF-8, nothing in them that a reader
// cannot see, and never longer than a stated number of bytes. Pure.

import { mark } from './marks';

const ELLIPSIS = '…';
const ELLIPSIS_BYTES = Buffer.byteLength(ELLIPSIS);

// A text is looked at for a moment before it is cut; beyond this many
// characters it counts as cut, whatever follows.
const LOOK_CHARS = 65_536;

/** Lone surrogates have no place in UTF-8. */
export function wellFormed(text: string): string {
  return Buffer.from(text, 'utf8').toString('utf8');
}

/** At most max_bytes of UTF-8, marked, cut between characters, with an ellipsis. */
export function cut(text: string, maxBytes: number): string {
  return shorten(marked(text).trim(), maxBytes, text.length > LOOK_CHARS);
}

/** As cut, with line breaks folded to spaces. */
export function cutLine(text: string, maxBytes: number): string {
  const line = marked(text).replace(/\s+/g, ' ').trim();
  return shorten(line, maxBytes, text.length > LOOK_CHARS);
}

function marked(text: string): string {
  return mark(wellFormed(text.slice(0, LOOK_CHARS)));
}

/** The text, or its beginning; isPart: its end is missing already. */
export function shorten(text: string, maxBytes: number, isPart = false): string {
  if (!isPart && Buffer.byteLength(text) <= maxBytes) return text;

  const room = Math.max(0, maxBytes - ELLIPSIS_BYTES);
  let bytes = 0;
  let kept = '';
  for (const char of text) {
    bytes += Buffer.byteLength(char);
    if (bytes > room) break;
    kept += char;
  }
  return kept.trimEnd() + ELLIPSIS;
}

/** The first line that says anything, or ''. */
export function firstLine(text: string): string {
  const lines = text.slice(0, LOOK_CHARS).split(/[\r\n]/);
  return lines.find((line) => line.trim() !== '')?.trim() ?? '';
}
