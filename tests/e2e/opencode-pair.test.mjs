// `opencode-nudge install --pair`: one text, and OpenCode is heard and answered.
import assert from 'node:assert/strict';
import { createHash, X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { makeAuthority } from './support/certificates.mjs';
import { BEFORE, PLUGIN, stranger } from './support/opencode-install.mjs';
import { ask, echo, permission, person, signed, writeKey } from './support/opencode-reply.mjs';
import { startScene, warningsIn } from './support/opencode-scene.mjs';
import { says } from './support/model.mjs';
import { serve } from './support/opencode.mjs';
import { freePort } from './support/ports.mjs';
import { runProcess } from './support/process.mjs';
import { scratchDirectory } from './support/scratch.mjs';

const PASSWORD = 'a&b=c ü%';

/** @type {import('./support/opencode-scene.mjs').Scene} */
let scene;
/** @type {(() => Promise<void>)[]} */
const endings = [];
let dir = '';
let caFile = '';
let key = '';
/** With the whole chain, and with the broker's own certificate alone. */
const urls = { chain: '', leaf: '' };

before(async () => {
  dir = await scratchDirectory({ after: (end) => endings.unshift(end) });
  const authority = await makeAuthority(join(dir, 'tls'));
  caFile = authority.caFile;
  key = readFileSync(writeKey(dir), 'utf8').trim();
  const { cert, key: keyPem } = authority.loopback;
  const keyfile = join(dir, 'loopback.key');
  writeFileSync(keyfile, keyPem);
  const [chain, leaf] = [await freePort(), await freePort()];
  const listener = (
    /** @type {number} */ port,
    /** @type {string} */ name,
    /** @type {any[]} */ pems,
  ) => {
    const certfile = join(dir, `${name}.crt`);
    writeFileSync(certfile, pems.join('\n'));
    return [`listener ${port} 127.0.0.1`, `keyfile ${keyfile}`, `certfile ${certfile}`];
  };
  const acl_file = join(dir, 'acl');
  const acl = [
    ...['user alice', 'topic readwrite nudge/alice/#', 'topic readwrite nudge/bridge/#'],
    ...['user carol', 'topic write nudge/carol/#', 'topic read nudge/carol/receipt'],
    ...['topic read nudge/carol/agent/+', 'topic read nudge/bridge/#'],
  ];
  writeFileSync(acl_file, `${acl.join('\n')}\n`, { mode: 0o700 });
  scene = await startScene({
    users: { alice: PASSWORD, carol: PASSWORD },
    extra: [
      ...listener(chain, 'chain', [cert, readFileSync(caFile)]),
      ...listener(leaf, 'leaf', [cert]),
      `acl_file ${acl_file}`,
    ],
  });
  urls.chain = `mqtts://localhost:${chain}`;
  urls.leaf = `mqtts://localhost:${leaf}`;
});
after(async () => {
  await scene?.stop();
  for (const end of endings) await end();
});

const fingerprint = () =>
  createHash('sha256')
    .update(new X509Certificate(readFileSync(caFile)).raw)
    .digest('hex');

/** @param {object} [change] */
const textOf = (change = {}) => {
  const members = {
    ...{ user: 'alice', broker: urls.chain, username: 'alice', password: PASSWORD },
    ...{ ca: fingerprint(), key, ...change },
  };
  const pairs = Object.entries(members).filter(([, value]) => value !== null);
  return `nudge:pair?${pairs.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&')}`;
};

const SIGNED = /^answers: work if signed with the key in \S+\/nudge\/reply-key$/;

it('one text sets all that is needed, and uninstall takes it away', async (test) => {
  const { home, config, folder, nudge, options } = stranger(scene, 'whole');
  const installed = await nudge('install', '--pair', textOf(), '--host', 'workstation');
  assert.equal(installed.code, 0, installed.lines.join('\n'));
  assert.ok(
    installed.lines.some((line) => SIGNED.test(line)),
    installed.lines.join('\n'),
  );
  const { url, user, username, replies, host, ...files } = options();
  assert.deepEqual([url, user, username], [urls.chain, 'alice', 'alice']);
  assert.deepEqual([replies, host], [true, 'workstation']);
  assert.deepEqual(Object.keys(files).sort(), ['ca_file', 'password_file', 'reply_key_file']);
  for (const name of ['password', 'reply-key', 'ca.crt'])
    assert.equal(statSync(join(folder, name)).mode & 0o777, 0o600, name);
  for (const secret of [PASSWORD, encodeURIComponent(PASSWORD), key])
    assert.ok(
      !installed.lines.join('\n').includes(secret) &&
        !readFileSync(config, 'utf8').includes(secret),
    );

  const told = { retain: true };
  await scene.client.publish('nudge/bridge/nudge/state', 'online', told);
  const status = await nudge('status');
  await scene.client.publish('nudge/bridge/nudge/state', '', told);
  const said = installed.lines.find((line) => line.startsWith('answers: '))?.slice(9);
  assert.ok(status.lines.includes(`answers  ${said}`), status.lines.join('\n'));
  assert.equal(status.code, 0, 'all is well');

  const project = JSON.parse(readFileSync(join(home.project, 'opencode.json'), 'utf8'));
  writeFileSync(join(home.project, 'opencode.json'), JSON.stringify({ ...project, permission }));
  const server = await serve(home);
  test.after(() => server.kill());
  const alice = await person(scene, 'alice');
  const {
    session,
    event: _,
    ...asked
  } = await ask(...[scene, server, 'permission.asked'], ...[echo, says('Done.')]);
  const granted = await alice.outcome(asked.request, signed({ ...asked, reply: 'once' }));
  assert.equal(granted.state, 'answered');
  assert.equal((await scene.event(session, 'session.idle')).body, 'Done.');
  assert.deepEqual(warningsIn(server.lines), []);
  await server.stop();

  const again = await nudge('install', '--pair', textOf(), '--host', 'workstation');
  assert.ok(
    again.lines.some((line) => line.endsWith('names it already')),
    again.lines.join('\n'),
  );
  const removed = await nudge('uninstall');
  assert.equal(removed.code, 0, removed.lines.join('\n'));
  assert.equal(readFileSync(config, 'utf8'), BEFORE);
  assert.ok(!existsSync(folder), String(existsSync(folder) && readdirSync(folder)));
});

describe('a pairing text', () => {
  it('may come on standard input, as the address of the page', async () => {
    const { nudgeWith, options } = stranger(scene, 'stdin');
    const page = textOf({ broker: scene.broker.url }).replace(/^nudge:/, 'https://pi.lan/nudge/#');
    const { code, lines } = await nudgeWith(`${page}\n`, 'install', '--pair', '-');
    assert.equal(code, 0, lines.join('\n'));
    assert.ok(
      lines.some((line) => SIGNED.test(line)),
      lines.join('\n'),
    );
    const { url, ca_file } = options();
    assert.deepEqual([url, ca_file], [scene.broker.url, undefined]); // no TLS, no certificate
  });

  it('yields to options by hand', async () => {
    const { folder, nudge, options } = stranger(scene, 'by-hand');
    const password = join(dir, 'by-hand');
    writeFileSync(password, PASSWORD);
    const flags = ['--url', scene.broker.url, '--user', 'dora', '--password-file', password];
    const { code, lines } = await nudge(
      'install',
      '--pair',
      textOf(),
      ...flags,
      '--replies',
      'false',
    );
    assert.equal(code, 0, lines.join('\n'));
    assert.ok(lines.some((line) => line.startsWith('answers: off (replies is false): ')));
    const { url, user, username, password_file, replies } = options();
    assert.deepEqual([url, user, username], [scene.broker.url, 'dora', 'alice']);
    assert.deepEqual([password_file, replies], [password, false]);
    assert.ok(!existsSync(join(folder, 'password')));
  });

  it('without a password has it asked for at the terminal, and not shown', async () => {
    const { env, home, folder } = stranger(scene, 'terminal');
    const text = textOf({ broker: scene.broker.url, password: null });
    const command = `npx '${PLUGIN}' install --pair '${text}'`;
    const { lines } = await runProcess('script', ['-qefc', command, '/dev/null'], {
      ...{ env, cwd: home.project, input: `${PASSWORD}\n` },
    });
    const shown = lines.join('\n');
    assert.equal(readFileSync(join(folder, 'password'), 'utf8'), `${PASSWORD}\n`, shown);
    assert.match(shown, /Password of "alice" at the broker: /);
    assert.match(shown, /answers: work if signed/);
  });

  it('that is new takes the place of the old one, but not of what a person wrote', async () => {
    const { folder, nudge } = stranger(scene, 'renewed');
    const plain = { broker: scene.broker.url };
    const other = Buffer.alloc(32, 9).toString('base64url');
    await nudge('install', '--pair', textOf(plain));
    const renewed = await nudge('install', '--pair', textOf({ ...plain, key: other }));
    assert.equal(renewed.code, 0, renewed.lines.join('\n'));
    assert.equal(readFileSync(join(folder, 'reply-key'), 'utf8'), `${other}\n`);
    await nudge('uninstall');

    mkdirSync(folder);
    writeFileSync(join(folder, 'reply-key'), `${other}\n`);
    const refused = await nudge('install', '--pair', textOf(plain));
    assert.equal(refused.code, 78);
    assert.equal(refused.lines.length, 1, refused.lines.join('\n'));
    assert.match(
      refused.lines[0] ?? '',
      /reply-key is there already and says something else: remove/,
    );
    await nudge('install', '--pair', textOf({ ...plain, key: other }));
    await nudge('uninstall');
    assert.deepEqual(readdirSync(folder), ['reply-key']);
  });
});

describe('the certificate that a pairing text vouches for', () => {
  it('is taken from a file if the broker does not show it', async () => {
    const { nudge, options } = stranger(scene, 'ca-file');
    const text = textOf({ broker: urls.leaf });
    const { code, lines } = await nudge('install', '--pair', text, '--ca-file', caFile);
    assert.equal(code, 0, lines.join('\n'));
    assert.ok(
      lines.some((line) => SIGNED.test(line)),
      lines.join('\n'),
    );
    assert.equal(options().ca_file, caFile);
  });

  const cases = /** @type {const} */ ([
    [
      'is missing',
      () => [textOf({ broker: urls.leaf })],
      /does not show the certificate .* --ca-file FILE/,
    ],
    [
      'is another one',
      () => [textOf({ ca: 'ab'.repeat(32) })],
      /does not show the certificate that the pairing text vouches for/,
    ],
    [
      'is not in the file given',
      () => [textOf(), '--ca-file', join(dir, 'leaf.crt')],
      /leaf\.crt does not hold the certificate that the pairing text vouches for/,
    ],
  ]);
  for (const [name, args, line] of cases)
    it(`stops the installation in one line if it ${name}`, async () => {
      const { config, bundle, folder, nudge } = stranger(scene, `ca-${name.replaceAll(' ', '-')}`);
      const ended = await nudge('install', '--pair', ...args());
      assert.equal(ended.code, 78);
      assert.equal(ended.lines.length, 1, ended.lines.join('\n'));
      assert.match(ended.lines[0] ?? '', line);
      assert.equal(readFileSync(config, 'utf8'), BEFORE);
      assert.ok(!existsSync(bundle) && !existsSync(folder));
    });
});

describe('what is wrong with a pairing text is one line, and changes nothing', () => {
  const cases = /** @type {const} */ ([
    ['another text', () => ['https://pi.lan/'], /this is no pairing text/],
    ['a damaged one', () => [textOf({ key: 'abc' })], /its key is none/],
    [
      'no password',
      () => [textOf({ password: null })],
      /wants the password of "alice": give --password-file/,
    ],
  ]);
  for (const [name, args, line] of cases)
    it(name, async () => {
      const { config, bundle, folder, nudge } = stranger(scene, `bad-${name.replaceAll(' ', '-')}`);
      const ended = await nudge('install', '--pair', ...args());
      assert.equal(ended.code, 78);
      assert.equal(ended.lines.length, 1, ended.lines.join('\n'));
      assert.match(ended.lines[0] ?? '', line);
      assert.equal(readFileSync(config, 'utf8'), BEFORE);
      assert.ok(!existsSync(bundle) && !existsSync(folder));
    });
});

describe('what keeps answers away', () => {
  it('is said alike by install, by status and by OpenCode', async (test) => {
    const { home, nudge } = stranger(scene, 'carol');
    const text = textOf({ broker: scene.broker.url, user: 'carol', username: 'carol' });
    const installed = await nudge('install', '--pair', text);
    const line = installed.lines.find((one) => one.startsWith('answers: '))?.slice(9) ?? '';
    assert.match(
      line,
      /^the broker lets carol not read nudge\/carol\/reply \(.*\): check its ACL$/,
    );
    const status = await nudge('status');
    assert.ok(status.lines.includes(`answers  ${line}`), status.lines.join('\n'));
    assert.equal(status.code, 1);
    const server = await serve(home);
    test.after(() => server.kill());
    const session = await server.newSession();
    scene.model.answers(says('Done.'));
    await server.turn(session, 'go');
    assert.equal(await server.waitForLine(/check its ACL/), `nudge: ${line}`);
  });
});
