// What Home Assistant refuses, silently or with all that comes along, is in none of our messages.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

const lines = readFileSync(new URL('./discovery.tsv', import.meta.url), 'utf8')
  .trim()
  .split('\n');
const messages = lines.map((line) => {
  const [form = '', root = '', bridge = '', user = '', topic = '', payload = ''] = line.split('\t');
  return { form, root, bridge, user, topic, bytes: Buffer.byteLength(payload), ...read(payload) };
});

/** @param {string} payload */
function read(payload) {
  const { cmps, ...rest } = JSON.parse(payload);
  return { payload: rest, entities: cmps ?? {}, ...{ text: payload } };
}

/** Every entity of a message, with what it takes from the message around it. */
function entitiesOf(/** @type {(typeof messages)[number]} */ { payload, entities, form, topic }) {
  if (form === 'device')
    return Object.entries(entities).map(([key, entity]) => ({ key, ...entity }));
  const [, platform, , key] = topic.split('/');
  return [{ key, p: platform, ...payload }];
}

const slug = (/** @type {string} */ text) =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_|_$/g, '');

test('nothing is abbreviated where a whole device would be refused for it', () => {
  for (const { payload, form, text } of messages) {
    assert.equal('~' in payload, false);
    assert.equal(payload.o.name, 'nudge');
    assert.equal(payload.dev.ids.length, 1);
    assert.equal(text.includes('@'), false);
    if (form === 'device') assert.equal('uniq_id' in payload, false);
  }
});

test('an entity is of a platform that Home Assistant knows since 2024.12', () => {
  const known = ['binary_sensor', 'button', 'event', 'notify', 'number', 'sensor', 'switch'];
  for (const message of messages)
    for (const { p } of entitiesOf(message)) assert.ok(known.includes(p), p);
});

test('its id is that of its names, so that it is the same in every version', () => {
  for (const message of messages)
    for (const { key, p, name, def_ent_id } of entitiesOf(message)) {
      assert.equal(slug(name), key);
      assert.equal(def_ent_id, `${p}.${slug(`${message.payload.dev.name} ${name}`)}`);
    }
});

test('no two entities are one', () => {
  for (const form of ['device', 'component']) {
    const all = messages.filter((message) => message.form === form).flatMap(entitiesOf);
    assert.equal(new Set(all.map(({ uniq_id }) => uniq_id)).size, all.length);
    assert.equal(new Set(all.map(({ def_ent_id }) => def_ent_id)).size, all.length);
  }
});

test('both forms tell the same of an entity', () => {
  const of = (/** @type {string} */ form) =>
    messages
      .filter((message) => message.form === form)
      .flatMap((message) =>
        entitiesOf(message).map(({ avty, dev, o, qos, ...entity }) => ({
          ...entity,
          ...{ avty: message.payload.avty, dev: message.payload.dev },
        })),
      );
  assert.deepEqual(of('component'), of('device'));
});

test('topics hold nothing that a topic of Home Assistant may not', () => {
  for (const { topic, bytes, form } of messages) {
    assert.match(topic, /^homeassistant(\/[a-zA-Z0-9_-]+){2,3}\/config$/);
    assert.equal(topic.split('/').length, form === 'device' ? 4 : 5);
    assert.ok(bytes < 16_384, 'far below what a broker takes');
  }
});

test('a sensor is no setting, and a person hangs on a bridge that is announced', () => {
  const bridges = messages
    .filter(({ user, form }) => user === '' && form === 'device')
    .map(({ payload }) => payload.dev.ids[0]);
  for (const message of messages) {
    for (const { p, ent_cat } of entitiesOf(message))
      assert.ok(!/sensor/.test(p) || ent_cat !== 'config');
    const { via_device } = message.payload.dev;
    assert.equal(via_device !== undefined, message.user !== '');
    if (via_device) assert.ok(bridges.includes(via_device));
  }
});

test('what is written is a topic that the bridge reads', () => {
  for (const message of messages)
    for (const { cmd_t } of entitiesOf(message)) {
      if (cmd_t === undefined) continue;
      const own = message.user === '' ? `bridge/${message.bridge}` : message.user;
      const leaves = message.user === '' ? ['request/reload'] : ['event', 'prefs/set'];
      assert.ok(leaves.some((leaf) => cmd_t === `${message.root}/${own}/${leaf}`));
    }
});
