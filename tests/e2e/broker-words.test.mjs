// A connection to the broker that fails says why: the same words in the bridge's log, in `nudge doctor`
// and in `nudge send`, and again each time the reason changes.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { BINARY, runNudge, writeSettings } from './support/bridge.mjs';
import { startBroker } from './support/broker.mjs';
import { makeAuthority } from './support/certificates.mjs';
import { enterNetwork } from './support/netns.mjs';
import { freePort } from './support/ports.mjs';
import { startProcess } from './support/process.mjs';
import { scratchDirectory } from './support/scratch.mjs';

// Doctor looks at each port of this machine.
await enterNetwork(import.meta.url);

const OLD = /this broker speaks MQTT 3\.1\.1; nudge needs 5: mosquitto 1\.6 or later/;

/** @type {{ dir: string, ca: string, stranger: string, ports: Record<string, number> }} */
const world = { dir: '', ca: '', stranger: '', ports: {} };
/** @type {(() => any)[]} */
const endings = [];

before(async () => {
  const dir = await scratchDirectory({ after: (end) => endings.unshift(end) });
  const { caFile } = await makeAuthority(join(dir, 'ca'));
  const names = ['closed', 'plain', 'tls', 'other', 'expired', 'ws', 'login', 'mutual', 'six'];
  const ports = Object.fromEntries(
    await Promise.all([...names, 'old', 'deaf'].map(async (name) => [name, await freePort()])),
  );
  Object.assign(world, { dir, ca: caFile, stranger: join(dir, 'ca', 'stranger.pem'), ports });
  const sealed = (/** @type {string} */ name) => [
    `certfile ${join(dir, 'ca', `${name}.pem`)}`,
    `keyfile ${join(dir, 'ca', `${name}.key`)}`,
  ];
  const listener = (/** @type {string} */ name, /** @type {string[]} */ ...lines) => [
    `listener ${ports[name]} ${name === 'six' ? '::1' : '127.0.0.1'}`,
    `allow_anonymous ${name !== 'login'}`,
    ...lines,
  ];
  const config = [
    ...['per_listener_settings true', 'user root', 'log_dest stderr'],
    ...listener('plain'),
    ...listener('tls', ...sealed('loopback')),
    ...listener('other', ...sealed('other-host')),
    ...listener('expired', ...sealed('expired')),
    ...listener('ws', 'socket_domain ipv4', 'protocol websockets'),
    ...listener('login'),
    ...listener('mutual', ...sealed('loopback'), `cafile ${caFile}`, 'require_certificate true'),
    ...listener('six', ...sealed('loopback')),
  ];
  const broker = await startBroker({ dir: join(dir, 'broker'), config: `${config.join('\n')}\n` });
  endings.unshift(() => broker.stop());
  endings.unshift(
    await startOld(ports['old'] ?? 0, true),
    await startOld(ports['deaf'] ?? 0, false),
  );
});
after(async () => {
  for (const end of endings) await end();
});

/**
 * A broker that speaks MQTT 3.1.1 alone: it says so to others, or ends the connection.
 *
 * @param {number} port
 * @param {boolean} isPolite
 */
async function startOld(port, isPolite) {
  /** @type {Set<import('node:net').Socket>} */
  const open = new Set();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('error', () => {});
    socket.once('data', (bytes) => {
      const isOld = bytes[0] === 0x10 && bytes[8] === 4;
      if (isOld || (isPolite && bytes[0] === 0x10))
        socket.end(Buffer.from([0x20, 2, 0, isOld ? 0 : 1]));
      else socket.destroy();
    });
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return () => {
    server.close();
    for (const socket of open) socket.destroy();
  };
}

/**
 * @param {import("node:test").TestContext} t
 * @param {string} scheme
 * @param {string} name of the port
 * @param {Record<string, string>} [more] settings
 */
async function settingsFor(t, scheme, name, more = {}) {
  const dir = await scratchDirectory(t);
  const host = name === 'six' ? '[::1]' : 'localhost';
  return writeSettings(dir, { mqtt: { url: `${scheme}://${host}:${world.ports[name]}`, ...more } });
}

/** @param {import('node:test').TestContext} t @param {string} settings */
function startAlone(t, settings) {
  const bridge = startProcess(BINARY, ['run', '-c', settings], { cwd: dirname(settings) });
  t.after(() => bridge.stop());
  return bridge;
}

/** @param {string} settings */
async function doctor(settings) {
  const { lines } = await runNudge(['doctor', '--json', '-c', settings]);
  return /** @type {any[]} */ (JSON.parse(lines.join('\n')));
}

describe('why there is no connection', { concurrency: 4 }, () => {
  /** @type {[string, string, string, () => Record<string, string>, RegExp][]} */
  const cases = [
    ['nobody listens', 'mqtt', 'closed', () => ({}), /nobody listens there/],
    [
      'no ca_file',
      'mqtts',
      'tls',
      () => ({}),
      /signed by nobody whom this system knows: set .*ca_file/,
    ],
    [
      'another ca_file',
      'mqtts',
      'tls',
      () => ({ ca_file: world.stranger }),
      /signed by none of those in/,
    ],
    ['another name', 'mqtts', 'other', ca, /is for elsewhere\.example, not for localhost/],
    ['expired', 'mqtts', 'expired', ca, /certificate has expired/],
    [
      'TLS to a plain port',
      'mqtts',
      'plain',
      ca,
      /there is no TLS at this port: mqtt:\/\/ instead/,
    ],
    [
      'none to a TLS port',
      'mqtt',
      'tls',
      () => ({}),
      /speaks TLS at this port: mqtts:\/\/ instead/,
    ],
    ['a WebSocket port', 'mqtt', 'ws', () => ({}), /WebSockets: ws:\/\/ instead of mqtt/],
    [
      'no WebSocket port',
      'ws',
      'plain',
      () => ({}),
      /no WebSocket at this port: mqtt:\/\/ instead/,
    ],
    ['TLS to a WebSocket port', 'mqtts', 'ws', ca, /no TLS at this port, but/],
    ['MQTT 3.1.1 only', 'mqtt', 'old', () => ({}), OLD],
    ['MQTT 3.1.1 only, and silent', 'mqtt', 'deaf', () => ({}), OLD],
    [
      'no login',
      'mqtt',
      'login',
      () => ({}),
      /not authorised: wrong user name or password, or none/,
    ],
    [
      'no certificate of ours',
      'mqtts',
      'mutual',
      ca,
      /wants a certificate of ours: set \[mqtt\] cert_file/,
    ],
  ];
  function ca() {
    return { ca_file: world.ca };
  }
  for (const [what, scheme, name, more, words] of cases)
    test(`is said: ${what}`, async (t) => {
      const settings = await settingsFor(t, scheme, name, more());
      const bridge = startAlone(t, settings);
      const [sent, findings, line] = await Promise.all([
        runNudge(['send', '-c', settings, 'hello']),
        doctor(settings),
        bridge.waitForLine(/no connection to the broker/),
      ]);
      assert.equal(sent.code, 69);
      assert.match(sent.lines.join('\n'), words);
      const failed = findings.find(
        ({ check, status }) => ['broker', 'login'].includes(check) && status === 'fail',
      );
      assert.match(failed?.detail ?? JSON.stringify(findings), words);
      assert.match(line, words);
    });
});

test('an IPv6 address in brackets is one that a certificate may name', async (t) => {
  const settings = await settingsFor(t, 'mqtts', 'six', { ca_file: world.ca });
  await startAlone(t, settings).waitForLine(/ready: /);
});

test('another reason is said anew, and the same one is not', async (t) => {
  const port = await freePort();
  world.ports['changing'] = port;
  const settings = await settingsFor(t, 'mqtt', 'changing');
  const bridge = startAlone(t, settings);
  await bridge.waitForLine(/nobody listens there/);
  const stop = await startOld(port, true);
  t.after(stop);
  await bridge.waitForLine(OLD);
  stop();
  await bridge.waitUntil(
    () => bridge.lines.filter((line) => /nobody listens/.test(line)).length === 2,
    'the first reason again',
  );
  assert.equal(bridge.lines.filter((line) => OLD.test(line)).length, 1);
});

test('a certificate file that is not there is refused before anything starts', async (t) => {
  for (const [section, key] of [
    ['mqtt', 'ca_file'],
    ['mqtt', 'cert_file'],
    ['ntfy', 'ca_file'],
  ]) {
    const dir = await scratchDirectory(t);
    const settings = await writeSettings(dir, { [section ?? '']: { [key ?? '']: '/nowhere' } });
    const { code, lines } = await runNudge(['run', '-c', settings]);
    assert.equal(code, 78);
    assert.match(
      lines.join('\n'),
      new RegExp(`nudge.conf:\\d+: \\[${section}\\] ${key}: cannot read /nowhere`),
    );
  }
});
