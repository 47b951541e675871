// The commands as a person types them.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runNudge, startBridge, writeSettings } from './support/bridge.mjs';
import { startBroker } from './support/broker.mjs';
import { makeAuthority } from './support/certificates.mjs';
import { connect } from './support/mqtt.mjs';
import { freePort } from './support/ports.mjs';
import { startProcess } from './support/process.mjs';
import { startRunning } from './support/running.mjs';
import { scratchDirectory } from './support/scratch.mjs';

const BINARY = fileURLToPath(new URL('../../build/nudge', import.meta.url));

const USUAL = '/etc/nudge/nudge.conf';

/**
 * @param {import('node:test').TestContext} test
 * @param {string} text
 */
async function settingsFile(test, text) {
  const dir = await scratchDirectory(test);
  const file = join(dir, 'nudge.conf');
  await writeFile(file, text);
  return { dir, file };
}

describe('nudge', () => {
  test('lists its commands and every setting', async () => {
    const { code, lines } = await runNudge(['--help']);
    assert.equal(code, 0);
    const text = lines.join('\n');
    for (const word of ['nudge run', 'nudge check', 'nudge send', '[mqtt]', 'password_file'])
      assert.ok(text.includes(word), word);
  });

  test('tells its version, also behind a command', async () => {
    for (const args of [['--version'], ['run', '--version']]) {
      const { code, lines } = await runNudge(args);
      assert.equal(code, 0);
      assert.match(lines.join('\n'), /^nudge \d+\.\d+\.\d+$/);
    }
  });

  test('helps with each command', async () => {
    for (const name of ['run', 'check', 'send', 'watch', 'explain', 'digest', 'pair']) {
      const { code, lines } = await runNudge([name, '--help']);
      assert.equal(code, 0);
      assert.match(lines[0] ?? '', new RegExp(`^usage: nudge ${name} `));
    }
  });

  test('ends at an option that it does not know, with status 64', async () => {
    const names = ['run', 'check', 'doctor', 'send', 'watch', 'explain', 'digest', 'keys', 'pair'];
    for (const name of [...names, 'user', 'reply']) {
      const { code, lines } = await runNudge([name, '--bogus', 'x']);
      assert.equal(code, 64, name);
      assert.match(lines.join('\n'), /usage: nudge /);
    }
  });

  test('knows each option that a help tells of, with an argument or without', async () => {
    const { lines } = await runNudge(['completion', 'fish']);
    const told = lines.flatMap((line) => {
      const found = / -n '__fish_seen_subcommand_from (\S+)' -([ls]) (\S+)( -[rx])?/.exec(line);
      return found?.[1] && found[3] ? [{ command: found[1], name: found[3], has: !!found[4] }] : [];
    });
    assert.ok(told.length > 40);
    for (const { command, name, has } of told.filter((one) => one.name !== 'version')) {
      const option = name.length === 1 ? `-${name}` : `--${name}`;
      const said = name.length === 1 ? [option, 'x'] : [`${option}=x`];
      const { code } = await runNudge([command, ...said, '--help']);
      assert.equal(code, has ? 0 : 64, `nudge ${command} ${option} with an argument`);
      if (!has) assert.equal((await runNudge([command, option, '--help'])).code, 0, option);
    }
  });

  test('says what is wrong with a command line, before it says how it is used', async () => {
    /** @type {[string[], string][]} */
    const wrong = [
      [['run', '--bogus'], "nudge run: unrecognized option '--bogus'"],
      [['send', '-u'], "nudge send: option requires an argument -- 'u'"],
      [['digest', '--since', '5x'], "nudge digest: --since '5x' is no time: 90s, 30m, 8h or 2d, "],
      [['digest', 'today'], "nudge digest: unexpected argument 'today'"],
      [['doctor', '--as', 'me'], 'nudge doctor: --as and --password-file belong together'],
      [['doctor', 'me'], "nudge doctor: unexpected argument 'me'"],
      [['explain'], 'nudge explain: say the EVENT'],
      [['explain', 'a b'], 'nudge explain: EVENT must be 1 to 64 of the characters'],
      [['explain', 'a', 'b'], "nudge explain: unexpected argument 'b'"],
      [['watch', 'me'], "nudge watch: unexpected argument 'me'"],
      [['watch', '-u', 'a/b'], 'nudge watch: USER must be 1 to 64 of the characters'],
      [['pair'], 'nudge pair: say the USER'],
      [['pair', 'a', 'b'], "nudge pair: unexpected argument 'b'"],
      [['user'], 'nudge user: say what to do: add, passwd, remove, list or show'],
      [['user', 'make', 'a'], "nudge user: 'make' is none of add, passwd, remove, list and show"],
      [['user', 'add'], 'nudge user: add whom? Say a NAME'],
      [['user', 'list', 'a'], "nudge user: unexpected argument 'a'"],
      [['setup', '--ports', '1'], 'nudge setup: --ports must be four between commas'],
      [['setup', 'all'], "nudge setup: unexpected argument 'all'"],
      [['completion', 'tcsh'], 'nudge completion: say one shell: bash, zsh or fish'],
      [['manual'], 'nudge manual: say one table: commands or settings'],
    ];
    for (const [args, what] of wrong) {
      const { code, lines } = await runNudge(args);
      assert.equal(code, 64, args.join(' '));
      assert.ok(lines[0]?.startsWith(what), `${args.join(' ')}: ${lines[0]}`);
      // The C library says by itself what is wrong with an option.
      const isOption = /: (unrecognized )?option /.test(what);
      assert.match(lines.at(-1) ?? '', new RegExp(`usage: nudge ${args[0]} `));
      assert.equal(lines.length, isOption ? 2 : 1);
    }
  });

  test('refuses what it does not know with one line and status 64', async () => {
    for (const args of [[], ['fly'], ['run', 'now'], ['send'], ['send', 'two', 'words']]) {
      const { code, lines } = await runNudge(args);
      assert.equal(code, 64, args.join(' '));
      assert.match(lines[0] ?? '', /^nudge/);
    }
  });
});

describe('nudge check', () => {
  test('says that good settings are good', async (t) => {
    const { file } = await settingsFile(t, '[mqtt]\nurl = mqtt://pi.lan:1883\n');
    const { code, lines } = await runNudge(['check', '-c', file]);
    assert.deepEqual({ code, lines }, { code: 0, lines: [`${file}: the settings are good`] });
  });

  const faults = [
    ['an unknown key', '[mqtt]\nurll = x\n', ":2: unknown key 'urll' in [mqtt]"],
    ['an unknown section', '\n\n[mqt]\nurl = x\n', ':4: unknown section [mqt]'],
    ['a bad value', '[log]\nlevel = loud\n', ':2: [log] level must be one of'],
    ['a line that is nothing', '[mqtt]\nhello\n', ":2: neither '[section]' nor 'key = value'"],
    ['a key below no section', 'level = info\n', ":1: 'level' stands below no [section]"],
    [
      'a section without its end',
      '[mqtt]\nroot = x\n[log\nlevel = info\n',
      ":3: neither '[section]' nor 'key = value'",
    ],
    ['a wrong scheme', '[mqtt]\nurl = http://x\n', ':2: [mqtt] url must begin with mqtt://'],
    [
      'a host that can never match',
      '[ntfy]\nallow_hosts = pi.lan:8080, pi.lan/topic\n',
      ':2: [ntfy] allow_hosts: entry 2 can never match: it must be a host alone, without a path',
    ],
  ];
  for (const [name, text, expected] of faults) {
    test(`names the line of ${name}`, async (t) => {
      const { file } = await settingsFile(t, String(text));
      const { code, lines } = await runNudge(['check', '-c', file]);
      assert.equal(code, 78);
      assert.equal(lines.length, 1);
      assert.ok(lines[0]?.startsWith(`${file}${expected}`), lines[0]);
    });
  }

  test('only warns of variables that Kubernetes makes', async (t) => {
    const settings = await writeSettings(await scratchDirectory(t), {});
    const env = { NUDGE_MQTT_SERVICE_HOST: '10.0.0.7', NUDGE_MQTT_PORT_1883_TCP_PORT: '1883' };
    const { code, lines } = await runNudge(['check', '-c', settings], { env });
    assert.equal(code, 0);
    const warned = lines.filter((line) => /warning: no setting has this name/.test(line));
    assert.deepEqual(warned.map((line) => line.split(':')[0]).sort(), [
      'NUDGE_MQTT_PORT_1883_TCP_PORT',
      'NUDGE_MQTT_SERVICE_HOST',
    ]);
  });

  test('names the variable of a bad value in the environment', async () => {
    const env = { NUDGE_LOG_LEVEL: 'loud' };
    const { code, lines } = await runNudge(['check'], { env });
    assert.equal(code, 78);
    assert.equal(lines.length, 1);
    assert.match(lines[0] ?? '', /^NUDGE_LOG_LEVEL: \[log\] level must be one of/);
  });

  test('refuses a login in a URL, as every command does, and shows no password', async (t) => {
    const url = 'mqtt://alice:S3cret@pi.lan';
    const { file } = await settingsFile(t, `[log]\nlevel = debug\n[mqtt]\nurl = ${url}\n`);
    const what = /\[mqtt\] url must not hold a login: set username, and put the password .*file/;
    for (const command of [
      ['check'],
      ['run'],
      ['doctor'],
      ['pair', 'me'],
      ['send', 'x'],
      ['watch'],
    ])
      for (const [options, env, where] of /** @type {const} */ ([
        [['-c', file], {}, `${file}:4: `],
        [[], { NUDGE_MQTT_URL: url }, 'NUDGE_MQTT_URL: '],
      ])) {
        const { code, lines } = await runNudge([...command, ...options], { env });
        assert.equal(code, 78, command.join());
        assert.equal(lines.length, 1);
        const line = (lines[0] ?? '').replace(/^fail {2}settings {4}/, '');
        assert.ok(line.startsWith(where), line);
        assert.match(line, what);
        assert.doesNotMatch(lines[0] ?? '', /S3cret|alice/);
      }
  });

  test('refuses a key that everybody can read, and one that is none', async (t) => {
    const { dir, file } = await settingsFile(
      t,
      '[apns]\nkey_id = ABC123DEFG\nteam_id = DEF123GHIJ\nkey_file = key.p8\n',
    );
    const key = join(dir, 'key.p8');
    await writeFile(key, 'no key\n', { mode: 0o644 });
    const open = await runNudge(['check', '-c', file], { cwd: dir });
    assert.equal(open.code, 78);
    assert.match(open.lines.join(), /:4: \[apns\] key_file: .* chmod 600 key\.p8$/);
    await chmod(key, 0o600);
    const empty = await runNudge(['check', '-c', file], { cwd: dir });
    assert.equal(empty.code, 78);
    assert.match(empty.lines.join(), /:4: \[apns\] key_file: holds no PEM private key$/);
  });

  test('refuses files that would stop the bridge later, and says which', async (t) => {
    const { dir, file } = await settingsFile(t, '');
    const { loopback, otherHost } = await makeAuthority(dir);
    const files = { cert: loopback.cert, key: loopback.key, other: otherHost.key, none: 'none\n' };
    for (const [name, content] of Object.entries(files))
      await writeFile(join(dir, name), content, { mode: 0o600 });
    await writeFile(join(dir, 'empty'), '\n', { mode: 0o600 });
    const pair = (/** @type {string} */ section, /** @type {string} */ cert, key = 'key') =>
      `[${section}]\ncert_file = ${cert}\nkey_file = ${key}\n`;
    for (const [text, expected] of /** @type {const} */ ([
      [pair('http', 'gone'), ':2: [http] cert_file: cannot read gone: No such file'],
      [pair('http', 'none'), ':2: [http] cert_file: none holds no certificate'],
      [pair('http', 'cert', 'none'), ':3: [http] key_file: holds no private key as PEM'],
      [pair('http', 'cert', 'other'), ':3: [http] key_file: is not the key of the certificate in'],
      [pair('mqtt', 'cert', 'other'), ':3: [mqtt] key_file: is not the key of the certificate in'],
      ['[state]\ndirectory = none\n', ':2: [state] directory: none is no directory'],
      [
        '[mqtt]\nusername = a\npassword_file = empty\n',
        ':3: [mqtt] password_file: must hold the password alone; its first line is empty',
      ],
      [pair('http', 'cert'), ': the settings are good'],
    ])) {
      await writeFile(file, text);
      const { lines } = await runNudge(['check', '-c', file], { cwd: dir });
      assert.equal(lines.length, 1, lines.join('\n'));
      assert.ok(lines[0]?.startsWith(`${file}${expected}`), lines[0]);
    }
  });

  test('says which file it cannot read', async () => {
    const { code, lines } = await runNudge(['check', '-c', '/nowhere/nudge.conf']);
    assert.equal(code, 78);
    assert.deepEqual(lines, ['/nowhere/nudge.conf: No such file or directory']);
  });

  test('calls no file good that is not there', async () => {
    const { code, lines } = await runNudge(['check']);
    assert.equal(code, 0);
    assert.deepEqual(lines, [
      existsSync(USUAL)
        ? `${USUAL}: the settings are good`
        : `there is no ${USUAL}: the built-in settings count, and are good`,
    ]);
  });
});

describe('nudge run', () => {
  test('refuses a second bridge on the same state', async (t) => {
    const { settings } = await startRunning(t);
    const { code, lines } = await runNudge(['run', '-c', settings]);
    assert.equal(code, 1);
    assert.equal(lines.length, 1);
    assert.match(lines[0] ?? '', /another nudge is running with the state directory/);
  });

  test('says that it cannot write its state', async (t) => {
    const dir = await scratchDirectory(t);
    const settings = await writeSettings(dir, { state: { directory: join(dir, 'state') } });
    const env = { NUDGE_STATE_DIRECTORY: join(dir, 'missing') };
    const { code, lines } = await runNudge(['run', '-c', settings], { env });
    assert.equal(code, 1);
    assert.match(
      lines.join(),
      /cannot write in the state directory .*missing: No such file or directory; make it, and give it to /,
    );
  });

  test('reads its settings again on SIGHUP, and keeps the old ones if the new are wrong', async (t) => {
    const dir = await scratchDirectory(t);
    const broker = await startBroker({ dir: join(dir, 'broker') });
    t.after(() => broker.stop());
    const mqtt = { url: broker.url };
    const settings = await writeSettings(dir, { mqtt });
    const bridge = await startBridge({ settings });
    t.after(() => bridge.stop());
    await writeSettings(dir, { mqtt, log: { level: 'loud' } });
    bridge.signal('SIGHUP');
    await bridge.waitForLine(/nudge\.conf:\d+: \[log\] level must be one of/);
    await bridge.waitForLine(/the new settings are refused/);
    await writeSettings(dir, { mqtt, log: { level: 'debug' } });
    bridge.signal('SIGHUP');
    await bridge.waitForLine(/the settings are read again/);
  });

  test('tells the broker that it is there, and that it is gone', async (t) => {
    const dir = await scratchDirectory(t);
    const broker = await startBroker({ dir: join(dir, 'broker') });
    t.after(() => broker.stop());
    const client = await connect(broker.url);
    t.after(() => client.end());
    const states = await client.collect('nudge/bridge/nudge/state');
    const settings = await writeSettings(dir, { mqtt: { url: broker.url } });
    const bridge = await startBridge({ settings });
    await states.waitFor(({ text }) => text === 'online');
    await bridge.stop();
    await states.waitFor(({ text }) => text === 'offline');
    const again = await startBridge({ settings });
    await again.kill();
    await states.waitFor(({ text }) => text === 'offline' && states.messages.length >= 4);
  });
});

describe('nudge send', () => {
  test('shows what becomes of an event on each device', async (t) => {
    const { settings, bridge, client } = await startRunning(t);
    for (const device of ['phone', 'tablet']) {
      await client.publish(`nudge/me/device/${device}`, { platform: 'log' }, { retain: true });
      await bridge.waitForLine(new RegExp(`me/${device} is registered`));
    }
    const send = ['send', '-c', settings, '--wait'];

    const shown = await runNudge([...send, 'hello']);
    assert.equal(shown.code, 0);
    assert.deepEqual(shown.lines.sort(), [
      'accepted',
      'pushed phone by log',
      'pushed tablet by log',
    ]);
    await bridge.waitForLine(/me\/phone: Note: hello/);

    const nobody = await runNudge([...send, '-u', 'nobody', 'hello']);
    assert.deepEqual(nobody.lines, ['accepted', 'suppressed: no-device']);

    const json = await runNudge([...send, '--json', '-k', 'test', 'hello']);
    for (const line of json.lines) assert.ok(JSON.parse(line).state);
  });

  test('does not wait for a device that the bridge refused', async (t) => {
    const { settings, bridge, client } = await startRunning(t);
    const off = { platform: 'fcm', token: 'x' };
    await client.publish('nudge/me/device/pixel', off, { retain: true });
    await bridge.waitForLine(/refused nudge\/me\/device\/pixel/);
    await client.publish('nudge/me/device/phone', { platform: 'log' }, { retain: true });
    await bridge.waitForLine(/me\/phone is registered/);
    const { code, lines } = await runNudge(['send', '-c', settings, '--wait', 'hello']);
    assert.deepEqual(lines, ['accepted', 'pushed phone by log']);
    assert.equal(code, 0);
  });

  test('tells what to do where a service refuses, and so does nudge explain', async (t) => {
    const dir = await scratchDirectory(t);
    const service = createServer((_, response) =>
      response.writeHead(403).end('{"code":40301,"http":403,"error":"forbidden"}'),
    );
    await once(service.listen(0, '127.0.0.1'), 'listening');
    t.after(() => service.close());
    const host = `127.0.0.1:${/** @type {any} */ (service.address()).port}`;
    const broker = await startBroker({ dir: join(dir, 'broker') });
    t.after(() => broker.stop());
    const settings = await writeSettings(dir, {
      mqtt: { url: broker.url },
      ntfy: { allow_hosts: host, allow_http: 'yes' },
    });
    const bridge = await startBridge({ settings });
    t.after(() => bridge.stop());
    const client = await connect(broker.url);
    t.after(() => client.end());
    const device = { platform: 'ntfy', url: `http://${host}/topic` };
    await client.publish('nudge/me/device/phone', device, { retain: true });
    await bridge.waitForLine(/me\/phone is registered/);
    const advice = "forbidden \\(.*put a token, or user:password, into the registration's auth\\)";
    const receipts = await client.collect('nudge/me/receipt');
    const { lines } = await runNudge(['send', '-c', settings, '--wait', 'hello']);
    assert.match(lines[1] ?? '', new RegExp(`^failed phone by ntfy: ${advice}$`));
    const { json } = await receipts.waitFor(({ json }) => json.state === 'failed');
    const explained = await runNudge(['explain', '-c', settings, json.event]);
    assert.match(explained.lines[0] ?? '', new RegExp(`failed by ntfy: ${advice}, `));
  });

  test('refuses a kind or a user that there is not', async () => {
    const kind = await runNudge(['send', '-k', 'fire', 'hello']);
    assert.deepEqual([kind.code, kind.lines.at(-1)], [64, "nudge send: kind: 'fire' is unknown"]);
    const user = await runNudge(['send', '-u', 'a/b', 'hello']);
    assert.equal(user.code, 64);
  });

  test('says that the broker is away with status 69', async (t) => {
    const url = `mqtt://127.0.0.1:${await freePort()}`;
    const { file } = await settingsFile(t, `[mqtt]\nurl = ${url}\n`);
    const { code, lines } = await runNudge(['send', '-c', file, 'hello']);
    assert.equal(code, 69);
    assert.equal(lines.length, 1);
    assert.match(lines[0] ?? '', /^nudge send: mqtt:\/\/127\.0\.0\.1:\d+: /);
  });

  test('says that no bridge listens with status 69', async (t) => {
    const dir = await scratchDirectory(t);
    await mkdir(join(dir, 'broker'), { recursive: true });
    const broker = await startBroker({ dir: join(dir, 'broker') });
    t.after(() => broker.stop());
    const { file } = await settingsFile(t, `[mqtt]\nurl = ${broker.url}\n`);
    const { code, lines } = await runNudge(['send', '-c', file, 'hello']);
    assert.equal(code, 69);
    assert.deepEqual(lines, [
      'nudge send: no bridge is online; the broker keeps the event for one that was here before',
    ]);
  });
});

describe('a command that is not told its settings', () => {
  /** Two folders, each with what a bridge needs. @param {import('node:test').TestContext} t */
  async function scene(t) {
    const dir = await scratchDirectory(t);
    const broker = await startBroker({ dir: join(dir, 'broker') });
    t.after(() => broker.stop());
    const one = join(dir, 'one');
    const other = join(dir, 'other');
    for (const place of [one, other]) await mkdir(place);
    return {
      one: await writeSettings(one, { mqtt: { url: broker.url } }),
      other: await writeSettings(other, { mqtt: { url: broker.url, client_id: 'other' } }),
      /** @param {string} settings */
      async start(settings) {
        const bridge = await startBridge({ settings });
        t.after(() => bridge.stop());
        return bridge;
      },
    };
  }

  test('takes those of the bridge that runs, and says so', async (t) => {
    const { one, start } = await scene(t);
    await start(one);
    const said = (/** @type {string} */ name) =>
      `nudge ${name}: reads ${one}, as the bridge that runs here`;
    const { code, lines } = await runNudge(['send', '--wait', 'hello'], { cwd: '/' });
    assert.deepEqual(
      { code, lines },
      { code: 0, lines: [said('send'), 'accepted', 'suppressed: no-device'] },
    );
    for (const [name, ...args] of /** @type {const} */ ([
      ['doctor'],
      ['explain', 'evt_1'],
      ['digest'],
      ['keys'],
      ['pair', 'me'],
      ['reply', 'per_1'],
      ['user', 'show', 'me'],
    ])) {
      const { lines } = await runNudge([name, ...args], { cwd: '/' });
      assert.ok(lines.includes(said(name)), lines.join('\n'));
      assert.ok(!lines.some((line) => line.includes(USUAL)), lines.join('\n'));
    }
    const watching = startProcess(BINARY, ['watch'], { cwd: '/' });
    t.after(() => watching.stop());
    await watching.waitForLine(/^nudge watch: reads .*, as the bridge that runs here$/);
  });

  test('says nothing of it where it prints for machines, or was told', async (t) => {
    const { one, start } = await scene(t);
    await start(one);
    const sent = await runNudge(['send', '--json', 'hello']);
    assert.equal(sent.lines.length, 1, sent.lines.join('\n'));
    assert.match(JSON.parse(sent.lines[0] ?? '').event, /^evt_/);
    const findings = JSON.parse((await runNudge(['doctor', '--json'])).lines.join('\n'));
    assert.equal(findings[0].detail, `${one} is good`);
    const told = await runNudge(['send', '-c', one, 'hello']);
    assert.equal(told.lines.length, 1, told.lines.join('\n'));
  });

  test('reads relative paths as that bridge does', async (t) => {
    const dir = await scratchDirectory(t);
    const broker = await startBroker({ dir: join(dir, 'broker') });
    t.after(() => broker.stop());
    const mqtt = { url: broker.url };
    await mkdir(join(dir, 'kept'));
    const settings = await writeSettings(dir, { mqtt, state: { directory: 'kept' } });
    const bridge = startProcess(BINARY, ['run', '-c', 'nudge.conf'], { cwd: dir });
    t.after(() => bridge.stop());
    await bridge.waitForLine(/\bready\b/);
    const { code, lines } = await runNudge(['pair', 'me'], { cwd: '/' });
    assert.equal(code, 0, lines.join('\n'));
    assert.ok(lines.some((line) => line.includes(settings)));
    assert.ok(existsSync(join(dir, 'kept/reply-keys/me')));
  });

  test('asks which where several bridges run', async (t) => {
    const { one, other, start } = await scene(t);
    await start(one);
    const second = await start(other);
    const { code, lines } = await runNudge(['send', 'hello']);
    assert.equal(code, 78);
    assert.equal(lines.length, 1);
    assert.match(
      lines[0] ?? '',
      /^several bridges run here: say whose settings: -c \/.*, or -c \//,
    );
    for (const settings of [one, other]) assert.ok(lines[0]?.includes(`-c ${settings}`));
    const doctor = await runNudge(['doctor']);
    assert.equal(doctor.code, 78);
    assert.match(doctor.lines.join('\n'), /^fail {2}settings {4}several bridges run here: /);
    assert.equal((await runNudge(['send', '-c', other, 'hello'])).code, 0);
    await second.kill();
    const { lines: left } = await runNudge(['send', 'hello']);
    assert.equal(left[0], `nudge send: reads ${one}, as the bridge that runs here`);
  });

  test('says in one line that the file of the bridge is gone', async (t) => {
    const { one, start } = await scene(t);
    await start(one);
    await rm(one);
    for (const [name, expected] of /** @type {const} */ ([
      ['send', `${one}: No such file or directory`],
      ['doctor', `fail  settings    ${one}: No such file or directory`],
    ])) {
      const { code, lines } = await runNudge(name === 'send' ? [name, 'x'] : [name]);
      assert.deepEqual({ code, lines }, { code: 78, lines: [expected] });
    }
  });

  test('says that it goes by the usual file, or by none, where no bridge runs', async (t) => {
    const { one, start } = await scene(t);
    await (await start(one)).stop();
    const env = { NUDGE_MQTT_URL: `mqtt://127.0.0.1:${await freePort()}` };
    const { code, lines } = await runNudge(['send', 'hello'], { env });
    assert.equal(code, 69);
    assert.equal(
      lines[0],
      existsSync(USUAL)
        ? `nudge send: reads ${USUAL}`
        : `nudge send: finds no running bridge and no ${USUAL}: the built-in settings count`,
    );
    const doctor = await runNudge(['doctor', '--json'], { env });
    const [{ check, detail }] = JSON.parse(doctor.lines.join('\n'));
    assert.equal(check, 'settings');
    if (!existsSync(USUAL)) assert.match(detail, /^there is no .*: the built-in settings count$/);
  });
});

describe('nudge watch and nudge explain', () => {
  /** @param {import('node:test').TestContext} t */
  async function scene(t) {
    const { settings, bridge, client } = await startRunning(t);
    await client.publish('nudge/me/device/phone', { platform: 'log' }, { retain: true });
    await bridge.waitForLine(/me\/phone is registered/);
    return { settings, client };
  }

  test('show an event as it comes and what became of it', async (t) => {
    const { settings, client } = await scene(t);
    const watch = startProcess(BINARY, ['watch', '-c', settings]);
    t.after(() => watch.kill());
    // It says nothing before the first event: ask until it hears one. The first that it hears of one may
    // be the receipt.
    const heard = Promise.all([
      watch.waitForLine(/ event .*me: \S+ note: Note: hello$/),
      watch.waitForLine(/receipt {2}me\/phone: \S+ pushed by log/),
    ]);
    let isHeard = false;
    void heard.finally(() => (isHeard = true)).catch(() => {});
    while (!isHeard) {
      await runNudge(['send', '-c', settings, '--wait', 'hello']);
    }
    await heard;

    await client.publish('nudge/me/event', { kind: 'note', id: 'one', body: 'hello' });
    await client.publish('nudge/me/prefs', { enabled: false }, { retain: true });
    await client.publish('nudge/me/event', { kind: 'note', id: 'two', body: 'hello' });
    await watch.waitForLine(/me\/phone: two suppressed: disabled$/);
    const request = { id: 'per_1', nonce: 'n' };
    await client.publish('nudge/me/event', { kind: 'permission.asked', id: 'ask', request });
    await watch.waitForLine(/ event {4}me: ask permission\.asked per_1: Permission needed: /);
    await client.publish('nudge/me/event', { kind: 'permission.replied', id: 'end', request });
    await watch.waitForLine(/ event {4}me: end permission\.replied per_1$/);
    const receipt = { request: 'per_1', host: 'pi', state: 'refused', reason: 'nonce', ts: 1 };
    await client.publish('nudge/me/receipt', receipt);
    await watch.waitForLine(/receipt {2}me: per_1 refused by pi: nonce$/);
    const one = await runNudge(['explain', '-c', settings, 'one']);
    assert.equal(one.code, 0);
    assert.match(one.lines.join('\n'), /me\/phone +pushed by log, \d+ ms after it arrived$/);
    const two = await runNudge(['explain', '-c', settings, 'two']);
    assert.match(
      two.lines.join('\n'),
      /suppressed: disabled \(the preference 'enabled' is false\), by 'enabled' of the user$/,
    );
    const json = await runNudge(['explain', '-c', settings, '--json', 'two']);
    assert.equal(JSON.parse(json.lines[0] ?? '').decisions[0].receipt.reason, 'disabled');
  });

  test('show an event that the broker keeps as one that is refused', async (t) => {
    const { settings, client } = await scene(t);
    await client.publish('nudge/me/event', 'hello', { retain: true });
    const watch = startProcess(BINARY, ['watch', '-c', settings]);
    t.after(() => watch.kill());
    await watch.waitForLine(/ event {4}me: refused: it is retained$/);
  });

  test('say that nothing is known of an event', async (t) => {
    const { settings } = await scene(t);
    const { code, lines } = await runNudge(['explain', '-c', settings, 'never']);
    assert.equal(code, 1);
    assert.match(lines.join(), /^nudge explain: the bridge keeps no decision of this event/);
  });
});

describe('nudge digest', () => {
  test('knows the kind of what came without a word', async (t) => {
    const { settings, bridge, client } = await startRunning(t);
    const receipts = await client.collect('nudge/me/receipt');
    await client.publish('nudge/me/device/phone', { platform: 'log' }, { retain: true });
    await bridge.waitForLine(/me\/phone is registered/);
    await client.publish('nudge/me/event', { id: 'mute', kind: 'note' });
    await receipts.waitFor(({ json }) => json.event === 'mute' && json.state === 'pushed');
    const { lines } = await runNudge(['digest', '-c', settings, '-u', 'me']);
    assert.match(lines[0] ?? '', /: 1 note$/);
    assert.match(lines[1] ?? '', / note +mute$/);
  });

  test('says what happened, and what became of it', async (t) => {
    const { settings, bridge, client } = await startRunning(t);
    const receipts = await client.collect('nudge/alice/receipt');
    await client.publish('nudge/alice/device/phone', { platform: 'log' }, { retain: true });
    await bridge.waitForLine(/alice\/phone is registered/);
    const prefs = { kinds: { 'session.error': false } };
    await client.publish('nudge/alice/prefs', prefs, { retain: true });
    const session = { id: 'ses_1', title: 'Fix login' };
    for (const [id, kind] of [
      ['one', 'session.idle'],
      ['two', 'session.error'],
      ['three', 'session.idle'],
    ])
      await client.publish('nudge/alice/event', { id, kind, session });
    await receipts.waitFor(({ json }) => json.event === 'three' && json.state === 'pushed');
    const { code, lines } = await runNudge(['digest', '-c', settings, '-u', 'alice']);
    assert.equal(code, 0);
    const [since, ...told] = lines.map((line) => line.trim());
    assert.match(since ?? '', /^Since [-0-9]{10} [:0-9]{5}: /);
    assert.match(since ?? '', /\b2 finished\b/);
    assert.match(since ?? '', /\b1 failed\b/);
    assert.equal(told.filter((line) => / session\.idle +Fix login$/.test(line)).length, 2);
    assert.equal(told.filter((line) => line === 'phone pushed').length, 2);
    assert.equal(told.filter((line) => line === 'phone suppressed (kind)').length, 1);
    const bob = await runNudge(['digest', '-c', settings, '-u', 'bob', '--since', '2d']);
    assert.match(bob.lines.join(), /: nothing happened$/);
    const json = await runNudge(['digest', '-c', settings, '-u', 'alice', '--json']);
    const answer = JSON.parse(json.lines.join(''));
    assert.deepEqual(
      answer.decisions
        .map((/** @type {any} */ one) => `${one.event} ${one.title} ${one.state}`)
        .sort(),
      ['one Fix login pushed', 'three Fix login pushed', 'two Fix login suppressed'],
    );
    for (const since of ['8', 'h', '-3h', '0h', '9999d', '8 h']) {
      const { code } = await runNudge(['digest', '-c', settings, '--since', since]);
      assert.equal(code, 64, since);
    }
  });
});

describe('a request over MQTT', () => {
  test('is answered on its response topic, with its correlation data and its transaction', async (t) => {
    const { client } = (await startRunning(t)).client;
    const answered = new Promise((resolve) =>
      client.on('message', (topic, payload, packet) =>
        resolve({ topic, json: JSON.parse(payload.toString()), packet }),
      ),
    );
    await client.subscribeAsync('somewhere/else', { qos: 1 });
    await client.publishAsync('nudge/bridge/nudge/request/dance', '{"transaction":"t1"}', {
      qos: 1,
      properties: { responseTopic: 'somewhere/else', correlationData: Buffer.from('c1') },
    });
    const { topic, json, packet } = await answered;
    assert.equal(topic, 'somewhere/else');
    assert.deepEqual(json, {
      transaction: 't1',
      error: 'request: must be one of explain, digest, health, reload',
    });
    assert.equal(packet.properties.correlationData.toString(), 'c1');
  });

  test('whose response topic no broker takes is answered in the usual place, and nobody is cut off', async (t) => {
    const { broker, bridge, client } = await startRunning(t);
    /**
     * @param {string} topic
     * @param {string} responseTopic
     * @returns {Promise<boolean>} false: this broker cuts off who asks so
     */
    const ask = async (topic, responseTopic) => {
      const asker = await connect(broker.url, { reconnectPeriod: 0 });
      const request = { event: 'evt_1', transaction: responseTopic.slice(0, 64) };
      const isCutOff = once(asker.client, 'close').then(() => false);
      const isTaken = asker.publish(topic, request, { properties: { responseTopic } });
      void isTaken.catch(() => {}); // nobody waits for it any more
      return Promise.race([isTaken.then(() => true), isCutOff]).finally(asker.end);
    };
    const below = 'nudge/alice/response';
    for (const [requests, answers, wishes] of /** @type {const} */ ([
      ['nudge/alice/request', below, [`${below}/+`, `${below}/#`, below + '/'.repeat(230)]],
      ['nudge/bridge/nudge/request', 'nudge/bridge/nudge/response', ['a/+/b', '#', '$SYS/x']],
    ])) {
      const answered = await client.collect(`${answers}/explain`);
      for (const responseTopic of wishes) {
        if (!(await ask(`${requests}/explain`, responseTopic))) continue;
        const { json } = await answered.waitFor(
          (message) => message.json.transaction === responseTopic.slice(0, 64),
        );
        assert.match(json.error, /response topic: must have no '\+', no '#'/);
      }
    }
    assert.deepEqual(
      bridge.lines.filter((line) => / warn | error |no connection/.test(line)),
      [],
    );
  });
});
