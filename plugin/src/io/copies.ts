// OpenCode loads every file that its settings name. Two copies of this one would ask a person the same twice,
// each with a nonce of its own, and refuse what the other was answered.

type Claims = Map<string, { copy: Copy; count: number }>;

const KEY = Symbol.for('opencode-nudge');

/** This file, as it was loaded; others know it by what all of a process share. */
export class Copy {
  readonly #claims: Claims;

  constructor(shared: object = globalThis) {
    const world = shared as Record<symbol, Claims>;
    this.#claims = world[KEY] ??= new Map();
  }

  /** To speak for a directory until the function it returns is called; null: another copy does. */
  claim(directory: string): (() => void) | null {
    const claim = this.#claims.get(directory) ?? { copy: this, count: 0 };
    if (claim.copy !== this) return null;
    claim.count += 1;
    this.#claims.set(directory, claim);
    return () => {
      claim.count -= 1;
      if (claim.count === 0) this.#claims.delete(directory);
    };
  }
}
