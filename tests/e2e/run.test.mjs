// `make run`, as the README tells a newcomer.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { checkOut, freePorts, isUp, linkOf, socketsOf, stop } from './support/make-run.mjs';
import { connect } from './support/mqtt.mjs';
import { runProcess, startProcess } from './support/process.mjs';

const NOT_AUTHORIZED = 0x87;

/**
 * @typedef {import('./support/make-run.mjs').Checkout} Checkout
 * @typedef {import('./support/mqtt.mjs').Client} Client
 */

/**
 * @param {Checkout} checkout
 * @param {import('mqtt').IClientOptions} [login] none: as mosquitto_pub comes
 */
const overTcp = ({ ports }, login) => connect(`mqtt://127.0.0.1:${ports.PORT}`, login);

/**
 * @param {Checkout} checkout
 * @param {import('mqtt').IClientOptions} [login]
 */
const overWebSocket = ({ ports }, login) => connect(`ws://127.0.0.1:${ports.WS_PORT}`, login);

/** @param {Checkout} checkout */
const asMe = async (checkout) => ({ username: 'me', password: await checkout.password('me') });

/**
 * @param {string} dir
 * @param {string} file
 * @param {(text: string) => string} change
 */
async function edit(dir, file, change) {
  const path = join(dir, file);
  const text = await readFile(path, 'utf8');
  await writeFile(path, change(text));
}

/** The state once a permission waits. @param {Checkout} checkout */
async function permission(checkout) {
  const me = await overTcp(checkout, await asMe(checkout));
  const states = await me.collect('nudge/me/state');
  const request = { id: 'per_1', nonce: 'n0nce' };
  const ask = { tool: 'bash', input: 'make', patterns: [], always: [], cut: false };
  const event = { id: 'evt_1', kind: 'permission.asked', request, ask };
  await me.publish('nudge/me/event', event);
  const state = await states.waitFor(({ json }) => json?.waiting === 1);
  await me.end();
  return state;
}

/** A port that somebody else has. @param {import('node:test').TestContext} t */
async function takenPort(t) {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return String(port);
}

describe('make run', () => {
  test('shows what is published, as it says itself', async (t) => {
    const { dir, start } = await checkOut(t);
    const running = start();
    await isUp(running);
    const told = running.lines.filter((line) => /^ {2}mosquitto_pub/.test(line));
    assert.equal(told.length, 6);
    for (const line of told) {
      const { code, lines } = await runProcess('sh', ['-c', line], { cwd: dir });
      assert.deepEqual({ code, lines }, { code: 0, lines: [] }, line);
    }
    await running.waitForLine(/me\/phone: Note: hello/);
    await running.waitForLine(/me\/phone: Permission needed: Fix login: rm -rf build/);
  });

  test('tells commands that work as they are typed, on any ports', async (t) => {
    const checkout = await checkOut(t);
    const running = checkout.start();
    await isUp(running);
    const cwd = checkout.dir;
    const told = (/** @type {string} */ verb) =>
      running.lines.find((line) => line.startsWith(`  build/nudge ${verb} `)) ?? '';
    const heard = running.lines.find((line) => /^ {2}mosquitto_sub/.test(line)) ?? '';
    const shell = (/** @type {string} */ line) => startProcess('sh', ['-c', line], { cwd });

    const send = await runProcess('sh', ['-c', told('send')], { cwd });
    assert.deepEqual(send.lines, ['accepted', 'pushed phone by log']);
    const doctor = await runProcess('sh', ['-c', told('doctor')], { cwd });
    assert.ok(doctor.lines.includes('ok    acl         we may subscribe and publish'));
    assert.ok(!doctor.lines.some((line) => line.startsWith('fail')), doctor.lines.join('\n'));
    assert.ok(!doctor.lines.some((line) => /allow_anonymous/.test(line)), doctor.lines.join('\n'));

    // Nobody says when the two have begun to listen: they are told again until they hear.
    const client = await overTcp(checkout);
    const listeners = [shell(told('watch')), shell(heard)];
    t.after(() => Promise.all([client.end(), ...listeners.map(({ stop }) => stop())]));
    const tell = () => void client.publish('nudge/me/event', 'again').catch(() => {});
    const telling = setInterval(tell, 200);
    t.after(() => clearInterval(telling));
    await Promise.all(listeners.map((listener) => listener.waitForLine(/pushed/)));
  });

  test('is found by commands that are told no settings, from any folder', async (t) => {
    const checkout = await checkOut(t);
    await isUp(checkout.start());
    const nudge = join(checkout.dir, 'build/nudge');
    const conf = join(checkout.dir, 'build/run/nudge.conf');
    const run = (/** @type {string[]} */ ...args) => runProcess(nudge, args, { cwd: '/' });
    const reads = (/** @type {string} */ name) =>
      `nudge ${name}: reads ${conf}, as the bridge that runs here`;

    const send = await run('send', '--wait', 'hello');
    assert.deepEqual(send.lines, [reads('send'), 'accepted', 'pushed phone by log']);
    const doctor = await run('doctor');
    assert.ok(doctor.lines.includes(reads('doctor')));
    assert.ok(doctor.lines.includes(`ok    settings    ${conf} is good`), doctor.lines.join('\n'));
    assert.ok(!doctor.lines.some((line) => line.startsWith('fail')), doctor.lines.join('\n'));
    const { json } = await permission(checkout);
    const reply = await run('reply', json.asks[0].request.id);
    assert.equal(reply.code, 0, reply.lines.join('\n'));
    assert.ok(reply.lines.includes(reads('reply')));
    const pair = await run('pair', 'me');
    assert.equal(pair.code, 0, pair.lines.join('\n'));
    const explain = await run('explain', json.asks[0].id);
    assert.equal(explain.code, 0, explain.lines.join('\n'));
  });

  test('listens on this machine alone', async (t) => {
    const { ports, start } = await checkOut(t);
    const running = start();
    await isUp(running);
    const sockets = await socketsOf(running.pid);
    assert.deepEqual(
      sockets.map(({ program, address, port }) => `${program} ${address} ${port}`).sort(),
      [
        `mosquitto 127.0.0.1 ${ports.PORT}`,
        `mosquitto 127.0.0.1 ${ports.WS_PORT}`,
        `nudge 127.0.0.1 ${ports.WEB_PORT}`,
      ].sort(),
    );
  });

  test('does not stay when its broker listens where others reach it', async (t) => {
    const { dir, start } = await checkOut(t);
    await edit(dir, 'mosquitto.conf', (text) => text.replaceAll(/^(listener \d+) .*/gm, '$1'));
    const running = start();
    assert.equal((await running.ended()).code, 69);
    assert.equal(running.lines.length, 1, running.lines.join('\n'));
    assert.match(
      running.lines[0] ?? '',
      /^make run: the broker listens on (0\.0\.0\.0|::), port \d+, where others reach it; all is stopped again$/,
    );
  });

  test('does not stay when its page is served where others reach it', async (t) => {
    const { dir, start } = await checkOut(t);
    const all = (/** @type {string} */ text) => text.replace('listen = 127.0.0.1:', 'listen = *:');
    await edit(dir, 'packaging/prepare', all);
    const running = start();
    assert.equal((await running.ended()).code, 69);
    const complaint = running.lines.filter((line) => line.startsWith('make run:'));
    assert.match(
      complaint.join('\n'),
      /^make run: the bridge or its page listens on (0\.0\.0\.0|::), port \d+, where others/,
    );
  });

  test('lets nobody in over WebSocket without the password', async (t) => {
    const checkout = await checkOut(t);
    const running = checkout.start();
    await isUp(running);
    const { username, password } = await asMe(checkout);
    for (const login of [{}, { username }, { username, password: 'guessed' }])
      for (const protocolVersion of /** @type {const} */ ([4, 5]))
        await assert.rejects(
          overWebSocket(checkout, { ...login, protocolVersion }).then((client) => client.end()),
          /Not authorized|Bad User Name/i,
        );
    const client = await overWebSocket(checkout, { username, password });
    t.after(() => client.end());
    await client.publish('nudge/me/event', 'from a page');
    await running.waitForLine(/me\/phone: Note: from a page/);
  });

  test('lets a program without a login publish and choose, and no more', async (t) => {
    const checkout = await checkOut(t);
    await isUp(checkout.start());
    const client = await overTcp(checkout);
    t.after(() => client.end());
    const may = ['event', 'prefs', 'prefs/set', 'ack', 'presence/phone'];
    const mayNot = ['reply', 'device/mine', 'device/phone', 'receipt', 'state', 'agent/here'];
    for (const leaf of may) await client.publish(`nudge/me/${leaf}`, '');
    for (const topic of [
      ...mayNot.map((leaf) => `nudge/me/${leaf}`),
      'nudge/bridge/nudge/state',
      'nudge/bridge/nudge/info',
      'nudge/bridge/nudge/request/explain',
      'else/where',
    ])
      await assert.rejects(client.publish(topic, 'x'), { code: NOT_AUTHORIZED }, topic);
  });

  test('lets a program without a login hear what became of events, and no more', async (t) => {
    const checkout = await checkOut(t);
    await isUp(checkout.start());
    const stranger = await overTcp(checkout);
    const everything = await stranger.collect('#');
    const me = await overTcp(checkout, await asMe(checkout));
    t.after(() => Promise.all([stranger.end(), me.end()]));
    const states = await me.collect('nudge/me/state');
    const request = { id: 'per_1', nonce: 'a-nonce' };

    await me.publish('nudge/me/reply', { request: 'per_1' });
    await me.publish('nudge/me/device/other', { platform: 'log' }, { retain: true });
    await me.publish('nudge/me/agent/here', { state: 'online' }, { retain: true });
    await me.publish('nudge/me/event', { id: 'evt_1', kind: 'permission.asked', request });
    await states.waitFor(({ json }) => json?.waiting === 1);
    await me.publish('nudge/me/event', { id: 'evt_2', kind: 'note', body: 'the last' });
    await everything.waitFor(({ json }) => json?.event === 'evt_2');

    const topics = new Set(everything.messages.map(({ topic }) => topic));
    assert.deepEqual([...topics].sort(), [
      'nudge/bridge/nudge/info',
      'nudge/bridge/nudge/state',
      'nudge/me/receipt',
    ]);
    assert.ok(!everything.messages.some(({ text }) => text.includes('a-nonce')));
  });

  test('keeps what is published while the bridge is away', async (t) => {
    const checkout = await checkOut(t);
    const first = checkout.start();
    await isUp(first);
    await stop(first);
    const broker = startProcess('mosquitto', ['-c', 'build/run/mosquitto.conf'], {
      cwd: checkout.dir,
      env: { PATH: `${process.env.PATH}:/usr/sbin` },
    });
    await broker.waitForLine(/version \S+ running/);
    const client = await overTcp(checkout);
    await client.publish('nudge/me/event', 'you were away');
    await client.end();
    await broker.stop();
    await checkout.start().waitForLine(/me\/phone: Note: you were away/);
  });

  test('serves the page at the address it prints, with all that it needs', async (t) => {
    const { ports, start, password } = await checkOut(t);
    const running = start();
    const { line, members } = await linkOf(running);
    assert.ok(line.startsWith(`http://127.0.0.1:${ports.WEB_PORT}/#pair?`));
    const { key, ...others } = Object.fromEntries(members);
    assert.deepEqual(others, {
      user: 'me',
      ws: `ws://127.0.0.1:${ports.WS_PORT}`,
      username: 'me',
      password: await password('me'),
    });
    assert.match(key ?? '', /^[A-Za-z0-9_-]{43}$/);
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

  test('tells how to connect OpenCode, in one line that works', async (t) => {
    const { dir, start, password } = await checkOut(t);
    const running = start();
    await isUp(running);
    const told = running.lines.find((line) => line.includes('npx ./plugin install')) ?? '';
    const home = join(dir, 'home');
    await mkdir(home);
    const config = join(home, 'config');
    const env = { HOME: home, XDG_CONFIG_HOME: config, XDG_DATA_HOME: join(home, 'data') };
    const line = told.replace('make plugin && ', ''); // it is made already
    const { code, lines } = await runProcess('sh', ['-c', line], { cwd: dir, env });
    assert.equal(code, 0, lines.join('\n'));
    assert.match(lines.join('\n'), /^answers: work if signed/m);
    const kept = await readFile(join(config, 'nudge/password'), 'utf8');
    assert.equal(kept.trim(), await password('me'));
  });

  test('shows its passwords to nobody else', async (t) => {
    const { dir, start } = await checkOut(t);
    await isUp(start());
    const folder = join(dir, 'build/run');
    assert.equal((await stat(folder)).mode & 0o777, 0o700);
    for (const file of ['me.password', 'nudge.password', 'passwords', 'clients/mosquitto_pub'])
      assert.equal((await stat(join(folder, file))).mode & 0o777, 0o600, file);
  });

  test('keeps accounts and settings, and follows other ports', async (t) => {
    const { dir, start, password } = await checkOut(t);
    const first = start();
    await isUp(first);
    const before = await linkOf(first);
    await stop(first);
    const passwords = [await password('me'), await password('nudge')];
    await edit(dir, 'build/run/nudge.conf', (text) => `${text}\nlevel = debug\n`);

    const ports = await freePorts();
    const second = start(ports);
    await isUp(second);
    const after = await linkOf(second);
    assert.deepEqual([await password('me'), await password('nudge')], passwords);
    for (const member of ['password', 'key'])
      assert.equal(after.members.get(member), before.members.get(member));
    assert.equal(after.members.get('ws'), `ws://127.0.0.1:${ports.WS_PORT}`);
    const settings = await readFile(join(dir, 'build/run/nudge.conf'), 'utf8');
    assert.match(settings, /^level = debug$/m);
    assert.deepEqual(settings.match(/^url = .*/gm), [`url = mqtt://127.0.0.1:${ports.PORT}`]);
    const listen = `listen = 127.0.0.1:${ports.WEB_PORT}`;
    assert.deepEqual(settings.match(/^listen = .*/gm), [listen]);
  });

  test('makes whole the settings of a run before there were accounts', async (t) => {
    const { dir, ports, start } = await checkOut(t);
    await mkdir(join(dir, 'build/run'));
    await writeFile(join(dir, 'build/run/nudge.conf'), '[log]\nlevel = debug\n');
    const running = start();
    await isUp(running);
    const settings = await readFile(join(dir, 'build/run/nudge.conf'), 'utf8');
    assert.equal(
      settings,
      `[log]
level = debug

[mqtt]
url = mqtt://127.0.0.1:${ports.PORT}
username = nudge
password_file = ${dir}/build/run/nudge.password

[state]
directory = ${dir}/build/run/state

[http]
listen = 127.0.0.1:${ports.WEB_PORT}
page = ${dir}/web/dist
broker = ws://127.0.0.1:${ports.WS_PORT}
`,
    );
  });

  test('says in one line that the port of the page is taken', async (t) => {
    const { start } = await checkOut(t);
    const running = start({ WEB_PORT: await takenPort(t) });
    assert.equal((await running.ended()).code, 69);
    const complaint = running.lines.filter((line) => line.startsWith('make run:'));
    assert.equal(complaint.length, 1);
    assert.match(complaint[0] ?? '', /choose another: make run WEB_PORT=/);
    await running.waitForLine(/\[http\] listen: port \d+ is taken by another program/);
  });

  test('says in one line that it is running already', async (t) => {
    const { start } = await checkOut(t);
    await isUp(start());
    const second = start(await freePorts());
    const { code } = await second.ended();
    assert.equal(code, 69);
    assert.deepEqual(second.lines, ['make run: it is running already, from this folder']);
  });

  test('says in one line that a port is taken, and what to do', async (t) => {
    const { start } = await checkOut(t);
    const running = start({ PORT: await takenPort(t) });
    const { code } = await running.ended();
    assert.equal(code, 69);
    assert.equal(running.lines.length, 1, running.lines.join('\n'));
    assert.match(running.lines[0] ?? '', /^make run: port \d+ or \d+ is taken.*make run PORT=/);
  });

  test('stops everything on Ctrl-C', async (t) => {
    const { dir, start } = await checkOut(t);
    const running = start();
    await isUp(running);
    running.signal('SIGINT');
    const { code } = await running.ended();
    assert.equal(code, 0);
    assert.ok(running.lines.some((line) => /stopped$/.test(line)));
    assert.ok((await readdir(join(dir, 'build/run/broker'))).includes('mosquitto.db'));
  });
});
