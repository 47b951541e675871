// The stand-in for APNs treats connections as Apple does, and takes a client that is not ours.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import apn from '@parse/node-apn';
import { openH2 } from '../support/h2.mjs';
import { ID, TEAM, TOKEN, TOPIC, makeSender, send } from './apns-push.mjs';

describe('a connection', () => {
  test('may change its provider token only each 20 minutes', async (test) => {
    const { makePush, start } = await makeSender(test);
    let later = 0;
    const apns = await start({ now: () => Date.now() + later });
    const h2 = await openH2(test, apns);
    const [first, second] = [makePush(), makePush({ token: { ageS: 60 } })];
    const statuses = async () => [(await send(h2, first)).status, (await send(h2, second)).status];
    assert.deepEqual(await statuses(), [200, 429]);
    later = 19 * 60_000;
    assert.deepEqual(await statuses(), [200, 429]);
    later = 21 * 60_000;
    assert.deepEqual(await statuses(), [200, 200]);
    const other = await openH2(test, apns);
    assert.equal((await send(other, first)).status, 200, 'each connection counts for itself');
  });

  test('stays wedged after an expired token', async (test) => {
    const { makePush, start } = await makeSender(test);
    const apns = await start();
    const h2 = await openH2(test, apns);
    const expired = makePush({ token: { ageS: 7200 } });
    assert.equal((await send(h2, expired)).reason, 'ExpiredProviderToken');
    assert.equal((await send(h2, makePush())).reason, 'TooManyProviderTokenUpdates');
    assert.equal((await send(await openH2(test, apns), makePush())).status, 200);
  });

  test('is wedged by a scripted expiry too', async (test) => {
    const { makePush, start } = await makeSender(test);
    const apns = await start();
    const h2 = await openH2(test, apns);
    apns.script([{ status: 403, reason: 'ExpiredProviderToken' }]);
    assert.equal((await send(h2, makePush())).reason, 'ExpiredProviderToken');
    assert.equal((await send(h2, makePush())).reason, 'TooManyProviderTokenUpdates');
  });

  test('has one stream until a good token was shown, when started cold', async (test) => {
    const { makePush, start } = await makeSender(test);
    const { session, ...h2 } = await openH2(test, await start({ coldStart: true }));
    assert.equal(session.remoteSettings.maxConcurrentStreams, 1);
    await send({ session, ...h2 }, makePush({ token: { strange: true } }));
    assert.equal(session.remoteSettings.maxConcurrentStreams, 1);
    const opened = new Promise((resolve) => session.once('remoteSettings', resolve));
    await send({ session, ...h2 }, makePush());
    await opened;
    assert.equal(session.remoteSettings.maxConcurrentStreams, 1000);
  });

  test('is cut after too many mistakes, with the reason', async (test) => {
    const { makePush, start } = await makeSender(test);
    const h2 = await openH2(test, await start());
    /** @type {Promise<Buffer>} */
    const cut = new Promise((resolve) =>
      h2.session.once('goaway', (_code, _last, data) => resolve(Buffer.from(data ?? []))),
    );
    const mistake = makePush({ path: '/3/device/00' });
    for (let mistakes = 0; mistakes < 10; mistakes++)
      assert.equal((await send(h2, mistake)).reason, 'BadDeviceToken');
    assert.deepEqual(JSON.parse(String(await cut)), { reason: 'BadDeviceToken' });
  });
});

for (const reason of /** @type {const} */ (['Unregistered', 'ExpiredToken'])) {
  test(`a device that is gone is answered 410 ${reason} with its time`, async (test) => {
    const { makePush, start } = await makeSender(test);
    const gone = { reason, timestamp: Date.now() - 3_600_000 };
    const apns = await start({ devices: { [TOKEN]: { topic: TOPIC, gone } } });
    const { status, reason: said, timestamp } = await send(await openH2(test, apns), makePush());
    assert.deepEqual({ status, reason: said, timestamp }, { status: 410, ...gone });
  });
}

test('an unmodified node-apn is accepted', async (test) => {
  const { key, start } = await makeSender(test);
  const apns = await start();
  const provider = new apn.Provider({
    token: { key: key.keyFile, keyId: key.keyId, teamId: TEAM },
    address: 'localhost',
    port: apns.port,
    ca: [await readFile(apns.caFile)],
  });
  test.after(() => provider.shutdown());
  const expiry = Math.floor(Date.now() / 1000) + 60;
  const alert = new apn.Notification();
  alert.alert = { title: 'Turn', body: 'finished' };
  Object.assign(alert, { topic: TOPIC, pushType: 'alert', id: ID, collapseId: 'x', expiry });
  const silent = new apn.Notification();
  Object.assign(silent, { topic: TOPIC, pushType: 'background', priority: 5 });
  silent.contentAvailable = true;
  for (const note of [alert, alert, silent]) {
    const { sent, failed } = await provider.send(note, TOKEN);
    assert.deepEqual([sent[0]?.device, failed], [TOKEN, []]);
  }
  assert.deepEqual([apns.accepted.length, apns.refused.length, apns.connections], [3, 0, 1]);
});
