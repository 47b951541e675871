// Several bridges divide the users of one broker: whoever belongs to none, or to two, is named.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { runNudge, startBridge, writeSettings } from './support/bridge.mjs';
import { startBroker } from './support/broker.mjs';
import { connect } from './support/mqtt.mjs';
import { enterNetwork } from './support/netns.mjs';
import { scratchDirectory } from './support/scratch.mjs';

// Doctor looks at each port of this machine.
await enterNetwork(import.meta.url);

test('a user of two bridges, or of none, is named by doctor and by send', async (t) => {
  const dir = await scratchDirectory(t);
  const broker = await startBroker({ dir: join(dir, 'broker') });
  t.after(() => broker.stop());
  const client = await connect(broker.url);
  t.after(() => client.end());
  const infos = await client.collect('nudge/bridge/+/info');
  const served = await client.collect('nudge/bridge/+/users');
  const states = await client.collect('nudge/+/state');
  for (const user of ['alice', 'bob', 'carol'])
    await client.publish(`nudge/${user}/device/phone`, { platform: 'log' }, { retain: true });
  const start = async (/** @type {string} */ client_id, /** @type {string} */ users) => {
    const mqtt = { url: broker.url, client_id, users };
    const settings = await writeSettings(join(dir, client_id), { mqtt });
    const bridge = await startBridge({ settings });
    t.after(() => bridge.stop());
    await infos.waitFor(({ topic }) => topic.includes(client_id));
    return settings;
  };
  const one = await start('one', 'alice, bob');
  await start('two', 'bob');
  // Everybody reads what a bridge can do: no names stand there, and each is told their own bridge's.
  for (const { json } of infos.messages) assert.equal(json.users, undefined);
  assert.deepEqual(
    served.messages.map(({ json }) => json.users),
    [['alice', 'bob'], ['bob']],
  );
  await states.waitFor(({ topic, json }) => topic === 'nudge/alice/state' && json.bridge === 'one');
  await states.waitFor(({ topic, json }) => topic === 'nudge/bob/state' && json.bridge === 'two');

  const { lines } = await runNudge(['doctor', '--json', '-c', one]);
  const findings = /** @type {any[]} */ (JSON.parse(lines.join('\n')));
  const users = findings.filter(({ check }) => check === 'users').map(({ detail }) => detail);
  assert.equal(users.length, 2, users.join('\n'));
  assert.match(users.join('\n'), /bob is served by (one and by two|two and by one), and both push/);
  assert.match(users.join('\n'), /carol has a device, and no bridge/);

  const send = (/** @type {string} */ user) => runNudge(['send', '-c', one, '-u', user, 'hello']);
  const [alice, bob, carol] = await Promise.all(['alice', 'bob', 'carol'].map(send));
  assert.deepEqual([alice?.code, bob?.code, carol?.code], [0, 0, 69]);
  assert.equal(alice?.lines.length, 1);
  assert.match(bob?.lines.join('\n') ?? '', /two bridges serve bob, .* both push/);
  assert.match(carol?.lines.join('\n') ?? '', /no bridge that is online serves carol/);
});
