// `nudge setup`: what it writes, that a real broker and the bridge then work by it, whom it does not lock
// out, and that --undo leaves nothing. What it starts is tried in tests/packaging/live.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { get } from 'node:https';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { startBridge } from './support/bridge.mjs';
import { startBroker } from './support/broker.mjs';
import { connect } from './support/mqtt.mjs';
import { freePort } from './support/ports.mjs';
import { runProcess } from './support/process.mjs';
import { scratchDirectory } from './support/scratch.mjs';
import { ALICE, contents, machine, startMosquitto } from './support/setup.mjs';

/** What a pairing text says, that of a phone or of an agent. @param {string[]} lines @param {string} start */
function pairingIn(lines, start) {
  const line = lines.find((one) => one.includes(start)) ?? assert.fail(lines.join('\n'));
  return new URLSearchParams(/pair\?([^' ]*)/.exec(line)?.[1]);
}

describe('nudge setup', () => {
  test('makes a broker, a bridge and a phone that reach each other', async (t) => {
    const it = await machine(t);
    const { code, lines } = await it.setup(...ALICE, '--mail', 'alice@example.org');
    assert.equal(code, 0, lines.join('\n'));
    const broker = await startMosquitto(it);
    t.after(() => broker.stop());
    const bridge = await startBridge({ settings: it.conf });
    t.after(() => bridge.stop());

    const pairing = pairingIn(lines, 'pair?');
    assert.equal(pairing.get('broker'), `mqtts://localhost:${it.ports[1]}`);
    assert.equal(pairing.get('ws'), `wss://localhost:${it.ports[2]}`);
    const ca = await readFile(join(it.etc, 'nudge/ca.crt'));
    const login = { username: 'alice', password: pairing.get('password') ?? '', ca };
    for (const member of ['broker', 'ws']) {
      const client = await connect(pairing.get(member) ?? '', login);
      await client.end();
    }
    assert.match(await readFile(it.conf, 'utf8'), /^subject = mailto:alice@example.org$/m);
    assert.match(await readFile(it.conf, 'utf8'), /^level = debug$/m);
    const page = lines.find((one) => one.includes('#pair?'))?.split('#')[0] ?? '';
    assert.equal(page, `https://localhost:${it.ports[3]}/`);
    const got = await new Promise((resolve, reject) =>
      get(page, { ca }, (response) => resolve(response.resume())).once('error', reject),
    );
    assert.equal(got.statusCode, 200);
    assert.match(
      got.headers['content-security-policy'],
      new RegExp(`wss://localhost:${it.ports[2]}`),
    );
  });

  test('gives OpenCode a line that works in a fresh HOME', async (t) => {
    const it = await machine(t);
    const { lines } = await it.setup(...ALICE);
    const broker = await startMosquitto(it);
    t.after(() => broker.stop());
    const bridge = await startBridge({ settings: it.conf });
    t.after(() => bridge.stop());
    const pairing = pairingIn(lines, 'pair?');
    const ca = await readFile(join(it.etc, 'nudge/ca.crt'));
    const password = pairing.get('password') ?? '';
    const phone = await connect(pairing.get('broker') ?? '', { username: 'alice', password, ca });
    t.after(() => phone.end());
    await phone.client.publishAsync('nudge/alice/device/phone', '{"platform":"log"}', {
      qos: 1,
      retain: true,
    });
    const home = await scratchDirectory(t);
    const line = lines.find((one) => one.includes('npx ')) ?? assert.fail(lines.join('\n'));
    const env = { HOME: home, XDG_CONFIG_HOME: '', XDG_DATA_HOME: '' };
    const { code, lines: said } = await runProcess('sh', ['-c', line.trim()], { cwd: home, env });
    assert.equal(code, 0, said.join('\n'));
    const tried = await runProcess(
      'sh',
      ['-c', `${line.slice(0, line.indexOf(' install '))} test`],
      {
        cwd: home,
        env,
      },
    );
    assert.equal(tried.code, 0, tried.lines.join('\n'));
  });

  test('keeps its secrets from everybody else', async (t) => {
    const it = await machine(t);
    await it.setup(...ALICE);
    for (const file of ['nudge/secrets/mqtt', 'nudge/secrets/ca.key', 'mosquitto/certs/nudge.key'])
      assert.equal((await stat(join(it.etc, file))).mode & 0o077, 0, file);
  });

  test('changes nothing the second time, whatever it was told the first', async (t) => {
    const it = await machine(t);
    await it.setup(...ALICE);
    const before = await contents(it.etc);
    const { code, lines } = await it.setup('--yes');
    assert.equal(code, 0);
    assert.equal(lines[0], 'All is as it should be; nothing is changed.');
    assert.deepEqual(await contents(it.etc), before);
    assert.equal(pairingIn(lines, 'pair?').get('user'), 'alice');
    assert.equal(pairingIn(lines, 'pair?').get('password'), null);
  });

  test('takes one more person in', async (t) => {
    const it = await machine(t);
    await it.setup(...ALICE);
    const { lines } = await it.setup('--yes', '--user', 'bob');
    const bob = pairingIn(lines, 'pair?');
    assert.equal(bob.get('broker'), `mqtts://localhost:${it.ports[1]}`);
    const broker = await startMosquitto(it);
    t.after(() => broker.stop());
    const ca = await readFile(join(it.etc, 'nudge/ca.crt'));
    const login = { username: 'bob', password: bob.get('password') ?? '', ca };
    await (await connect(bob.get('broker') ?? '', login)).end();
  });

  test('does nothing without a yes', async (t) => {
    const it = await machine(t);
    const before = await contents(it.etc);
    const { code, lines } = await it.setup('--user', 'alice');
    assert.equal(code, 64);
    assert.match(lines.join('\n'), /nobody is there to say yes: --yes/);
    assert.deepEqual(await contents(it.etc), before);
  });

  test('asks little, shows what it will do, and takes a no', async (t) => {
    const it = await machine(t);
    const before = await contents(it.etc);
    const args = `setup -c ${it.conf} --broker-conf ${it.broker}/mosquitto.conf --no-start`;
    const nudge = process.env.NUDGE_BINARY ?? join(process.cwd(), 'build/nudge');
    const { code, lines } = await runProcess('script', ['-qec', `${nudge} ${args}`, '/dev/null'], {
      input: '\nalice\npi.lan\n\nn\n',
    });
    const said = lines.join('\n');
    assert.equal(code, 1, said);
    for (const word of [
      /The broker: here/,
      /Who is told\?/,
      /make a certificate for pi.lan/,
      /Do it\?/,
    ])
      assert.match(said, word);
    assert.match(said, /Nothing is changed\./);
    assert.deepEqual(await contents(it.etc), before);
  });

  test('takes away what it added', async (t) => {
    const it = await machine(t);
    const before = await contents(it.etc);
    await it.setup(...ALICE);
    const { code, lines } = await it.setup('--undo', '--yes');
    assert.equal(code, 0, lines.join('\n'));
    const after = await contents(it.etc);
    for (const file of Object.keys(after)) if (file.startsWith('state/')) delete after[file];
    assert.deepEqual(after, before);
    assert.deepEqual((await it.setup('--undo', '--yes')).lines, ['There is nothing to take away.']);
  });
});

describe('a broker that is used already', () => {
  /** @param {import('node:test').TestContext} t */
  async function used(t) {
    const port = await freePort();
    const it = await machine(t, { passwords: 'zigbee:z\n' });
    const file = join(it.broker, 'mosquitto.conf');
    const lines = [
      `listener ${port} 127.0.0.1`,
      `password_file ${it.broker}/passwords`,
      'allow_anonymous false',
    ];
    await writeFile(file, `${lines.join('\n')}\n${await readFile(file, 'utf8')}`);
    return { it, port };
  }

  test('keeps its listener, its logins and what they reach', async (t) => {
    const { it, port } = await used(t);
    const { code, lines } = await it.setup(...ALICE);
    assert.equal(code, 0, lines.join('\n'));
    assert.match(
      lines.join('\n'),
      /let the logins that are there reach what they reach now: zigbee/,
    );
    assert.match(
      await readFile(it.conf, 'utf8'),
      new RegExp(`url = mqtt://127.0.0.1:${port}$`, 'm'),
    );
    const broker = await startMosquitto(it);
    t.after(() => broker.stop());
    const client = await connect(`mqtt://127.0.0.1:${port}`, { username: 'zigbee', password: 'z' });
    const got = new Promise((resolve) => client.client.once('message', resolve));
    await client.client.subscribeAsync('zigbee/lamp');
    await client.client.publishAsync('zigbee/lamp', 'on');
    assert.equal(await got, 'zigbee/lamp');
    await client.end();
  });

  test('gets back what was its own', async (t) => {
    const { it } = await used(t);
    const before = await contents(it.broker);
    await it.setup(...ALICE);
    await it.setup('--undo', '--yes');
    const after = await contents(it.broker);
    assert.match(after.passwords ?? '', /^zigbee:/);
    assert.deepEqual(Object.keys(after), Object.keys(before));
  });

  test('is not closed to everybody without being asked for', async (t) => {
    const port = await freePort();
    const it = await machine(t, { lines: [`listener ${port}`, 'allow_anonymous true'] });
    const before = await contents(it.etc);
    const { code, lines } = await it.setup(...ALICE);
    assert.equal(code, 1);
    assert.match(lines.join('\n'), /lets anybody in, .* say --close if that is right/);
    assert.deepEqual(await contents(it.etc), before);
    assert.equal((await it.setup(...ALICE, '--close')).code, 0);
    assert.ok(existsSync(it.own));
  });

  for (const [lines, said] of /** @type {const} */ ([
    [['per_listener_settings true'], /tells its listeners apart/],
    [['plugin /usr/lib/mosquitto_dynamic_security.so'], /dynamic security plugin/],
  ]))
    test(`is left alone with ${lines}`, async (t) => {
      const it = await machine(t, { lines: [...lines] });
      const before = await contents(it.etc);
      const result = await it.setup(...ALICE);
      assert.equal(result.code, 1);
      assert.match(result.lines.join('\n'), said);
      assert.deepEqual(await contents(it.etc), before);
    });
});

describe('a broker elsewhere', () => {
  test('gets no certificate and no account, and the bridge its login', async (t) => {
    const it = await machine(t);
    const broker = await startBroker({
      dir: join(it.etc, 'elsewhere'),
      users: { nudge: 's3cret' },
    });
    t.after(() => broker.stop());
    const password = join(it.etc, 'password');
    await writeFile(password, 's3cret\n', { mode: 0o600 });
    const { code, lines } = await it.setup(
      ...ALICE,
      '--broker',
      broker.url,
      '--password-file',
      password,
    );
    assert.equal(code, 0, lines.join('\n'));
    assert.ok(!existsSync(it.own) && !existsSync(join(it.etc, 'nudge/ca.crt')));
    const bridge = await startBridge({ settings: it.conf });
    t.after(() => bridge.stop());
    assert.equal(pairingIn(lines, 'pair?').get('broker'), broker.url);
  });

  test('is not written down without its password', async (t) => {
    const it = await machine(t);
    const { code, lines } = await it.setup(...ALICE, '--broker', 'mqtts://elsewhere.lan');
    assert.equal(code, 1);
    assert.match(
      lines.join('\n'),
      /password at mqtts:\/\/elsewhere.lan is missing: --password-file/,
    );
  });
});

describe('what setup refuses', () => {
  for (const [args, said] of /** @type {const} */ ([
    [['--user', 'bridge'], /USER must be/],
    [['--user', 'nudge'], /is the login of the bridge/],
    [['--host', 'mqtts://pi'], /--host is a name or an address alone/],
    [['--cert-file', '/x'], /belong together/],
    [['--ports', '1883'], /usage:/],
    [['--broker', 'http://x', '--password-file', '/dev/null'], /must begin with mqtt/],
    [['extra'], /usage:/],
  ]))
    test(args.join(' '), async (t) => {
      const it = await machine(t);
      const before = await contents(it.etc);
      const { code, lines } = await it.setup('--yes', ...args);
      assert.ok(code === 64 || code === 1, `${code}`);
      assert.match(lines.join('\n'), said);
      assert.deepEqual(await contents(it.etc), before);
    });
});
