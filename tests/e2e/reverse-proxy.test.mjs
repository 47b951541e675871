// The recipes of docs/proxy.md, as they stand there but for names and ports.
import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import mqtt from 'mqtt';
import { startBridge, writeSettings } from './support/bridge.mjs';
import { startBroker } from './support/broker.mjs';
import { makeAuthority } from './support/certificates.mjs';
import { freePort } from './support/ports.mjs';
import { startProcess } from './support/process.mjs';
import { scratchDirectory } from './support/scratch.mjs';
import { ask } from './support/web.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The one recipe of a language. @param {string} language */
async function recipe(language) {
  const text = await readFile(join(ROOT, 'docs/proxy.md'), 'utf8');
  const blocks = [...text.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, 'gms'))];
  assert.equal(blocks.length, 1);
  return blocks[0]?.[1] ?? '';
}

/**
 * A bridge and a broker behind a proxy that is not there yet.
 *
 * @param {import('node:test').TestContext} t
 */
async function setScene(t) {
  const dir = await scratchDirectory(t);
  const broker = await startBroker({ dir: join(dir, 'broker'), users: { me: 'secret' } });
  t.after(() => broker.stop());
  const password = join(dir, 'password');
  await writeFile(password, 'secret', { mode: 0o600 });
  const [page, proxy] = [await freePort(), await freePort()];
  const settings = await writeSettings(dir, {
    mqtt: { url: broker.url, username: 'me', password_file: password },
    http: { listen: `127.0.0.1:${page}`, page: join(ROOT, 'web/dist') },
  });
  const bridge = await startBridge({ settings });
  t.after(() => bridge.stop());
  /** @param {string} text */
  const placed = (text) =>
    text.replaceAll(':9001', `:${broker.wsPort}`).replaceAll(':8090', `:${page}`);
  return { dir, broker, page, proxy, placed };
}

/** @param {number} port @param {string} caFile */
async function assertWorks(port, caFile) {
  const url = `https://localhost:${port}`;
  const headers = { 'accept-encoding': 'gzip' };
  const first = await ask(`${url}/page.js`, { caFile, headers });
  assert.equal(first.status, 200);
  assert.equal(first.headers['content-type'], 'text/javascript; charset=utf-8');
  assert.equal(first.headers['content-encoding'], 'gzip');
  assert.match(String(first.headers['content-security-policy']), /^default-src 'none'/);
  const known = { ...headers, 'if-none-match': first.headers.etag ?? '' };
  assert.equal((await ask(`${url}/page.js`, { caFile, headers: known })).status, 304);
  assert.equal((await ask(`${url}/metrics`, { caFile })).status, 200);

  const ca = await readFile(caFile);
  const login = { username: 'me', password: 'secret' };
  const client = await mqtt.connectAsync(
    `wss://localhost:${port}/mqtt`,
    { ...login, ca, protocolVersion: 5 },
    false,
  );
  const heard = new Promise((resolve) =>
    client.on('message', (_, payload) => resolve(String(payload))),
  );
  await client.subscribeAsync('nudge/bridge/nudge/state', { qos: 1 });
  assert.equal(await heard, 'online');
  await client.endAsync(true);
}

describe('the page behind a proxy', () => {
  test('Caddy', async (t) => {
    const { dir, proxy, placed } = await setScene(t);
    const text = placed(await recipe('caddy')).replace('pi.lan', `localhost:${proxy}`);
    const file = join(dir, 'Caddyfile');
    await writeFile(
      file,
      `{\n\tadmin off\n\tskip_install_trust\n\tauto_https disable_redirects\n}\n${text}`,
    );
    const data = join(dir, 'caddy');
    await mkdir(data);
    const env = { HOME: data, XDG_DATA_HOME: data, XDG_CONFIG_HOME: data };
    const caddy = startProcess('caddy', ['run', '--adapter', 'caddyfile', '--config', file], {
      env,
    });
    t.after(() => caddy.stop());
    await caddy.waitForLine(/certificate obtained successfully|serving initial configuration/);
    await caddy.waitForLine(/certificate obtained successfully/);
    await assertWorks(proxy, join(data, 'caddy/pki/authorities/local/root.crt'));
  });

  test('nginx', async (t) => {
    const { dir, proxy, placed } = await setScene(t);
    const tls = join(dir, 'tls');
    const { caFile } = await makeAuthority(tls, ['nudge.example.org']);
    const text = placed(await recipe('nginx'))
      .replace('listen 443', `listen 127.0.0.1:${proxy}`)
      .replace('server_name pi.lan', 'server_name localhost')
      .replaceAll('/etc/nudge/tls/pi.lan.crt', join(tls, 'loopback.pem'))
      .replaceAll('/etc/nudge/tls/pi.lan.key', join(tls, 'loopback.key'));
    const own = ['access_log', 'client_body_temp_path', 'proxy_temp_path', 'fastcgi_temp_path'];
    const paths = [...own, 'uwsgi_temp_path', 'scgi_temp_path'].map(
      (name) => `${name} ${dir}/${name};`,
    );
    const file = join(dir, 'nginx.conf');
    await writeFile(
      file,
      `daemon off;\npid ${dir}/nginx.pid;\nerror_log stderr notice;\nevents {}\nhttp {\n${paths.join('\n')}\n${text}}\n`,
    );
    const nginx = startProcess('nginx', ['-c', file, '-p', dir, '-e', 'stderr'], {
      env: { PATH: `${process.env.PATH}:/usr/sbin` },
    });
    t.after(() => nginx.stop());
    await nginx.waitForLine(/start worker process \d+/);
    await assertWorks(proxy, caFile);
    // Under a public name the figures stay at home.
    const url = `https://localhost:${proxy}/metrics`;
    const headers = { host: 'nudge.example.org' };
    assert.equal((await ask(url, { caFile, headers })).status, 421);
  });
});
