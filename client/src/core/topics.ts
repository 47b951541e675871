// The topics an app uses; what each carries: docs/schema. Pure.

export type Topic =
  | { of: 'event' | 'receipt' | 'prefs' | 'state' }
  | { of: 'explained'; user: string }
  | { of: 'device' | 'presence' | 'agent'; name: string }
  | { of: 'bridge'; name: string; leaf: string };

export interface Subscription {
  filter: string;
  qos: 0 | 1;
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

  /** How bridges are: not every login may hear it. */
  get health(): string {
    return `${this.#bridge}+/health`;
  }

  /** Where the bridge is asked what became of an event, and where it tells: not every login may. */
  get explain() {
    return { request: this.of('request/explain'), response: this.of('response/explain') };
  }

  /** Events are kept for us while we are away, all else is retained or worthless later. */
  subscriptions(): Subscription[] {
    const leaves = ['receipt', 'prefs', 'state', 'device/+', 'presence/+', 'agent/+'];
    return [
      { filter: this.of('event'), qos: 1 },
      ...leaves.map((leaf) => ({ filter: this.of(leaf), qos: 0 as const })),
      { filter: `${this.#bridge}+/state`, qos: 0 },
      { filter: `${this.#bridge}+/info`, qos: 0 },
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
    if (topic === this.explain.response) return { of: 'explained', user: this.user };
    if (of === 'event' || of === 'receipt' || of === 'prefs' || of === 'state') return { of };
    return null;
  }
}
