// The broker the other tests use is a real one, and remembers.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startBroker } from '../support/broker.mjs';
import { connect } from '../support/mqtt.mjs';
import { scratchDirectory } from '../support/scratch.mjs';

test('delivers what was published, over TCP and WebSocket', async (test) => {
  const broker = await start(test);
  const reader = await connectTo(test, broker.wsUrl);
  const heard = await reader.collect('room/+/light');
  const writer = await connectTo(test, broker.url);
  await writer.publish('room/3/light', { on: true });
  assert.deepEqual((await heard.waitFor(() => true)).json, { on: true });
});

test('keeps retained messages over a restart', async (test) => {
  const broker = await start(test);
  const writer = await connectTo(test, broker.url);
  await writer.publish('a/b', 'kept', { retain: true });
  await broker.restart();
  const reader = await connectTo(test, broker.url);
  const heard = await reader.collect('a/#');
  assert.equal((await heard.waitFor(({ retain }) => retain)).text, 'kept');
});

test('tells a client that asked in two ways once for each', async (test) => {
  const broker = await start(test);
  const both = await connectTo(test, broker.url);
  const wide = await both.collect('a/#');
  const narrow = await both.collect('a/b');
  const again = await both.collect('a/b');
  for (const text of ['one', 'two']) await both.publish('a/b', text);
  for (const heard of [wide, narrow, again]) {
    await heard.waitFor(({ text }) => text === 'two');
    assert.deepEqual(
      heard.messages.map(({ text }) => text),
      ['one', 'two'],
    );
  }
});

test('lets in only those who know their password', async (test) => {
  const broker = await start(test, { users: { alice: 'right' } });
  const come = (/** @type {object} */ login) =>
    connect(broker.url, { reconnectPeriod: 0, ...login });
  await assert.rejects(come({}), /Not authorized/);
  await assert.rejects(come({ username: 'alice', password: 'wrong' }), /Not authorized/);
  const alice = await come({ username: 'alice', password: 'right' });
  await alice.end();
});

/**
 * @param {import('node:test').TestContext} test
 * @param {Partial<Parameters<typeof startBroker>[0]>} [options]
 */
async function start(test, options) {
  const dir = await scratchDirectory(test);
  const broker = await startBroker({ dir, ...options });
  test.after(broker.stop);
  return broker;
}

/**
 * @param {import('node:test').TestContext} test
 * @param {string} url
 */
async function connectTo(test, url) {
  const client = await connect(url);
  test.after(client.end);
  return client;
}
