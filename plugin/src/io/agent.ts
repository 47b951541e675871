// The one retained document that says what OpenCode does on this host. Several
// processes share it: each leaves its part in a folder, and whoever has news
// publishes all parts. The broker says "offline" for one that dies; the others
// then correct it.

import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { agentDocument, OFFLINE, tellsOf, type AgentSession } from '../core/agent';
import type { Settings } from './login';
import { isAlive, SELF } from './self';

// A burst of changes is one message.
const GATHER_MS = 100;

// Two machines of one name would correct each other for ever.
const CORRECT_EVERY_MS = 10_000;

const PART = /^(\d+)-[0-9a-f]+\.json$/;

export class Agent {
  readonly topic: string;
  readonly #folder: string;
  readonly #part: string;
  readonly #publish: (document: string) => void;
  readonly #sessions = new Map<object, readonly AgentSession[]>();
  #timer: NodeJS.Timeout | undefined;
  #correction: NodeJS.Timeout | undefined;
  #correctedMs = 0;

  constructor(settings: Settings, stateHome: string, publish: (document: string) => void) {
    const { url, base, host } = settings;
    this.topic = `${base}/agent/${host}`;
    const key = createHash('sha256').update(`${url} ${this.topic}`).digest('hex').slice(0, 16);
    this.#folder = join(stateHome, 'nudge', 'agent', key);
    this.#part = join(this.#folder, `${SELF.pid}-${SELF.token}.json`);
    this.#publish = publish;
  }

  /** What one project directory of this process does; none: it is closed. */
  set(directory: object, sessions: readonly AgentSession[]): void {
    const before = JSON.stringify(this.#sessions.get(directory) ?? []);
    if (before === JSON.stringify(sessions)) return;
    this.#sessions.set(directory, sessions);
    this.announce();
  }

  announce(): void {
    this.#timer ??= setTimeout(() => this.#announceNow(), GATHER_MS).unref();
  }

  /** A document on our topic that another process or the broker put there. */
  heard(document: string): void {
    if (tellsOf(document, this.#ours())) return;
    const waitMs = Math.max(0, this.#correctedMs + CORRECT_EVERY_MS - Date.now());
    this.#correction ??= setTimeout(() => this.#correct(), waitMs).unref();
  }

  /** The last word of this process. */
  leave(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#correction);
    this.#sessions.clear();
    attempt(() => unlinkSync(this.#part));
    const others = this.#others();
    this.#publish(others ? agentDocument(others) : OFFLINE);
  }

  #correct(): void {
    this.#correction = undefined;
    this.#correctedMs = Date.now();
    this.announce();
  }

  #announceNow(): void {
    this.#timer = undefined;
    const ours = this.#ours();
    attempt(() => {
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
      writeFileSync(this.#part, JSON.stringify(ours), { mode: 0o600 });
    });
    this.#publish(agentDocument([...ours, ...(this.#others() ?? [])]));
  }

  #ours(): AgentSession[] {
    return [...this.#sessions.values()].flat();
  }

  /** null: there is no other process. */
  #others(): AgentSession[] | null {
    const parts = attempt(() => readdirSync(this.#folder)) ?? [];
    const living = parts
      .map((name) => ({ path: join(this.#folder, name), pid: Number(PART.exec(name)?.[1]) }))
      .filter(({ path, pid }) => pid && path !== this.#part)
      .filter(({ path, pid }) => isAlive(pid) || attempt(() => unlinkSync(path)));
    if (living.length === 0) return null;
    return living.flatMap(({ path }) => attempt(() => read(path)) ?? []);
  }
}

function read(path: string): AgentSession[] {
  return JSON.parse(readFileSync(path, 'utf8')) as AgentSession[];
}

/** These files are a courtesy to other processes; nothing depends on them. */
function attempt<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}
