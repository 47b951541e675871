// An MQTT 5 client that says what it sent and keeps what it got.
import { randomUUID } from 'node:crypto';
import mqtt from 'mqtt';
import { Arrivals, patiently } from './arrivals.mjs';

/**
 * @typedef {object} Message
 * @property {string} topic
 * @property {string} text the payload
 * @property {boolean} retain it was published as retained, just now or long ago
 * @property {any} json the payload as JSON; undefined when it is none
 *
 * @typedef {object} Collection
 * @property {Message[]} messages
 * @property {(predicate: (message: Message) => boolean, options?: { timeoutMs?: number, from?: number, what?: string })
 *   => Promise<Message>} waitFor
 * @property {(count: number, options?: { timeoutMs?: number }) => Promise<Message[]>} waitForCount
 *
 * @typedef {object} Client
 * @property {import('mqtt').MqttClient} client the client itself, for what is not wrapped here
 * @property {(topic: string, payload: string | Buffer | object,
 *   options?: import('mqtt').IClientPublishOptions) => Promise<import('mqtt').Packet | undefined>} publish
 *   QoS 1; resolves with the broker's PUBACK; an object is sent as JSON
 * @property {(filter: string) => Promise<Collection>} collect resolves once subscribed
 * @property {() => Promise<void>} end
 */

/** What others say at a broker that came back before this client did is kept for it. */
const kept = () => ({
  ...{ clientId: `test-${randomUUID()}`, clean: false },
  properties: { sessionExpiryInterval: 60 },
});

/**
 * @param {string} url
 * @param {import('mqtt').IClientOptions} [options]
 * @returns {Promise<Client>}
 */
export async function connect(url, options = {}) {
  const given = { protocolVersion: /** @type {const} */ (5), ...options };
  const isKept = given.protocolVersion === 5 && given.clientId === undefined;
  const client = await patiently(
    mqtt.connectAsync(url, { ...(isKept && kept()), ...given }, false),
    `a connection to ${url}`,
  );
  // Once connected, mqtt tries again by itself; without a listener an error would end the test process.
  client.on('error', () => {});
  /** @type {string[]} what was subscribed to: a broker sends a message once for each that it is for */
  const filters = [];
  const numbers = given.protocolVersion === 5 ? filters : null;
  return {
    client,
    publish: (topic, payload, options = {}) =>
      patiently(
        client.publishAsync(topic, bytesOf(payload), { qos: 1, ...options }),
        `the acknowledgement of a message on ${topic}`,
      ),
    collect: (filter) => collect(client, filter, numbers),
    end: () => patiently(client.endAsync(true), `the end of a connection to ${url}`),
  };
}

/** @param {string | Buffer | object} payload */
function bytesOf(payload) {
  if (typeof payload === 'string' || Buffer.isBuffer(payload)) return payload;
  return JSON.stringify(payload);
}

/**
 * @param {import('mqtt').MqttClient} client
 * @param {string} filter
 * @param {string[] | null} filters
 * @returns {Promise<Collection>}
 */
async function collect(client, filter, filters) {
  /** @type {Arrivals<Message>} */
  const arrivals = new Arrivals((messages) =>
    messages.map(({ topic, text }) => `${topic} ${text}`).join('\n'),
  );
  if (filters && !filters.includes(filter)) filters.push(filter);
  const subscriptionIdentifier = (filters?.indexOf(filter) ?? -1) + 1;
  client.on('message', (topic, payload, { retain, properties }) => {
    const meant = [properties?.subscriptionIdentifier ?? subscriptionIdentifier].flat();
    if (!matches(filter, topic) || !meant.includes(subscriptionIdentifier)) return;
    const text = payload.toString('utf8');
    arrivals.add({ topic, text, retain, json: jsonOf(text) });
  });
  // With "retain as published" a message says the same whether it comes before or after the subscription.
  await patiently(
    client.subscribeAsync(filter, {
      ...{ qos: 1, rap: true },
      ...(filters && { properties: { subscriptionIdentifier } }),
    }),
    `the subscription to ${filter}`,
  );
  return {
    messages: arrivals.items,
    waitFor: (predicate, options) =>
      arrivals.waitFor(predicate, { what: `a message on ${filter}`, ...options }),
    waitForCount: (count, options) =>
      arrivals.waitForCount(count, { what: `${count} messages on ${filter}`, ...options }),
  };
}

/** @param {string} text */
function jsonOf(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * @param {string} filter
 * @param {string} topic
 */
function matches(filter, topic) {
  const wanted = filter.split('/');
  const levels = topic.split('/');
  const ends = wanted.at(-1) === '#';
  if (ends ? levels.length < wanted.length - 1 : levels.length !== wanted.length) return false;
  return wanted.every((level, at) => level === '#' || level === '+' || level === levels[at]);
}
