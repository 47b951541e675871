// What a person answers to permissions and questions, and what becomes of it: `fates` of the view.

import { answerText, type Answer, type Asked, type Fate } from './core/answer';
import type { Ground } from './ground';
import type { Sign } from './io/signing';
import type { Outbox, Unsent } from './outbox';
import { setFate } from './view';

const TAKEN_WITHIN_MS = 10_000; // by the agent that asked

export interface AnswersOptions {
  ground: Ground;
  outbox: Outbox;
  topic: string;
  /** null: this app cannot answer. */
  sign: Sign | null;
}

export class Answers {
  readonly #options: AnswersOptions;
  readonly #untaken = new Map<string, ReturnType<typeof setTimeout>>();

  constructor(options: AnswersOptions) {
    this.#options = options;
  }

  /** What was sent before, and may yet be taken. */
  expect(requests: Iterable<string>): void {
    for (const request of requests) this.#awaitReceipt(request);
  }

  stop(): void {
    for (const timer of this.#untaken.values()) clearTimeout(timer);
  }

  /** @throws Error with one sentence: it was not sent */
  async answer(asked: Asked, answer: Answer, untilMs: number): Promise<void> {
    const { sign, topic } = this.#options;
    const signed = answerText(asked, answer);
    if (!sign) throw new Error('This app has no key to sign answers: pair it again.');
    this.#setFate(asked.id, { state: 'waiting' });
    const payload = JSON.stringify({ signed, mac: await sign(signed) });
    const id = `answer-${Math.random().toString(36).slice(2)}`;
    const unsent = { id, topic, payload, request: asked.id, untilMs, fault: null };
    await this.send({ of: 'answer', ...unsent });
  }

  async send(unsent: Unsent): Promise<void> {
    const request = unsent.request ?? '';
    this.#setFate(request, { state: 'waiting' });
    try {
      const isHeard = await this.#options.outbox.send(unsent);
      if (!isHeard) throw new Error('No agent takes answers: set "replies" in its options.');
    } catch (error) {
      this.#setFate(request, { state: 'unsent', detail: (error as Error).message });
      throw error;
    }
    this.#isSent(request);
  }

  #isSent(request: string): void {
    // What became of it may be told before the broker tells that it has it.
    if (this.#stateOf(request) !== 'waiting') return;
    this.#setFate(request, { state: 'sent' });
    this.#awaitReceipt(request);
  }

  #awaitReceipt(request: string): void {
    clearTimeout(this.#untaken.get(request));
    const late = () => {
      this.#untaken.delete(request);
      if (this.#stateOf(request) === 'sent') this.#setFate(request, { state: 'untaken' });
    };
    this.#untaken.set(request, setTimeout(late, TAKEN_WITHIN_MS));
  }

  #stateOf(request: string): Fate['state'] | undefined {
    return this.#options.ground.view.fates.get(request)?.state;
  }

  #setFate(request: string, fate: Fate): void {
    this.#options.ground.learn((view) => setFate(view, request, fate));
  }
}
