// `make run`, as the README tells a newcomer.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { cp, readdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, test } from 'node:test';
import { connect } from './support/mqtt.mjs';
import { freePort, startProcess } from './support/process.mjs';
import { scratchDirectory } from './support/scratch.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/**
 * A checkout of its own, already built, so that it runs beside another.
 *
 * @param {import('node:test').TestContext} t
 */
async function checkout(t) {
  const dir = await scratchDirectory(t);
  await cp(join(ROOT, 'packaging'), join(dir, 'packaging'), { recursive: true });
  await cp(join(ROOT, 'mosquitto.conf'), join(dir, 'mosquitto.conf'));
  return dir;
}

/**
 * @param {string} cwd
 * @param {NodeJS.ProcessEnv} env
 */
const start = (cwd, env) =>
  startProcess('packaging/run', [join(ROOT, 'build/nudge'), join(ROOT, 'web')], { cwd, env });

const ports = async () => ({
  PORT: String(await freePort()),
  WS_PORT: String(await freePort()),
  WEB_PORT: String(await freePort()),
});

describe('make run', () => {
  test('shows what is published, as it says itself', async (t) => {
    const dir = await checkout(t);
    const env = await ports();
    const running = start(dir, env);
    t.after(() => running.stop());
    await running.waitForLine(/Ctrl-C stops everything/);

    const told = running.lines.filter((line) => /^ {2}mosquitto_pub.*\/event/.test(line));
    assert.equal(told.length, 2);
    for (const line of told) {
      const shell = startProcess('sh', ['-c', line]);
      assert.equal((await shell.exited).code, 0, line);
    }
    await running.waitForLine(/me\/phone: Note: hello/);
    await running.waitForLine(/me\/phone: Permission needed: Fix login: rm -rf build/);
  });

  test('listens for pages over WebSocket', async (t) => {
    const dir = await checkout(t);
    const env = await ports();
    const running = start(dir, env);
    t.after(() => running.stop());
    await running.waitForLine(/Ctrl-C stops everything/);
    const client = await connect(`ws://127.0.0.1:${env.WS_PORT}`);
    await client.publish('nudge/me/event', 'from a page');
    await running.waitForLine(/me\/phone: Note: from a page/);
    await client.end();
  });

  test('serves the page at the address it prints, with how to connect', async (t) => {
    const dir = await checkout(t);
    const env = await ports();
    const running = start(dir, env);
    t.after(() => running.stop());
    const line = (await running.waitForLine(/^ {2}http:/)).trim();
    const ws = encodeURIComponent(`ws://127.0.0.1:${env.WS_PORT}`);
    const address = `http://127.0.0.1:${env.WEB_PORT}/#pair?user=me&ws=${ws}&key=`;
    assert.equal(line.slice(0, -43), address);
    for (const [file, type] of [
      ['', 'text/html; charset=utf-8'],
      ['page.js', 'text/javascript; charset=utf-8'],
      ['nudge.webmanifest', 'application/manifest+json'],
    ]) {
      const answer = await fetch(new URL(file ?? '', line));
      assert.equal(answer.status, 200);
      assert.equal(answer.headers.get('content-type'), type);
    }
    assert.equal((await fetch(new URL('../package.json', line))).status, 404);
  });

  test('says in one line that the port of the page is taken', async (t) => {
    const dir = await checkout(t);
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    t.after(() => taken.close());
    const { port } = /** @type {import('node:net').AddressInfo} */ (taken.address());
    const running = start(dir, { ...(await ports()), WEB_PORT: String(port) });
    assert.equal((await running.exited).code, 69);
    const complaint = running.lines.filter((line) => line.startsWith('make run:'));
    assert.equal(complaint.length, 1);
    assert.match(complaint[0] ?? '', /port \d+: EADDRINUSE; choose another: make run WEB_PORT=/);
  });

  test('says in one line that it is running already', async (t) => {
    const dir = await checkout(t);
    const running = start(dir, await ports());
    t.after(() => running.stop());
    await running.waitForLine(/Ctrl-C stops everything/);
    const second = start(dir, await ports());
    const { code } = await second.exited;
    assert.equal(code, 69);
    assert.deepEqual(second.lines, ['make run: it is running already, from this folder']);
  });

  test('says in one line that a port is taken, and what to do', async (t) => {
    const dir = await checkout(t);
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    t.after(() => taken.close());
    const { port } = /** @type {import('node:net').AddressInfo} */ (taken.address());
    const running = start(dir, { ...(await ports()), PORT: String(port) });
    const { code } = await running.exited;
    assert.equal(code, 69);
    assert.equal(running.lines.length, 1, running.lines.join('\n'));
    assert.match(running.lines[0] ?? '', /^make run: port \d+ or \d+ is taken.*make run PORT=/);
  });

  test('stops everything on Ctrl-C', async (t) => {
    const dir = await checkout(t);
    const running = start(dir, await ports());
    await running.waitForLine(/Ctrl-C stops everything/);
    running.signal('SIGINT');
    const { code } = await running.exited;
    assert.equal(code, 0);
    assert.ok(running.lines.some((line) => /stopped$/.test(line)));
    assert.ok((await readdir(join(dir, 'build/run/broker'))).includes('mosquitto.db'));
  });
});
