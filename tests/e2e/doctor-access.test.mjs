// `nudge doctor` finds who gets in where nobody should: each set-up that has the fault, and one that has
// not. In a network of its own, with an address that others would reach.
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { runNudge, writeSettings } from './support/bridge.mjs';
import { startBroker } from './support/broker.mjs';
import { makeAuthority } from './support/certificates.mjs';
import { enterNetwork } from './support/netns.mjs';
import { freePort } from './support/ports.mjs';
import { runProcess } from './support/process.mjs';
import { scratchDirectory } from './support/scratch.mjs';

const OUTSIDE = '192.168.77.1';
await enterNetwork(import.meta.url, { addresses: [OUTSIDE] });

/**
 * @typedef {{ check: string, status: 'ok' | 'warn' | 'fail', detail: string }} Finding
 *
 * @param {string[]} args
 * @param {Record<string, string>} [env]
 */
async function examine(args, env = {}) {
  const options = { env: { ...process.env, ...env } };
  const { code, lines } = await runNudge(['doctor', '--json', ...args], options);
  const findings = /** @type {Finding[]} */ (JSON.parse(lines.join('\n')));
  return {
    code,
    lines,
    /** @param {string} check @param {'ok' | 'warn' | 'fail'} [status] */
    of: (check, status) =>
      findings
        .filter((each) => each.check === check && (!status || each.status === status))
        .map(({ detail }) => detail),
  };
}

/**
 * A broker, and the settings of a bridge at its loopback.
 *
 * @param {import('node:test').TestContext} t
 * @param {(dir: string) => string[] | Promise<string[]>} lines of mosquitto.conf
 * @param {{ port?: number, mqtt?: Record<string, string> }} [options] port: where the bridge meets it
 */
async function scene(t, lines, { port = 1883, mqtt = {} } = {}) {
  const dir = await scratchDirectory(t);
  await mkdir(join(dir, 'broker'));
  const config = [...(await lines(dir)), 'log_dest stderr', 'user root', ''].join('\n');
  const broker = await startBroker({ dir: join(dir, 'broker'), config, port });
  t.after(() => broker.stop());
  const settings = await writeSettings(dir, { mqtt: { url: broker.url, ...mqtt } });
  const conf = join(broker.dir, 'mosquitto.conf');
  return { dir, broker, settings, conf };
}

/** @param {string} dir @param {Record<string, string>} users */
async function passwords(dir, users) {
  const file = join(dir, 'passwords');
  const lines = Object.entries(users).map(([name, password]) => `${name}:${password}\n`);
  await writeFile(file, lines.join(''), { mode: 0o600 });
  await runProcess('mosquitto_passwd', ['-U', file]);
  return file;
}

/** @param {string} dir @param {string} name @param {string} text */
async function secret(dir, name, text) {
  const file = join(dir, name);
  await writeFile(file, `${text}\n`, { mode: 0o600 });
  return file;
}

describe('a broker that lets anybody in', () => {
  test('over MQTT at an address of the network is found', async (t) => {
    const { settings } = await scene(t, () => ['listener 1883', 'allow_anonymous true']);
    const { code, of } = await examine(['-c', settings]);
    assert.equal(code, 1);
    const [detail, ...more] = of('network', 'fail');
    assert.match(detail ?? '', new RegExp(`^mqtt://${OUTSIDE}:1883 lets in whoever reaches`));
    assert.match(detail ?? '', /allow_anonymous false.*'listener 1883 127\.0\.0\.1'.*bind_address/);
    assert.deepEqual(more, []);
    assert.deepEqual(of('network', 'ok'), []);
  });

  test('over MQTT at an address of the link alone is found', async (t) => {
    for (const line of [
      'link add near type veth peer name far',
      'address add fe80::77/64 dev near nodad',
      'link set near up',
      'link set far up',
    ])
      assert.equal((await runProcess('ip', line.split(' '))).code, 0, line);
    t.after(() => runProcess('ip', ['link', 'delete', 'near']));
    const lines = ['listener 1883 127.0.0.1', 'listener 1893 fe80::77%near'];
    const open = await scene(t, () => [...lines, 'allow_anonymous true']);
    const found = await examine(['-c', open.settings, '--broker-conf', open.conf]);
    assert.equal(found.code, 1);
    assert.match(
      found.of('network', 'fail').join('\n'),
      /^mqtt:\/\/\[fe80::77%near\]:1893 lets in whoever reaches this machine/,
    );
    await open.broker.stop();
    const closed = await scene(t, async (dir) => [
      ...lines,
      `password_file ${await passwords(dir, { nudge: 's' })}`,
      'allow_anonymous false',
    ]);
    const fine = await examine(['-c', closed.settings, '--broker-conf', closed.conf]);
    assert.equal(fine.of('network', 'ok').length, 1);
    assert.deepEqual(fine.of('network', 'fail'), []);
  });

  test('over WebSocket at an address of the network is found', async (t) => {
    const { settings } = await scene(t, () => [
      ...['listener 1883 127.0.0.1', 'listener 9001', 'protocol websockets'],
      'allow_anonymous true',
    ]);
    const { code, of } = await examine(['-c', settings]);
    assert.equal(code, 1);
    const [detail, ...more] = of('network', 'fail');
    assert.match(detail ?? '', new RegExp(`^ws://${OUTSIDE}:9001 lets in whoever reaches`));
    assert.match(detail ?? '', /'socket_domain ipv4' below 'listener 9001 127\.0\.0\.1'/);
    assert.deepEqual(more, []);
  });

  test('by TLS, whatever its certificate, is found', async (t) => {
    const { settings } = await scene(t, async (dir) => {
      await makeAuthority(dir);
      const certificate = join(dir, 'untrusted');
      return [
        ...['listener 1883 127.0.0.1', 'listener 8883', 'allow_anonymous true'],
        ...[`certfile ${certificate}.pem`, `keyfile ${certificate}.key`],
      ];
    });
    const { of } = await examine(['-c', settings]);
    assert.match(of('network', 'fail')[0] ?? '', new RegExp(`^mqtts://${OUTSIDE}:8883 `));
  });

  test('at a port that only its own settings name is found', async (t) => {
    const port = await freePort();
    const { settings, conf } = await scene(t, () => [
      ...['listener 1883 127.0.0.1', `listener ${port}`, 'protocol websockets'],
      'allow_anonymous true',
    ]);
    assert.deepEqual((await examine(['-c', settings])).of('network', 'fail'), []);
    const { of } = await examine(['-c', settings, '--broker-conf', conf]);
    assert.match(of('network', 'fail')[0] ?? '', new RegExp(`^ws://${OUTSIDE}:${port} `));
  });

  test('over WebSocket on the loopback is found: web pages reach it', async (t) => {
    const { settings } = await scene(t, () => [
      ...['listener 1883 127.0.0.1', 'listener 9001 127.0.0.1', 'protocol websockets'],
      ...['socket_domain ipv4', 'allow_anonymous true'],
    ]);
    const { code, of } = await examine(['-c', settings]);
    assert.equal(code, 1);
    assert.match(of('network', 'ok')[0] ?? '', /at the 1 address of this machine/);
    assert.match(
      of('anonymous', 'fail')[0] ?? '',
      /^ws:\/\/127\.0\.0\.1:9001 lets anybody in .*any web page .*allow_anonymous false/,
    );
  });

  test('over MQTT on the loopback alone is warned of', async (t) => {
    const { settings } = await scene(t, () => ['listener 1883 127.0.0.1', 'allow_anonymous true']);
    const { code, of } = await examine(['-c', settings]);
    assert.equal(code, 0);
    assert.equal(of('anonymous', 'warn').length, 1);
    assert.deepEqual(of('anonymous', 'fail'), []);
  });

  test('at the address where the bridge meets it fails', async (t) => {
    const { settings } = await scene(
      t,
      () => [`listener 1883 ${OUTSIDE}`, 'allow_anonymous true'],
      {
        mqtt: { url: `mqtt://${OUTSIDE}:1883` },
      },
    );
    const { code, of } = await examine(['-c', settings]);
    assert.equal(code, 1);
    assert.match(of('anonymous', 'fail')[0] ?? '', /lets anybody in, without a password/);
  });
});

describe('a broker with accounts', () => {
  const LISTENERS = ['listener 1883', 'listener 9001', 'protocol websockets'];

  /** @param {string} dir */
  async function accounts(dir) {
    const file = await passwords(dir, { nudge: 'n', alice: 'a' });
    return [...LISTENERS, 'allow_anonymous false', `password_file ${file}`];
  }

  test('and without an ACL fails: by its own settings, and by what our login hears', async (t) => {
    const { dir, settings, conf } = await scene(t, accounts, { mqtt: { username: 'nudge' } });
    const env = { NUDGE_MQTT_PASSWORD_FILE: await secret(dir, 'password', 'n') };
    const known = await examine(['-c', settings, '--broker-conf', conf], env);
    assert.equal(known.code, 1);
    assert.match(known.of('bounds', 'fail')[0] ?? '', /password_file and no acl_file: .*user add/);
    const unknown = await examine(['-c', settings, '--broker-conf', '/nowhere'], env);
    assert.equal(unknown.code, 1);
    assert.match(unknown.of('bounds', 'fail')[0] ?? '', /reads what any person answers/);
    assert.deepEqual(unknown.of('network', 'fail'), []);
    assert.deepEqual(unknown.of('anonymous', 'fail'), []);

    const login = await secret(dir, 'alice', 'a');
    const as = ['--as', 'alice', '--password-file', login];
    const other = await examine(['-c', settings, ...as], env);
    assert.match(
      other.of('alice', 'fail')[0] ?? '',
      /reads and answers for other people.*add alice/,
    );
  });

  test('and the rights of nudge user is fine', async (t) => {
    const acl = (/** @type {string} */ dir) => join(dir, 'acl');
    const { dir, settings, conf } = await scene(
      t,
      async (dir) => {
        await writeFile(acl(dir), '');
        const lines = await accounts(dir);
        return [...lines, `acl_file ${acl(dir)}`, `pid_file ${join(dir, 'pid')}`];
      },
      { mqtt: { username: 'nudge' } },
    );
    const env = { NUDGE_MQTT_PASSWORD_FILE: await secret(dir, 'password', 'n') };
    const as = ['--as', 'alice', '--password-file', await secret(dir, 'alice', 'a')];
    const all = ['-c', settings, '--broker-conf', conf];
    const bare = await examine([...all, ...as], env);
    assert.match(bare.of('acl', 'fail')[0] ?? '', /check the broker's ACL/);
    const user = ['user', ...all];
    const { code, lines } = await runNudge([...user, 'add', 'alice'], { env });
    assert.equal(code, 0, lines.join('\n'));
    // The broker reads its files when it gets to it.
    let good = await examine([...all, ...as], env);
    for (let tries = 0; good.code !== 0 && tries < 20; tries++)
      good = await examine([...all, ...as], env);
    assert.equal(good.code, 0, good.lines.join('\n'));
    assert.equal(good.of('alice', 'ok').length, 1);
    assert.equal(good.of('bounds', 'ok').length, 1);
    assert.equal(good.of('acl', 'ok').length, 1);

    await writeFile(acl(dir), 'user nudge\ntopic #\nuser alice\ntopic read #\n');
    const pid = (await runProcess('cat', [join(dir, 'pid')])).lines[0] ?? '';
    process.kill(Number(pid), 'SIGHUP');
    let loose = await examine([...all, ...as], env);
    for (let tries = 0; loose.of('alice', 'ok').length > 0 && tries < 20; tries++)
      loose = await examine([...all, ...as], env);
    assert.match(loose.of('bounds', 'warn')[0] ?? '', /may do more than it needs/);
    assert.match(loose.of('alice', 'fail')[0] ?? '', /this login reads for other people/);
  });

  test('says that a login is wrong, not the ACL', async (t) => {
    const { dir, settings } = await scene(t, accounts, { mqtt: { username: 'nudge' } });
    const env = { NUDGE_MQTT_PASSWORD_FILE: await secret(dir, 'password', 'wrong') };
    const wrong = await examine(['-c', settings], env);
    assert.equal(wrong.code, 1);
    assert.match(wrong.of('login', 'fail')[0] ?? '', /: not authorised: wrong user name or pass/);
    assert.doesNotMatch(wrong.of('login', 'fail')[0] ?? '', /ACL/);
    const right = { NUDGE_MQTT_PASSWORD_FILE: await secret(dir, 'password', 'n') };
    const as = ['--as', 'alice', '--password-file', await secret(dir, 'alice', 'wrong')];
    const other = await examine(['-c', settings, ...as], right);
    assert.match(other.of('alice', 'fail')[0] ?? '', /wrong user name or password/);
    const usage = await runNudge(['doctor', '-c', settings, '--as', 'alice']);
    assert.equal(usage.code, 64);
  });
});

describe('settings', () => {
  test('that open a host to devices say which, and warn of what is near', async (t) => {
    const dir = await scratchDirectory(t);
    const settings = await writeSettings(dir, {
      mqtt: { url: `mqtt://127.0.0.1:${await freePort()}` },
      ntfy: { allow_hosts: 'ntfy.example.org, localhost:8443', allow_http: 'yes' },
      webpush: {
        allow_hosts: '*.push.example.org 10.0.0.5:8080 172.32.0.1 172.16.0.1 [fd00::1] pi pi.lan',
      },
    });
    const { of } = await examine(['-c', settings]);
    const opens = (/** @type {string[]} */ details) =>
      details
        .filter((detail) => detail.startsWith('allow_hosts opens '))
        .map((each) => each.slice(18));
    assert.deepEqual(opens(of('ntfy', 'ok')), [
      'https://ntfy.example.org:443 and http://ntfy.example.org:80',
    ]);
    const near = ', on this machine or in its network: whoever may register a device';
    const [loopback = '', ...none] = opens(of('ntfy', 'warn'));
    assert.ok(loopback.startsWith(`https://localhost:8443 and http://localhost:8443${near}`));
    assert.deepEqual(none, []);
    assert.deepEqual(opens(of('webpush', 'ok')), [
      ...['https://*.push.example.org:443', 'https://172.32.0.1:443'],
    ]);
    assert.deepEqual(
      opens(of('webpush', 'warn')).map((detail) => detail.split(',')[0]),
      [
        ...['https://10.0.0.5:8080', 'https://172.16.0.1:443', 'https://[fd00::1]:443'],
        ...['https://pi:443', 'https://pi.lan:443'],
      ],
    );
  });

  test('with a login in a URL are a finding of their own, without the password', async (t) => {
    const dir = await scratchDirectory(t);
    const settings = await writeSettings(dir, { mqtt: { url: 'mqtt://alice:S3cret@pi.lan' } });
    const { code, of, lines } = await examine(['-c', settings]);
    assert.equal(code, 78);
    assert.equal(lines.length, 2, 'a list of one');
    assert.match(of('settings', 'fail')[0] ?? '', /nudge\.conf:\d+: \[mqtt\] url .*a login/);
    assert.doesNotMatch(lines.join('\n'), /S3cret/);
    const plain = await runNudge(['doctor', '-c', settings]);
    assert.equal(plain.code, 78);
    assert.match(
      plain.lines.join('\n'),
      /^fail +settings +\S+:\d+: \[mqtt\] url must not hold a login/,
    );
    assert.doesNotMatch(plain.lines.join('\n'), /S3cret/);
  });
});
