// What Home Assistant is told: when, in which order, and what is taken away again.
import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { runNudge, startBridge, writeSettings } from './support/bridge.mjs';
import { startBroker } from './support/broker.mjs';
import { connect } from './support/mqtt.mjs';
import { scratchDirectory } from './support/scratch.mjs';

const BRIDGE = 'homeassistant/device/nudge_bridge_nudge/config';
const topicOf = (/** @type {string} */ user) => `homeassistant/device/nudge_${user}_nudge/config`;

/** @typedef {import('./support/mqtt.mjs').Message} Message */

/** A broker, a bridge, and somebody who listens below Home Assistant's prefix. */
class World {
  /**
   * @param {string} dir
   * @param {import('./support/broker.mjs').Broker} broker
   * @param {import('./support/mqtt.mjs').Client} client
   * @param {import('./support/mqtt.mjs').Collection} told
   */
  constructor(dir, broker, client, told) {
    this.dir = dir;
    this.broker = broker;
    this.client = client;
    this.told = told;
    /** @type {import('./support/process.mjs').Started | undefined} */
    this.bridge = undefined;
  }

  /** @param {Record<string, string>} [homeassistant] */
  async startBridge(homeassistant = {}) {
    const settings = await writeSettings(this.dir, {
      mqtt: { url: this.broker.url },
      ...(Object.keys(homeassistant).length > 0 && { homeassistant }),
    });
    this.bridge = await startBridge({ settings });
  }

  /** @param {Record<string, string>} [homeassistant] */
  async restartBridge(homeassistant) {
    await this.bridge?.stop();
    await this.startBridge(homeassistant);
  }

  /** @param {string} user */
  addDevice(user) {
    return this.client.publish(`nudge/${user}/device/phone`, { platform: 'log' }, { retain: true });
  }

  /** @param {string} user */
  removeDevice(user) {
    return this.client.publish(`nudge/${user}/device/phone`, '', { retain: true });
  }

  /** @param {string} [text] */
  beThere(text = 'online') {
    return this.client.publish('homeassistant/status', text, { qos: 0 });
  }

  /** All that was said so far has been done: an event after it was. */
  async settle() {
    const receipts = await this.client.collect('nudge/settling/receipt');
    await this.client.publish('nudge/settling/event', { kind: 'note' });
    await receipts.waitFor(({ json }) => json.reason === 'no-device');
  }

  /**
   * @param {string} topic
   * @param {number} [from] an index into what was told
   */
  announced(topic, from = 0) {
    return this.told.waitFor((message) => message.topic === topic && message.text !== '', { from });
  }

  /**
   * @param {string} topic
   * @param {number} [from]
   */
  cleared(topic, from = 0) {
    return this.told.waitFor((message) => message.topic === topic && message.text === '', { from });
  }

  /** What the broker has now, by a client that comes anew. */
  async retained() {
    const client = await connect(this.broker.url);
    const all = await client.collect('homeassistant/#');
    await client.publish('homeassistant/end', 'x');
    await all.waitFor(({ topic }) => topic.endsWith('/end'));
    await client.end();
    return all.messages.filter(({ topic }) => topic.endsWith('/config')).map(({ topic }) => topic);
  }

  /** @param {(message: Message) => boolean} is */
  count(is) {
    return this.told.messages.filter(is).length;
  }
}

/** @param {import('node:test').TestContext} t */
async function setWorld(t) {
  const dir = await scratchDirectory(t);
  const broker = await startBroker({ dir: join(dir, 'broker') });
  const client = await connect(broker.url);
  const world = new World(dir, broker, client, await client.collect('homeassistant/+/+/#'));
  t.after(async () => {
    await client.end();
    await world.bridge?.stop();
    await broker.stop();
  });
  return world;
}

const isBridge = (/** @type {Message} */ { topic, text }) => topic === BRIDGE && text !== '';

test('whoever asked for it finds the bridge, and then each person', async (t) => {
  const world = await setWorld(t);
  await world.addDevice('alice');
  await world.client.publish('nudge/bob/prefs', {}, { retain: true });
  await world.client.publish('nudge/carl/presence/desk', 'foreground', { retain: true });
  await world.startBridge({ discovery: 'device' });

  const { json, retain } = await world.announced(topicOf('alice'));
  assert.equal(retain, true);
  assert.equal(json.dev.name, 'nudge alice');
  await world.announced(topicOf('bob'));
  await world.settle();
  assert.deepEqual(world.told.messages.map(({ topic }) => topic).sort(), [
    topicOf('alice'),
    topicOf('bob'),
    BRIDGE,
  ]);
  assert.equal(world.told.messages[0]?.topic, BRIDGE);
  assert.equal(json.via_device ?? json.dev.via_device, world.told.messages[0]?.json.dev.ids[0]);
});

test('a broker without Home Assistant is not bothered', async (t) => {
  const world = await setWorld(t);
  await world.addDevice('alice');
  await world.startBridge();
  await world.settle();
  await world.restartBridge();
  await world.settle();
  assert.equal(world.told.messages.length, 0);

  await world.beThere();
  await world.announced(topicOf('alice'));
  assert.equal(world.told.messages[0]?.topic, BRIDGE);

  // And is known from then on, though it does not say so again.
  const from = world.told.messages.length;
  await world.restartBridge();
  await world.announced(topicOf('alice'), from);
});

test('Home Assistant that starts is told once, however often it says so', async (t) => {
  const world = await setWorld(t);
  await world.addDevice('alice');
  await world.startBridge({ discovery: 'device' });
  await world.announced(topicOf('alice'));
  for (let i = 0; i < 5; i++) {
    const from = world.told.messages.length;
    for (const text of ['online', 'offline', 'online', 'online', 'online'])
      await world.beThere(text);
    await world.announced(topicOf('alice'), from);
  }
  await world.beThere('offline');
  await world.settle();
  assert.equal(world.count(isBridge), 1 + 5);
});

test('a retained birth is no new one', async (t) => {
  const world = await setWorld(t);
  await world.client.publish('homeassistant/status', 'online', { retain: true });
  await world.startBridge();
  await world.announced(BRIDGE);
  await world.restartBridge();
  await world.beThere();
  await world.told.waitFor(() => world.count(isBridge) === 3);
  await world.settle();
  assert.equal(world.count(isBridge), 3);
});

test('a person is announced when she comes, and taken away when nothing of hers is left', async (t) => {
  const world = await setWorld(t);
  await world.startBridge({ discovery: 'device' });
  await world.announced(BRIDGE);
  await world.addDevice('alice');
  await world.announced(topicOf('alice'));
  await world.client.publish('nudge/alice/prefs/set', { min_duration_s: 5 });
  const prefs = await world.client.collect('nudge/alice/prefs');
  await prefs.waitForCount(1);
  await world.removeDevice('alice');
  await world.settle();
  assert.deepEqual((await world.retained()).sort(), [topicOf('alice'), BRIDGE]);

  await world.client.publish('nudge/alice/prefs', '', { retain: true });
  await world.cleared(topicOf('alice'));
  const from = world.told.messages.length;
  await world.addDevice('alice');
  await world.announced(topicOf('alice'), from);
});

test('a broker that forgot is told again', async (t) => {
  const world = await setWorld(t);
  await world.startBridge({ discovery: 'device' });
  await world.addDevice('alice');
  await world.announced(topicOf('alice'));
  await world.broker.kill();
  await rm(join(world.broker.dir, 'mosquitto.db'), { force: true });
  const from = world.told.messages.length;
  await world.broker.restart();
  await world.announced(topicOf('alice'), from);
  assert.equal(world.told.messages[from]?.topic, BRIDGE);
});

test('what was deleted in Home Assistant comes back with its next start', async (t) => {
  const world = await setWorld(t);
  await world.startBridge({ discovery: 'device' });
  await world.addDevice('alice');
  await world.announced(topicOf('alice'));
  await world.client.publish(topicOf('alice'), '', { retain: true });
  await world.cleared(topicOf('alice'));
  const from = world.told.messages.length;
  await world.beThere();
  await world.announced(topicOf('alice'), from);
});

test('another form or prefix takes the old one away first, and "off" all of it', async (t) => {
  const world = await setWorld(t);
  await world.startBridge({ discovery: 'device' });
  await world.addDevice('alice');
  await world.announced(topicOf('alice'));

  let from = world.told.messages.length;
  await world.restartBridge({ discovery: 'component' });
  await world.announced('homeassistant/notify/nudge_alice_nudge/notify/config', from);
  const later = world.told.messages.slice(from);
  assert.deepEqual(
    later.slice(0, 2).map(({ topic, text }) => [topic, text]),
    [
      [topicOf('alice'), ''],
      [BRIDGE, ''],
    ],
  );
  const retained = await world.retained();
  assert.equal(retained.length, 8 + 15);
  assert.ok(retained.every((topic) => topic.split('/').length === 5));

  from = world.told.messages.length;
  const elsewhere = await world.client.collect('home/ha/#');
  await world.restartBridge({ prefix: 'home/ha' });
  await elsewhere.waitFor(({ topic }) => topic === 'home/ha/device/nudge_alice_nudge/config');
  await world.settle();
  assert.equal(world.told.messages.slice(from).filter(({ text }) => text === '').length, 8 + 15);
  assert.equal((await world.retained()).length, 0);

  await world.restartBridge({ prefix: 'home/ha', discovery: 'off' });
  await world.settle();
  assert.equal(elsewhere.messages.filter(({ text }) => text === '').length, 2);
  const before = elsewhere.messages.length;
  await world.client.publish('home/ha/status', 'online');
  await world.addDevice('bob');
  await world.settle();
  assert.deepEqual(
    elsewhere.messages.slice(before).map(({ topic }) => topic),
    ['home/ha/status'],
  );
});

test('many people are announced, none of them twice', async (t) => {
  const world = await setWorld(t);
  const people = Array.from({ length: 50 }, (_, i) => `person${i}`);
  for (const person of people) await world.addDevice(person);
  await world.startBridge({ discovery: 'device' });
  await world.told.waitForCount(51);
  await world.settle();
  assert.equal(world.told.messages.length, 51);
  assert.equal((await world.retained()).length, 51);
});

test('a broker that lets the bridge neither listen nor write there is served all the same', async (t) => {
  const dir = await scratchDirectory(t);
  const acl = join(dir, 'acl');
  const { writeFile } = await import('node:fs/promises');
  await writeFile(acl, 'topic readwrite nudge/#\nuser watcher\ntopic read #\n');
  const broker = await startBroker({
    dir: join(dir, 'broker'),
    extra: [`acl_file ${acl}`],
    users: { watcher: 'secret' },
    anonymous: true,
  });
  const watcher = await connect(broker.url, { username: 'watcher', password: 'secret' });
  const client = await connect(broker.url);
  const told = await watcher.collect('homeassistant/#');
  const receipts = await client.collect('nudge/alice/receipt');
  const settings = await writeSettings(dir, {
    mqtt: { url: broker.url },
    homeassistant: { discovery: 'device' },
  });
  const bridge = await startBridge({ settings });
  t.after(async () => {
    await Promise.all([watcher.end(), client.end()]);
    await bridge.stop();
    await broker.stop();
  });
  await client.publish('nudge/alice/device/phone', { platform: 'log' }, { retain: true });
  await client.publish('nudge/alice/event', { kind: 'note', body: 'ding' });
  await receipts.waitFor(({ json }) => json.state === 'pushed');
  assert.equal(told.messages.length, 0);
  await bridge.waitForLine(/warn .*Home Assistant hears nothing of us.* homeassistant: .*uthor/);
  const doctor = await runNudge(['doctor', '-c', settings]);
  assert.match(doctor.lines.join('\n'), /^warn  homeassistant +Home Assistant cannot find us: /m);
  assert.equal(bridge.lines.filter((line) => /no connection/.test(line)).length, 0);
});
