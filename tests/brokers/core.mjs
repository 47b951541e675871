// What every broker has to be good for: the same tests for each, on one running broker. Each takes a root and a
// client id of its own, so that none meets what another left.
import assert from 'node:assert/strict';
import { mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { startBridge, writeSettings } from '../e2e/support/bridge.mjs';
import { connect } from '../e2e/support/mqtt.mjs';
import { startProcess } from '../e2e/support/process.mjs';
import { scratchDirectory } from '../e2e/support/scratch.mjs';

const PHONE = { platform: 'log', prefs: { rate: { burst: 1_000_000, per_minute: 1_000_000 } } };
const LONG = { timeoutMs: 120_000 };

/**
 * @typedef {object} Broker
 * @property {string} url
 * @property {() => Promise<unknown>} stop
 * @property {() => Promise<unknown>} restart
 */

/**
 * @param {string} name
 * @param {(dir: string) => Promise<Broker>} start
 */
export function testBroker(name, start) {
  describe(name, () => {
    /** @type {(() => any)[]} */
    const endings = [];
    /** @type {Broker} */
    let broker;
    let roots = 0;
    before(async () => {
      const dir = await scratchDirectory({ after: (end) => endings.unshift(end) });
      broker = await start(join(dir, 'broker'));
      endings.unshift(() => broker.stop());
    });
    after(async () => {
      for (const end of endings) await end();
    });

    /** @param {import('node:test').TestContext} t */
    async function setScene(t) {
      const root = `root${++roots}`;
      const dir = await scratchDirectory(t);
      const settings = await writeSettings(dir, {
        mqtt: { url: broker.url, root, client_id: `nudge${roots}` },
      });
      const scene = new Scene(root, settings, await connect(broker.url));
      scene.receipts = await scene.client.collect(`${root}/+/receipt`);
      t.after(async () => {
        await scene.bridge?.stop();
        await scene.client.end();
      });
      await scene.start();
      return scene;
    }

    test('is ready, and an event is pushed', async (t) => {
      const scene = await setScene(t);
      await scene.register('me', 'phone');
      await scene.tell('me', 'evt_1');
      await scene.pushed(['evt_1']);
    });

    test('preferences are obeyed', async (t) => {
      const scene = await setScene(t);
      await scene.register('me', 'phone');
      const prefs = await scene.client.collect(`${scene.root}/me/prefs`);
      await scene.say('me', 'prefs', { kinds: { note: false } }, true);
      await prefs.waitFor(({ json }) => json?.rev === 1);
      await scene.tell('me', 'evt_1');
      await scene.receipts?.waitFor(({ json }) => json.event === 'evt_1' && json.reason === 'kind');
      await scene.say('me', 'prefs/set', { kinds: { note: true } });
      await prefs.waitFor(({ json }) => json?.rev === 2);
      await scene.tell('me', 'evt_2');
      await scene.pushed(['evt_2']);
    });

    test('20 events while the bridge is down are pushed', async (t) => {
      const scene = await setScene(t);
      await scene.register('me', 'phone');
      await scene.bridge?.stop();
      const ids = await scene.tellMany('me', 20);
      await scene.start();
      await scene.pushed(ids);
    });

    test('500 events are pushed though the bridge is killed among them', async (t) => {
      const scene = await setScene(t);
      await scene.register('me', 'phone');
      const told = scene.tellMany('me', 500);
      await scene.receipts?.waitFor(({ json }) => json.state === 'accepted', LONG);
      await scene.bridge?.kill();
      const ids = await told;
      await scene.start();
      await scene.shown('me', ids);
    });

    test('goes away and comes back', async (t) => {
      const scene = await setScene(t);
      await scene.register('me', 'phone');
      const prefs = await scene.client.collect(`${scene.root}/me/prefs`);
      await scene.say('me', 'prefs', { kinds: { note: false } }, true);
      await prefs.waitFor(({ json }) => json?.rev === 1);
      const from = scene.bridge?.lines.length;
      await broker.restart();
      await scene.bridge?.waitForLine(/ready: .*, 1 devices/, { ...LONG, from });
      const client = await connect(broker.url);
      const receipts = await client.collect(`${scene.root}/me/receipt`);
      await client.publish(`${scene.root}/me/event`, { kind: 'note', id: 'evt_1' });
      await receipts.waitFor(({ json }) => json.event === 'evt_1' && json.reason === 'kind', LONG);
      await client.publish(`${scene.root}/me/event`, { kind: 'test', id: 'evt_2' });
      await receipts.waitFor(({ json }) => json.event === 'evt_2' && json.state === 'pushed', LONG);
      await client.end();
    });

    for (const isNew of [false, true])
      test(`100 users with 2 devices each are known before ${isNew ? 'a bridge on a new disk' : 'the bridge'} judges`, async (t) => {
        const scene = await setScene(t);
        const users = Array.from({ length: 100 }, (_, i) => `user${i}`);
        await Promise.all(
          users.flatMap((user, i) => [
            scene.register(user, 'phone'),
            scene.register(user, 'tablet'),
            i < 10 && scene.say(user, 'prefs', { kinds: { note: false } }, true),
          ]),
        );
        const prefs = await scene.client.collect(`${scene.root}/+/prefs`);
        for (const user of users.slice(0, 10))
          await prefs.waitFor(({ topic, json }) => topic.includes(`/${user}/`) && json?.rev === 1);
        await scene.bridge?.stop();
        if (isNew) {
          const state = join(dirname(scene.settings), 'state');
          await rm(state, { recursive: true });
          await mkdir(state);
        }
        const all = await Promise.all(users.map((user) => scene.tellMany(user, 5)));
        await scene.start();
        const expected = new Set(all.slice(10).flat());
        const counts = await scene.settled(new Set(all.flat()));
        const wrong = [...counts].filter(([id, states]) =>
          expected.has(id) ? states.pushed !== 2 : states.pushed !== 0,
        );
        assert.deepEqual(wrong, []);
        assert.ok(
          !scene.bridge?.lines.some((line) => /no longer registered|given back/.test(line)),
        );
      });
  });
}

class Scene {
  /** @type {import('../e2e/support/process.mjs').Started | undefined} */
  bridge;
  /** @type {import('../e2e/support/mqtt.mjs').Collection | undefined} */
  receipts;
  /** @type {string[]} what bridges before this one said */
  before = [];

  /**
   * @param {string} root
   * @param {string} settings
   * @param {import('../e2e/support/mqtt.mjs').Client} client
   */
  constructor(root, settings, client) {
    this.root = root;
    this.settings = settings;
    this.client = client;
  }

  async start() {
    if (this.bridge) this.before.push(...this.bridge.lines);
    this.bridge = await startBridge({ settings: this.settings });
  }

  /** @param {string} user @param {string} leaf @param {any} payload @param {boolean} [retain] */
  async say(user, leaf, payload, retain = false) {
    await this.client.publish(`${this.root}/${user}/${leaf}`, payload, { retain });
  }

  /** @param {string} user @param {string} device */
  async register(user, device) {
    const heard = this.bridge?.waitForLine(new RegExp(`${user}/${device} is registered`), LONG);
    await this.say(user, `device/${device}`, PHONE, true);
    await heard;
  }

  /** @param {string} user @param {string} id */
  async tell(user, id) {
    await this.say(user, 'event', { kind: 'note', id, body: `<${id}>` });
  }

  /** @param {string} user @param {number} count @returns {Promise<string[]>} their ids */
  async tellMany(user, count) {
    const ids = Array.from({ length: count }, (_, i) => `evt_${user}_${i}`);
    // A broker may take few at a time.
    for (let at = 0; at < count; at += 10)
      await Promise.all(ids.slice(at, at + 10).map((id) => this.tell(user, id)));
    return ids;
  }

  /** @param {string[]} ids */
  async pushed(ids) {
    const missing = new Set(ids);
    let at = 0;
    const isPushed = () => {
      const messages = this.receipts?.messages ?? [];
      for (; at < messages.length; at++)
        if (messages[at]?.json.state === 'pushed') missing.delete(messages[at]?.json.event);
      return missing.size === 0;
    };
    await this.receipts?.waitFor(isPushed, { ...LONG, what: 'every event pushed' });
  }

  /** In the log of this bridge, or of one before it. @param {string} user @param {string[]} ids */
  async shown(user, ids) {
    const missing = new Set(ids);
    const take = (/** @type {string[]} */ lines) => {
      for (const line of lines)
        if (line.includes(` notify ${user}/`)) missing.delete(/<(\w+)>/.exec(line)?.[1] ?? '');
    };
    take(this.before);
    let at = 0;
    const isShown = () => {
      const lines = this.bridge?.lines ?? [];
      take(lines.slice(at));
      at = lines.length;
      return missing.size === 0;
    };
    await this.bridge?.waitUntil(isShown, 'every event shown');
  }

  /**
   * What became of each event, once all of them are settled.
   *
   * @param {Set<string>} ids
   */
  async settled(ids) {
    /** @type {Map<string, { pushed: number, other: number }>} */
    const counts = new Map([...ids].map((id) => [id, { pushed: 0, other: 0 }]));
    const open = new Set(ids);
    let at = 0;
    const isSettled = () => {
      const messages = this.receipts?.messages ?? [];
      for (; at < messages.length; at++) {
        const { event, state } = messages[at]?.json ?? {};
        const count = counts.get(event);
        if (count && state === 'pushed') count.pushed++;
        if (count && state === 'suppressed') count.other++;
        if (count && (count.pushed >= 2 || count.other >= 1)) open.delete(event);
      }
      return open.size === 0;
    };
    await this.receipts?.waitFor(isSettled, { ...LONG, what: 'every event settled' });
    return counts;
  }
}

/**
 * A broker that is a program of ours: it says "listening".
 *
 * @param {string} command
 * @param {(port: number, dir: string) => string[]} args
 * @param {number} port
 * @param {string} dir
 * @returns {Promise<Broker>}
 */
export async function startProgram(command, args, port, dir) {
  const start = async () => {
    const child = startProcess(command, args(port, dir));
    await child.waitToBeUp(/^listening$/, LONG);
    return child;
  };
  let child = await start();
  return {
    url: `mqtt://127.0.0.1:${port}`,
    stop: () => child.stop(),
    async restart() {
      await child.stop();
      child = await start();
    },
  };
}
