// `nudge user`: who may log in at a real mosquitto, what each may read and write, and that all else in
// the broker's files stays as it was.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { source } from '../../client/test/source.mjs';
import { Arrivals } from './support/arrivals.mjs';
import { runNudge, startBridge, writeSettings } from './support/bridge.mjs';
import { ACL, passwordIn, withFiles, withPlugin } from './support/logins.mjs';
import { connect } from './support/mqtt.mjs';
import { scratchDirectory } from './support/scratch.mjs';

/** @type {{ Topics: new (root: string, user: string) => { subscriptions: () => { filter: string }[] } }} */
const { Topics } = await source('core/topics.ts');

/**
 * @typedef {object} Place where a broker keeps its logins
 * @property {import('./support/broker.mjs').Broker} broker
 * @property {(...args: string[]) => Promise<{ code: number | null, lines: string[] }>} user runs
 *   `nudge user`
 * @property {string} settings
 * @property {string} dir
 */

/**
 * Who has the password gets in, as soon as the broker has read its files again.
 *
 * @param {string} url
 * @param {string} username
 * @param {string} password
 */
async function login(url, username, password) {
  await until(async () => !(await isRefused(url, username, password)));
  return connect(url, { username, password });
}

/**
 * Asks again and again: when the broker has read its files it says nothing.
 *
 * @param {() => Promise<boolean>} is
 */
async function until(is) {
  for (let tries = 0; !(await is()); tries++) {
    assert.ok(tries < 200, 'the broker does not read its files');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** @param {string} url @param {string} username @param {string} password */
async function isRefused(url, username, password) {
  try {
    const client = await connect(url, { username, password });
    await client.end();
    return false;
  } catch {
    return true;
  }
}

/**
 * The topics that a client hears of, in order.
 *
 * @param {import('./support/mqtt.mjs').Client} client
 */
function topicsOf({ client }) {
  /** @type {Arrivals<string>} */
  const arrivals = new Arrivals((topics) => topics.join('\n'));
  client.on('message', (topic) => arrivals.add(topic));
  return arrivals;
}

for (const [kind, make] of /** @type {const} */ ([
  ['a password_file and an acl_file', withFiles],
  ['dynamic security', withPlugin],
]))
  describe(`a broker with ${kind}`, () => {
    /** @type {Place & { alice: string, bob: string, bridge: string }} */
    let place;
    /** @type {(() => any)[]} */
    const endings = [];
    before(async () => {
      const dir = await scratchDirectory({ after: (end) => endings.unshift(end) });
      const { broker, options } = await make(dir);
      endings.unshift(() => broker.stop());
      const password_file = join(dir, 'bridge-password');
      const mqtt = { url: broker.url, username: 'nudge', password_file };
      const settings = await writeSettings(dir, { mqtt });
      const conf = join(broker.dir, 'mosquitto.conf');
      const user = async (/** @type {string[]} */ ...args) => {
        const all = ['user', '-c', settings, '--broker-conf', conf, ...options, ...args];
        const { code, lines } = await runNudge(all);
        return { code, lines };
      };
      const first = await user('add', 'alice');
      assert.equal(first.code, 0, first.lines.join('\n'));
      const second = await user('add', 'bob');
      assert.equal(second.code, 0, second.lines.join('\n'));
      const alice = passwordIn(first.lines, 'alice');
      const bob = passwordIn(second.lines, 'bob');
      assert.match(alice, /^[\w-]{24}$/);
      assert.match(bob, /^[\w-]{24}$/);
      assert.equal(passwordIn(first.lines, 'nudge'), '', 'it stands in its file alone');
      const bridge = (await readFile(password_file, 'utf8')).trim();
      assert.match(bridge, /^[\w-]{24}$/);
      assert.equal((await stat(password_file)).mode & 0o777, 0o600);
      place = { broker, user, settings, dir, alice, bob, bridge };
    });
    after(async () => {
      for (const end of endings) await end();
    });

    /** @param {'alice' | 'bob'} name */
    const person = (name) => login(place.broker.url, name, place[name]);
    const operator = () => login(place.broker.url, 'operator', 'o');

    const leaves = ['event', 'prefs', 'prefs/set', 'device/phone', 'presence/phone', 'ack'];
    const own = [...leaves, 'reply', 'receipt', 'agent/workstation', 'request/explain'];

    test('lets a person write what is theirs, and nothing else', async (t) => {
      const client = await person('alice');
      t.after(() => client.end());
      for (const leaf of own) await client.publish(`nudge/alice/${leaf}`, '', { retain: true });
      const foreign = [
        ...[...own, 'state'].map((leaf) => `nudge/bob/${leaf}`),
        ...['nudge/alice/state', 'nudge/alice/device/a/b', 'nudge/alice'],
        ...['state', 'info', 'health', 'request/reload', 'request/explain', 'marker'].map(
          (leaf) => `nudge/bridge/nudge/${leaf}`,
        ),
        ...['zigbee/lamp', 'other', '$CONTROL/dynamic-security/v1'],
      ];
      for (const topic of foreign)
        await assert.rejects(client.publish(topic, 'x'), /[Nn]ot authorized/, topic);
    });

    test('lets a person read what the page and the plugin read, and nothing of another', async (t) => {
      const [client, all] = await Promise.all([person('alice'), operator()]);
      t.after(() => Promise.all([client.end(), all.end()]));
      const heard = topicsOf(client);
      const page = new Topics('nudge', 'alice').subscriptions().map(({ filter }) => filter);
      const plugin = ['nudge/alice/reply', 'nudge/alice/receipt', 'nudge/bridge/+/state'];
      const more = ['nudge/alice/#', 'nudge/bridge/+/health'];
      for (const filter of new Set([...page, ...plugin, ...more])) {
        const [grant] = await client.client.subscribeAsync(filter, { qos: 1 });
        assert.ok((grant?.qos ?? 128) < 128, filter);
      }
      // What dynamic security refuses, an acl_file grants and does not deliver.
      const greedy = ['nudge/bob/#', 'nudge/+/reply', 'nudge/+/event', 'nudge/#', '#', 'zigbee/#'];
      for (const filter of [...greedy, 'nudge/bridge/#', '$SYS/#'])
        await client.client.subscribeAsync(filter, { qos: 1 }).catch(() => {});
      for (const topic of [
        ...[...own, 'state'].map((leaf) => `nudge/bob/${leaf}`),
        ...['response/explain', 'marker', 'witness', 'users', 'request/explain'].map(
          (leaf) => `nudge/bridge/nudge/${leaf}`,
        ),
        'zigbee/lamp',
      ])
        await all.publish(topic, 'x');
      const expected = [
        ...[...own, 'state'].map((leaf) => `nudge/alice/${leaf}`),
        ...['state', 'info', 'health'].map((leaf) => `nudge/bridge/nudge/${leaf}`),
      ];
      for (const topic of expected) await all.publish(topic, 'x');
      await heard.waitFor((topic) => topic === expected.at(-1), { what: 'what is ours' });
      assert.deepEqual(new Set(heard.items), new Set(expected));
    });

    test('lets the bridge do its work, and never read an answer', async (t) => {
      const bridge = await startBridge({ settings: place.settings });
      t.after(() => bridge.stop());
      const [client, spy] = await Promise.all([
        person('alice'),
        login(place.broker.url, 'nudge', place.bridge),
      ]);
      t.after(() => Promise.all([client.end(), spy.end()]));
      const receipts = await client.collect('nudge/alice/receipt');
      const state = await client.collect('nudge/alice/state');
      await client.publish('nudge/alice/device/phone', { platform: 'log' }, { retain: true });
      await client.publish('nudge/alice/event', { id: 'evt_acl', kind: 'note', body: 'hello' });
      await receipts.waitFor(({ json }) => json.event === 'evt_acl' && json.state === 'pushed');
      await state.waitFor(({ json }) => json.devices === 1);
      const heard = topicsOf(spy);
      for (const filter of ['nudge/+/reply', 'nudge/alice/#', '#'])
        await spy.client.subscribeAsync(filter, { qos: 1 }).catch(() => {});
      await spy.client.subscribeAsync('nudge/+/event', { qos: 1 });
      await client.publish('nudge/alice/reply', '{}');
      await client.publish('nudge/alice/event', { kind: 'note', body: 'after it' });
      await heard.waitFor((topic) => topic === 'nudge/alice/event', { what: 'the event' });
      assert.ok(!heard.items.includes('nudge/alice/reply'));
      await assert.rejects(spy.publish('nudge/alice/prefs/set', '{}'), /[Nn]ot authorized/);
      await client.publish('nudge/alice/device/phone', '', { retain: true });
      await bridge.waitForLine(/alice\/phone is removed/);
    });

    test('lets the commands work with the login of the bridge', async (t) => {
      const bridge = await startBridge({ settings: place.settings });
      t.after(() => bridge.stop());
      const client = await person('bob');
      t.after(() => client.end());
      await client.publish('nudge/bob/device/phone', { platform: 'log' }, { retain: true });
      await bridge.waitForLine(/bob\/phone is registered/);
      const args = ['send', '-c', place.settings, '-u', 'bob', '--wait', 'hello'];
      const { code, lines } = await runNudge(args);
      assert.equal(code, 0, lines.join('\n'));
      assert.match(lines.join('\n'), /pushed phone by log/);
      await client.publish('nudge/bob/device/phone', '', { retain: true });
      await bridge.waitForLine(/bob\/phone is removed/);
    });

    test('lets a person ask what became of what is theirs, and of nothing else', async (t) => {
      const bridge = await startBridge({ settings: place.settings });
      t.after(() => bridge.stop());
      const [alice, bob] = await Promise.all([person('alice'), person('bob')]);
      t.after(() => Promise.all([alice.end(), bob.end()]));
      for (const [name, client] of /** @type {const} */ ([
        ['alice', alice],
        ['bob', bob],
      ])) {
        const receipts = await client.collect(`nudge/${name}/receipt`);
        await client.publish(`nudge/${name}/event`, { id: 'evt_same', kind: 'note', body: 'x' });
        await receipts.waitFor(({ json }) => json.state === 'suppressed');
      }
      const answers = await alice.collect('nudge/alice/response/#');
      /** @param {object} asked @param {string} [responseTopic] */
      const ask = (asked, responseTopic) =>
        alice.client.publishAsync('nudge/alice/request/explain', JSON.stringify(asked), {
          qos: 1,
          properties: responseTopic === undefined ? {} : { responseTopic },
        });
      /** @param {string} transaction */
      const answer = (transaction) =>
        answers.waitFor(({ json }) => json.transaction === transaction);

      await ask({ event: 'evt_same', transaction: 'own' });
      const { topic, json } = await answer('own');
      assert.equal(topic, 'nudge/alice/response/explain');
      assert.deepEqual(
        json.decisions.map((/** @type {any} */ { user, receipt }) => [user, receipt.state]),
        [['alice', 'suppressed']],
      );

      await ask({ event: 'evt_same', transaction: 'mine' }, 'nudge/alice/response/mine');
      assert.equal((await answer('mine')).topic, 'nudge/alice/response/mine');

      for (const wish of ['nudge/bob/response/explain', 'nudge/alice/state', 'zigbee/lamp']) {
        await ask({ event: 'evt_same', transaction: wish }, wish);
        const refused = await answer(wish);
        assert.equal(refused.topic, 'nudge/alice/response/explain');
        assert.match(refused.json.error, /response topic: must be below nudge\/alice\/response\//);
      }

      await alice.publish('nudge/alice/request/reload', { transaction: 'reload' });
      assert.match((await answer('reload')).json.error, /must be explain or digest/);
    });

    test('lets Home Assistant see and drive everybody, and hear of the bridge', async (t) => {
      const added = await place.user('add', '--homeassistant');
      const said = /^homeassistant may log in, and sees and drives everybody below nudge\/$/;
      assert.ok(
        added.lines.some((line) => said.test(line)),
        added.lines.join('\n'),
      );
      assert.equal(added.code, 0, added.lines.join('\n'));
      const password = passwordIn(added.lines, 'homeassistant');
      const assistant = await login(place.broker.url, 'homeassistant', password);
      const [alice, all] = await Promise.all([person('alice'), operator()]);
      t.after(() => Promise.all([assistant.end(), alice.end(), all.end()]));
      const bridge = await startBridge({ settings: place.settings });
      t.after(() => bridge.stop());
      const told = await assistant.collect('homeassistant/#');
      const state = await assistant.collect('nudge/+/state');
      await alice.publish('nudge/alice/prefs', '{}', { retain: true });
      await assistant.publish('homeassistant/status', 'online');
      await told.waitFor(({ topic }) => topic === 'homeassistant/device/nudge_alice_nudge/config');
      await assistant.publish('nudge/alice/prefs/set', { enabled: false });
      await state.waitFor(({ json }) => json?.enabled === false);
      for (const leaf of ['event', 'presence/homeassistant', 'reply'])
        await assistant.publish(
          `nudge/alice/${leaf}`,
          leaf === 'presence/homeassistant' ? 'background' : '{}',
        );
      for (const topic of ['nudge/alice/prefs', 'nudge/alice/device/phone', 'nudge/alice/state'])
        await assert.rejects(assistant.publish(topic, 'x'), /[Nn]ot authorized/, topic);

      const heard = topicsOf(assistant);
      for (const filter of ['nudge/+/reply', 'nudge/alice/#', '#'])
        await assistant.client.subscribeAsync(filter, { qos: 1 }).catch(() => {});
      await assistant.client.subscribeAsync('nudge/+/event', { qos: 1 });
      await all.publish('nudge/alice/reply', '{}');
      await all.publish('nudge/alice/event', { kind: 'note', body: 'after it' });
      await heard.waitFor((topic) => topic === 'nudge/alice/event', { what: 'the event' });
      assert.ok(!heard.items.includes('nudge/alice/reply'));

      await alice.publish('nudge/alice/prefs', '', { retain: true });
      await told.waitFor(({ topic, text }) => /nudge_alice_nudge/.test(topic) && text === '');
      const removed = await place.user('remove', 'homeassistant');
      assert.equal(removed.code, 0, removed.lines.join('\n'));
      await until(() => isRefused(place.broker.url, 'homeassistant', password));
    });

    test('leaves the other logins alone', async (t) => {
      const client = await login(place.broker.url, 'zigbee', 'z');
      t.after(() => client.end());
      await client.publish('zigbee/lamp', 'on');
      await assert.rejects(client.publish('nudge/alice/event', 'x'), /[Nn]ot authorized/);
      const refused = await place.user('remove', 'zigbee');
      assert.equal(refused.code, 1);
      assert.match(refused.lines[0] ?? '', /'zigbee' was not made here/);
      assert.ok(!(await isRefused(place.broker.url, 'zigbee', 'z')));
    });

    test('keeps the password of who is added again, and changes it when told so', async () => {
      const again = await place.user('add', 'alice');
      assert.equal(again.code, 0, again.lines.join('\n'));
      assert.equal(passwordIn(again.lines, 'alice'), '');
      await (await person('alice')).end();
      const file = join(place.dir, 'chosen');
      await writeFile(file, 'pass word ü\n', { mode: 0o600 });
      const changed = await place.user('passwd', '--password-file', file, 'alice');
      assert.equal(changed.code, 0, changed.lines.join('\n'));
      assert.ok(!changed.lines.join('\n').includes('pass word'));
      await (await login(place.broker.url, 'alice', 'pass word ü')).end();
      await until(() => isRefused(place.broker.url, 'alice', place.alice));
      const made = await place.user('passwd', 'alice');
      place.alice = passwordIn(made.lines, 'alice');
      await (await person('alice')).end();
    });

    test('lists who was added, and who is the bridge', async () => {
      const { code, lines } = await place.user('list');
      assert.equal(code, 0);
      assert.deepEqual(lines.map((line) => line.replace(/ +/g, ' ')).sort(), [
        'alice password rights',
        'bob password rights',
        'nudge password rights the bridge',
      ]);
    });

    test('removes a login with its rights, and the reply key if that is wanted', async () => {
      const added = await place.user('add', 'carol');
      const password = passwordIn(added.lines, 'carol');
      await (await login(place.broker.url, 'carol', password)).end();
      const key = join(place.dir, 'state', 'reply-keys', 'carol');
      await runNudge(['pair', '-c', place.settings, 'carol']);
      assert.ok(existsSync(key));
      const removed = await place.user('remove', 'carol');
      assert.equal(removed.code, 0, removed.lines.join('\n'));
      assert.ok(removed.lines.some((line) => line.includes(`stays in ${key}: --key removes it`)));
      await until(() => isRefused(place.broker.url, 'carol', password));
      assert.equal((await place.user('remove', 'carol')).code, 1);
      await place.user('add', 'carol');
      const { lines } = await place.user('remove', '--key', 'carol');
      assert.ok(lines.includes('the reply key is gone, too'));
      assert.ok(!existsSync(key));
      assert.ok(!(await place.user('list')).lines.some((line) => line.startsWith('carol')));
    });

    test('says in one line what it does not do', async () => {
      for (const [args, code, complaint] of /** @type {const} */ ([
        [['add', 'nudge'], 64, /'nudge' is the login of the bridge/],
        [['add', 'bridge'], 64, /USER must be/],
        [['add', 'a/b'], 64, /USER must be/],
        [['add'], 64, /usage: nudge user/],
        [['list', 'alice'], 64, /usage: nudge user/],
        [['become', 'alice'], 64, /usage: nudge user/],
        [['passwd', 'nobody'], 1, /nobody|not found/],
        [['add', '--password-file', '/nowhere', 'dave'], 1, /cannot read \/nowhere/],
        [['add', '--password-file', '-', 'dave'], 1, /standard input has no password/],
      ])) {
        const result = await place.user(...args);
        assert.equal(result.code, code, result.lines.join('\n'));
        assert.equal(result.lines.length, 1, result.lines.join('\n'));
        assert.match(result.lines[0] ?? '', complaint);
      }
    });
  });

describe('the files of a broker', () => {
  /** @param {import('node:test').TestContext} t @param {string[]} lines of mosquitto.conf */
  async function files(t, lines) {
    const dir = await scratchDirectory(t);
    const settings = await writeSettings(dir, {});
    const conf = join(dir, 'mosquitto.conf');
    await writeFile(conf, lines.map((line) => `${line.replaceAll('DIR', dir)}\n`).join(''));
    const user = (/** @type {string[]} */ ...args) =>
      runNudge(['user', '-c', settings, '--broker-conf', conf, ...args]);
    return { dir, conf, user };
  }
  const BOTH = ['password_file DIR/passwords', 'acl_file DIR/acl'];

  test('keep every byte that is not ours, with their owner and mode', async (t) => {
    const { dir, user } = await files(t, BOTH);
    const [passwords, acl] = [join(dir, 'passwords'), join(dir, 'acl')];
    const before = { passwords: '# a:b\r\nzigbee:$7$x\n\nend:$7$y', acl: `\t\r\n${ACL}# end` };
    await writeFile(passwords, before.passwords, { mode: 0o640 });
    await writeFile(acl, before.acl, { mode: 0o644 });
    assert.equal((await user('add', 'alice')).code, 0);
    const [put, rights] = [await readFile(passwords, 'utf8'), await readFile(acl, 'utf8')];
    assert.ok(put.startsWith(`${before.passwords}\nalice:$`), put);
    assert.ok(rights.startsWith(`${before.acl}\n# nudge: alice\nuser alice\n`), rights);
    assert.equal((await stat(passwords)).mode & 0o777, 0o640);
    assert.equal((await stat(acl)).mode & 0o777, 0o644);
    assert.equal((await user('add', 'alice')).code, 0);
    assert.equal(await readFile(passwords, 'utf8'), put, 'the same when it is said again');
    assert.equal(await readFile(acl, 'utf8'), rights);
    assert.equal((await user('remove', 'alice')).code, 0);
    assert.equal((await user('remove', 'nudge')).code, 0);
    assert.equal(await readFile(passwords, 'utf8'), `${before.passwords}\n`);
    assert.equal(await readFile(acl, 'utf8'), `${before.acl}\n`);
    assert.deepEqual(
      (await readdir(dir)).filter((name) => name.includes('nudge-')),
      [],
      'nothing is left beside them',
    );
  });

  test('are found in an included folder, and behind a link', async (t) => {
    const { dir, user } = await files(t, ['include_dir DIR/conf.d']);
    await mkdir(join(dir, 'conf.d'));
    const [passwords, acl] = [join(dir, 'passwords'), join(dir, 'acl')];
    await writeFile(join(dir, 'conf.d', 'a.conf'), `password_file ${passwords}\n`);
    await writeFile(join(dir, 'conf.d', 'b.conf'), `acl_file ${acl}\n`);
    await writeFile(join(dir, 'conf.d', 'c.conf.old'), 'acl_file /elsewhere\n');
    await mkdir(join(dir, 'real'));
    await writeFile(join(dir, 'real', 'acl'), ACL);
    await symlink(join(dir, 'real', 'acl'), acl);
    const { code, lines } = await user('add', 'alice');
    assert.equal(code, 0, lines.join('\n'));
    assert.match(await readFile(join(dir, 'real', 'acl'), 'utf8'), /# nudge: alice/);
    assert.equal((await stat(passwords)).mode & 0o777, 0o600, 'a new one is for the broker alone');
  });

  test('that a broker does not have are asked for in one line', async (t) => {
    for (const [lines, complaint] of /** @type {const} */ ([
      [['persistence true'], /no password_file and no acl_file; add .*allow_anonymous false/],
      [['password_file DIR/p'], /no acl_file, so any login .* everybody.*acl_file \/etc/],
      [['acl_file DIR/a'], /names no password_file/],
      [[...BOTH, 'listener 1', 'acl_file DIR/other'], /different files for its listeners/],
      [['password_file p', 'acl_file a'], /let password_file and acl_file begin with '\/'/],
      [['plugin /x/mosquitto_dynamic_security.so'], /dynamic security: .*--admin NAME/],
    ])) {
      const { user, conf } = await files(t, [...lines]);
      const result = await user('add', 'alice');
      assert.notEqual(result.code, 0);
      assert.equal(result.lines.length, 1, result.lines.join('\n'));
      assert.match(result.lines[0] ?? '', complaint);
      assert.ok(existsSync(conf));
    }
    const { user } = await files(t, BOTH);
    const missing = await user('--broker-conf', '/nowhere', 'add', 'alice');
    assert.match(missing.lines[0] ?? '', /cannot read \/nowhere: .*nudge user show NAME/);
  });

  test('with a new acl_file would shut the others out, which is said', async (t) => {
    const { dir, user } = await files(t, BOTH);
    await writeFile(join(dir, 'passwords'), 'zigbee:$7$x\n');
    const { lines } = await user('add', 'alice');
    const warnings = lines.filter((line) => /may do nothing any more/.test(line));
    assert.equal(warnings.length, 1, lines.join('\n'));
    assert.match(warnings[0] ?? '', /'zigbee'/);
  });

  test('in which somebody gave a person more say so', async (t) => {
    const { dir, user } = await files(t, BOTH);
    await writeFile(join(dir, 'acl'), 'user alice\ntopic #\n');
    const { code, lines } = await user('add', 'alice');
    assert.equal(code, 0);
    assert.ok(lines.some((line) => line.includes(`${join(dir, 'acl')}:1 gives 'alice' more`)));
  });

  test('cannot keep every password', async (t) => {
    const { dir, user } = await files(t, BOTH);
    const file = join(dir, 'password');
    for (const [text, complaint] of /** @type {const} */ ([
      ['a:b', /has a ':', which mosquitto's password_file cannot keep/],
      [' a', /begins or ends with a space/],
      ['', /is empty/],
      ['a\x07b', /has a character that no password may have/],
    ])) {
      await writeFile(file, `${text}\n`, { mode: 0o600 });
      const { code, lines } = await user('add', '--password-file', file, 'alice');
      assert.equal(code, 1);
      assert.match(lines.join('\n'), complaint);
      assert.ok(!existsSync(join(dir, 'passwords')), 'nothing is written');
    }
  });

  test('without a broker that runs: the line to say is said', async (t) => {
    const { user } = await files(t, [...BOTH, 'pid_file DIR/pid']);
    const { lines } = await user('add', 'alice');
    assert.ok(lines.some((line) => /again: pkill -HUP -x mosquitto/.test(line)) || hasSystemd());
  });
});

function hasSystemd() {
  return existsSync('/run/systemd/system');
}

test('nudge user show prints what a broker elsewhere needs', async (t) => {
  const dir = await scratchDirectory(t);
  const settings = await writeSettings(dir, { mqtt: { root: 'home', username: 'pi' } });
  const { code, lines } = await runNudge(['user', '-c', settings, 'show', 'alice']);
  const text = lines.join('\n');
  assert.equal(code, 0);
  for (const line of [
    ...['user alice', 'topic read home/alice/#', 'topic write home/alice/reply', 'user pi'],
    ...['topic read home/+/event', 'mosquitto_ctrl dynsec createClient alice'],
    ...['mosquitto_ctrl dynsec addClientRole alice nudge-alice'],
    ...['mosquitto_ctrl dynsec addClientRole pi nudge-bridge-nudge'],
    ...['   acl_file /share/mosquitto/accesscontrollist', '   user homeassistant'],
  ])
    assert.ok(lines.includes(line), `${line}\n${text}`);
});
