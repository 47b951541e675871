// Publishes numbered events at load. A careful one keeps each event, like our plugin, until the bridge
// says that it has it, and sends what is open again after each connection, its own and the bridge's. The
// other one, like mosquitto_pub, is content with the broker's acknowledgement.
import mqtt from 'mqtt';

const TICK_MS = 20;
const RECONNECT_MS = 100;
const WINDOW = 10; // mosquitto announces 20
const OPEN_MAX = 5000; // events without a receipt; more would only make the end longer

/**
 * @typedef {object} Entry
 * @property {string} user
 * @property {string} payload
 * @property {'waiting' | 'sending' | 'sent'} progress
 */

export class Publisher {
  /** @type {Map<string, string>} every event there ever was, and whose it is */
  events = new Map();
  /** @type {string[]} receipts that no event of ours should get */
  complaints = [];
  /** @type {Map<string, Entry>} */
  #open = new Map();
  /** @type {string[]} */
  #queue = [];
  #inFlight = 0;
  /** @type {import('mqtt').MqttClient | null} */
  #client = null;
  #isEnding = false;
  /** @type {(() => void)[]} */
  #waiting = [];
  #url;
  #users;
  #rate;
  #isCareful;
  /** @type {NodeJS.Timeout | undefined} */
  #ticker;

  /**
   * @param {{ url: string, users: string[], rate: number, isCareful: boolean }} options rate: events per
   *   second
   */
  constructor({ url, users, rate, isCareful }) {
    this.#url = url;
    this.#users = users;
    this.#rate = rate;
    this.#isCareful = isCareful;
    this.#connect();
  }

  get openCount() {
    return this.#open.size;
  }

  begin() {
    let due = 0;
    this.#ticker = setInterval(() => {
      if (!this.#client?.connected || this.#open.size >= OPEN_MAX) return;
      for (due += (this.#rate * TICK_MS) / 1000; due >= 1; due -= 1) this.#make();
    }, TICK_MS);
  }

  /** No more events; what is open is still sent. */
  finish() {
    clearInterval(this.#ticker);
  }

  /** What is open goes out again, as after any new connection. */
  reconnect() {
    this.#client?.end(true);
  }

  stop() {
    this.finish();
    this.#isEnding = true;
    this.#client?.end(true);
  }

  /** The next receipt. */
  change() {
    return new Promise((/** @type {(value?: unknown) => void} */ resolve) => {
      this.#waiting.push(resolve);
    });
  }

  #make() {
    const number = this.events.size + 1;
    const id = `evt_${number}`;
    const user = /** @type {string} */ (this.#users[number % this.#users.length]);
    const isQuestion = number % 3 === 0;
    const session = { id: `ses_${number % 7}`, title: `Session ${number % 7}` };
    const payload = JSON.stringify({
      id,
      session,
      ...(isQuestion
        ? { kind: 'permission.asked', request: { id: `per_${number}` } }
        : { kind: 'note' }),
      body: `number ${number}`,
    });
    this.events.set(id, user);
    this.#open.set(id, { user, payload, progress: 'waiting' });
    this.#queue.push(id);
    this.#pump();
  }

  #connect() {
    if (this.#isEnding) return;
    const client = mqtt.connect(this.#url, {
      protocolVersion: 5,
      reconnectPeriod: 0,
      connectTimeout: 5000,
    });
    this.#client = client;
    client.on('error', () => {}); // 'close' follows
    client.on('connect', () => {
      this.#inFlight = 0;
      client.subscribe(['nudge/+/receipt', 'nudge/bridge/+/state'], { qos: 1 }, () => {});
      for (const entry of this.#open.values()) entry.progress = 'waiting';
      this.#sendAgain();
    });
    client.on('message', (topic, payload, { retain }) => {
      if (topic.endsWith('/receipt')) this.#receipt(String(payload));
      else if (String(payload) === 'online' && !retain) this.#sendAgain();
    });
    client.once('close', () => setTimeout(() => this.#connect(), RECONNECT_MS));
  }

  #sendAgain() {
    this.#queue = [];
    for (const [id, entry] of this.#open) {
      if (entry.progress === 'sending') continue;
      entry.progress = 'waiting';
      this.#queue.push(id);
    }
    this.#pump();
  }

  #pump() {
    const client = this.#client;
    while (client?.connected && this.#inFlight < WINDOW) {
      const id = this.#queue.shift();
      if (id === undefined) return;
      const entry = this.#open.get(id);
      if (entry?.progress === 'waiting') this.#send(client, id, entry);
    }
  }

  /**
   * @param {import('mqtt').MqttClient} client
   * @param {string} id
   * @param {Entry} entry
   */
  #send(client, id, entry) {
    entry.progress = 'sending';
    this.#inFlight += 1;
    client.publish(`nudge/${entry.user}/event`, entry.payload, { qos: 1 }, (error) => {
      if (client !== this.#client) return;
      entry.progress = 'sent';
      this.#inFlight -= 1;
      if (!error && !this.#isCareful) this.#settle(id);
      // A client that is going away calls back at once, for each of a long queue.
      if (error) setImmediate(() => this.#pump());
      else this.#pump();
    });
  }

  /** @param {string} id */
  #settle(id) {
    this.#open.delete(id);
    for (const tell of this.#waiting.splice(0)) tell();
  }

  /** @param {string} text */
  #receipt(text) {
    const { event, state, reason } = JSON.parse(text);
    const isFine = state === 'suppressed' ? reason === 'duplicate' : state !== 'failed';
    if (!isFine) this.complaints.push(text);
    if (this.#isCareful) this.#settle(event);
  }
}
