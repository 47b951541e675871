// Hundreds of events at once: one connection to APNs, and each is answered for.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setScene } from './support/scene.mjs';

const EVENTS = 300;

test('a burst is pushed over one connection, and each event has its receipts', async (test) => {
  const scene = await setScene(test);
  const user = await scene.addUser();
  const told = Array.from({ length: EVENTS }, () => user.tell({ kind: 'note', body: 'x' }));
  const events = await Promise.all(told);
  await scene.apns.waitForAccepted(EVENTS);
  assert.equal(scene.apns.connections, 1);
  assert.deepEqual(scene.apns.refused, []);
  const pushed = new Set(user.pushes().map(({ payload }) => payload.event_id));
  assert.deepEqual([...pushed].sort(), [...events].sort());

  await scene.receipts.waitForCount(2 * EVENTS, { timeoutMs: 60_000 });
  for (const state of ['accepted', 'pushed']) {
    const receipts = user.receipts().filter((receipt) => receipt.state === state);
    assert.deepEqual(receipts.map(({ event }) => event).sort(), [...events].sort());
  }
});
