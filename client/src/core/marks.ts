// What is invisible, or changes the direction of writing, as a mark that people see: tests/vectors/marks.json. Pure.

// Every code point here is one that hides, or moves what stands around it.
const HIDDEN = [
  '\\0-\\x08\\x0B-\\x1F\\x7F-\\x9F\\xAD\\u034F\\u061C\\u115F\\u1160\\u17B4\\u17B5\\u180B-\\u180F',
  '\\u200B-\\u200F\\u2028-\\u202E\\u2060-\\u206F\\u2800\\u3164\\uFE00-\\uFE0F\\uFEFF\\uFFA0\\uFFF9-\\uFFFB',
  '\\u{1BCA0}-\\u{1BCA3}\\u{1D173}-\\u{1D17A}\\u{E0000}-\\u{E0FFF}',
].join('');
const SPACE = ' \\t\\xA0\\u1680\\u2000-\\u200A\\u202F\\u205F\\u3000';

const IS_HIDDEN = new RegExp(`[${HIDDEN}]`, 'u');
const LONG_GAP = new RegExp(`[${SPACE}]{41,}`, 'gu');
const BLANK_LINE = new RegExp(`^[${SPACE}]*$`, 'u');
const IS_SUSPECT = new RegExp(`[${HIDDEN}]|[${SPACE}]{41}|\\n[${SPACE}]*\\n`, 'u');

const SELECTOR = '\uFE0F';
const JOINER = '\u200D';
const KEYCAP = '\u20E3';

/** The same text for people's eyes: nothing in it is hidden. Marking twice changes nothing more. */
export function mark(text: string): string {
  const lines = text.replaceAll('\r\n', '\n');
  if (!IS_SUSPECT.test(`\n${lines}\n`)) return lines;
  const gaps = revealed(lines).replace(LONG_GAP, (gap) => `[${gap.length} spaces]`);
  return withoutBlanks(gaps.split('\n')).join('\n');
}

function revealed(text: string): string {
  const characters = [...text];
  let before = ''; // empty: it was marked
  let shown = '';
  characters.forEach((character, at) => {
    const isMarked =
      IS_HIDDEN.test(character) && !isPartOfPicture(character, before, characters[at + 1]);
    shown += isMarked ? markOf(character) : character;
    before = isMarked ? '' : character;
  });
  return shown;
}

const markOf = (character: string) =>
  `[U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}]`;

/** Emoji are made of several characters, some of which show nothing by themselves. */
function isPartOfPicture(character: string, before: string, next: string | undefined): boolean {
  if (character === JOINER) return isPicture(before) || before === SELECTOR;
  if (character !== SELECTOR) return false;
  return isPicture(before) || (/^[0-9#*]$/.test(before) && next === KEYCAP);
}

const isPicture = (character: string) =>
  /^[\xA9\xAE\u203C-\u3299\u{1F000}-\u{1FAFF}]$/u.test(character) && !IS_HIDDEN.test(character);

/** Many empty lines push what follows them out of sight. */
function withoutBlanks(lines: string[]): string[] {
  const shown: string[] = [];
  let blanks: string[] = [];
  const flush = () => {
    shown.push(...(blanks.length >= 3 ? [`[${blanks.length} blank lines]`] : blanks));
    blanks = [];
  };
  for (const line of lines) {
    if (BLANK_LINE.test(line)) blanks.push(line);
    else {
      flush();
      shown.push(line);
    }
  }
  flush();
  return shown;
}
