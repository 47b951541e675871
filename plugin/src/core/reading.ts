// Reading values of unknown shape: whatever OpenCode hands over, nothing here
// throws. Pure.

export type Fields = Readonly<Record<string, unknown>>;

const NOTHING: Fields = Object.freeze({});

export function fields(value: unknown): Fields {
  if (typeof value !== 'object' || value === null) return NOTHING;
  return value as Fields;
}

export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The value if it is a text that says something, else null. */
export function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
