// The ways to a broker, out of the real OpenCode: TLS, WebSocket, and what a broker may refuse.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { makeAuthority } from './support/certificates.mjs';
import { says } from './support/model.mjs';
import { startScene, warningsIn } from './support/opencode-scene.mjs';
import { run } from './support/opencode.mjs';
import { freePort } from './support/ports.mjs';
import { scratchDirectory } from './support/scratch.mjs';
import { kept } from './support/spool.mjs';

/** @type {import('./support/opencode-scene.mjs').Scene} */
let scene;
/** @type {Record<string, string>} */
const urls = {};
let ca_file = '';
/** @type {(() => Promise<void>)[]} */
const endings = [];

before(async () => {
  const dir = await scratchDirectory({ after: (end) => endings.unshift(end) });
  const { caFile, loopback, otherHost } = await makeAuthority(join(dir, 'tls'));
  ca_file = caFile;
  /**
   * @param {number} port
   * @param {string} name
   * @param {import('./support/certificates.mjs').Certificate} certificate
   */
  const listener = async (port, name, { key, cert }) => {
    const files = { keyfile: join(dir, `${name}.key`), certfile: join(dir, `${name}.crt`) };
    await Promise.all([writeFile(files.keyfile, key), writeFile(files.certfile, cert)]);
    const lines = Object.entries(files).map(([setting, file]) => `${setting} ${file}`);
    return [`listener ${port} 127.0.0.1`, ...lines];
  };
  const [tls, other, wss] = [await freePort(), await freePort(), await freePort()];
  const acl_file = join(dir, 'acl');
  await writeFile(acl_file, 'topic readwrite nudge/#\ntopic read closed/#\n', { mode: 0o700 });
  const extra = [
    ...(await listener(tls, 'loopback', loopback)),
    ...(await listener(other, 'other', otherHost)),
    ...(await listener(wss, 'loopback', loopback)),
    ...['protocol websockets', `acl_file ${acl_file}`],
  ];
  scene = await startScene({ extra });
  Object.assign(urls, { mqtts: `mqtts://localhost:${tls}`, wss: `wss://localhost:${wss}` });
  urls['other'] = `mqtts://localhost:${other}`;
  Object.assign(urls, { ws: scene.broker.wsUrl, mqtt: scene.broker.url });
});
after(async () => {
  await scene?.stop();
  for (const end of endings) await end();
});

/**
 * @param {string} name
 * @param {object} options
 */
async function turn(name, options) {
  const home = scene.home(name, { options });
  scene.model.answers(says('Done.'));
  const { code, lines } = await run(home, 'go');
  assert.equal(code, 0, lines.join('\n'));
  assert.ok(lines.includes('Done.'), lines.join('\n'));
  return { warnings: warningsIn(lines), home };
}

describe('an event reaches the broker', () => {
  for (const [scheme, isSecret] of /** @type {const} */ ([
    ['mqtts', true],
    ['ws', false],
    ['wss', true],
  ]))
    it(`by ${scheme}`, async () => {
      const options = { url: urls[scheme], ...(isSecret && { ca_file }) };
      const { warnings, home } = await turn(scheme, options);
      assert.deepEqual(warnings, []);
      await scene.events.waitFor(
        ({ json }) => json.project.directory === home.project && json.kind === 'session.idle',
      );
    });
});

describe('trouble on the way is one warning, and OpenCode ends as ever', () => {
  /**
   * @param {string} name
   * @param {object} options
   * @param {RegExp} warning
   */
  const warnsOnce = async (name, options, warning) => {
    const { warnings } = await turn(name, options);
    assert.equal(warnings.length, 1, warnings.join('\n'));
    assert.match(warnings[0] ?? '', warning);
  };

  for (const scheme of ['mqtts', 'wss'])
    it(`when nobody vouches for the certificate of ${scheme}`, () =>
      warnsOnce(`untrusted-${scheme}`, { url: urls[scheme] }, /is not trusted .*: set ca_file/));

  it('when the certificate is for another name', () =>
    warnsOnce(
      'other-name',
      { url: urls['other'], ca_file },
      /is for another name: use that name in url/,
    ));

  it('when nobody listens there for a WebSocket', async () => {
    const url = `ws://127.0.0.1:${await freePort()}`;
    await warnsOnce('ws-closed', { url }, /cannot reach the broker at ws:/);
  });

  it('when whoever listens there hangs up', async (test) => {
    const server = createServer((socket) => void socket.destroy()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    test.after(() => server.close());
    const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
    await warnsOnce(
      'rude',
      { url: `mqtt://127.0.0.1:${port}` },
      /cannot reach the broker at mqtt:/,
    );
  });

  it('when the ACL forbids to publish', () =>
    warnsOnce('closed', { root: 'closed' }, /the broker refused closed\/me\/event: check its ACL/));
});

it('a broker that never answers keeps neither opencode run nor the event, and is told of', async (test) => {
  const server = createServer((socket) => void socket.on('error', () => {})).listen(0, '127.0.0.1');
  await once(server, 'listening');
  test.after(() => server.close());
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  const { home, warnings } = await turn('silent', { url: `mqtt://127.0.0.1:${port}` });
  assert.equal(warnings.length, 1, warnings.join('\n'));
  assert.match(warnings[0] ?? '', /cannot reach the broker at .* \(it does not answer\)/);
  const kinds = kept(home).map(({ kind }) => kind);
  assert.deepEqual(kinds.sort(), ['session.busy', 'session.idle']);
});
