// Members of a JSON object that came from outside, each held to its type. Pure.

export type Fields = Record<string, unknown>;

/** A member breaks a rule. */
export class Misfit extends Error {}

export const DEPTH_MAX = 16; // of an event
const DOCUMENT_DEPTH_MAX = 32; // of what may hold parts of events
const INSTANT_MAX = 9e15; // milliseconds; below 2^53
const ID = /^[A-Za-z0-9_-]{1,64}$/;

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
export const isText = (value: unknown): value is string => typeof value === 'string';
export const isFlag = (value: unknown): value is boolean => typeof value === 'boolean';
export const isList = (value: unknown): value is unknown[] => Array.isArray(value);
export const isTexts = (value: unknown): value is string[] => isList(value) && value.every(isText);
export const isId = (value: unknown): value is string => isText(value) && ID.test(value);
export const isNumber = (value: unknown): value is number =>
  typeof value === 'number' && Number.isFinite(value);
export const isCount = (value: unknown): value is number =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) <= INSTANT_MAX;
/** An instant; the largest whole number that JSON holds safely means for ever. */
export const isUntil = (value: unknown): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0;
export const isPositive = (value: unknown): value is number => isCount(value) && value > 0;
export const isOneOf =
  <T extends string>(...words: readonly T[]) =>
  (value: unknown): value is T =>
    words.some((word) => word === value);

/** The object in a payload; null if it holds none, or one that is nested deeper than any of ours. */
export function readObject(payload: string, depthMax = DOCUMENT_DEPTH_MAX): Fields | null {
  if (isTooDeep(payload, depthMax)) return null;
  try {
    const value: unknown = JSON.parse(payload.trim());
    return isFields(value) ? value : null;
  } catch {
    return null;
  }
}

/** A bomb is refused before anything that calls itself gets there. */
function isTooDeep(text: string, depthMax: number): boolean {
  let depth = 0;
  for (const [mark] of text.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{}]/gs)) {
    if (mark === '{' || mark === '[') depth++;
    else if (mark === '}' || mark === ']') depth--;
    if (depth > depthMax) return true;
  }
  return false;
}

/** null if it is missing. Fails if it has another type. */
export function take<T>(
  fields: Fields,
  name: string,
  isIt: (value: unknown) => value is T,
): T | null {
  const value = own(fields, name) ?? null;
  if (value === null) return null;
  if (!isIt(value)) throw new Misfit(name);
  return value;
}

/** Fails if it is missing, too. */
export function need<T>(fields: Fields, name: string, isIt: (value: unknown) => value is T): T {
  const value = take(fields, name, isIt);
  if (value === null) throw new Misfit(name);
  return value;
}

/** An object without members if it is missing. */
export const part = (fields: Fields, name: string): Fields => take(fields, name, isFields) ?? {};

/** Only those of the right types; the others are left out. */
export function pick<T extends object>(
  fields: unknown,
  types: { [Name in keyof T]: (value: unknown) => boolean },
): Partial<T> {
  const picked: Fields = {};
  if (isFields(fields))
    for (const [name, isIt] of Object.entries<(value: unknown) => boolean>(types)) {
      const value = own(fields, name);
      if (value !== undefined && isIt(value)) picked[name] = value;
    }
  return picked as Partial<T>;
}

/** What `read` makes of it; null if a member breaks a rule. */
export function orNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof Misfit) return null;
    throw error;
  }
}

/** A member by a name from outside: what every object has by birth is none. */
export const own = <T>(all: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(all, name) ? all[name] : undefined;
