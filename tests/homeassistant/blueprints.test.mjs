// The blueprints of packaging/homeassistant in a real Home Assistant: what they do to its phone, its
// speaker and our topics.
import assert from 'node:assert/strict';
import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startBridge, writeSettings } from '../e2e/support/bridge.mjs';
import { startBroker } from '../e2e/support/broker.mjs';
import { connect } from '../e2e/support/mqtt.mjs';
import { scratchDirectory } from '../e2e/support/scratch.mjs';
import { prepareHass } from './support/hass.mjs';

const blueprints = fileURLToPath(new URL('../../packaging/homeassistant', import.meta.url));

const AUTOMATIONS = `
- id: answer
  alias: answer
  use_blueprint:
    path: nudge/answer.yaml
    input:
      event: event.nudge_me_event
      notify: script.phone
      page: https://nudge.example
- id: sign
  alias: sign
  use_blueprint:
    path: nudge/answer.yaml
    input:
      event: event.nudge_other_event
      notify: script.tablet
      signer: script.sign
- id: presence
  alias: presence
  use_blueprint:
    path: nudge/presence.yaml
    input:
      desk: input_boolean.at_desk
      person: binary_sensor.nudge_me_needs_me
- id: speak
  alias: speak
  use_blueprint:
    path: nudge/speak.yaml
    input:
      needs_me: binary_sensor.nudge_me_needs_me
      minutes: 0
      voice: tts.test
      speaker: media_player.kitchen
`;
const SETTINGS = `
input_boolean:
  at_desk:
    name: At the desk
script:
  phone:
    fields:
      message:
        description: x
    sequence: []
  tablet:
    sequence: []
  sign:
    sequence: []
tts:
`;
// Stands in for a voice: takes what it is to say.
const VOICE = `
async def async_setup(hass, config):
    async def speak(call):
        pass
    hass.services.async_register("tts", "speak", speak)
    return True
`;
const MANIFEST = {
  ...{ domain: 'tts', name: 'A voice', version: '1.0.0', documentation: 'https://example.org' },
  ...{ codeowners: [], dependencies: [], requirements: [], iot_class: 'calculated' },
};

/** @type {import('./support/hass.mjs').Hass} */
let hass;
/** @type {import('../e2e/support/mqtt.mjs').Client} */
let client;
/** @type {import('../e2e/support/mqtt.mjs').Collection} */
let heard;
/** @type {Array<() => Promise<any>>} */
const ends = [];
let requests = 0;

before(async () => {
  const dir = await scratchDirectory({ after: (end) => void ends.unshift(end) });
  const broker = await startBroker({ dir: join(dir, 'broker') });
  ends.unshift(() => broker.stop());
  client = await connect(broker.url);
  ends.unshift(() => client.end());
  heard = await client.collect('#');
  for (const user of ['me', 'other'])
    await client.publish(`nudge/${user}/device/phone`, { platform: 'log' }, { retain: true });
  const settings = await writeSettings(dir, {
    mqtt: { url: broker.url },
    homeassistant: { discovery: 'device' },
  });
  const bridge = await startBridge({ settings });
  ends.unshift(() => bridge.stop());
  hass = await prepareHass(AUTOMATIONS, SETTINGS);
  ends.unshift(() => rm(hass.dir, { recursive: true, force: true }));
  await cp(blueprints, join(hass.dir, 'blueprints/automation/nudge'), { recursive: true });
  const voice = join(hass.dir, 'custom_components/tts');
  await mkdir(voice, { recursive: true });
  await writeFile(join(voice, 'manifest.json'), JSON.stringify(MANIFEST));
  await writeFile(join(voice, '__init__.py'), VOICE);
  ends.unshift(() => hass.stop());
  await hass.start();
  await hass.addBroker(broker.port);
  await hass.is('sensor.nudge_me_waiting', '0'); // it hears us
  for (const name of ['answer', 'sign', 'presence', 'speak'])
    await hass.is(`automation.${name}`, 'on');
});

after(async () => {
  for (const end of ends) await end();
});

/** What a service is called with from now on. @param {string} domain @param {string} service */
async function called(domain, service, from = hass.arrivals.items.length) {
  const { event } = await hass.arrivals.waitFor(
    ({ event }) =>
      event?.event_type === 'call_service' &&
      event.data.domain === domain &&
      event.data.service === service,
    { from, what: `${domain}.${service}` },
  );
  return event.data.service_data;
}

/** @param {Record<string, any>} [event] */
async function ask(event = {}) {
  const request = { id: `per_${++requests}`, nonce: `nonce-${requests}_` };
  const from = hass.arrivals.items.length;
  await client.publish('nudge/me/event', {
    ...{ kind: 'permission.asked', request, session: { id: 'ses_1', title: 'Fix login' } },
    ...{ host: 'pc', project: { name: 'webshop' }, body: 'rm -rf build' },
    ask: { tool: 'bash', input: 'rm -rf build', patterns: [], always: [], cut: false },
    ...event,
  });
  return { request, shown: await called('script', 'phone', from) };
}

/** As the app does. @param {string} action */
const tap = (action) => hass.post('/api/events/mobile_app_notification_action', { action });

const reply = (/** @type {number} */ from) =>
  heard.waitFor(({ topic }) => topic === 'nudge/me/reply', { from });

test('a permission comes to the phone, and what is tapped goes to the agent', async () => {
  const { request, shown } = await ask();
  assert.equal(shown.title, 'Permission: Fix login - webshop - pc');
  assert.equal(shown.message, 'Allow this?\nrm -rf build');
  assert.equal(shown.data.tag, `nudge-${request.id}`);
  const titles = shown.data.actions.map((/** @type {any} */ { title }) => title);
  assert.deepEqual(titles, ['Allow once', 'Reject', 'Open']);
  assert.equal(shown.data.actions[2].uri, 'https://nudge.example');

  let from = heard.messages.length;
  await tap(shown.data.actions[0].action);
  const once = await reply(from);
  assert.deepEqual(once.json, { request: request.id, nonce: request.nonce, reply: 'once' });
  assert.equal(once.retain, false);
  const seen = hass.arrivals.items.length;
  await client.publish('nudge/me/event', { kind: 'permission.replied', request });
  const cleared = await called('script', 'phone', seen);
  assert.equal(cleared.message, 'clear_notification');
  assert.equal(cleared.data.tag, `nudge-${request.id}`);

  const next = await ask();
  from = heard.messages.length;
  await tap(next.shown.data.actions[1].action);
  assert.equal((await reply(from)).json.reply, 'reject');
});

test('each tap answers what it was shown for, though more was asked since', async () => {
  const [first, second] = [await ask(), await ask()];
  await client.publish('nudge/me/event', { kind: 'note', body: 'the door bell' });
  const from = heard.messages.length;
  await tap(first.shown.data.actions[0].action);
  assert.equal((await reply(from)).json.request, first.request.id);
  const later = heard.messages.length;
  await tap(second.shown.data.actions[0].action);
  assert.equal((await reply(later)).json.nonce, second.request.nonce);
});

test('what is not shown whole cannot be allowed', async () => {
  const ask1 = { tool: 'bash', input: 'x', patterns: [], always: [], cut: true };
  for (const event of [{ body: 'y'.repeat(1500) }, { ask: ask1 }, { body: '' }]) {
    const { shown } = await ask(event);
    const titles = shown.data.actions.map((/** @type {any} */ { title }) => title);
    assert.deepEqual(titles, ['Reject', 'Open']);
    assert.match(shown.message, /^Too long to be allowed here:/);
  }
});

test('what looks like JSON or a template is shown as it is', async () => {
  for (const body of ['["a", 1]', '{"a": 1}', '5', '{{ 1 + 1 }}', 'it\'s "quoted"\nand more']) {
    const { shown } = await ask({ body });
    assert.equal(shown.message, `Allow this?\n${body}`);
  }
});

test('no other tap is an answer', async () => {
  const { request, shown } = await ask();
  const from = heard.messages.length;
  const [good] = shown.data.actions;
  for (const odd of [
    'NUDGE',
    'OTHER',
    '',
    `${good.action}:x`,
    good.action.replace(/once$/, 'always'),
  ])
    await tap(odd);
  await tap(good.action.replace('nudge/me', 'nudge/other'));
  await tap(good.action);
  const { json } = await reply(from);
  assert.deepEqual(json, { request: request.id, nonce: request.nonce, reply: 'once' });
  const replies = heard.messages.slice(from).filter(({ topic }) => /\/reply$/.test(topic));
  assert.equal(replies.length, 1);
});

test('a signer is given what was tapped, and nothing that is no request', async () => {
  const asked = (/** @type {string} */ id, /** @type {string} */ body) =>
    client.publish('nudge/other/event', { kind: 'permission.asked', request: { id }, body });
  const from = hass.arrivals.items.length;
  for (const odd of ['--config=/x', 'per 1', 'per_1\n', 'per;ls', '']) await asked(odd, 'odd');
  await asked('per_99', 'good');
  const shown = await called('script', 'tablet', from);
  assert.match(shown.message, /good$/, 'nothing odd was shown before');
  assert.deepEqual(
    shown.data.actions.map((/** @type {any} */ { title }) => title),
    ['Allow once', 'Reject'],
  );
  const [tapped, said] = [hass.arrivals.items.length, heard.messages.length];
  await tap(shown.data.actions[0].action);
  assert.deepEqual(await called('script', 'sign', tapped), { request: 'per_99', reply: 'once' });
  assert.equal(heard.messages.slice(said).filter(({ topic }) => /reply$/.test(topic)).length, 0);
});

test('who sits at the desk is present, and who leaves is not', async () => {
  await hass.act('input_boolean.turn_on', { entity_id: 'input_boolean.at_desk' });
  await hass.is('binary_sensor.nudge_me_app_open', 'on');
  const { json, retain } = await heard.waitFor(
    ({ topic, json }) => topic === 'nudge/me/presence/homeassistant' && json.state === 'foreground',
  );
  assert.deepEqual([json, retain], [{ state: 'foreground', ttl_s: 150 }, true]);
  await hass.act('input_boolean.turn_off', { entity_id: 'input_boolean.at_desk' });
  await hass.is('binary_sensor.nudge_me_app_open', 'off');
});

test('a speaker says that an agent waits', async () => {
  for (let i = 1; i <= requests; i++)
    await client.publish('nudge/me/event', {
      kind: 'permission.replied',
      request: { id: `per_${i}` },
    });
  await hass.is('binary_sensor.nudge_me_needs_me', 'off');
  const from = hass.arrivals.items.length;
  await ask();
  const said = await called('tts', 'speak', from);
  assert.equal(said.message, 'An agent is waiting for your answer.');
  assert.equal(said.media_player_entity_id, 'media_player.kitchen');
});

test('its log says nothing of them', () => {
  const isOurs = (/** @type {string} */ line) => !/custom integration tts/.test(line);
  assert.deepEqual(hass.complaints().filter(isOurs), []);
});
