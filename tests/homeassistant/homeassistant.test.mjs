// What a person does in Home Assistant, done in a real one: it sees the bridge and each person,
// drives them, and its log says nothing of us.
import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { startBridge, writeSettings } from '../e2e/support/bridge.mjs';
import { startBroker } from '../e2e/support/broker.mjs';
import { connect } from '../e2e/support/mqtt.mjs';
import { scratchDirectory } from '../e2e/support/scratch.mjs';
import { prepareHass } from './support/hass.mjs';

const PERSON = [
  ...['binary_sensor.nudge_me_needs_me', 'sensor.nudge_me_waiting', 'sensor.nudge_me_running'],
  ...['sensor.nudge_me_last_event', 'event.nudge_me_event', 'switch.nudge_me_notifications'],
  ...['switch.nudge_me_do_not_disturb', 'number.nudge_me_snooze', 'sensor.nudge_me_snoozed_until'],
  ...['binary_sensor.nudge_me_quiet_now', 'binary_sensor.nudge_me_app_open'],
  ...['sensor.nudge_me_devices', 'binary_sensor.nudge_me_problem'],
  ...['button.nudge_me_test', 'notify.nudge_me_notify'],
];
const BRIDGE = [
  ...['binary_sensor.nudge_bridge_nudge_connection', 'binary_sensor.nudge_bridge_nudge_problem'],
  ...['sensor.nudge_bridge_nudge_waiting', 'sensor.nudge_bridge_nudge_sent'],
  ...['sensor.nudge_bridge_nudge_failed', 'sensor.nudge_bridge_nudge_last_error'],
  ...['sensor.nudge_bridge_nudge_version', 'button.nudge_bridge_nudge_reload'],
];
const NO_LIMIT = { rate: { burst: 1_000_000, per_minute: 1_000_000 } };

/** @type {import('./support/hass.mjs').Hass} */
let hass;
/** @type {import('../e2e/support/broker.mjs').Broker} */
let broker;
/** @type {import('../e2e/support/mqtt.mjs').Client} */
let client;
/** @type {import('../e2e/support/mqtt.mjs').Collection} */
let heard;
/** @type {import('../e2e/support/process.mjs').Started} */
let bridge;
let dir = '';
let events = 0;

/** @type {Array<() => Promise<any>>} */
const ends = [];

/** @param {string} form */
async function beginBridge(form) {
  const settings = await writeSettings(dir, {
    mqtt: { url: broker.url },
    homeassistant: { discovery: form },
  });
  bridge = await startBridge({ settings });
}

/** @param {string} leaf @param {string | Buffer | object} payload @param {boolean} [retain] */
const say = (leaf, payload, retain = false) =>
  client.publish(`nudge/me/${leaf}`, payload, { retain });

/** @param {(json: any) => boolean} is @param {number} [from] */
const receipt = (is, from = 0) =>
  heard.waitFor(({ topic, json }) => topic === 'nudge/me/receipt' && is(json), { from });

/** @param {(attributes: Record<string, any>) => boolean} is */
const shows = async (is) =>
  (await hass.is('event.nudge_me_event', ({ attributes }) => is(attributes))).attributes;

/** What the event entity shows of an event. @param {Record<string, any>} event */
async function shownOf(event) {
  const id = `evt_${++events}`;
  await say('event', { id, ...event });
  return shows((attributes) => attributes.id === id);
}

before(async () => {
  dir = await scratchDirectory({ after: (end) => void ends.unshift(end) });
  broker = await startBroker({ dir: join(dir, 'broker') });
  ends.unshift(() => broker.stop());
  client = await connect(broker.url);
  ends.unshift(() => client.end());
  heard = await client.collect('#');
  await say('device/phone', { platform: 'log', prefs: NO_LIMIT }, true);
  await beginBridge('device');
  ends.unshift(() => bridge.stop());
  hass = await prepareHass();
  ends.unshift(() => rm(hass.dir, { recursive: true, force: true }));
  ends.unshift(() => hass.stop());
  await hass.start();
  await hass.addBroker(broker.port);
});

after(async () => {
  for (const end of ends) await end();
});

/** All of it, with values that are known. */
async function seesAll() {
  for (const id of [...PERSON, ...BRIDGE]) await hass.is(id, /^(?!unavailable)/);
  await hass.is('switch.nudge_me_notifications', 'on');
  await hass.is('switch.nudge_me_do_not_disturb', 'off');
  await hass.is('sensor.nudge_me_devices', '1');
  await hass.is('binary_sensor.nudge_bridge_nudge_connection', 'on');
  await hass.is('binary_sensor.nudge_bridge_nudge_problem', 'off');
  await hass.is('binary_sensor.nudge_me_problem', 'off');
  await hass.is('sensor.nudge_bridge_nudge_version', /^\d+\.\d+/);
  for (const name of ['waiting', 'sent', 'failed'])
    await hass.is(`sensor.nudge_bridge_nudge_${name}`, /^\d+$/);
}

async function drivesAll() {
  await hass.act('switch.turn_off', { entity_id: 'switch.nudge_me_notifications' });
  await hass.is('switch.nudge_me_notifications', 'off');
  let from = heard.messages.length;
  await say('event', { kind: 'note', body: 'not now' });
  await receipt(({ reason }) => reason === 'disabled', from);
  await hass.act('switch.turn_on', { entity_id: 'switch.nudge_me_notifications' });
  await hass.is('switch.nudge_me_notifications', 'on');

  from = heard.messages.length;
  await hass.act('button.press', { entity_id: 'button.nudge_me_test' });
  await receipt(({ state }) => state === 'pushed', from);
  await hass.is('sensor.nudge_me_last_event', 'test');

  for (const message of ['The "washing" is {done}\nreally', '{"kind":"test"}', '{{ 1 + 1 }} 🚀']) {
    await hass.act('notify.send_message', { entity_id: 'notify.nudge_me_notify', message });
    await shows(({ event_type, body }) => event_type === 'note' && body === message);
  }
  from = heard.messages.length;
  await hass.act('notify.send_message', { entity_id: 'notify.nudge_me_notify', message: 'ding' });
  await receipt(({ state }) => state === 'pushed', from);
}

test('it finds each person and the bridge, with the ids that their names say', seesAll);

test('its switch, button and notify do what they say', drivesAll);

test('a request is needed, listed and shown, until it is answered', async () => {
  const request = { id: 'per_1', nonce: 'n1' };
  const session = { id: 'ses_1', title: 'Fix login', parent: null };
  const shown = await shownOf({
    ...{ kind: 'permission.asked', request, session, host: 'pc', body: 'rm -rf build' },
    project: { name: 'webshop', directory: '/home/a/webshop' },
    ask: { tool: 'bash', input: 'rm -rf build', patterns: [], always: [], cut: false },
  });
  assert.equal(shown.event_type, 'permission.asked');
  assert.equal(shown.topic, 'nudge/me');
  assert.equal(shown.body, 'rm -rf build');
  assert.equal(shown.cut, false);
  assert.equal(shown.project, 'webshop');
  assert.deepEqual(shown.request, request);
  assert.deepEqual(shown.session, { id: 'ses_1', title: 'Fix login' });
  await hass.is('binary_sensor.nudge_me_needs_me', 'on');
  const waiting = await hass.is('sensor.nudge_me_waiting', '1');
  assert.deepEqual(waiting.attributes.asks[0].request, request);
  const last = await hass.is('sensor.nudge_me_last_event', 'permission.asked');
  assert.equal(last.attributes.project, 'webshop');
  assert.equal(last.attributes.host, 'pc');
  assert.equal(last.attributes.session, 'ses_1');

  await say('event', { kind: 'permission.replied', session, request });
  await hass.is('binary_sensor.nudge_me_needs_me', 'off');
  await shows(({ event_type }) => event_type === 'permission.replied');
  await hass.is('sensor.nudge_me_last_event', 'permission.asked');
});

test('what is not shown whole says so', async () => {
  const ask = { tool: 'bash', input: 'x', patterns: [], always: [], cut: false };
  for (const [body, cut, isCut] of [
    ['y'.repeat(1000), false, false],
    ['y'.repeat(1001), false, true],
    ['ü'.repeat(760), false, true], // a publisher cuts bytes
    ['short', true, true],
    ['', false, true],
  ]) {
    const event = { kind: 'permission.asked', request: { id: 'p' }, body, ask: { ...ask, cut } };
    const shown = await shownOf(event);
    assert.equal(shown.cut, isCut, String(body).slice(0, 5));
  }
  await say('event', { kind: 'permission.replied', request: { id: 'p' } });
  await hass.is('sensor.nudge_me_waiting', '0');
});

test('snooze and "do not disturb" defer, and show until when', async () => {
  await hass.act('number.set_value', { entity_id: 'number.nudge_me_snooze', value: 30 });
  await hass.is('number.nudge_me_snooze', '30');
  await hass.is('sensor.nudge_me_snoozed_until', /^20\d\d-/);
  await hass.is('switch.nudge_me_do_not_disturb', 'on');
  const from = heard.messages.length;
  await say('event', { kind: 'note', body: 'later' });
  await receipt(({ state, reason }) => state === 'deferred' && reason === 'snoozed', from);
  await hass.act('number.set_value', { entity_id: 'number.nudge_me_snooze', value: 0 });
  await hass.is('number.nudge_me_snooze', '0');
  await hass.is('sensor.nudge_me_snoozed_until', 'unknown');

  await hass.act('switch.turn_on', { entity_id: 'switch.nudge_me_do_not_disturb' });
  await hass.is('switch.nudge_me_do_not_disturb', 'on');
  await hass.is('number.nudge_me_snooze', '1440');
  await hass.is('sensor.nudge_me_snoozed_until', 'unknown');
  await hass.act('switch.turn_off', { entity_id: 'switch.nudge_me_do_not_disturb' });
  await hass.is('switch.nudge_me_do_not_disturb', 'off');
  await hass.is('number.nudge_me_snooze', '0');
});

test('quiet hours, an open app and running agents are seen', async () => {
  const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
  await say('prefs/set', {
    quiet: [
      { days, from: '00:00', to: '12:00', tz: 'UTC' },
      { days, from: '12:00', to: '00:00', tz: 'UTC' },
    ],
  });
  await hass.is('binary_sensor.nudge_me_quiet_now', 'on');
  await say('prefs/set', { quiet: [] });
  await hass.is('binary_sensor.nudge_me_quiet_now', 'off');
  await say('presence/phone', 'foreground', true);
  await hass.is('binary_sensor.nudge_me_app_open', 'on');
  await say('presence/phone', 'background', true);
  await hass.is('binary_sensor.nudge_me_app_open', 'off');
  await say('agent/pc', { state: 'online', running: 2, waiting: 0, sessions: [] }, true);
  await hass.is('sensor.nudge_me_running', '2');
  await say('agent/pc', { state: 'offline' }, true);
  await hass.is('sensor.nudge_me_running', '0');
});

test('the bridge reloads when its button is pressed', async () => {
  const from = heard.messages.length;
  await hass.act('button.press', { entity_id: 'button.nudge_bridge_nudge_reload' });
  await heard.waitFor(({ topic }) => topic === 'nudge/bridge/nudge/response/reload', { from });
});

test('an odd event does no harm', async () => {
  for (const text of ['a {{ states.sensor | list }} b', '[1,2]', '5', 'true', '{"kind":']) {
    await say('event', text);
    await shows(({ event_type, body }) => event_type === 'note' && body === text);
  }
  const evil = await shownOf({
    ...{ kind: 'note', event_type: 'boo', friendly_name: 'evil', device_class: 'doorbell' },
    ...{ body: { deep: ['x'] }, title: 5, session: 'x', project: [1], request: 7, ask: 'no' },
    ...{ icon: 'mdi:skull', topic: 'nudge/other', cut: false },
  });
  assert.equal(evil.event_type, 'note');
  assert.equal(evil.friendly_name, 'nudge me Event');
  assert.equal(evil.icon, 'mdi:bell-ring');
  assert.equal(evil.device_class, undefined);
  assert.equal(evil.topic, 'nudge/me');
  assert.equal(evil.title, '5');
  for (const odd of ['{"kind":"party"}', '{"body":"x"}', '{"kind":["note"]}', '{"kind":null}'])
    await say('event', odd);
  const long = await shownOf({ kind: 'note', body: 'y'.repeat(60_000), title: 'z'.repeat(5000) });
  assert.equal(long.body.length, 1000);
  assert.ok(JSON.stringify(long).length < 8000, 'the recorder keeps 16 KiB');
});

test('trouble with a push service is shown, with the words of the bridge', async () => {
  const topic = (/** @type {string} */ leaf) => `nudge/bridge/nudge/${leaf}`;
  const now = (/** @type {string} */ leaf) =>
    heard.messages.filter((message) => message.topic === topic(leaf)).at(-1)?.json;
  const warning = { ts: 1, service: 'apns', reason: 'BadDeviceToken', gone: false };
  // In the place of a bridge that has it.
  const info = { ...now('info'), warnings: [warning], failing_devices: 2 };
  await client.publish(topic('info'), info, { retain: true });
  const state = heard.messages.filter((message) => message.topic === 'nudge/me/state').at(-1)?.json;
  const lost = { ...warning, device: 'phone', gone: true };
  await client.publish('nudge/me/state', { ...state, warnings: [lost] }, { retain: true });
  const health = {
    ...now('health'),
    ...{ service_sent_total: { apns: 3, log: 4 }, service_failed_total: { apns: 2 } },
    last_error: { ts: 1, service: 'apns', reason: 'BadDeviceToken' },
  };
  await client.publish(topic('health'), health, { retain: true });
  const problem = await hass.is('binary_sensor.nudge_bridge_nudge_problem', 'on');
  assert.deepEqual(problem.attributes.warnings, [warning]);
  assert.equal(problem.attributes.failing_devices, 2);
  const own = await hass.is('binary_sensor.nudge_me_problem', 'on');
  assert.deepEqual(own.attributes.warnings, [lost]);
  await hass.is('sensor.nudge_bridge_nudge_last_error', 'apns: BadDeviceToken');
  await hass.is('sensor.nudge_bridge_nudge_sent', '7');
  await hass.is('sensor.nudge_bridge_nudge_failed', '2');
});

test('a bridge that is killed is unavailable, and what hangs on it', async () => {
  await bridge.kill();
  await hass.is('binary_sensor.nudge_bridge_nudge_connection', 'off');
  await hass.is('sensor.nudge_me_waiting', 'unavailable');
  await hass.is('button.nudge_me_test', 'unavailable');
  await beginBridge('device');
  await seesAll();
});

test('it knows all of it again after its own start', async () => {
  const shown = hass.states.get('event.nudge_me_event')?.state;
  await hass.stop();
  const from = heard.messages.length;
  await hass.start();
  await seesAll();
  await hass.is('event.nudge_me_event', String(shown));
  const birth = ({ topic = '', text = '' }) =>
    topic === 'homeassistant/status' && text === 'online';
  await heard.waitFor(birth, { from });
  await heard.waitFor(({ topic }) => topic === 'homeassistant/device/nudge_me_nudge/config', {
    from,
  });
});

test('a device that is deleted comes back when it is announced', async () => {
  const devices = await hass.command({ type: 'config/device_registry/list' });
  const { id, config_entries } = devices.find((/** @type {any} */ d) => d.name === 'nudge me');
  const bridge = devices.find((/** @type {any} */ d) => d.name === 'nudge bridge nudge');
  assert.equal(devices.find((/** @type {any} */ d) => d.id === id).via_device_id, bridge.id);
  await hass.command({
    type: 'config/device_registry/remove_config_entry',
    ...{ device_id: id, config_entry_id: config_entries[0] },
  });
  await hass.until(() => !hass.states.has('sensor.nudge_me_waiting'), 'the device is gone');
  await client.publish('homeassistant/status', 'online', { qos: 0 });
  await seesAll();
});

test('a person comes and goes', async () => {
  const device = 'nudge/Anna-Lena_/device/phone';
  await client.publish(device, { platform: 'log' }, { retain: true });
  await hass.is('sensor.nudge_anna_lena_devices', '1');
  await client.publish(device, '', { retain: true });
  await hass.until(() => !hass.states.has('sensor.nudge_anna_lena_devices'), 'she is gone');
});

test('a broker without memory changes nothing', async () => {
  await broker.kill();
  await rm(join(broker.dir, 'mosquitto.db'), { force: true });
  await broker.restart();
  await hass.is('sensor.nudge_me_waiting', 'unavailable');
  await hass.is('sensor.nudge_me_waiting', '0');
  await seesAll();
});

/** The bridge in another form: every entity goes, and comes anew. @param {string} form */
async function changeForm(form) {
  await bridge.stop();
  await hass.is('sensor.nudge_me_waiting', 'unavailable');
  const gone = [...PERSON, ...BRIDGE].map((id) =>
    hass.until(() => !hass.states.has(id), `${id} is gone`),
  );
  await beginBridge(form);
  await Promise.all(gone);
  await seesAll();
}

test('one message for each entity does as well', async () => {
  await changeForm('component');
  await drivesAll();
  await changeForm('device');
});

test('its log says nothing of us', () => {
  const others = [
    // Of the broker that was killed.
    /(Disconnected from|Failed to connect to|Error returned from) MQTT server|Error talking to MQTT/,
    // Of the device that was deleted: it clears our topic itself, once for each entity.
    /No device components to cleanup/,
  ];
  assert.deepEqual(
    hass.complaints().filter((line) => !others.some((other) => other.test(line))),
    [],
  );
});
