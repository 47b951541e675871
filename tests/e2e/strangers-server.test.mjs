// A registration names a server, and so whoever registers could learn from receipts what listens where,
// or have words of that server shown.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { runNudge, startBridge, writeSettings } from './support/bridge.mjs';
import { startBroker } from './support/broker.mjs';
import { connect } from './support/mqtt.mjs';
import { startNtfy } from './support/ntfy.mjs';
import { freePort } from './support/ports.mjs';
import { NO_LIMIT } from './support/scene.mjs';
import { scratchDirectory } from './support/scratch.mjs';

/** @type {(() => any)[]} */
const endings = [];
/** @type {Awaited<ReturnType<typeof setScene>>} */
let scene;
before(async () => {
  scene = await setScene({ after: (end) => endings.unshift(end) });
});
after(async () => {
  for (const end of endings) await end();
});

/** @param {{ after: (end: () => any) => void }} test */
async function setScene(test) {
  const dir = await scratchDirectory(test);
  const ntfy = await startNtfy({ dir: join(dir, 'ntfy') });
  test.after(() => ntfy.stop());
  const broker = await startBroker({ dir: join(dir, 'broker') });
  test.after(() => broker.stop());
  const closed = await freePort();
  const settings = await writeSettings(dir, {
    mqtt: { url: broker.url },
    ntfy: { allow_hosts: `localhost:${ntfy.port}, localhost:${closed}`, ca_file: ntfy.caFile },
  });
  const bridge = await startBridge({ settings });
  test.after(() => bridge.stop());
  const client = await connect(broker.url);
  test.after(() => client.end());
  const receipts = await client.collect('nudge/+/receipt');
  return { ntfy, closed, settings, bridge, client, receipts };
}

/**
 * @param {string} user
 * @param {number} port of the server that the user's phone names
 * @param {RegExp} [logged] what the bridge is to log about the event
 */
async function push(user, port, logged) {
  const { bridge, client } = scene;
  const device = { platform: 'ntfy', url: `https://localhost:${port}/topic`, prefs: NO_LIMIT };
  const from = bridge.lines.length;
  await client.publish(`nudge/${user}/device/phone`, device, { retain: true });
  await bridge.waitForLine(new RegExp(`${user}/phone is registered`), { from });
  const id = `evt_${user}`;
  await client.publish(`nudge/${user}/event`, { id, kind: 'note', body: 'hello' });
  if (logged) await bridge.waitForLine(logged, { from });
  return id;
}

/** @param {string} event */
async function explain(event) {
  const { code, lines } = await runNudge(['explain', '--json', '-c', scene.settings, event]);
  assert.equal(code, 0, lines.join('\n'));
  const [{ receipt }] = JSON.parse(lines.join('')).decisions;
  return receipt;
}

test('a port where nobody listens and a certificate of nobody look alike, but in the log', async () => {
  const { ntfy, closed } = scene;
  const refused = await push('closed', closed, /closed\/phone: .*cannot be reached: .*connect/i);
  ntfy.presentCertificate('untrusted');
  const untrusted = await push(
    'untrusted',
    ntfy.port,
    /untrusted\/phone: .*cannot be reached: .*SSL/,
  );
  ntfy.presentCertificate('loopback');
  const words = [];
  for (const event of [refused, untrusted]) {
    const { state, reason, detail, status } = await explain(event);
    words.push([state, reason, detail, status]);
  }
  assert.deepEqual(words[0], ['retry', 'cannot be reached', undefined, undefined]);
  assert.deepEqual(words[1], words[0]);
});

test('the words of a server are in the log alone, as one line in which nothing hides', async () => {
  const { ntfy, bridge, receipts } = scene;
  const reason = 'the secret is hunter2\n\u009b2J\u202e';
  ntfy.script([{ status: 400, reason }]);
  const id = await push('words', ntfy.port);
  const { json } = await receipts.waitFor(
    ({ json }) => json.event === id && json.state === 'failed',
  );
  assert.equal(json.reason, 'status 400');
  assert.ok(!JSON.stringify(json).includes('hunter2'));
  const line = await bridge.waitForLine(/hunter2/);
  assert.match(line, /the secret is hunter2 ?.*2J\[U\+202E\]/);
  assert.ok(!/[\u0080-\u009f]/.test(line));
});
