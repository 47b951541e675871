// One OpenCode project directory: its events pass through the tracker and on
// to the broker, in order. Nothing in here may throw into OpenCode or keep it.

import { randomBytes } from 'node:crypto';
import { basename } from 'node:path';
import { toEvent, type Happening, type Place } from './core/event';
import { fields, text } from './core/reading';
import type { Reply } from './core/reply';
import { Tracker, type HookEvent, type Moment } from './core/tracker';
import type { Lease } from './io/brokers';
import { answer } from './io/answer';
import { steadyMs } from './io/clock';
import { beforeSignal } from './io/signal';
import { lookUpSession } from './io/lookup';
import type { Client, Hooks, PluginInput } from './io/opencode';
import type { Outcome } from './io/replies';

// OpenCode's terminal interface waits 5 s for us, `opencode run` for ever.
const DISPOSE_MAX_MS = 1_200;

export class Instance implements Hooks {
  readonly #client: Client;
  readonly #open: () => Lease;
  #lease: Lease | undefined;
  readonly #place: Place;
  readonly #tracker = new Tracker();
  /** Events are handled one after the other, though a look-up takes time. */
  #queue: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #stopListening = () => {};
  #end: Promise<void> | undefined;

  constructor(input: PluginInput, open: () => Lease, host: string) {
    const { client, directory, worktree } = input;
    this.#client = client;
    this.#open = open;
    // Outside of a repository the worktree is "/".
    const project = basename(worktree) || basename(directory) || directory;
    this.#place = { host, project, directory };
  }

  /** There is something to say already. */
  speak(): void {
    this.#lease ??= this.#connect();
  }

  async event({ event }: { event: unknown }): Promise<void> {
    const read = readEvent(event);
    if (!read || !this.#tracker.matters(read)) return;
    const moment = now();
    this.#enqueue(() => this.#handle(read, moment));
  }

  /** A tool is about to be called with these arguments; it may ask for leave first. */
  async 'tool.execute.before'(call: unknown, given: unknown): Promise<void> {
    const { sessionID, callID } = fields(call);
    const [session, id] = [text(sessionID), text(callID)];
    if (session && id) this.#tracker.requests.calls.note(session, id, fields(given)['args']);
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
    this.#publish(this.#tracker.close(now()));
    const leftMs = Math.max(0, deadlineMs - Date.now());
    await this.#lease?.release(leftMs);
  }

  /** One that fails must not stop the next. */
  #enqueue(work: () => Promise<void> | void): void {
    this.#queue = this.#queue.then(work).catch(() => undefined);
  }

  async #handle(event: HookEvent, moment: Moment): Promise<void> {
    await this.#lookUp(event);
    // The timer may be late: the machine slept, or was busy.
    const due = this.#tracker.nextTickMs() ?? Infinity;
    if (due <= moment.steadyMs) this.#publish(this.#tracker.tick(moment));
    this.#publish(this.#tracker.observe(event, moment));
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
    if (happenings.length > 0) this.speak();
    for (const happening of happenings)
      this.#lease?.broker.publish(toEvent(happening, this.#place), happening.steadyMs);
    this.#lease?.show(this.#tracker.sessions(this.#place.project));
  }

  /**
   * Not before there is something to say: many of OpenCode's commands run no
   * session, and `opencode run` opens its directory again while it ends.
   */
  #connect(): Lease {
    const lease = this.#open();
    lease.onReply((reply) => this.#reply(reply, lease));
    this.#stopListening = beforeSignal(() => this.dispose());
    return lease;
  }

  /** null: another one's request. */
  async #reply(reply: Reply, { gate }: Lease): Promise<Outcome | null> {
    const { requests } = this.#tracker;
    if (!requests.knows(reply.request)) return null;
    const refusal = await gate.refuses(reply);
    const claim = refusal ?? requests.claim(reply, steadyMs());
    if (typeof claim === 'string') return { state: 'refused', reason: claim };
    const outcome = await answer(this.#client, reply, claim);
    if (outcome.state === 'refused') requests.release(reply.request);
    return outcome;
  }

  #setTimer(): void {
    clearTimeout(this.#timer);
    const next = this.#tracker.nextTickMs();
    if (next === null) return;
    const tick = () => {
      this.#publish(this.#tracker.tick(now()));
      this.#setTimer();
    };
    const waitMs = Math.max(0, next - steadyMs());
    this.#timer = setTimeout(() => this.#enqueue(tick), waitMs).unref();
  }
}

function now(): Moment {
  const nonce = randomBytes(16).toString('base64url');
  return { nowMs: Date.now(), steadyMs: steadyMs(), nonce };
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
