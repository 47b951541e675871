// Requests that wait for an answer, one file each, for as long as they do. Whoever dies while it asks leaves
// them behind; the next OpenCode of this host then says that nobody can answer any more.

import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isId, type Kind, type NudgeEvent } from '../core/event';
import { fields, text } from '../core/reading';
import { lifeOf, type Life } from './life';
import type { Settings } from './login';

// As long as the bridge shows a request: docs/topics.md.
const LIFE_MS = 24 * 3_600_000;

const NAME = /^([a-z0-9]+\.[0-9]+\.[0-9]+\.[0-9]+)\.([A-Za-z0-9_-]+)\.json$/;

export class Pending {
  readonly #folder: string;
  readonly #life: Life;
  /** Of ours: the session of each. */
  readonly #ours = new Map<string, string>();

  /** Those of different brokers, users, hosts or, where they share a home, machines do not mix. */
  constructor({ url, base, host }: Settings, stateHome: string, life = lifeOf(process.pid)) {
    const whose = `${url} ${base} ${host} ${life.machine}`;
    const key = createHash('sha256').update(whose).digest('hex').slice(0, 16);
    this.#folder = join(stateHome, 'nudge', 'pending', key);
    this.#life = life;
  }

  /** Whatever is published may begin or end a request. */
  note(event: NudgeEvent): void {
    const { kind, session, request } = event;
    if (kind === 'session.deleted') this.#forgetAll(session.id);
    if (!request) return;
    if (kind.endsWith('.asked')) this.#keep(request.id, event);
    else this.#forget(request.id);
  }

  /** Whether somebody who is dead has left some. */
  hasLeft(): boolean {
    return this.#left().length > 0;
  }

  /** What is to be said of them; each once, after that it is forgotten. */
  takeBack(nowMs: number, publish: (event: NudgeEvent) => void): void {
    for (const path of this.#left()) {
      const event = readEnd(path);
      if (event && nowMs - event.ts < LIFE_MS) publish({ ...event, ts: nowMs });
      attempt(() => unlinkSync(path));
    }
  }

  /** Whether another process of this host, which is not dead, has that one. */
  isElsewhere(request: string): boolean {
    return this.#names().some(
      ({ owner, of }) => of === request && owner !== this.#life.name && !this.#life.outlived(owner),
    );
  }

  #keep(request: string, event: NudgeEvent): void {
    this.#ours.set(request, event.session.id);
    attempt(() => {
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
      writeFileSync(this.#path(request), JSON.stringify(endOf(request, event)), { mode: 0o600 });
    });
  }

  #forget(request: string): void {
    if (!this.#ours.delete(request)) return;
    attempt(() => unlinkSync(this.#path(request)));
  }

  #forgetAll(session: string): void {
    for (const [request, of] of [...this.#ours]) if (of === session) this.#forget(request);
  }

  #left(): string[] {
    return this.#names()
      .filter(({ owner }) => this.#life.outlived(owner))
      .map(({ name }) => join(this.#folder, name));
  }

  #names(): { name: string; owner: string; of: string }[] {
    const names = attempt(() => readdirSync(this.#folder)) ?? [];
    return names.flatMap((name) => {
      const [, owner, of] = NAME.exec(name) ?? [];
      return owner && of ? [{ name, owner, of }] : [];
    });
  }

  #path(request: string): string {
    return join(this.#folder, `${this.#life.name}.${request}.json`);
  }
}

/** What is published if nobody answers it: the same as when OpenCode ends in order. */
function endOf(request: string, { body: _, ask: __, ...event }: NudgeEvent): NudgeEvent {
  const kind: Kind = event.kind === 'question.asked' ? 'question.rejected' : 'permission.replied';
  return { ...event, id: `${request}-gone`, kind, request: { id: request }, body: null };
}

function readEnd(path: string): NudgeEvent | undefined {
  const event = attempt(() => JSON.parse(readFileSync(path, 'utf8')) as NudgeEvent);
  const { id, ts, request } = fields(event);
  const isWhole = isId(text(id) ?? '') && typeof ts === 'number' && text(fields(request)['id']);
  return isWhole ? event : undefined;
}

/** A request that is not kept is one that cannot be taken back, no more. */
function attempt<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}
