// Nothing is lost: not when everything around the events is killed, not when the disk is full, not when
// the clock steps by a day. The long storm is `make chaos`.
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import mqtt from 'mqtt';
import { Line } from '../chaos/proxy.mjs';
import { storm, summary } from '../chaos/storm.mjs';
import { makeApnsKey, startApns } from './support/apns.mjs';
import { startBridge, writeSettings } from './support/bridge.mjs';
import { startBroker } from './support/broker.mjs';
import { fakeClock } from './support/faketime.mjs';
import { connect } from './support/mqtt.mjs';
import { mountsAsTheyAre } from './support/netns.mjs';
import { startProcess } from './support/process.mjs';
import { NO_LIMIT, setScene } from './support/scene.mjs';
import { scratchDirectory } from './support/scratch.mjs';

const NUDGE = fileURLToPath(new URL('../../build/nudge', import.meta.url));
const SEED = Number(process.env.SEED ?? randomInt(2 ** 31));

describe('events at load', () => {
  for (const [kills, victims, durability] of /** @type {const} */ ([
    [20, 'bridge and broker', 'process'],
    [8, 'the bridge alone', 'process'],
    [4, 'bridge and broker', 'power'],
  ])) {
    test(`all arrive through ${kills} kills of ${victims}, durability = ${durability}`, async (t) => {
      console.log(`SEED=${SEED}`);
      const sparesBroker = victims === 'the bridge alone';
      const dir = await scratchDirectory(t);
      const outcome = await storm({ dir, seed: SEED, kills, durability, sparesBroker });
      t.diagnostic(`\n${summary(outcome)}`);
      assert.deepEqual(outcome.lost, [], summary(outcome));
      assert.deepEqual(outcome.complaints, [], summary(outcome));
      assert.ok(outcome.pushes >= outcome.wanted);
    });
  }
});

test('a line to APNs that comes and goes costs no new provider token', async (t) => {
  const line = new Line();
  const scene = await setScene(t, { line });
  const user = await scene.addUser();
  const note = { kind: 'note', body: 'x' };
  await user.tell(note);
  await scene.apns.waitForAccepted(1);
  line.cut();
  const from = scene.bridge.lines.length;
  await Promise.all(Array.from({ length: 200 }, () => user.tell(note)));
  await scene.bridge.waitForLine(/did not take/, { from });
  line.open();
  await scene.apns.waitForAccepted(201, { timeoutMs: 60_000 });
  const tokens = new Set(scene.apns.accepted.map(({ headers }) => headers.authorization));
  assert.equal(tokens.size, 1);
  assert.deepEqual(scene.apns.refused, []);
});

test('a broker that forgot gets the devices back, though a bridge was killed as it met it', async (t) => {
  const dir = await scratchDirectory(t);
  const broker = await startBroker({ dir: join(dir, 'broker') });
  t.after(() => broker.stop());
  const settings = await writeSettings(dir, { mqtt: { url: broker.url } });
  const first = await startBridge({ settings });
  t.after(() => first.stop());
  const client = await connect(broker.url);
  await client.publish('nudge/me/device/phone', { platform: 'log' }, { retain: true });
  await first.waitForLine(/me\/phone is registered/);
  await Promise.all([first.kill(), client.end()]);
  await broker.kill();
  await rm(join(broker.dir, 'mosquitto.db'), { force: true });
  await broker.restart();

  // What such a bridge leaves behind: a session, and nothing else.
  const killed = await mqtt.connectAsync(broker.url, {
    ...{ protocolVersion: 5, clientId: 'nudge', clean: false },
    properties: { sessionExpiryInterval: 0xffffffff },
  });
  killed.on('error', () => {});
  await killed.endAsync(true);
  const second = await startBridge({ settings });
  t.after(() => second.stop());
  await second.waitForLine(/phone is given back to the broker/);
  assert.ok(second.lines.some((line) => /ready: .*, 1 devices/.test(line)));
});

test('who hears that the bridge is online, and sends again, is heard', async (t) => {
  const dir = await scratchDirectory(t);
  const broker = await startBroker({ dir: join(dir, 'broker'), extra: ['log_type all'] });
  t.after(() => broker.stop());
  const settings = await writeSettings(dir, { mqtt: { url: broker.url } });
  const bridge = await startBridge({ settings });
  t.after(() => bridge.stop());
  await broker.waitForLine(/Received PUBLISH from nudge .*bridge\/nudge\/state/);
  const at = (/** @type {RegExp} */ pattern) =>
    broker.lines.findIndex((line) => pattern.test(line));
  const listens = at(/Received SUBSCRIBE from nudge/);
  const online = at(/Received PUBLISH from nudge .*bridge\/nudge\/state/);
  assert.ok(listens >= 0 && listens < online, broker.lines.join('\n'));
});

/**
 * A broker, a client of it, and settings of a bridge that is not started.
 *
 * @param {import('node:test').TestContext} t
 */
async function setDesk(t) {
  const dir = await scratchDirectory(t);
  const broker = await startBroker({ dir: join(dir, 'broker') });
  t.after(() => broker.stop());
  const settings = await writeSettings(dir, { mqtt: { url: broker.url } });
  const client = await connect(broker.url);
  t.after(() => client.end());
  return { dir, settings, client };
}

/**
 * What runs in a shell whose state directory is a disk of its own.
 *
 * @param {import('node:test').TestContext} t
 * @param {number} mib
 * @param {(run: string, state: string) => string} script what to do with `nudge run`
 */
async function onSmallDisk(t, mib, script) {
  const asRoot = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'];
  const { dir, settings, client } = await setDesk(t);
  const state = join(dir, 'state');
  await mkdir(state, { recursive: true });
  const mount = `mount -t tmpfs -o size=${mib}m tmpfs ${state} || exit 9`;
  const bridge = startProcess('unshare', [
    ...[...asRoot, '--mount', ...mountsAsTheyAre(asRoot)],
    ...['sh', '-c', `${mount}\n${script(`${NUDGE} run -c ${settings}`, state)}`],
  ]);
  t.after(() => bridge.stop());
  return { bridge, client, dir };
}

describe('the state directory', () => {
  test('may be full: one line says so, and once there is room nothing is lost', async (t) => {
    const { settings, client } = await setDesk(t);
    // No file may grow beyond this, which needs no file system of one's own.
    const small = ['--ignore-signal=XFSZ', 'prlimit', '--fsize=400000'];
    const full = startProcess('env', [...small, NUDGE, 'run', '-c', settings]);
    t.after(() => full.stop());
    await full.waitForLine(/ready/);
    const phone = { platform: 'log', prefs: NO_LIMIT };
    await client.publish('nudge/me/device/phone', phone, { retain: true });
    await full.waitForLine(/me\/phone is registered/);

    const count = 2000;
    const body = (/** @type {number} */ i) => `number ${i} ${'x'.repeat(200)} end`;
    const published = Array.from({ length: count }, (_, i) =>
      client.publish('nudge/me/event', { kind: 'note', id: `n${i}`, body: body(i) }),
    );
    assert.equal((await full.ended()).code, 1);
    const complaints = full.lines.filter((line) => / (error|warn) /.test(line));
    assert.equal(complaints.length, 1, complaints.join('\n'));
    assert.match(String(complaints[0]), /nudge\.db: .*; ending: what is not stored the broker/);
    await Promise.all(published);
    const states = await client.collect('nudge/bridge/nudge/state');
    await states.waitFor(({ text }) => text === 'offline');

    const roomy = await startBridge({ settings });
    t.after(() => roomy.stop());
    const numbers = () =>
      new Set(
        [...full.lines, ...roomy.lines].flatMap((line) => /number (\d+) /.exec(line)?.[1] ?? []),
      );
    while (numbers().size < count)
      await roomy.waitForLine(/number \d+ /, { from: roomy.lines.length });
  });

  test('that is full has room in reserve: the next start ends what the last one began', async (t) => {
    // Of 26 MiB 8 are the reserve. Two starts; somebody fills the disk during the first.
    const {
      bridge: both,
      client,
      dir,
    } = await onSmallDisk(t, 26, (run, state) => {
      const wanted = join(state, '..', 'wanted');
      return `mkfifo ${wanted} || exit 9
        ${run} & read line <${wanted}; dd if=/dev/zero of=${state}/filler bs=64k; echo filled
        wait; exec ${run}`;
    });
    const wanted = join(dir, 'wanted');
    await both.waitForLine(/ready/);
    const phone = { platform: 'log', prefs: NO_LIMIT };
    await client.publish('nudge/me/device/phone', phone, { retain: true });
    await both.waitForLine(/me\/phone is registered/);
    await writeFile(wanted, '\n');
    await both.waitForLine(/filled/);
    const ended = both.waitForLine(/ending: what is not stored the broker/);
    const count = 950;
    const body = 'x'.repeat(2000);
    const published = Array.from({ length: count }, (_, i) =>
      client.publish('nudge/me/event', { kind: 'note', id: `n${i}`, title: `number ${i}`, body }),
    );
    await ended;
    await both.waitForLine(/the disk is full, or nearly/);
    await Promise.all(published);
    const numbers = () =>
      new Set(both.lines.flatMap((line) => /number (\d+)/.exec(line)?.[1] ?? []));
    while (numbers().size < count)
      await both.waitForLine(/number \d+/, { from: both.lines.length });
  });

  for (const { what, wishes, ends } of [
    { what: 'has been pushed', wishes: NO_LIMIT, ends: /flood 1499 / },
    {
      what: 'waits',
      wishes: { ...NO_LIMIT, snooze_until: 2e12 },
      ends: /refused nudge\/evil\/event: .* of the disk, and may take \d+/,
    },
  ]) {
    test(`is not filled by one person with what ${what}`, async (t) => {
      const { bridge, client } = await onSmallDisk(t, 40, (run) => `exec ${run}`);
      await bridge.waitForLine(/ready/);
      const phone = { platform: 'log', prefs: NO_LIMIT };
      await client.publish('nudge/me/device/phone', phone, { retain: true });
      const other = { platform: 'log', prefs: wishes };
      await client.publish('nudge/evil/device/phone', other, { retain: true });
      await bridge.waitForLine(/evil\/phone is registered/);
      const filling = 'x'.repeat(60_000);
      for (let i = 0; i < 1500; i++) {
        const title = `flood ${i} `;
        const event = { kind: 'note', id: `e${i}`, title, filling, ttl_s: 28 * DAY_S };
        await client.publish('nudge/evil/event', event);
        if (what === 'has been pushed') await bridge.waitForLine(new RegExp(title));
        if (i % 100 > 0) continue;
        await client.publish('nudge/me/event', {
          kind: 'note',
          id: `n${i}`,
          title: `number ${i} `,
        });
        await bridge.waitForLine(new RegExp(`number ${i} `));
      }
      await bridge.waitForLine(ends);
      const wasRefused = bridge.lines.some((line) => line.includes(' refused '));
      assert.equal(wasRefused, what === 'waits');
      await client.publish('nudge/me/event', { kind: 'note', id: 'last', title: 'the last one' });
      await bridge.waitForLine(/the last one/);
      assert.deepEqual(
        bridge.lines.filter((line) => / (error|ending)/.test(line)),
        [],
      );
    });
  }

  test('may be read-only: one line says so', async (t) => {
    const dir = await scratchDirectory(t);
    // Not even root may make a file there.
    const settings = await writeSettings(dir, { state: { directory: '/sys' } });
    const bridge = startProcess(NUDGE, ['run', '-c', settings]);
    assert.equal((await bridge.ended()).code, 1);
    assert.equal(bridge.lines.length, 1);
    assert.match(String(bridge.lines[0]), /cannot write in the state directory \/sys: /);
  });
});

const TEAM = 'TEAM123456';
const TOPIC = 'dev.example.app';
const TOKEN = '0a'.repeat(32);
const DAY_S = 86_400;

/**
 * A bridge whose clock can be set.
 *
 * @param {import('node:test').TestContext} t
 */
async function clockScene(t) {
  const dir = await scratchDirectory(t);
  const { keyId, keyFile, publicKeyPem } = await makeApnsKey(dir);
  const apns = await startApns({
    dir: join(dir, 'apns'),
    ...{ teamId: TEAM, keyId, publicKeyPem, topics: [TOPIC], devices: [TOKEN] },
  });
  const broker = await startBroker({ dir: join(dir, 'broker') });
  const settings = await writeSettings(dir, {
    mqtt: { url: broker.url },
    apns: {
      ...{ key_file: keyFile, key_id: keyId, team_id: TEAM, topic: TOPIC },
      ...{ production_url: apns.url, ca_file: apns.caFile },
    },
  });
  const clock = fakeClock(dir);
  await clock.set(0);
  const bridge = await startBridge({ settings, env: clock.env });
  const client = await connect(broker.url);
  t.after(async () => {
    await client.end();
    await bridge.stop();
    await Promise.all([broker.stop(), apns.stop()]);
  });
  await client.publish(
    'nudge/me/device/phone',
    { platform: 'apns', token: TOKEN, prefs: NO_LIMIT },
    { retain: true },
  );
  await bridge.waitForLine(/me\/phone is registered/);
  return { apns, bridge, client, clock };
}

/**
 * The processor time that a process has used, in ticks of 10 ms.
 *
 * @param {number} pid
 */
function ticksOf(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

describe('the clock', () => {
  for (const [way, step] of /** @type {const} */ ([
    ['forward', DAY_S],
    ['back', -DAY_S],
  ])) {
    test(`may be set a day ${way}: nothing is lost, repeated or busy`, async (t) => {
      const { apns, bridge, client, clock } = await clockScene(t);
      const receipts = await client.collect('nudge/me/receipt');
      const tell = (/** @type {string} */ id) =>
        client.publish('nudge/me/event', { kind: 'note', id, body: id });
      await tell('before');
      await apns.waitForAccepted(1);
      apns.script([{ status: 503, reason: 'ServiceUnavailable' }]);
      await tell('waits');
      await bridge.waitForLine(/did not take waits/);

      await clock.set(step);
      await tell('after');
      await apns.waitForAccepted(({ payload }) => payload.event_id === 'after');
      await apns.waitForAccepted(({ payload }) => payload.event_id === 'waits');
      await tell('before');
      await receipts.waitFor(({ json }) => json.event === 'before' && json.reason === 'duplicate');
      const pushed = apns.accepted.map(({ payload }) => payload.event_id).sort();
      assert.deepEqual(pushed, ['after', 'before', 'waits']);
      assert.equal(bridge.lines.filter((line) => /the clock was set by/.test(line)).length, 1);

      // Idleness shows only while time passes. A busy loop would use all of it.
      const began = ticksOf(bridge.pid);
      await pause(1000);
      assert.ok(ticksOf(bridge.pid) - began < 50);
    });
  }
});
