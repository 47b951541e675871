// The page, the figures and the files that the bridge serves itself: to whom, as what, and that nobody
// who asks for them is waited for.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { cp, mkdir, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';
import { PATIENCE_MS, patiently } from './support/arrivals.mjs';
import { BINARY, runNudge, startBridge, writeSettings } from './support/bridge.mjs';
import { startBroker } from './support/broker.mjs';
import { makeAuthority } from './support/certificates.mjs';
import { connect } from './support/mqtt.mjs';
import { freePort } from './support/ports.mjs';
import { startProcess } from './support/process.mjs';
import { scratchDirectory } from './support/scratch.mjs';
import { ask, say, seriesOf, stick } from './support/web.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const BROKER = 'ws://127.0.0.1:9001';

/** @typedef {Awaited<ReturnType<typeof setScene>>} Site */
/** @type {(() => any)[]} */
const endings = [];
/** @type {Site} */
let site;
before(async () => {
  site = await setScene({ after: (end) => endings.unshift(end) });
});
after(async () => {
  for (const end of endings) await end();
});

/**
 * A bridge that serves a copy of the page, with the plugin's archive beside it.
 *
 * @param {{ after: (end: () => any) => void }} test
 * @param {{ isSecure?: boolean }} [options]
 */
async function setScene(test, { isSecure = false } = {}) {
  const dir = await scratchDirectory(/** @type {any} */ (test));
  const broker = await startBroker({ dir: join(dir, 'broker') });
  test.after(() => broker.stop());
  const page = join(dir, 'share/web');
  await mkdir(join(dir, 'share'));
  await cp(join(ROOT, 'web/dist'), page, { recursive: true });
  const now = Date.now() / 1000;
  for (const file of await readdir(page)) await utimes(join(page, file), now, now);
  await writeFile(join(dir, 'share/opencode-nudge.tgz'), gzipSync('the archive'));
  const authority = await makeAuthority(join(dir, 'tls'));
  const port = await freePort();
  const tls = {
    cert_file: join(dir, 'tls/loopback.pem'),
    key_file: join(dir, 'tls/loopback.key'),
  };
  const settings = await writeSettings(dir, {
    mqtt: { url: broker.url, ca_file: authority.caFile },
    http: { listen: `127.0.0.1:${port}`, page, broker: BROKER, ...(isSecure ? tls : {}) },
  });
  const bridge = await startBridge({ settings });
  test.after(() => bridge.stop());
  const client = await connect(broker.url);
  test.after(() => client.end());
  const url = `${isSecure ? 'https' : 'http'}://localhost:${port}`;
  return { dir, broker, page, port, url, settings, bridge, client, tls, caFile: authority.caFile };
}

describe('the page', () => {
  const files = /** @type {const} */ ([
    ['', 'text/html; charset=utf-8'],
    ['index.html', 'text/html; charset=utf-8'],
    ['page.js', 'text/javascript; charset=utf-8'],
    ['service-worker.js', 'text/javascript; charset=utf-8'],
    ['style.css', 'text/css; charset=utf-8'],
    ['icon.svg', 'image/svg+xml'],
    ['nudge.webmanifest', 'application/manifest+json'],
  ]);
  for (const [file, type] of files)
    test(`comes with the type that browsers ask for: /${file}`, async () => {
      const { status, headers, body } = await ask(`${site.url}/${file}`);
      assert.equal(status, 200);
      assert.equal(headers['content-type'], type);
      assert.ok(body.length > 100);
    });

  test('is held to what the server of the tests holds it to', async (t) => {
    const other = startProcess('node', [
      ...[join(ROOT, 'web/serve.mjs'), join(ROOT, 'web/dist'), '0', BROKER],
    ]);
    t.after(() => other.stop());
    const line = await other.waitForLine(/listening on/);
    const theirs = (await ask(line.replace('listening on ', ''))).headers;
    const ours = (await ask(`${site.url}/`)).headers;
    for (const name of [
      ...['content-security-policy', 'x-content-type-options', 'referrer-policy'],
      ...['cross-origin-opener-policy', 'cache-control'],
    ])
      assert.equal(ours[name], theirs[name], name);
  });

  test('comes compressed to who takes that, and unpacked it is the same', async () => {
    const plain = await ask(`${site.url}/page.js`);
    const packed = await ask(`${site.url}/page.js`, { headers: { 'accept-encoding': 'br, gzip' } });
    assert.equal(plain.headers['content-encoding'], undefined);
    assert.equal(packed.headers['content-encoding'], 'gzip');
    assert.equal(plain.headers.vary, 'Accept-Encoding');
    assert.equal(packed.headers.vary, 'Accept-Encoding');
    assert.ok(packed.body.length < plain.body.length / 2);
    assert.deepEqual(gunzipSync(packed.body), plain.body);
    assert.notEqual(packed.headers.etag, plain.headers.etag);
  });

  test('is sent again only when it is another one, and never from an old copy', async () => {
    const headers = { 'accept-encoding': 'gzip' };
    const file = join(site.page, 'style.css');
    const first = await ask(`${site.url}/style.css`, { headers });
    const known = { ...headers, 'if-none-match': first.headers.etag ?? '' };
    const second = await ask(`${site.url}/style.css`, { headers: known });
    assert.deepEqual([second.status, second.body.length], [304, 0]);
    assert.equal(second.headers.etag, first.headers.etag);

    await writeFile(file, 'body { color: red }');
    const third = await ask(`${site.url}/style.css`, { headers: known });
    assert.deepEqual([third.status, third.body.toString()], [200, 'body { color: red }']);
    assert.equal(third.headers['content-encoding'], undefined);
  });

  test('is asked for by GET and HEAD alone', async () => {
    const get = await ask(`${site.url}/page.js`);
    const head = await ask(`${site.url}/page.js`, { method: 'HEAD' });
    assert.equal(head.status, 200);
    assert.equal(head.body.length, 0);
    assert.equal(head.headers['content-length'], String(get.body.length));
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
      const body = method === 'OPTIONS' ? undefined : 'x'.repeat(1000);
      const { status, headers } = await ask(`${site.url}/page.js`, { method, body });
      assert.deepEqual([status, headers.allow], [405, 'GET, HEAD'], method);
    }
  });
});

test('nothing is found outside the folder of the page, and no request ends the server', async () => {
  await writeFile(join(site.page, 'notes.txt'), 'a secret');
  await writeFile(join(site.dir, 'share/secret.html'), 'a secret');
  await mkdir(join(site.page, 'folder.js'));
  const paths = [
    ...['/../secret.html', '/%2e%2e/secret.html', '/..%2fsecret.html', '//../secret.html'],
    ...['/./../secret.html', '/..\\secret.html', '/folder.js/../../secret.html', '/notes.txt'],
    ...['/page.js.gz', '/folder.js', '/secret.html%00.js', '/page.js%00', '/%ff%fe.js', '/?/../x'],
    ...['/' + 'a'.repeat(200) + '.js', '/' + '%41'.repeat(2000) + '.js', '*', 'page.js', ''],
  ];
  for (const path of paths) {
    const text = await say(
      site.port,
      `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`,
    );
    assert.ok(!text.includes('a secret'), path);
    if (!path.startsWith('/?')) assert.doesNotMatch(text, /^HTTP\/1\.1 200/, path);
  }
  for (const bytes of [
    ...['\r\n\r\n', 'GET\r\n\r\n', 'GET / HTTP/9.9\r\n\r\n', '\0'.repeat(64) + '\r\n\r\n'],
    ...[`GET / HTTP/1.1\r\nHost: a\r\nX: ${'y'.repeat(40_000)}\r\n\r\n`],
    'GET / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\nConnection: close\r\n\r\n',
  ])
    await say(site.port, bytes);
  assert.equal((await ask(`${site.url}/`)).status, 200);
});

describe('the figures', () => {
  test('have one name each, in JSON and for Prometheus', async () => {
    const json = JSON.parse((await ask(`${site.url}/health`)).body.toString());
    const { body, headers } = await ask(`${site.url}/metrics`);
    assert.equal(headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
    const text = body.toString();
    const series = seriesOf(text);
    const kinds = [...text.matchAll(/^# TYPE nudge_(\w+) (counter|gauge)$/gm)].map(
      ([, name]) => name,
    );
    const { ts, last_error, ...numbers } = json;
    assert.ok(ts > 1.7e12);
    assert.equal(last_error, null);
    assert.deepEqual(kinds.filter((name) => name !== 'info').sort(), Object.keys(numbers).sort());
    const labels = { waiting: 'stage', service: 'service', suppressed: 'reason' };
    for (const [name, value] of Object.entries(numbers)) {
      if (typeof value === 'number') {
        assert.equal(series.filter((one) => one.name === name).length, 1, name);
        continue;
      }
      const label = labels[/** @type {keyof labels} */ (name.split('_')[0])];
      for (const key of Object.keys(value))
        assert.ok(
          series.some((one) => one.name === name && one.labels === `${label}="${key}"`),
          `${name} ${key}`,
        );
    }
  });

  test('are for who comes by an address, or by a name of this network', async () => {
    for (const path of ['/metrics', '/health']) {
      for (const host of ['127.0.0.1', 'localhost', 'pi', 'pi.lan', '192.168.1.2:8090', '[::1]:1'])
        assert.equal((await ask(site.url + path, { headers: { host } })).status, 200, host);
      for (const host of ['rebound.example.org', 'nudge.example:8090', '127.0.0.1.example.org']) {
        const { status, body } = await ask(site.url + path, { headers: { host } });
        assert.equal(status, 421, host);
        assert.match(body.toString(), /^only for who asks by an address.*\n$/);
      }
    }
    // The page is nobody's secret, and may be behind a proxy under any name.
    const headers = { host: 'nudge.example.org' };
    assert.equal((await ask(`${site.url}/`, { headers })).status, 200);
  });

  test('say by their status whether there is a broker', async (t) => {
    const { url, broker, bridge } = await setScene(t);
    assert.equal((await ask(`${url}/health`)).status, 200);
    await broker.stop();
    await bridge.waitForLine(/no connection to the broker/);
    // The page has a thread of its own: it knows a moment after the log.
    const endMs = Date.now() + PATIENCE_MS;
    let away = await ask(`${url}/health`);
    while (away.status !== 503 && Date.now() < endMs) away = await ask(`${url}/health`);
    assert.equal(away.status, 503);
    assert.equal(JSON.parse(away.body.toString()).broker_connected, 0);
  });
});

describe('beside the page', () => {
  test('is the archive of the plugin', async () => {
    const { status, headers, body } = await ask(`${site.url}/opencode-nudge.tgz`);
    assert.deepEqual([status, headers['content-type']], [200, 'application/gzip']);
    assert.equal(gunzipSync(body).toString(), 'the archive');
    await rm(join(site.dir, 'share/opencode-nudge.tgz'));
    assert.equal((await ask(`${site.url}/opencode-nudge.tgz`)).status, 404);
  });

  test('is the certificate of who vouches for the broker, and never a key', async () => {
    const { status, headers, body } = await ask(`${site.url}/ca.crt`);
    assert.deepEqual([status, headers['content-type']], [200, 'application/x-x509-ca-cert']);
    assert.match(body.toString(), /^-----BEGIN CERTIFICATE-----/);
    const key = '-----BEGIN PRIVATE KEY-----\nMIGH\n-----END PRIVATE KEY-----\n';
    await writeFile(site.caFile, `${body}${key}`);
    assert.equal((await ask(`${site.url}/ca.crt`)).status, 404);
    await writeFile(site.caFile, body);
  });
});

describe('clients that stand still', () => {
  const stuck = /** @type {const} */ ([
    ['connect and say nothing', ''],
    ['send half a request', 'GET /page.js HTTP/1.1\r\nHost: loc'],
    ['send half a body', 'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\nx'],
    [
      'never read what they ask for',
      'GET /page.js HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(100),
    ],
  ]);
  for (const [what, bytes] of stuck)
    test(`that ${what} keep no push from leaving, and nobody from the page once they are gone`, async (t) => {
      const { port, url, client, bridge } = await setScene(t);
      await client.publish('nudge/me/device/phone', { platform: 'log' }, { retain: true });
      await bridge.waitForLine(/me\/phone is registered/);
      const receipts = await client.collect('nudge/me/receipt');
      const sockets = await Promise.all(Array.from({ length: 80 }, () => stick(port, bytes)));
      t.after(() => sockets.forEach((socket) => socket.destroy()));
      for (let i = 0; i < 5; i++) {
        await client.publish('nudge/me/event', { id: `evt_${i}`, kind: 'test' });
        await receipts.waitFor(({ json }) => json.event === `evt_${i}` && json.state === 'pushed');
      }
      const gone = sockets.map((socket) => socket.closed || once(socket, 'close'));
      sockets.forEach((socket) => socket.destroy());
      await patiently(Promise.all(gone), 'the end of the connections');
      await until(async () => (await ask(`${url}/`)).status === 200);
    });

  test('lose their connection after a while', async (t) => {
    const { port } = await setScene(t);
    const socket = await stick(port, 'GET /page.js HTTP/1.1\r\nHost: loc');
    socket.resume();
    await patiently(once(socket, 'close'), 'the end of a silent connection');
  });
});

/** A server that had no room has it soon. @param {() => Promise<boolean>} is */
async function until(is) {
  for (let i = 0; i < 200; i++) {
    if (await is().catch(() => false)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.fail('it does not answer any more');
}

describe('with a certificate', () => {
  test('it is https, and a renewed one counts after SIGHUP without a connection refused', async (t) => {
    const { url, tls, caFile, bridge, dir } = await setScene(t, { isSecure: true });
    assert.equal((await ask(`${url}/`, { caFile })).status, 200);
    await assert.rejects(ask(url.replace('https', 'http')));

    const renewed = await makeAuthority(join(dir, 'renewed'));
    await writeFile(tls.cert_file, renewed.loopback.cert);
    await writeFile(tls.key_file, 'nonsense', { mode: 0o600 });
    const from = bridge.lines.length;
    bridge.signal('SIGHUP');
    await bridge.waitForLine(/\[http\] cert_file: .* the old one stays/, { from });
    assert.equal((await ask(`${url}/`, { caFile })).status, 200);

    await writeFile(tls.key_file, renewed.loopback.key, { mode: 0o600 });
    bridge.signal('SIGHUP');
    await until(async () => (await ask(`${url}/`, { caFile: renewed.caFile })).status === 200);
    await assert.rejects(ask(`${url}/`, { caFile }));
  });

  test('that is wrong, it says so in one line and does not start', async (t) => {
    const dir = await scratchDirectory(t);
    const { loopback, untrusted } = await makeAuthority(dir);
    await writeFile(join(dir, 'cert.pem'), loopback.cert);
    await writeFile(join(dir, 'key.pem'), untrusted.key, { mode: 0o600 });
    const tls = { cert_file: join(dir, 'cert.pem'), key_file: join(dir, 'key.pem') };
    const listen = `127.0.0.1:${await freePort()}`;
    const settings = await writeSettings(dir, { http: { listen, ...tls } });
    const bridge = startProcess(BINARY, ['run', '-c', settings]);
    const { code } = await bridge.ended();
    assert.equal(code, 78);
    assert.match(
      bridge.lines.join('\n'),
      /:\d+: \[http\] key_file: is not the key of the certificate in .*cert\.pem$/,
    );
  });
});

describe('settings', () => {
  const cases = /** @type {const} */ ([
    [{ listen: '8090' }, /\[http\] listen must be an address and a port: 127\.0\.0\.1:8090/],
    [{ listen: 'pi.lan:8090' }, /\[http\] listen must be an address and a port/],
    [{ broker: 'mqtt://pi.lan' }, /\[http\] broker must begin with ws:\/\/ or wss:\/\//],
    [{ broker: "ws://a; script-src 'x'" }, /\[http\] broker must begin with/],
    [{ broker: 'ws://me:secret@pi.lan' }, /\[http\] broker must not hold a login/],
    [{ cert_file: '/a' }, /\[http\] cert_file and key_file belong together/],
  ]);
  for (const [http, complaint] of cases)
    test(`refuse ${JSON.stringify(http)}`, async (t) => {
      const settings = await writeSettings(await scratchDirectory(t), { http });
      const { code, lines } = await runNudge(['check', '-c', settings]);
      assert.equal(code, 78);
      assert.equal(lines.length, 1);
      assert.match(lines[0] ?? '', complaint);
    });

  test('name an address that this machine does not have yet, and it starts', async (t) => {
    const dir = await scratchDirectory(t);
    const broker = await startBroker({ dir: join(dir, 'broker') });
    t.after(() => broker.stop());
    const settings = await writeSettings(dir, {
      mqtt: { url: broker.url },
      http: { listen: `192.0.2.7:${await freePort()}`, page: join(dir, 'nowhere') },
    });
    const bridge = await startBridge({ settings });
    t.after(() => bridge.stop());
    await bridge.waitForLine(/\[http\] page: there is no folder .*nowhere/);
  });
});
