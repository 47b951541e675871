// What `nudge setup` and `--undo` leave alone: whatever a person or another program put there.
import assert from 'node:assert/strict';
import {
  chmod,
  mkdir,
  readFile,
  readlink,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { startBroker } from './support/broker.mjs';
import { connect } from './support/mqtt.mjs';
import { freePort } from './support/ports.mjs';
import { ALICE, contents, machine, startMosquitto } from './support/setup.mjs';

/** @typedef {Awaited<ReturnType<typeof machine>>} Machine */

/** What is there, but for the bridge's state. @param {Machine} it */
async function withoutState(it) {
  const all = Object.entries(await contents(it.etc));
  return Object.fromEntries(all.filter(([file]) => !file.startsWith('state/')));
}

/** @param {Machine} it @param {string[]} args @param {RegExp} said */
async function isRefused(it, args, said) {
  const before = await contents(it.etc);
  const { code, lines } = await it.setup(...ALICE, ...args);
  assert.match(lines.join('\n'), said);
  assert.equal(code, 1);
  assert.equal(lines.length, 1, lines.join('\n'));
  assert.deepEqual(await contents(it.etc), before);
}

/** By what the settings say. @param {Machine} it */
async function bridgeGetsIn(it) {
  const conf = await readFile(it.conf, 'utf8');
  const password = await readFile(join(it.etc, 'nudge/secrets/mqtt'), 'utf8');
  const url = /^url = (.*)$/m.exec(conf)?.[1] ?? '';
  await (await connect(url, { username: 'nudge', password: password.trim() })).end();
}

describe('a file that is there already', () => {
  for (const file of [
    'mosquitto/conf.d/nudge.conf',
    'mosquitto/certs/nudge.key',
    'mosquitto/certs/nudge.crt',
    'mosquitto/nudge.acl',
    'nudge/ca.crt',
    'nudge/secrets/ca.key',
    'nudge/page.crt',
  ])
    test(`${file} is not written over`, async (t) => {
      const it = await machine(t);
      await writeFile(join(it.etc, file), 'mine\n');
      await isRefused(it, [], new RegExp(`${file} is there already, and not of .*setup.*: move`));
    });

  test('is not written over behind a link', async (t) => {
    const it = await machine(t);
    const key = join(it.etc, 'privkey.pem');
    await writeFile(key, 'mine\n');
    await symlink(key, join(it.broker, 'certs/nudge.key'));
    await isRefused(it, [], /nudge\.key is there already/);
  });

  test('stays after --undo: the password, the certificate of a broker elsewhere', async (t) => {
    const it = await machine(t);
    const ca = join(it.etc, 'nudge/ca.crt');
    const password = join(it.etc, 'nudge/secrets/mqtt');
    const broker = await startBroker({ dir: join(it.etc, 'state/broker'), users: { nudge: 's3' } });
    t.after(() => broker.stop());
    await writeFile(
      ca,
      await readFile(new URL('support/ca.pem', import.meta.url)).catch(() => 'x'),
    );
    await writeFile(password, 's3\n', { mode: 0o600 });
    const before = await withoutState(it);
    const { code, lines } = await it.setup(...ALICE, '--broker', broker.url);
    assert.equal(code, 0, lines.join('\n'));
    const undone = await it.setup('--undo', '--yes');
    assert.equal(undone.code, 0, undone.lines.join('\n'));
    assert.deepEqual(await withoutState(it), before);
  });

  test('is kept when the bridge gets another password at a broker elsewhere', async (t) => {
    const it = await machine(t);
    const password = join(it.etc, 'nudge/secrets/mqtt');
    await writeFile(password, 'old\n', { mode: 0o600 });
    const given = join(it.etc, 'state/password');
    await writeFile(given, 's3\n', { mode: 0o600 });
    const before = await withoutState(it);
    const args = ['--broker', 'mqtt://127.0.0.1:1', '--password-file', given];
    await isRefused(it, args, /secrets\/mqtt is there already/);
    assert.deepEqual(await withoutState(it), before);
  });
});

describe('the settings', () => {
  test('that somebody changed since are not lost by --undo', async (t) => {
    const it = await machine(t);
    const before = await readFile(it.conf, 'utf8');
    await it.setup(...ALICE);
    const mine = `${await readFile(it.conf, 'utf8')}\n[limits]\ndevices = 7\n`;
    await writeFile(it.conf, mine);
    const { code, lines } = await it.setup('--undo', '--yes');
    assert.equal(code, 0, lines.join('\n'));
    assert.match(lines.join('\n'), /what it says now stays in .*nudge\.conf\.undone/);
    assert.equal(await readFile(it.conf, 'utf8'), before);
    assert.equal(await readFile(`${it.conf}.undone`, 'utf8'), mine);
  });

  test('that are for few are for as few in the copy', async (t) => {
    const it = await machine(t);
    await chmod(it.conf, 0o640);
    await it.setup(...ALICE);
    assert.equal((await stat(`${it.conf}.before-setup`)).mode & 0o777, 0o640);
  });

  test('behind a link stay behind it', async (t) => {
    const it = await machine(t);
    const target = join(it.etc, 'mine.conf');
    await rename(it.conf, target);
    await symlink(target, it.conf);
    const before = await readFile(it.conf, 'utf8');
    await it.setup(...ALICE);
    assert.match(await readFile(target, 'utf8'), /^username = nudge$/m);
    await it.setup('--undo', '--yes');
    assert.equal(await readlink(it.conf), target);
    assert.equal(await readFile(target, 'utf8'), before);
  });
});

describe('a mosquitto that somebody set up', () => {
  test('and that reads no folder is told so, not passed by', async (t) => {
    const it = await machine(t);
    await writeFile(join(it.broker, 'mosquitto.conf'), 'user root\n');
    await isRefused(
      it,
      [],
      /mosquitto\.conf reads no folder: add the line "include_dir \S+conf\.d"/,
    );
  });

  test('and that reads another folder finds our lines there', async (t) => {
    const it = await machine(t);
    const folder = join(it.broker, 'elsewhere');
    await mkdir(folder);
    await writeFile(join(it.broker, 'mosquitto.conf'), `user root\ninclude_dir ${folder}\n`);
    const before = await withoutState(it);
    assert.equal((await it.setup(...ALICE)).code, 0);
    assert.match(await readFile(join(folder, 'nudge.conf'), 'utf8'), /^listener /m);
    await it.setup('--undo', '--yes');
    assert.deepEqual(await withoutState(it), before);
  });

  test('and listens to a network of its own gets a listener for this machine, too', async (t) => {
    const port = await freePort();
    const lines = [`listener ${port} 127.0.0.2`, 'allow_anonymous false'];
    const it = await machine(t, { lines });
    it.ports[0] = port;
    assert.equal((await it.setup(...ALICE)).code, 0);
    const broker = await startMosquitto(it);
    t.after(() => broker.stop());
    await bridgeGetsIn(it);
  });

  for (const address of ['localhost', '::1', '0.0.0.0', '127.0.0.1'])
    test(`and listens to ${address} gets no second one`, async (t) => {
      const port = await freePort();
      const it = await machine(t, { lines: [`listener ${port} ${address}`] });
      assert.equal((await it.setup(...ALICE)).code, 0);
      const broker = await startMosquitto(it);
      t.after(() => broker.stop());
      await bridgeGetsIn(it);
      assert.doesNotMatch(await readFile(it.own, 'utf8'), /For this machine alone/);
    });

  test('and whose port for this machine speaks TLS is left alone', async (t) => {
    const it = await machine(t);
    const lines = `listener ${it.ports[0]}\ncertfile /x\nkeyfile /y\nuser root\n`;
    const conf = join(it.broker, 'mosquitto.conf');
    await writeFile(conf, `${lines}include_dir ${it.broker}/conf.d\n`);
    await isRefused(it, [], new RegExp(`port ${it.ports[0]}.* in use already`));
  });

  for (const [login, option] of [
    ['alice', '--user'],
    ['nudge', '--login'],
  ])
    test(`and has a login ${login} for something else keeps it`, async (t) => {
      const it = await machine(t, { passwords: `${login}:theirs\n` });
      const conf = join(it.broker, 'mosquitto.conf');
      const lines = `password_file ${it.broker}/passwords\nallow_anonymous false\n`;
      await writeFile(conf, `${lines}${await readFile(conf, 'utf8')}`);
      await isRefused(it, [], new RegExp(`'${login}' for something else .* ${option}`));
    });

  test('and has a file of logins loses ours with --undo, and no other', async (t) => {
    const it = await machine(t, { passwords: 'zigbee:z\n' });
    const conf = join(it.broker, 'mosquitto.conf');
    const lines = `password_file ${it.broker}/passwords\nallow_anonymous false\n`;
    await writeFile(conf, `${lines}${await readFile(conf, 'utf8')}`);
    const before = await withoutState(it);
    assert.equal((await it.setup(...ALICE)).code, 0);
    const { code, lines: said } = await it.setup('--undo', '--yes');
    assert.equal(code, 0, said.join('\n'));
    assert.deepEqual(await withoutState(it), before);
  });
});

describe('what is not whole', () => {
  test('without the bridge’s password is mended by the next setup', async (t) => {
    const it = await machine(t);
    await it.setup(...ALICE);
    await rm(join(it.etc, 'nudge/secrets/mqtt'));
    const { code, lines } = await it.setup('--yes');
    assert.equal(code, 0, lines.join('\n'));
    assert.match(lines.join('\n'), /another password for the bridge/);
    const broker = await startMosquitto(it);
    t.after(() => broker.stop());
    await bridgeGetsIn(it);
  });

  for (const file of [
    'nudge/secrets/ca.key',
    'nudge/page.crt',
    'mosquitto/certs/nudge.crt',
    'mosquitto/conf.d/nudge.conf',
    'mosquitto/nudge.acl',
    'mosquitto/nudge.passwords',
  ])
    test(`without ${file} is made whole by the next setup, and undone whole`, async (t) => {
      const it = await machine(t);
      const before = await withoutState(it);
      await it.setup(...ALICE);
      await rm(join(it.etc, file));
      const { code, lines } = await it.setup(...ALICE);
      assert.equal(code, 0, lines.join('\n'));
      const undone = await it.setup('--undo', '--yes');
      assert.equal(undone.code, 0, undone.lines.join('\n'));
      assert.deepEqual(await withoutState(it), before);
    });

  test('because nudge was purged meanwhile is written anew, and undone whole', async (t) => {
    const it = await machine(t);
    const before = await withoutState(it);
    await it.setup(...ALICE);
    for (const file of ['ca.crt', 'page.crt', 'secrets/ca.key', 'secrets/page.key', 'secrets/mqtt'])
      await rm(join(it.etc, 'nudge', file));
    for (const file of [it.conf, `${it.conf}.made-by-setup`]) await rm(file);
    await rename(`${it.conf}.before-setup`, it.conf);
    const { code, lines } = await it.setup(...ALICE);
    assert.equal(code, 0, lines.join('\n'));
    const broker = await startMosquitto(it);
    await bridgeGetsIn(it).finally(() => broker.stop());
    const undone = await it.setup('--undo', '--yes');
    assert.equal(undone.code, 0, undone.lines.join('\n'));
    assert.deepEqual(await withoutState(it), before);
  });

  test('because it stopped at a file is undone whole', async (t) => {
    const it = await machine(t);
    const before = await withoutState(it);
    await mkdir(join(it.etc, 'nudge/page.crt.nudge'));
    await rm(join(it.broker, 'certs'), { recursive: true });
    assert.equal((await it.setup(...ALICE)).code, 1);
    const undone = await it.setup('--undo', '--yes');
    assert.equal(undone.code, 0, undone.lines.join('\n'));
    assert.deepEqual(await withoutState(it), before);
  });
});

describe('odd words', () => {
  test('an IPv6 address of this machine stands in brackets where an address is', async (t) => {
    const it = await machine(t);
    const { code, lines } = await it.setup('--yes', '--user', 'alice', '--host', '::1');
    assert.equal(code, 0, lines.join('\n'));
    assert.match(await readFile(it.conf, 'utf8'), /^broker = wss:\/\/\[::1\]:\d+$/m);
    assert.match(lines.join('\n'), /mqtts(:\/\/|%3A%2F%2F)(\[|%5B)(::|%3A%3A)1(\]|%5D)/);
  });

  for (const [args, said] of /** @type {const} */ ([
    [['--host', 'pi\nx = y'], /--host/],
    [['--host', 'fe80::1%eth0'], /--host/],
    [['--host', 'pi;lan'], /--host/],
    [['--host', 'pi#lan'], /--host/],
    [['--mail', 'me@x\n[apns]'], /--mail/],
    [['--cert-file', 'x.crt', '--key-file', 'x.key'], /whole path/],
    [['--cert-file', '/x\ny', '--key-file', '/x'], /--cert-file|missing/],
    [['--ports', '1883,1883,9001,8090'], /port/],
  ]))
    test(`${JSON.stringify(args)} are refused`, async (t) => {
      const it = await machine(t);
      const before = await contents(it.etc);
      const { code, lines } = await it.setup('--yes', '--user', 'alice', ...args);
      assert.ok(code === 64 || code === 1, `${code}: ${lines.join('\n')}`);
      assert.match(lines.join('\n'), said);
      assert.deepEqual(await contents(it.etc), before);
    });
});
