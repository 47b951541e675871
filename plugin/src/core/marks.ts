// What a reader cannot see, or sees in another order than it is, as a visible
// mark: who allows a command must have seen it. Pure.

const SPACE = ' \\t\\u00a0\\u1680\\u2000-\\u200a\\u202f\\u205f\\u3000';

const HIDDEN =
  '[\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f\\u00ad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5' +
  '\\u180b-\\u180f\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\u2800\\u3164\\ufe00-\\ufe0f\\ufeff' +
  '\\uffa0\\ufff9-\\ufffb\\u{1bca0}-\\u{1bca3}\\u{1d173}-\\u{1d17a}\\u{e0000}-\\u{e0fff}]';

// An emoji is often several characters, some of which are invisible.
const PICTURE = `(?!${HIDDEN})[\\u00a9\\u00ae\\u203c-\\u3299\\u{1f000}-\\u{1faff}]`;
const SELECTOR = '\\ufe0f';
const JOINER = '\\u200d';
const JOINED = [
  `(?<=${PICTURE})${SELECTOR}`,
  `(?<=[0-9#*])${SELECTOR}(?=\\u20e3)`,
  `(?<=${PICTURE}${SELECTOR}?)${JOINER}`,
].join('|');

const UNSEEN = new RegExp(`${JOINED}|(${HIDDEN})`, 'gu');
const GAP = new RegExp(`[${SPACE}]{41,}`, 'gu');
const BLANK = new RegExp(`^[${SPACE}]*$`, 'u');
const BLANKS_MIN = 3;

/** A marked text stays as it is when it is marked again. */
export function mark(text: string): string {
  const seen = text
    .replace(/\r\n/g, '\n')
    .replace(UNSEEN, (all, hidden: string | undefined) => (hidden ? named(hidden) : all))
    .replace(GAP, (gap) => `[${gap.length} spaces]`);
  return withoutGaps(seen.split('\n')).join('\n');
}

function named(char: string): string {
  const point = char.codePointAt(0) ?? 0;
  return `[U+${point.toString(16).toUpperCase().padStart(4, '0')}]`;
}

function withoutGaps(lines: readonly string[]): string[] {
  const kept: string[] = [];
  let from = 0;
  lines.forEach((line, at) => {
    if (BLANK.test(line) && at < lines.length - 1) return;
    const end = BLANK.test(line) ? lines.length : at;
    const count = end - from;
    kept.push(...(count < BLANKS_MIN ? lines.slice(from, end) : [`[${count} blank lines]`]));
    if (end === at) kept.push(line);
    from = at + 1;
  });
  return kept;
}
