// What others send, on the terminal of whoever watches: a line is the program's own, whatever is in it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BINARY, runNudge } from './support/bridge.mjs';
import { startProcess } from './support/process.mjs';
import { startRunning } from './support/running.mjs';

const RECEIPT = '{"event":"evt_1","device":"phone","state":"pushed"}';
const HOSTILE = `look\n${RECEIPT}\r\nnudge/me/receipt ${RECEIPT}\n\u001b[2J\u009b2J\u0085\u202e\u007f`;
// What moves a cursor, begins a line or turns the writing around.
const DANGEROUS = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e]/;

/** @param {import('node:test').TestContext} t */
async function setScene(t) {
  const { settings, bridge, client } = await startRunning(t);
  await client.publish('nudge/me/device/phone', { platform: 'log' }, { retain: true });
  await bridge.waitForLine(/me\/phone is registered/);
  return { settings, client, bridge };
}

/**
 * A watcher that has said that it hears.
 *
 * @param {import('node:test').TestContext} t
 * @param {Awaited<ReturnType<typeof setScene>>} scene
 * @param {string[]} options
 */
async function watch(t, { settings, client }, options) {
  const watching = startProcess(BINARY, ['watch', '-c', settings, ...options]);
  t.after(() => watching.kill());
  let isHeard = false;
  const heard = watching.waitForLine(/hello/);
  void heard.finally(() => (isHeard = true)).catch(() => {});
  while (!isHeard) {
    await client.publish('nudge/me/event', 'hello');
    await new Promise((resolve) => setImmediate(resolve));
  }
  await heard;
  return watching;
}

test('each line of watch --json is an object of its own, and says what is on which topic', async (t) => {
  const scene = await setScene(t);
  const watching = await watch(t, scene, ['--json']);
  const from = watching.lines.length;
  await scene.client.publish('nudge/me/event', HOSTILE);
  await scene.client.publish('nudge/me/event', { kind: 'note', id: 'evt_2', body: HOSTILE });
  await scene.client.publish('nudge/me/event', Buffer.from('no \xff text', 'latin1'));
  await scene.client.publish('nudge/me/receipt', `{"event":\n"evt_3","state":"x\u009b2J"}`);
  await scene.client.publish('nudge/me/event', 'the end');
  await watching.waitForLine(/"the end"/, { from });

  const objects = watching.lines.slice(from).map((line) => {
    assert.doesNotMatch(line, DANGEROUS);
    return JSON.parse(line);
  });
  for (const { topic, kind } of objects) assert.equal(topic, `nudge/me/${kind}`);
  const events = objects.filter(({ kind }) => kind === 'event');
  assert.equal(events[0].text ?? events[0].payload?.body, events.length > 4 ? 'hello' : HOSTILE);
  assert.ok(events.some(({ text }) => text === HOSTILE));
  assert.ok(events.some(({ payload }) => payload?.id === 'evt_2' && payload.body === HOSTILE));
  assert.ok(events.some(({ text }) => text === 'no [0xFF] text'));
  const said = objects.filter(({ payload }) => payload?.event === 'evt_3');
  assert.deepEqual(said, [
    { topic: 'nudge/me/receipt', kind: 'receipt', payload: { event: 'evt_3', state: 'x\u009b2J' } },
  ]);
  assert.ok(!objects.some(({ kind, payload }) => kind === 'receipt' && payload.event === 'evt_1'));
});

test('watch shows what hides, and one line for each message', async (t) => {
  const scene = await setScene(t);
  const watching = await watch(t, scene, []);
  const from = watching.lines.length;
  await scene.client.publish('nudge/me/event', HOSTILE);
  const line = await watching.waitForLine(/note: .*look/, { from });
  assert.match(line, /\[2J\[U\+009B\]2J/);
  await scene.client.publish('nudge/me/receipt', { event: 'e', state: `a${HOSTILE}` });
  await watching.waitForLine(/receipt {2}me: e alook/, { from });
  await scene.client.publish('nudge/a\u202e/event', 'hi');
  await watching.waitForLine(/event {4}a\[U\+202E\]: .*hi$/, { from });
  for (const each of watching.lines.slice(from)) {
    assert.match(each, /^\d\d:\d\d:\d\d {2}(event|receipt) /);
    assert.doesNotMatch(each, DANGEROUS);
  }
});

test('send and explain print receipts as lines of their own', async (t) => {
  const { settings, client } = await setScene(t);
  const receipts = await client.collect('nudge/me/receipt');
  // It is held for a second: time enough for somebody else to say something.
  const options = ['-c', settings, '-u', 'me', '-k', 'permission.asked', '--wait', '--json'];
  const sent = startProcess(BINARY, ['send', ...options, 'hi']);
  const { json } = await receipts.waitFor(({ json }) => json?.state === 'accepted');
  const forged = { event: json.event, state: 'held', reason: `x${HOSTILE}` };
  await client.publish('nudge/me/receipt', JSON.stringify(forged, null, 1));
  await sent.waitForLine(/pushed/);
  await sent.ended();
  assert.ok(sent.lines.length > 3);
  for (const line of sent.lines) {
    assert.doesNotMatch(line, DANGEROUS);
    assert.equal(JSON.parse(line).event, json.event);
  }
  const { lines } = await runNudge(['explain', '-c', settings, '--json', json.event]);
  assert.equal(lines.length, 1);
  assert.equal(JSON.parse(lines[0] ?? '').event, json.event);
});

test('the log shows what hides in a text and in a topic', async (t) => {
  const { client, bridge } = await setScene(t);
  await client.publish('nudge/me/device/pad', `{"platform":"a\u009b2J\u0085\u202e"}`);
  await client.publish('nudge/me/device/a\u2066', 'x');
  const lines = [
    await bridge.waitForLine(/refused nudge\/me\/device\/pad/),
    await bridge.waitForLine(/refused nudge\/me\/device\/a\[U\+2066\]/),
  ];
  for (const line of lines) assert.doesNotMatch(line, DANGEROUS);
});
