// What the bridge tells of itself: counted where it happens, told once a minute and on request, and what
// went wrong is still known after a restart.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { runNudge } from './support/bridge.mjs';
import { TOPIC, setServices } from './support/services.mjs';

const HEALTH = 'nudge/bridge/nudge/health';
const SCHEMAS = new URL('../../docs/schema/', import.meta.url);

/** @type {import('./support/services.mjs').Services} */
let services;
/** @type {import('./support/mqtt.mjs').Collection} */
let told;
/** @type {(() => any)[]} */
const endings = [];
before(async () => {
  services = await setServices({ after: (end) => endings.unshift(end) });
  told = await services.client.collect(HEALTH);
});
after(async () => {
  for (const end of endings) await end();
});

/** @param {any} health */
function assertValid(health) {
  const ajv = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false });
  for (const file of readdirSync(SCHEMAS))
    ajv.addSchema(JSON.parse(readFileSync(new URL(file, SCHEMAS), 'utf8')));
  const validate = ajv.getSchema('health.schema.json');
  assert.ok(validate?.(health), ajv.errorsText(validate?.errors));
}

let asked = 0;

/** How it is now, by request. */
async function health() {
  const transaction = `t${++asked}`;
  const answers = await services.client.collect('nudge/bridge/nudge/response/health');
  await services.client.publish('nudge/bridge/nudge/request/health', { transaction });
  const { json } = await answers.waitFor(({ json }) => json?.transaction === transaction);
  return json.health;
}

/** @param {string} token */
const iphone = (token) => ({ platform: 'apns', token, topic: TOPIC });

describe('the health of a bridge', () => {
  test('is retained once it is connected, as its schema has it', async () => {
    const { json, retain } = await told.waitFor(({ json }) => json?.broker_connected === 1);
    assert.equal(retain, true);
    assertValid(json);
    assert.deepEqual(Object.keys(json.service_sent_total), [
      ...['apns', 'fcm', 'log', 'ntfy', 'webpush'],
    ]);
    assert.equal(json.last_error, null);
    assert.ok(json.resident_memory_bytes > 1e6);
  });

  test('counts what was sent, what a rule kept back, and says when a service last worked', async () => {
    const before = await health();
    const token = 'a1'.repeat(32);
    services.production.devices.set(token, { topic: TOPIC });
    const person = await services.addPerson(iphone(token));
    await person.receipt(await person.tell({ kind: 'note', body: 'hello' }));
    await person.say('prefs', { kinds: { note: false } }, true);
    await services
      .bridge()
      .waitForLine(/preferences of user\d+/)
      .catch(() => {});
    const silent = await person.tell({ kind: 'note', body: 'nobody hears it' });
    assert.equal((await person.receipt(silent)).reason, 'kind');

    const now = await health();
    assertValid(now);
    assert.equal(now.service_sent_total.apns, before.service_sent_total.apns + 1);
    assert.equal(now.suppressed_total.kind, (before.suppressed_total.kind ?? 0) + 1);
    assert.equal(now.events_total, before.events_total + 2);
    assert.equal(typeof now.service_success_age_seconds.apns, 'number');
  });

  test('counts what waits, and what a service refused and will be asked again', async () => {
    const before = await health();
    const person = await services.addPerson({
      platform: 'ntfy',
      url: `${services.ntfy.url}/topic`,
    });
    services.ntfy.script([{ status: 503 }, { status: 400, reason: 'no, not that' }]);
    await person.receipt(
      await person.tell({ kind: 'note', body: 'hello' }),
      ({ state }) => state === 'failed',
    );
    const now = await health();
    assert.equal(now.service_retried_total.ntfy, before.service_retried_total.ntfy + 1);
    assert.equal(now.service_failed_total.ntfy, before.service_failed_total.ntfy + 1);
    assert.deepEqual([now.last_error.service, now.last_error.reason], ['ntfy', 'status 400']);

    const hours = { tz: 'UTC', digest: true };
    const quiet = [
      { from: '00:00', to: '12:00', ...hours },
      { from: '12:00', to: '00:00', ...hours },
    ];
    await person.say('prefs', { quiet }, true);
    const waits = await person.tell({ kind: 'note', body: 'for later' });
    assert.equal((await person.receipt(waits)).state, 'deferred');
    const later = await health();
    assertValid(later);
    assert.equal(later.waiting_jobs.quiet, 1);
    assert.equal(later.waiting_jobs.ready, 0);
  });
});

describe('a warning', () => {
  test('is told with the health at once, and is still there after a restart, and for doctor', async () => {
    const token = 'b2'.repeat(32);
    const gone = { reason: /** @type {const} */ ('Unregistered'), timestamp: Date.now() + 60_000 };
    services.production.devices.set(token, { topic: TOPIC, gone });
    const person = await services.addPerson(iphone(token));
    const from = told.messages.length;
    await person.receipt(await person.tell({ kind: 'note', body: 'hello' }));
    const before = await person.warning();
    assert.equal(before.gone, true);
    await services.info(({ failing_devices }) => failing_devices === 1);
    await told.waitFor(({ json }) => json?.service_gone_total.apns === 1, { from });

    // Nothing else is known of them any more.
    const states = await services.client.collect(`nudge/${person.name}/state`);
    await states.waitFor(() => true);
    const old = states.messages.length;
    await services.restart();
    const { json } = await states.waitFor(() => true, { from: old });
    assert.deepEqual(json.warnings, [before]);

    const { lines } = await runNudge(['doctor', '-c', services.settings]);
    const about = lines.filter((line) => line.includes(`${person.name}/phone was removed`));
    assert.equal(about.length, 1, lines.join('\n'));
  });

  test('that the bridge itself is refused names no device, and ends when it is not', async () => {
    const token = 'b3'.repeat(32);
    services.production.devices.set(token, { topic: TOPIC });
    const person = await services.addPerson(iphone(token));
    const when = (/** @type {{ path: string }} */ { path }) => path.endsWith(token);
    services.production.script([{ when, status: 403, reason: 'InvalidProviderToken' }]);
    await person.receipt(await person.tell({ kind: 'note', body: 'hello' }));
    const isOurs = (/** @type {any} */ { reason }) => reason === 'InvalidProviderToken';
    const { warnings } = await services.info(({ warnings }) => warnings.some(isOurs));
    const { ts, advice, ...rest } = warnings.find(isOurs);
    assert.ok(ts > 0 && /key_id/.test(advice));
    assert.deepEqual(rest, { service: 'apns', reason: 'InvalidProviderToken', gone: false });
    const from = services.infos.messages.length;
    await person.receipt(await person.tell({ kind: 'note', body: 'again' }));
    await services.info(({ warnings }) => !warnings.some(isOurs), from);
  });
});

describe('doctor', () => {
  test('reads how the bridge is, and warns of a service that fails again and again', async () => {
    const { lines } = await runNudge(['doctor', '-c', services.settings]);
    assert.ok(
      lines.some((line) =>
        /^ok {4}health +up for \d+ s; as of \d+ s ago \d+ events, \d+ notifications wait$/.test(
          line,
        ),
      ),
      lines.join('\n'),
    );
    const { json } = await told.waitFor(({ json }) => json?.broker_connected === 1);
    const broken = {
      ...json,
      ts: Date.now(),
      service_breaker_open: { ...json.service_breaker_open, apns: 1 },
      service_success_age_seconds: { apns: 7300 },
      waiting_jobs: { ...json.waiting_jobs, ready: 12 },
      waiting_oldest_seconds: { ...json.waiting_oldest_seconds, ready: 1200 },
      dropped_total: 5,
    };
    await services.bridge().stop();
    await services.client.publish(HEALTH, broken, { retain: true });
    const warned = (await runNudge(['doctor', '-c', services.settings])).lines.join('\n');
    assert.match(warned, /^warn {2}apns +it fails again and again.* took something 2 hours ago$/m);
    assert.match(warned, /^warn {2}health +12 notifications wait .* the oldest for 20 minutes$/m);
    assert.match(warned, /^warn {2}health +5 messages were refused by \[limits\]/m);

    const old = { ...broken, ts: Date.now() - 120_000, uptime_seconds: 7200 - 120 };
    await services.client.publish(HEALTH, old, { retain: true });
    const later = (await runNudge(['doctor', '-c', services.settings])).lines.join('\n');
    assert.match(later, /^ok {4}health +up for 2 hours; as of 2 minutes ago \d+ events, /m);

    await services.client.publish(
      HEALTH,
      { ...broken, ts: Date.now() - 3_600_000 },
      { retain: true },
    );
    const silent = (await runNudge(['doctor', '-c', services.settings])).lines.join('\n');
    assert.match(silent, /^warn {2}health +the bridge told nothing for 60 minutes/m);
    assert.doesNotMatch(silent, /again and again/);
  });
});
