// Changes of lists. What is shown may be older than what was said: each is made on what will hold. Pure.

import { wishesOf, type Change, type Quiet, type Wishes } from 'nudge-client';

type Muted = keyof Wishes['mute'];

/** @param isMuted whether it is to be in that list */
export const muting =
  (list: Muted, name: string, isMuted: boolean): Change =>
  (wanted) => {
    const others = wishesOf(wanted).mute[list].filter((one) => one !== name);
    return { mute: { [list]: isMuted ? [...others, name] : others } };
  };

/** @param at default: at the end */
export const addingRule =
  (rule: Quiet, at = Infinity): Change =>
  (wanted) => {
    const { quiet } = wishesOf(wanted);
    return { quiet: [...quiet.slice(0, at), rule, ...quiet.slice(at)] };
  };

/**
 * @param shown as they are on the screen
 * @param at which of them
 * @param edit what it becomes; null: it goes
 */
export const editingRule =
  (shown: readonly Quiet[], at: number, edit: (rule: Quiet) => Quiet | null): Change =>
  (wanted) => {
    const { quiet } = wishesOf(wanted);
    const place = placeOf(shown, at, quiet);
    if (place < 0) throw new Error('These quiet hours are others by now: look at them again.');
    return { quiet: quiet.flatMap((rule, index) => (index === place ? (edit(rule) ?? []) : rule)) };
  };

/** Where a rule that is shown will be; -1: nobody knows. */
function placeOf(shown: readonly Quiet[], at: number, rules: readonly Quiet[]): number {
  const text = JSON.stringify(shown[at]);
  const isIt = (rule: Quiet | undefined) => JSON.stringify(rule) === text;
  if (isIt(rules[at])) return at;
  const found = rules.findIndex(isIt);
  // It was changed meanwhile, and none went.
  return found < 0 && rules.length >= shown.length ? at : found;
}

/** Those of an order, with one more or one less of them. */
export const including = <T>(all: readonly T[], some: readonly T[], one: T, isIn: boolean): T[] =>
  all.filter((each) => (each === one ? isIn : some.includes(each)));
