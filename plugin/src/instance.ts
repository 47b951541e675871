// One OpenCode project directory: its events pass through the tracker and on
// to the broker, in order. Nothing in here may throw into OpenCode or keep it.

import { randomBytes } from 'node:crypto';
import { basename } from 'node:path';
import { toEvent, type Happening, type Place } from './core/event';
import { fields, text } from './core/reading';
import type { Reply } from './core/reply';
import { Tracker, type HookEvent } from './core/tracker';
import type { Lease } from './io/brokers';
import { answer } from './io/answer';
import { beforeSignal } from './io/signal';
import { lookUpSession } from './io/lookup';
import type { Client, Hooks, PluginInput } from './io/opencode';
import type { Warn } from './io/warnings';

// OpenCode's terminal interface waits 5 s for us, `opencode run` for ever.
const DISPOSE_MAX_MS = 1_200;

export class Instance implements Hooks {
  readonly #client: Client;
  readonly #open: () => Lease;
  #lease: Lease | undefined;
  readonly #place: Place;
  readonly #warn: Warn;
  readonly #tracker = new Tracker();
  /** Events are handled one after the other, though a look-up takes time. */
  #queue: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #stopListening = () => {};
  #end: Promise<void> | undefined;

  constructor(input: PluginInput, open: () => Lease, host: string, warn: Warn) {
    const { client, directory, worktree } = input;
    this.#client = client;
    this.#open = open;
    // Outside of a repository the worktree is "/".
    const project = basename(worktree) || basename(directory) || directory;
    this.#place = { host, project, directory };
    this.#warn = warn;
  }

  async event({ event }: { event: unknown }): Promise<void> {
    const read = readEvent(event);
    if (!read || !this.#tracker.matters(read)) return;
    const nowMs = Date.now();
    this.#enqueue(() => this.#handle(read, nowMs));
  }

  /** OpenCode asks for it, or a signal does; perhaps both. */
  dispose(): Promise<void> {
    this.#end ??= this.#close().catch(() => undefined);
    return this.#end;
  }

  async #close(): Promise<void> {
    const deadlineMs = Date.now() + DISPOSE_MAX_MS;
    this.#stopListening();
    clearTimeout(this.#timer);
    await within(DISPOSE_MAX_MS, this.#queue);
    this.#publish(this.#tracker.close({ nowMs: Date.now(), nonce: '' }));
    const leftMs = Math.max(0, deadlineMs - Date.now());
    await this.#lease?.release(leftMs);
  }

  /** One that fails must not stop the next. */
  #enqueue(work: () => Promise<void> | void): void {
    this.#queue = this.#queue.then(work).catch(() => undefined);
  }

  async #handle(event: HookEvent, nowMs: number): Promise<void> {
    await this.#lookUp(event);
    const nonce = randomBytes(16).toString('base64url');
    this.#publish(this.#tracker.observe(event, { nowMs, nonce }));
    this.#setTimer();
  }

  /** Each session once; one that OpenCode does not tell now it may tell at the next event. */
  async #lookUp(event: HookEvent): Promise<void> {
    const asked = new Set<string>();
    for (;;) {
      const id = this.#tracker.missing(event);
      if (id === null || asked.has(id)) return;
      asked.add(id);
      this.#tracker.learn(id, await lookUpSession(this.#client, id));
    }
  }

  #publish(happenings: Happening[]): void {
    if (happenings.length > 0) this.#lease ??= this.#connect();
    for (const happening of happenings)
      this.#lease?.broker.publish(toEvent(happening, this.#place));
    this.#lease?.show(this.#tracker.sessions(this.#place.project));
  }

  /**
   * Not before there is something to say: many of OpenCode's commands run no
   * session, and `opencode run` opens its directory again while it ends.
   */
  #connect(): Lease {
    const lease = this.#open();
    lease.onReply((reply) => this.#reply(reply));
    this.#stopListening = beforeSignal(() => this.dispose());
    return lease;
  }

  #reply(reply: Reply): void {
    const claim = this.#tracker.claim(reply.request, reply.nonce, Date.now());
    if (claim === 'refused')
      this.#warn(`refused a reply to ${reply.request}: its nonce is wrong, used or too old`);
    else if (claim !== 'unknown') void answer(this.#client, reply, claim, this.#warn);
  }

  #setTimer(): void {
    clearTimeout(this.#timer);
    const next = this.#tracker.nextTickMs();
    if (next === null) return;
    const tick = () => {
      this.#publish(this.#tracker.tick(Date.now()));
      this.#setTimer();
    };
    const waitMs = Math.max(0, next - Date.now());
    this.#timer = setTimeout(() => this.#enqueue(tick), waitMs).unref();
  }
}

function readEvent(event: unknown): HookEvent | null {
  const { id, type, properties } = fields(event);
  if (!text(id) || !text(type)) return null;
  return {
    id: id as string,
    type: type as string,
    properties: fields(properties),
  };
}

async function within(timeoutMs: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, timeoutMs);
  });
  await Promise.race([work, tooLate]);
  clearTimeout(timer);
}
