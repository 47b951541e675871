// A Raspberry Pi: a card that wears out, fills up or turns read-only, and a clock without a battery.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { makeApnsKey, startApns } from './support/apns.mjs';
import { BINARY, startBridge, writeSettings } from './support/bridge.mjs';
import { startBroker } from './support/broker.mjs';
import { fakeClock } from './support/faketime.mjs';
import { connect } from './support/mqtt.mjs';
import { mountsAsTheyAre } from './support/netns.mjs';
import { freePort } from './support/ports.mjs';
import { startProcess } from './support/process.mjs';
import { NO_LIMIT } from './support/scene.mjs';
import { scratchDirectory } from './support/scratch.mjs';
import { ask } from './support/web.mjs';

const TEAM = 'TEAM123456';
const TOPIC = 'dev.example.app';
const TOKEN = '0c'.repeat(32);
const YEAR_S = 31_556_952;

/**
 * A broker, one person with an iPhone, and settings of a bridge that does not run yet.
 *
 * @param {import('node:test').TestContext} t
 * @param {import('./support/bridge.mjs').Settings} [more]
 */
async function setScene(t, more = {}) {
  const dir = await scratchDirectory(t);
  const { keyId, keyFile, publicKeyPem } = await makeApnsKey(dir);
  const apns = await startApns({
    dir: join(dir, 'apns'),
    ...{ teamId: TEAM, keyId, publicKeyPem, topics: [TOPIC], devices: [TOKEN] },
  });
  t.after(() => apns.stop());
  const broker = await startBroker({ dir: join(dir, 'broker') });
  t.after(() => broker.stop());
  const settings = await writeSettings(dir, {
    mqtt: { url: broker.url },
    apns: {
      ...{ key_file: keyFile, key_id: keyId, team_id: TEAM, topic: TOPIC },
      ...{ production_url: apns.url, ca_file: apns.caFile },
    },
    ...more,
  });
  const client = await connect(broker.url);
  t.after(() => client.end());
  const phone = { platform: 'apns', token: TOKEN, prefs: NO_LIMIT };
  await client.publish('nudge/me/device/phone', phone, { retain: true });
  const receipts = await client.collect('nudge/me/receipt');
  /** @param {string} id @param {object} [event] */
  const tell = (id, event) =>
    client.publish('nudge/me/event', { kind: 'note', id, body: id, ...event });
  return { dir, state: join(dir, 'state'), apns, broker, settings, client, receipts, tell };
}

/** What a folder's files look like to who only reads their inodes. @param {string} folder */
const looks = (folder) =>
  readdirSync(folder).map((file) => {
    const { size, mtimeMs } = statSync(join(folder, file));
    return `${file} ${size} ${mtimeMs}`;
  });

/** Bytes that a process made the disk write. @param {number} pid */
const written = (pid) =>
  Number(/^write_bytes: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1]);

describe('at rest', () => {
  test('nothing is written, whoever looks at the page, the figures and the health', async (t) => {
    const port = await freePort();
    const page = new URL('../../web/dist', import.meta.url).pathname;
    const { settings, client, state, apns, tell } = await setScene(t, {
      http: { listen: `127.0.0.1:${port}`, page },
    });
    const first = await startBridge({ settings });
    await tell('evt_1');
    await apns.waitForAccepted(1);
    await first.stop(); // with all that it had to save
    const bridge = await startBridge({ settings });
    t.after(() => bridge.stop());
    const healths = await client.collect('nudge/bridge/nudge/health');
    await healths.waitFor(({ json }) => json?.uptime_seconds < 60);
    const answers = await client.collect('nudge/bridge/nudge/response/health');
    const health = async (/** @type {string} */ transaction) => {
      await client.publish('nudge/bridge/nudge/request/health', { transaction });
      await answers.waitFor(({ json }) => json.transaction === transaction);
    };
    await health('first');
    const before = { looks: looks(state), written: written(bridge.pid) };
    for (let i = 0; i < 20; i++) {
      await health(`t${i}`);
      for (const path of ['/', '/page.js', '/metrics', '/health', '/nothing'])
        await ask(`http://127.0.0.1:${port}${path}`);
    }
    await health('last');
    assert.deepEqual({ looks: looks(state), written: written(bridge.pid) }, before);
  });
});

describe('a card that is full', () => {
  test('before the bridge starts costs it nothing that it knew', async (t) => {
    const dir = await scratchDirectory(t);
    const broker = await startBroker({ dir: join(dir, 'broker') });
    t.after(() => broker.stop());
    const card = join(dir, 'card');
    await mkdir(card);
    const settings = await writeSettings(dir, {
      mqtt: { url: broker.url },
      state: { directory: join(card, 'state') },
    });
    const client = await connect(broker.url);
    t.after(() => client.end());
    const receipts = await client.collect('nudge/me/receipt');
    await client.publish('nudge/me/device/phone', { platform: 'log' }, { retain: true });
    // All that happens on the card happens in a place of its own, which ends with it.
    const steps = [
      `mount -t tmpfs -o size=3m none ${card}`,
      `mkdir ${card}/state`,
      `${BINARY} run -c ${settings} & bridge=$!`,
      'read go; kill $bridge; wait $bridge',
      `dd if=/dev/zero of=${card}/filler bs=1k 2>/dev/null; true`,
      `${BINARY} run -c ${settings}; echo "ended with $?"`,
      `ls ${card}/state`,
      'read go',
      `rm ${card}/filler`,
      `exec ${BINARY} run -c ${settings}`,
    ];
    const script = steps.join('\n');
    const user = process.getuid?.() === 0 ? [] : ['--map-root-user'];
    const apart = ['--mount', ...user, ...mountsAsTheyAre(user)];
    const shell = startProcess('unshare', [...apart, 'sh', '-c', script], { input: null });
    t.after(() => shell.stop());
    await shell.waitForLine(/ready/);
    await client.publish('nudge/me/event', { id: 'evt_1', kind: 'note', body: 'one' });
    await receipts.waitFor(({ json }) => json.event === 'evt_1' && json.state === 'pushed');
    shell.write('go\n');
    await shell.waitForLine(/ended with|ready: .*1 devices/, { from: shell.lines.length });
    await client.publish('nudge/me/event', { id: 'evt_2', kind: 'note', body: 'two' });
    await shell.waitForLine(/ended with 1/);
    assert.ok(!shell.lines.some((line) => /damaged/.test(line)), shell.lines.join('\n'));
    const from = shell.lines.length;
    shell.write('go\n');
    await shell.waitForLine(/ready: .*1 devices/, { from });
    await receipts.waitFor(({ json }) => json.event === 'evt_2' && json.state === 'pushed');
    await client.publish('nudge/me/event', { id: 'evt_1', kind: 'note', body: 'one' });
    await receipts.waitFor(({ json }) => json.event === 'evt_1' && json.reason === 'duplicate');
  });
});

describe('a card that turns read-only', () => {
  test('ends the bridge with one line, and the next one has all, once it may write', async (t) => {
    const { settings, receipts, client, tell } = await setScene(t);
    const bridge = await startBridge({ settings });
    t.after(() => bridge.stop());
    await tell('before');
    await receipts.waitFor(({ json }) => json.event === 'before' && json.state === 'pushed');
    // As the kernel answers, once it has given a file system up.
    const calls = 'pwrite64,write,ftruncate,fdatasync,fsync';
    const kernel = startProcess('strace', [
      ...[
        '-f',
        '-q',
        '-o',
        '/dev/null',
        '-p',
        String(bridge.pid),
        '-P',
        join(settings, '../state/nudge.db-wal'),
      ],
      ...['-P', join(settings, '../state/nudge.db'), '-e', `trace=${calls}`],
      ...['-e', `inject=${calls}:error=EROFS`],
    ]);
    t.after(() => kernel.stop());
    await traced(bridge.pid);
    await tell('during');
    assert.equal((await bridge.ended()).code, 1);
    const complaints = bridge.lines.filter((line) => / (error|warn) /.test(line));
    assert.equal(complaints.length, 1, complaints.join('\n'));
    assert.match(complaints[0] ?? '', /nudge\.db: .*; ending: what is not stored the broker/);
    const states = await client.collect('nudge/bridge/nudge/state');
    await states.waitFor(({ text }) => text === 'offline');

    const next = await startBridge({ settings });
    t.after(() => next.stop());
    await receipts.waitFor(({ json }) => json.event === 'during' && json.state === 'pushed');
  });
});

/** Until somebody holds all threads of a process. @param {number} pid */
async function traced(pid) {
  const isHeld = () =>
    readdirSync(`/proc/${pid}/task`).every((task) =>
      /^TracerPid:\t[1-9]/m.test(readFileSync(`/proc/${pid}/task/${task}/status`, 'utf8')),
    );
  for (let i = 0; i < 500 && !isHeld(); i++) await new Promise((go) => setTimeout(go, 20));
  assert.ok(isHeld(), 'strace may not attach here');
}

/**
 * A bridge whose clock can be set, and which may be killed and begin again.
 *
 * @param {{ dir: string; settings: string }} scene
 */
function clockOf({ dir, settings }) {
  const { env, set } = fakeClock(dir);
  return { set, start: () => startBridge({ settings, env }) };
}

describe('a clock without a battery', () => {
  for (const [when, years] of /** @type {const} */ ([
    ['in 1970', -56],
    ['three years ago', -3],
  ]))
    test(`that starts ${when}, and is set later, loses nothing and repeats nothing`, async (t) => {
      const { dir, settings, apns, receipts, tell } = await setScene(t);
      const clock = clockOf({ dir, settings });
      await clock.set(0);
      const first = await clock.start();
      await tell('before');
      // What a kill may repeat is what was not told yet.
      await receipts.waitFor(({ json }) => json.event === 'before' && json.state === 'pushed');
      apns.script([{ status: 503, reason: 'ServiceUnavailable' }]);
      await tell('waits');
      await first.waitForLine(/did not take waits/);
      await first.kill();

      // The power is back. Nobody knows yet what time it is.
      await clock.set(years * YEAR_S + 3600);
      const second = await clock.start();
      t.after(() => second.stop());
      await tell('early', { ts: Date.now() });
      await receipts.waitFor(({ json }) => json.event === 'early' && json.state === 'accepted');
      await clock.set(0);
      await tell('after', { ts: Date.now() });
      for (const id of ['after', 'early', 'waits'])
        await apns.waitForAccepted(({ payload }) => payload.event_id === id, {
          timeoutMs: 60_000,
        });
      await tell('before');
      await receipts.waitFor(({ json }) => json.event === 'before' && json.reason === 'duplicate');
      const pushed = apns.accepted.map(({ payload }) => payload.event_id).sort();
      assert.deepEqual(pushed, ['after', 'before', 'early', 'waits']);
    });

  for (const [how, isRunning] of /** @type {const} */ ([
    ['starts', false],
    ['is set', true],
  ]))
    test(`that ${how} three years ahead, and is set right later, loses nothing either`, async (t) => {
      const scene = await setScene(t);
      const { apns, client, receipts, tell } = scene;
      const clock = clockOf(scene);
      const states = await client.collect('nudge/me/state');
      await clock.set(0);
      let bridge = await clock.start();
      t.after(() => bridge.stop());
      await tell('before');
      // What a kill may repeat is what was not told yet.
      await receipts.waitFor(({ json }) => json.event === 'before' && json.state === 'pushed');
      const ASKED = { kind: 'permission.asked', request: { id: 'per_1' }, device: 'desk' };
      await tell('asked', ASKED);
      await states.waitFor(({ json }) => json.asks?.length === 1);
      apns.script([{ status: 503, reason: 'ServiceUnavailable' }]);
      await tell('waits');
      await bridge.waitForLine(/did not take waits/);
      if (!isRunning) await bridge.kill();

      await clock.set(3 * YEAR_S);
      const since = { receipt: receipts.messages.length, state: states.messages.length };
      if (!isRunning) bridge = await clock.start();
      await tell('early');
      await receipts.waitFor(({ json }) => json.event === 'early' && json.state === 'accepted');
      if (isRunning) {
        await bridge.waitForLine(/the clock was set by/);
      } else {
        await bridge.waitForLine(/goes on where it was/);
        // The certificate of no service is good for so long.
        await bridge.waitForLine(/did not take early/);
      }
      await clock.set(0);
      await tell('after');
      for (const id of ['after', 'early', 'waits'])
        await apns.waitForAccepted(({ payload }) => payload.event_id === id, {
          timeoutMs: 60_000,
        });
      await tell('before');
      await receipts.waitFor(({ json }) => json.event === 'before' && json.reason === 'duplicate');
      const pushed = apns.accepted.map(({ payload }) => payload.event_id).sort();
      assert.deepEqual(pushed, ['after', 'before', 'early', 'waits']);
      const lost = receipts.messages
        .slice(since.receipt)
        .filter(({ json }) => json.reason === 'expired');
      assert.deepEqual(lost, []);
      await tell('another', { ...ASKED, request: { id: 'per_2' } });
      await states.waitFor(({ json }) => json.asks?.length === 2);
      // It was never forgotten in between.
      assert.ok(states.messages.slice(since.state).every(({ json }) => json.asks.length > 0));
    });
});
