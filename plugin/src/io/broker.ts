// One connection to one broker, and what still has to reach it. Knows MQTT,
// knows nothing of OpenCode.

import { randomBytes } from 'node:crypto';
import { connect, type MqttClient } from 'mqtt';
import type { NudgeEvent } from '../core/event';
import type { Settings } from './login';
import * as trouble from './trouble';
import type { Warn } from './warnings';

const RETRY_FIRST_MS = 1_000;
const RETRY_CEILING_MS = 30_000;
const CONNECT_TIMEOUT_MS = 10_000;
const KEEPALIVE_S = 30;
const WAITING_MAX = 1_000;

export class Broker {
  readonly #settings: Settings;
  readonly #warn: Warn;
  readonly #client: MqttClient;
  /** Events by id, until the broker has them. */
  readonly #waiting = new Map<string, string>();
  /** Handed to the client, which sends them again by itself. */
  readonly #sending = new Set<string>();
  #isFailing = false;
  #onSettled: (() => void)[] = [];

  constructor(settings: Settings, warn: Warn) {
    this.#settings = settings;
    this.#warn = warn;
    this.#client = this.#connect();
  }

  publish(event: NudgeEvent): void {
    const { id } = event;
    const payload = JSON.stringify(event);
    if (this.#waiting.size >= WAITING_MAX) {
      this.#warn(`more than ${WAITING_MAX} events wait for the broker`);
      return;
    }
    this.#waiting.set(id, payload);
    if (this.#client.connected) this.#send(id, payload);
  }

  /** Resolves when all is sent, when there is no hope, or in time. */
  async drain(timeoutMs: number): Promise<void> {
    if (this.#waiting.size === 0 || this.#isFailing) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.#onSettled.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  /** Says goodbye if that is quick; hangs up in any case. */
  async close(timeoutMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.#client.end(!this.#client.connected, {}, () => {
        clearTimeout(timer);
        resolve();
      });
    });
    this.#client.end(true);
  }

  #connect(): MqttClient {
    const { url, username, password, ca, host } = this.#settings;
    const client = connect(url, {
      protocolVersion: 5,
      clientId: `nudge-${host}-${randomBytes(6).toString('hex')}`,
      clean: true,
      keepalive: KEEPALIVE_S,
      connectTimeout: CONNECT_TIMEOUT_MS,
      reconnectPeriod: RETRY_FIRST_MS,
      reconnectOnConnackError: true,
      ...(username !== undefined && { username }),
      ...(password && { password }),
      ...(ca && { ca }),
    });
    client.on('connect', () => this.#connected());
    client.on('error', (error) => this.#failed(error));
    client.on('close', () => this.#slowDown());
    client.on('packetreceive', (packet) => {
      if (packet.cmd === 'puback' && trouble.isUnheard(packet.reasonCode))
        this.#warn(trouble.unheardTrouble(this.#settings));
    });
    return client;
  }

  #connected(): void {
    this.#isFailing = false;
    this.#client.options.reconnectPeriod = RETRY_FIRST_MS;
    for (const [id, payload] of this.#waiting) if (!this.#sending.has(id)) this.#send(id, payload);
  }

  #failed(error: unknown): void {
    this.#isFailing = true;
    this.#warn(trouble.connectTrouble(this.#settings, error));
    this.#settle();
  }

  #slowDown(): void {
    const { options } = this.#client;
    const period = (options.reconnectPeriod ?? RETRY_FIRST_MS) * 2;
    options.reconnectPeriod = Math.min(period, RETRY_CEILING_MS);
  }

  #send(id: string, payload: string): void {
    const topic = `${this.#settings.base}/event`;
    this.#sending.add(id);
    this.#client.publish(topic, payload, { qos: 1 }, (error) => {
      this.#sending.delete(id);
      this.#waiting.delete(id);
      if (error) this.#warn(trouble.publishTrouble(this.#settings, error));
      if (this.#waiting.size === 0) this.#settle();
    });
  }

  #settle(): void {
    for (const settled of this.#onSettled.splice(0)) settled();
  }
}
