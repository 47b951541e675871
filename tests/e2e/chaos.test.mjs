// Nothing is lost: not when everything around the events is killed, not when the disk is full, not when
// the clock steps by a day. The long storm is `make chaos`.
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { storm, summary } from '../chaos/storm.mjs';
import { startBridge, writeSettings } from './support/bridge.mjs';
import { startBroker } from './support/broker.mjs';
import { connect } from './support/mqtt.mjs';
import { startProcess } from './support/process.mjs';
import { setScene } from './support/scene.mjs';
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
  const scene = await setScene(t);
  const user = await scene.addUser();
  const note = { kind: 'note', body: 'x' };
  await user.tell(note);
  await scene.apns.waitForAccepted(1);
  scene.apns.closeListener();
  scene.apns.dropConnections();
  const from = scene.bridge.lines.length;
  await Promise.all(Array.from({ length: 200 }, () => user.tell(note)));
  await scene.bridge.waitForLine(/did not take/, { from });
  await scene.apns.openListener();
  await scene.apns.waitForAccepted(201, { timeoutMs: 60_000 });
  const tokens = new Set(scene.apns.accepted.map(({ headers }) => headers.authorization));
  assert.equal(tokens.size, 1);
  assert.deepEqual(scene.apns.refused, []);
});

describe('the state directory', () => {
  test('may be full: one line says so, and once there is room nothing is lost', async (t) => {
    const dir = await scratchDirectory(t);
    const broker = await startBroker({ dir: join(dir, 'broker') });
    t.after(() => broker.stop());
    const settings = await writeSettings(dir, { mqtt: { url: broker.url } });
    const client = await connect(broker.url);
    t.after(() => client.end());
    // No file may grow beyond this, which needs no file system of one's own.
    const small = ['--ignore-signal=XFSZ', 'prlimit', '--fsize=400000'];
    const full = startProcess('env', [...small, NUDGE, 'run', '-c', settings]);
    t.after(() => full.stop());
    await full.waitForLine(/ready/);
    await client.publish('nudge/me/device/phone', { platform: 'log' }, { retain: true });
    await full.waitForLine(/me\/phone is registered/);

    const count = 2000;
    const body = (/** @type {number} */ i) => `number ${i} ${'x'.repeat(200)} end`;
    const published = Array.from({ length: count }, (_, i) =>
      client.publish('nudge/me/event', { kind: 'note', id: `n${i}`, body: body(i) }),
    );
    assert.equal((await full.exited).code, 1);
    const complaints = full.lines.filter((line) => / (error|warn) /.test(line));
    assert.equal(complaints.length, 1, complaints.join('\n'));
    assert.match(String(complaints[0]), /nudge\.db: .*; ending: what is not stored the broker/);
    await Promise.all(published);

    const roomy = await startBridge({ settings });
    t.after(() => roomy.stop());
    const numbers = () =>
      new Set(
        [...full.lines, ...roomy.lines].flatMap((line) => /number (\d+) /.exec(line)?.[1] ?? []),
      );
    while (numbers().size < count)
      await roomy.waitForLine(/number \d+ /, { from: roomy.lines.length });
  });

  test('may be read-only: one line says so', async (t) => {
    const dir = await scratchDirectory(t);
    // Not even root may make a file there.
    const settings = await writeSettings(dir, { state: { directory: '/sys' } });
    const bridge = startProcess(NUDGE, ['run', '-c', settings]);
    assert.equal((await bridge.exited).code, 1);
    assert.equal(bridge.lines.length, 1);
    assert.match(String(bridge.lines[0]), /cannot write in the state directory \/sys: /);
  });
});
