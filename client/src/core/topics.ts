// The topics an app uses; what each carries: docs/schema. Pure.

export type Topic =
  | { of: 'event' | 'receipt' | 'prefs' | 'state' }
  | { of: 'device' | 'presence' | 'agent'; name: string }
  | { of: 'bridge'; name: string; leaf: string };

export interface Subscription {
  filter: string;
  qos: 0 | 1;
  /** We do without it where the broker does not let us. */
  isOptional?: boolean;
}

export class Topics {
  readonly user: string;
  readonly #user: string;
  readonly #bridge: string;

  constructor(root: string, user: string) {
    this.user = user;
    this.#user = `${root}/${user}/`;
    this.#bridge = `${root}/bridge/`;
  }

  of(leaf: string): string {
    return this.#user + leaf;
  }

  /** Where a bridge is asked what became of an event. */
  explain(bridge: string): string {
    return `${this.#bridge}${bridge}/request/explain`;
  }

  /** Events are kept for us while we are away, all else is retained or worthless later. */
  subscriptions(): Subscription[] {
    const leaves = ['receipt', 'prefs', 'state', 'device/+', 'presence/+', 'agent/+'];
    return [
      { filter: this.of('event'), qos: 1 },
      ...leaves.map((leaf) => ({ filter: this.of(leaf), qos: 0 as const })),
      { filter: `${this.#bridge}+/state`, qos: 0 },
      { filter: `${this.#bridge}+/info`, qos: 0 },
      // It names others, too: not every login may read it.
      { filter: `${this.#bridge}+/response/explain`, qos: 0, isOptional: true },
    ];
  }

  read(topic: string): Topic | null {
    if (topic.startsWith(this.#bridge)) {
      const [name = '', leaf = ''] = topic.slice(this.#bridge.length).split('/');
      return { of: 'bridge', name, leaf };
    }
    if (!topic.startsWith(this.#user)) return null;
    const [of, name = ''] = topic.slice(this.#user.length).split('/');
    if (of === 'device' || of === 'presence' || of === 'agent') return { of, name };
    if (of === 'event' || of === 'receipt' || of === 'prefs' || of === 'state') return { of };
    return null;
  }
}
