// The client over TCP at a real broker with the real bridge.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { startBridge, writeSettings } from '../e2e/support/bridge.mjs';
import { patiently } from '../e2e/support/arrivals.mjs';
import { startBroker } from '../e2e/support/broker.mjs';
import { startFakeBroker } from '../e2e/support/fake-broker.mjs';
import { connect } from '../e2e/support/mqtt.mjs';
import { scratchDirectory } from '../e2e/support/scratch.mjs';
import { source } from '../../client/test/source.mjs';
import { REPLY_KEY } from './support/scene.mjs';

/** @type {typeof import('../../client/src/index')} */
const { Nudge } = await source('index.ts');
/** @type {typeof import('../../client/src/view')} */
const { EMPTY } = await source('view.ts');
/** @type {typeof import('../../client/src/core/reading')} */
const { readEvent } = await source('core/reading.ts');
/** @type {typeof import('../../client/src/io/tcp')} */
const { nodeSigner, tcp } = await source('io/tcp.ts');

/**
 * @param {import('node:test').TestContext} test
 * @param {Partial<Parameters<typeof startBroker>[0]>} [options]
 */
async function setBroker(test, options = {}) {
  const broker = await startBroker({ dir: await scratchDirectory(test), ...options });
  test.after(() => broker.stop());
  return broker;
}

/**
 * @param {import('node:test').TestContext} test
 * @param {{ url: string }} broker
 * @param {Partial<import('../../client/src/index').NudgeOptions>} [options]
 */
function open(test, { url }, options = {}) {
  /** @type {(() => void)[]} */
  let checks = [];
  const check = () => checks.forEach((one) => one());
  const pairing = { ws: '', broker: url, user: 'me', username: null, root: 'nudge', ca: null };
  const nudge = new Nudge({
    ...{ pairing, password: null, device: 'phone', open: tcp(url), keepsSession: true },
    ...{ onChange: check, onLink: check, sign: nodeSigner(REPLY_KEY) },
    ...options,
  });
  test.after(() => nudge.stop());
  nudge.start();
  /** @param {() => boolean} isSo */
  const until = (isSo) =>
    patiently(
      new Promise((/** @type {(value?: undefined) => void} */ resolve) => {
        checks.push(() => isSo() && resolve());
        check();
      }),
      `what is awaited of the client: ${isSo}`,
    );
  return { nudge, until };
}

// Most of its time it waits.
describe('the client', { concurrency: 6 }, () => {
  it('lives with the bridge: registers, tests, acknowledges', async (test) => {
    const broker = await setBroker(test);
    const dir = await scratchDirectory(test);
    const settings = await writeSettings(dir, { mqtt: { url: broker.url } });
    const bridge = await startBridge({ settings });
    test.after(() => bridge.stop());
    const { nudge, until } = open(test, broker);
    await nudge.register({ platform: 'log', name: 'Phone' });
    await bridge.waitForLine(/me\/phone is registered/);
    const id = await nudge.test();
    const states = () => nudge.view.feed[0]?.receipts.map(({ state }) => state) ?? [];
    await until(() => states().includes('pushed'));
    assert.equal(nudge.view.feed[0]?.id, id);
    await until(() => nudge.view.bridges.get('nudge') === true);
    await nudge.unregister();
    await bridge.waitForLine(/me\/phone is removed/);
  });

  it('sends later what was said offline, in order and once', async (test) => {
    const broker = await setBroker(test);
    const { nudge, until } = open(test, broker);
    await until(() => nudge.link === 'online');
    await broker.stop();
    await until(() => nudge.link !== 'online');
    const sent = [nudge.register({ platform: 'log', name: 'First' })];
    sent.push(nudge.register({ platform: 'log', name: 'Second' }));
    await broker.restart();
    const witness = await connect(broker.url);
    test.after(() => witness.end());
    const heard = await witness.collect('nudge/me/device/phone');
    nudge.wake();
    await Promise.all(sent);
    await heard.waitFor(({ json }) => json?.name === 'Second');
    const names = heard.messages.map(({ json }) => json.name);
    assert.deepEqual(names.slice(-1), ['Second']);
    assert.ok(names.filter((name) => name === 'First').length <= 1);
  });

  it('is connected once the broker took its subscriptions, and counts what it tells before', async (test) => {
    const topic = 'nudge/bridge/nudge/state';
    /** @type {any} */
    let asked;
    const broker = await startFakeBroker(test, {
      take: (packet, session) => {
        if (packet.cmd !== 'subscribe' || asked) return false;
        asked = packet;
        const rest = { dup: false, retain: true, topic, payload: 'online' };
        session.send({ cmd: 'publish', qos: 0, ...rest });
        return true;
      },
    });
    const bridges = new Map([['gone', true]]);
    const known = { ...EMPTY, bridges, known: { bridges, infos: new Map() } };
    const { nudge, until } = open(test, broker, { known });
    const names = () => [...nudge.view.bridges.keys()].sort();
    await until(() => names().includes('nudge'));
    assert.equal(nudge.link, 'connecting');
    const { messageId, subscriptions } = asked;
    const granted = subscriptions.map(() => 0);
    broker.sessions[0]?.send({ cmd: 'suback', messageId, granted });
    await until(() => nudge.link === 'online');
    assert.deepEqual(names(), ['gone', 'nudge']);
    await until(() => !names().includes('gone'));
    assert.deepEqual(names(), ['nudge']);
  });

  it('is told later of the events that it missed', async (test) => {
    const broker = await setBroker(test);
    const first = open(test, broker);
    await first.until(() => first.nudge.link === 'online');
    await first.nudge.register({ platform: 'log' });
    first.nudge.stop();
    const other = await connect(broker.url);
    test.after(() => other.end());
    await other.publish('nudge/me/event', { id: 'missed', kind: 'note' });
    const { nudge, until } = open(test, broker);
    await until(() => nudge.view.feed.some(({ id }) => id === 'missed'));
  });

  it('says presence again when another window of the device is left', async (test) => {
    const broker = await setBroker(test);
    const other = await connect(broker.url);
    test.after(() => other.end());
    const heard = await other.collect('nudge/me/presence/phone');
    const { nudge } = open(test, broker);
    nudge.setForeground(true);
    const isForeground = (/** @type {any} */ { json }) => json?.state === 'foreground';
    await heard.waitFor(isForeground);
    await other.publish('nudge/me/presence/phone', 'background', { retain: true });
    await heard.waitFor(() => heard.messages.filter(isForeground).length === 2);
    nudge.stop();
    await heard.waitFor(() => heard.messages.at(-1)?.text === 'background');
  });

  it('says that its login is refused, and stops', async (test) => {
    const broker = await setBroker(test, { users: { me: 'right' } });
    const pairing = { ws: '', broker: null, user: 'me', username: 'me', root: 'nudge', ca: null };
    const { nudge, until } = open(test, broker, { pairing, password: 'wrong' });
    await until(() => nudge.link === 'refused');
    assert.match(nudge.trouble ?? '', /refuses the name or the password/);
  });

  it('says that nobody listens', async (test) => {
    const broker = await setBroker(test);
    const { nudge, until } = open(test, broker);
    await until(() => nudge.link === 'online');
    await assert.rejects(nudge.changePreferences({ hold_s: 1 }), /No bridge is listening/);
    const asked = { id: 'per_1', nonce: 'n', questions: null };
    await assert.rejects(nudge.answer(asked, { reply: 'once' }), /No agent takes answers/);
    assert.equal(nudge.view.fates.get('per_1')?.state, 'unsent');
    const other = open(test, broker, { device: 'tablet', sign: null });
    assert.equal(other.nudge.canAnswer, false);
    await assert.rejects(other.nudge.answer(asked, { reply: 'once' }), /pair it again/);
  });

  it('signs its answer, and hears what becomes of it', async (test) => {
    const broker = await setBroker(test);
    const agent = await connect(broker.url);
    test.after(() => agent.end());
    const heard = await agent.collect('nudge/me/reply');
    const { nudge, until } = open(test, broker);
    await until(() => nudge.link === 'online');
    await nudge.answer({ id: 'per_1', nonce: 'n', questions: null }, { reply: 'once' });
    const { json } = await heard.waitFor(() => true);
    assert.equal(json.signed, '{"request":"per_1","nonce":"n","reply":"once"}');
    assert.equal(json.mac, await nodeSigner(REPLY_KEY)(json.signed));
    assert.equal(nudge.view.fates.get('per_1')?.state, 'sent');
    const receipt = { request: 'per_1', host: 'pi', state: 'answered', ts: 1 };
    await agent.publish('nudge/me/receipt', receipt);
    await until(() => nudge.view.fates.get('per_1')?.state === 'answered');
  });

  it('says that no agent took its answer', async (test) => {
    const broker = await setBroker(test);
    const other = await connect(broker.url);
    test.after(() => other.end());
    await other.collect('nudge/me/reply');
    const { nudge, until } = open(test, broker);
    await until(() => nudge.link === 'online');
    await nudge.answer({ id: 'per_1', nonce: 'n', questions: null }, { reply: 'once' });
    await until(() => nudge.view.fates.get('per_1')?.state === 'untaken');
    const late = { request: 'per_1', host: 'pi', state: 'answered', ts: 1 };
    await other.publish('nudge/me/receipt', late);
    await until(() => nudge.view.fates.get('per_1')?.state === 'answered');
  });

  it('ignores what happened, if the broker only kept it', async (test) => {
    const broker = await setBroker(test);
    const other = await connect(broker.url);
    test.after(() => other.end());
    await other.publish('nudge/me/event', { id: 'old', kind: 'note' }, { retain: true });
    const { nudge, until } = open(test, broker);
    await until(() => nudge.link === 'online');
    await other.publish('nudge/me/event', { id: 'new', kind: 'note' });
    await until(() => nudge.view.feed.some(({ id }) => id === 'new'));
    assert.deepEqual(
      nudge.view.feed.map(({ id }) => id),
      ['new'],
    );
  });

  it('acknowledges what is seen, once, and no test', async (test) => {
    const broker = await setBroker(test);
    const other = await connect(broker.url);
    test.after(() => other.end());
    const heard = await other.collect('nudge/me/ack');
    const { nudge, until } = open(test, broker);
    nudge.setForeground(true);
    await until(() => nudge.link === 'online');
    await other.publish('nudge/me/event', { id: 'trial', kind: 'test' });
    for (const id of ['one', 'two', 'three'])
      await other.publish('nudge/me/event', { id, kind: 'note' });
    await until(() => nudge.view.feed.length === 4);
    nudge.see(['trial', 'one']);
    nudge.see(['one', 'two', 'nobody']);
    await heard.waitFor(({ json }) => json?.event === 'two');
    assert.deepEqual(
      heard.messages.map(({ json }) => json.event),
      ['one', 'two'],
    );
  });

  it('says that the bridge refused a registration, which is as it was', async (test) => {
    const broker = await setBroker(test);
    const settings = await writeSettings(await scratchDirectory(test), {
      mqtt: { url: broker.url },
    });
    const bridge = await startBridge({ settings });
    test.after(() => bridge.stop());
    const other = await connect(broker.url);
    test.after(() => other.end());
    const heard = await other.collect('nudge/me/device/phone');
    const { nudge, until } = open(test, broker);
    await until(() => nudge.view.bridges.size > 0);
    await nudge.register({ platform: 'log', name: 'Phone' });
    const name = '電話'.repeat(20);
    const refused = /^Error: name: must be one line of 1 to 64 bytes/;
    await assert.rejects(nudge.register({ platform: 'log', name }), refused);
    await heard.waitForCount(3);
    await until(() => nudge.view.devices.get('phone')?.name === 'Phone');
  });

  it('is tested, however long its name is', async (test) => {
    const broker = await setBroker(test);
    const other = await connect(broker.url);
    test.after(() => other.end());
    const heard = await other.collect('nudge/me/event');
    const { nudge } = open(test, broker, { device: 'd'.repeat(64) });
    await nudge.test();
    const { json } = await heard.waitFor(() => true);
    assert.match(json.id, /^[A-Za-z0-9_-]{1,64}$/);
  });

  it('keeps its place for answers, whatever is looked at offline', async (test) => {
    const broker = await setBroker(test);
    const event = readEvent('{"kind":"note"}');
    const entry = { event, ts: 1, heardMs: 1, receipts: [], resolution: null, isSeen: false };
    const feed = Array.from({ length: 300 }, (_, at) => ({ ...entry, id: `n${at}` }));
    const { nudge, until } = open(test, broker, { known: /** @type {any} */ ({ ...EMPTY, feed }) });
    nudge.see(feed.map(({ id }) => id));
    const asked = { id: 'per_1', nonce: 'n', questions: null };
    const said = nudge.answer(asked, { reply: 'once' }).catch(({ message }) => message);
    await until(() => nudge.link === 'online');
    assert.match((await said) ?? '', /^No agent takes answers/);
  });

  it('is as it was when it is started again', async (test) => {
    const broker = await setBroker(test);
    const other = await connect(broker.url);
    test.after(() => other.end());
    const { nudge, until } = open(test, broker);
    await until(() => nudge.link === 'online');
    await other.collect('nudge/me/reply');
    await nudge.answer({ id: 'per_1', nonce: 'n', questions: null }, { reply: 'once' });
    nudge.stop();
    nudge.start();
    await until(() => nudge.view.fates.get('per_1')?.state === 'untaken');
  });

  it('passes on why the bridge refuses preferences', async (test) => {
    const broker = await setBroker(test);
    const other = await connect(broker.url);
    test.after(() => other.end());
    const heard = await other.collect('nudge/me/prefs/set');
    const { nudge } = open(test, broker);
    const detail = 'hold_s: must be a whole number from 0 to 3600';
    const refused = assert.rejects(nudge.changePreferences({ hold_s: 1 }), new Error(detail));
    await heard.waitFor(() => true);
    const receipt = { state: 'failed', reason: 'invalid', detail, ts: 1 };
    await other.publish('nudge/me/receipt', receipt);
    await refused;
  });

  it('knows which of several changes the bridge refuses, and makes the others', async (test) => {
    const broker = await setBroker(test);
    const dir = await scratchDirectory(test);
    const settings = await writeSettings(dir, { mqtt: { url: broker.url } });
    const bridge = await startBridge({ settings });
    test.after(() => bridge.stop());
    const { nudge, until } = open(test, broker);
    await until(() => nudge.link === 'online');
    const made = [
      ...[{ hold_s: 7 }, { min_duration_s: -1 }, { hold_s: 9 }],
      ...[(/** @type {any} */ { hold_s }) => ({ min_duration_s: hold_s }), { hold_s: 9 }],
    ].map((change) => nudge.changePreferences(change));
    const results = await Promise.allSettled(made);
    assert.deepEqual(
      results.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled', 'fulfilled', 'fulfilled'],
    );
    const { hold_s, min_duration_s } = nudge.view.preferences;
    assert.deepEqual([hold_s, min_duration_s], [9, 9]);
    assert.equal(nudge.bridgeSilence, null);
    // It is so already: the bridge says nothing, and owes nothing.
    assert.equal(await nudge.changePreferences({ hold_s: 9 }), true);
  });

  /**
   * A person who changed something, and to whom nobody said anything of it.
   *
   * @param {import('node:test').TestContext} test
   */
  async function unanswered(test) {
    const broker = await setBroker(test);
    const bridge = await connect(broker.url);
    test.after(() => bridge.end());
    const heard = await bridge.collect('nudge/me/prefs/set');
    const one = open(test, broker);
    await one.until(() => one.nudge.link === 'online');
    assert.equal(await one.nudge.changePreferences({ hold_s: 1 }), false);
    const [late] = one.nudge.unsent;
    assert.ok(late);
    assert.match(late.fault ?? '', /^The bridge did not answer\./);
    const take = (/** @type {object} */ preferences) =>
      bridge.publish('nudge/me/prefs', preferences, { retain: true });
    const refuse = (/** @type {string} */ detail) =>
      bridge.publish('nudge/me/receipt', { state: 'failed', reason: 'invalid', detail, ts: 1 });
    return { ...one, broker, heard, late, take, refuse };
  }

  it('does not say any more that nobody answered, once the bridge did', async (test) => {
    const { nudge, until, heard, take, refuse } = await unanswered(test);
    // What is said meanwhile is made on it.
    /** @type {import('../../client/src/index').Preferences[]} */
    const wanted = [];
    const next = nudge.changePreferences((will) => {
      wanted.push(will);
      return { min_duration_s: -1 };
    });
    assert.deepEqual(wanted, [{ hold_s: 1 }]);
    await heard.waitForCount(2);
    await take({ hold_s: 3 });
    await until(() => nudge.view.preferences.hold_s === 3);
    assert.equal(nudge.unsent.length, 1, 'it is another that was taken');
    await take({ hold_s: 1 });
    await until(() => nudge.unsent.length === 0);
    assert.equal(await next, false);
    await refuse('min_duration_s: must be a whole number from 0 to 86400');
    await until(() => /^min_duration_s: /.test(nudge.unsent[0]?.fault ?? ''));
    await take({ hold_s: 2 });
    await until(() => nudge.view.preferences.hold_s === 2);
    assert.equal(nudge.unsent.length, 1, 'what was refused stays until it is put away');
  });

  it('waits for no word on what was put away', async (test) => {
    const { nudge, heard, late, take, refuse } = await unanswered(test);
    nudge.takeBack(late.id);
    assert.equal(nudge.unsent.length, 0);
    const next = nudge.changePreferences({ sound: 'a' });
    await heard.waitForCount(2);
    await refuse('hold_s: must be less');
    await take({ sound: 'a' });
    assert.equal(await next, true, 'it is not what was refused');
    assert.equal(nudge.unsent.length, 0);
  });

  it('makes what is new, though something late was lost', async (test) => {
    const { nudge, until, heard, late, take } = await unanswered(test);
    const next = nudge.changePreferences({ sound: 'a' });
    await heard.waitForCount(2);
    await take({ sound: 'a' });
    await until(() => nudge.view.preferences.sound === 'a');
    await take({ sound: 'b' });
    assert.equal(await next, true, 'it was taken, and then somebody changed it');
    assert.deepEqual(nudge.unsent, [late]);
    await take({ sound: 'b', hold_s: 1 });
    await until(() => nudge.unsent.length === 0);
  });

  it('hears after a restart what became of what nobody answered', async (test) => {
    const { nudge, broker, late, take } = await unanswered(test);
    nudge.stop();
    const again = open(test, broker);
    again.nudge.resume({ ...late, untilMs: 1 });
    assert.equal(again.nudge.unsent[0]?.fault, late.fault);
    await again.until(() => again.nudge.link === 'online');
    await take({ hold_s: 1 });
    await again.until(() => again.nudge.unsent.length === 0);
    // It was taken before this one knew of it.
    again.nudge.resume(late);
    assert.equal(again.nudge.unsent.length, 0);
  });

  const away = { id: 'away', kind: 'note' };
  const EXPLAIN = 'nudge/me/request/explain';
  /** @param {import('../../client/src/index').Nudge} nudge */
  const fateOf = (nudge) => nudge.view.feed.find(({ id }) => id === 'away');

  it('asks the bridge what became of what it missed, each event once', async (test) => {
    const broker = await setBroker(test);
    const bridge = await connect(broker.url);
    test.after(() => bridge.end());
    const asked = await bridge.collect('nudge/me/request/+');
    await bridge.publish('nudge/bridge/nudge/state', 'online', { retain: true });
    const { nudge, until } = open(test, broker);
    await until(() => nudge.view.bridges.get('nudge') === true);
    for (const id of ['away', 'other'])
      await bridge.publish('nudge/me/event', { id, kind: 'note', ts: 1 });
    const { json, retain } = await asked.waitFor((one) => one.json?.event === 'away');
    assert.deepEqual([json, retain], [{ event: 'away' }, false]);
    await asked.waitFor((one) => one.json?.event === 'other');
    const receipt = { event: 'away', device: 'phone', state: 'pushed', ts: 5 };
    const answer = { transaction: '', event: 'away', decisions: [{ user: 'me', receipt }] };
    const foreign = { ...answer, decisions: [{ user: 'eve', receipt }] };
    const topic = 'nudge/me/response/explain';
    // What is kept happened for somebody else, some other time.
    await bridge.publish(topic, { event: 'other', decisions: [] }, { retain: true });
    for (const said of [foreign, answer]) await bridge.publish(topic, said);
    await until(() => fateOf(nudge)?.receipts.length === 1);
    await bridge.publish('nudge/me/event', { id: 'last', kind: 'note' });
    await asked.waitFor((one) => one.json?.event === 'last');
    assert.deepEqual(
      asked.messages.map((one) => one.json.event).sort(),
      ['away', 'last', 'other'],
      'asked once',
    );
    assert.equal(nudge.view.feed.find(({ id }) => id === 'other')?.asking, undefined);
  });

  it('knows that it may not ask, by whatever the broker refuses', async (test) => {
    for (const refuse of ['subscription', 'question']) {
      const broker = await startFakeBroker(test, {
        grant: (filter) =>
          refuse === 'subscription' && filter.endsWith('/explain') ? 0x87 : undefined,
        take: (packet, session) => {
          if (refuse !== 'question' || packet.topic !== EXPLAIN) return false;
          session.send({ cmd: 'puback', messageId: packet.messageId, reasonCode: 0x87 });
          return true;
        },
      });
      const { nudge, until } = open(test, broker);
      await until(() => nudge.link === 'online');
      const state = { topic: 'nudge/bridge/nudge/state', payload: 'online' };
      const event = { topic: 'nudge/me/event', payload: JSON.stringify(away) };
      await broker.waitFor((packet) => packet.cmd === 'subscribe', 'the subscriptions');
      for (const said of [state, event])
        broker.sessions[0]?.send({ cmd: 'publish', qos: 0, dup: false, retain: false, ...said });
      await until(() => fateOf(nudge)?.asking === 'forbidden');
      assert.deepEqual([nudge.link, nudge.trouble], ['online', null]);
      assert.equal(broker.sessions.length, 1);
    }
  });

  it('lives where a broker ends the connection of who asks', async (test) => {
    for (const offence of ['subscribe /explain"', 'publish /explain"', 'subscribe /health"']) {
      const [cmd, topic = ''] = offence.split(' ');
      const isOffence = (/** @type {any} */ packet) =>
        packet.cmd === cmd && JSON.stringify(packet).includes(topic);
      const broker = await startFakeBroker(test, {
        take: (packet, session) => {
          if (isOffence(packet)) session.socket.destroy();
          return isOffence(packet);
        },
      });
      const { nudge } = open(test, broker);
      // The third connection is not asked anything, and so is the one that lives.
      for (const number of [1, 2, 3]) {
        await broker.waitFor(
          (packet, session) => packet.cmd === 'subscribe' && session.number === number,
          `connection ${number}`,
        );
        const state = { topic: 'nudge/bridge/nudge/state', payload: 'online' };
        const event = { topic: 'nudge/me/event', payload: JSON.stringify(away) };
        for (const said of [state, event])
          broker.sessions[number - 1]?.send({
            ...{ cmd: 'publish', qos: 0, dup: false, retain: false, ...said },
          });
        if (number < 3)
          await broker.waitFor(
            (packet, session) => isOffence(packet) && session.number === number,
            `the question on connection ${number}`,
          );
        nudge.wake();
      }
      await nudge.ack('away');
      const last = broker.heard.at(-1);
      assert.equal(last?.session.number, 3);
      const questions = broker.heard.filter(({ packet }) => isOffence(packet));
      assert.deepEqual(
        questions.map(({ session }) => session.number),
        [1, 2],
      );
    }
  });
});
