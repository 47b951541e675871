// Nothing is lost: not when everything around the events is killed, not when the disk is full, not when
// the clock steps by a day. The long storm is `make chaos`.
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { describe, test } from 'node:test';
import { storm, summary } from '../chaos/storm.mjs';
import { setScene } from './support/scene.mjs';
import { scratchDirectory } from './support/scratch.mjs';

const SEED = Number(process.env.SEED ?? randomInt(2 ** 31));

describe('events at load', () => {
  for (const [kills, durability] of /** @type {const} */ ([
    [20, 'process'],
    [5, 'power'],
  ])) {
    test(`all arrive through ${kills} kills of bridge and broker, durability = ${durability}`, async (t) => {
      console.log(`SEED=${SEED}`);
      const dir = await scratchDirectory(t);
      const outcome = await storm({ dir, seed: SEED, kills, durability });
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
