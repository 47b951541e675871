// `opencode-nudge`, the program: what it installs the real OpenCode loads, and it undoes what it did.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { startBridge, writeSettings } from './support/bridge.mjs';
import { says } from './support/model.mjs';
import { BEFORE, stranger } from './support/opencode-install.mjs';
import { startScene, warningsIn } from './support/opencode-scene.mjs';
import { run } from './support/opencode.mjs';
import { freePort } from './support/ports.mjs';
import { runProcess } from './support/process.mjs';

/** @type {import('./support/opencode-scene.mjs').Scene} */
let scene;

before(async () => {
  scene = await startScene({ anonymous: true, users: { alice: 'right' } });
});
after(() => scene?.stop());

it('what is installed tells of a turn; what is uninstalled leaves no trace', async () => {
  const { home, config, bundle, nudge } = stranger(scene, 'whole');
  const password = join(scene.dir, 'password');
  writeFileSync(password, 'right\n', { mode: 0o600 });
  const options = ['--url', scene.broker.url, '--user', 'alice', '--password-file', password];
  const turn = async () => {
    const from = scene.events.messages.length;
    scene.model.answers(says('Done.'));
    const { lines } = await run(home, 'go');
    assert.deepEqual(warningsIn(lines), []);
    return scene.events.messages.slice(from).map(({ topic, json }) => [topic, json.kind]);
  };

  const installed = await nudge('install', ...options);
  assert.equal(installed.code, 0, installed.lines.join('\n'));
  const text = readFileSync(config, 'utf8');
  assert.ok(text.includes('// mine') && text.includes('// never'), text);
  assert.deepEqual(await turn(), [
    ['nudge/alice/event', 'session.busy'],
    ['nudge/alice/event', 'session.idle'],
  ]);

  const again = await nudge('install', ...options);
  assert.ok(again.lines.some((line) => line.endsWith('names it already')));
  assert.equal(readFileSync(config, 'utf8'), text);

  const removed = await nudge('uninstall');
  assert.equal(removed.code, 0, removed.lines.join('\n'));
  assert.equal(readFileSync(config, 'utf8'), BEFORE);
  assert.ok(!existsSync(bundle));
  assert.deepEqual(await turn(), []);
  assert.deepEqual((await nudge('uninstall')).lines, ['it is not installed']);
});

describe('what is wrong is one line, and changes nothing', () => {
  /**
   * @param {string} name
   * @param {string[]} args
   * @param {number} code
   * @param {RegExp} line
   * @param {string} [settings]
   */
  const refuses = async (name, args, code, line, settings = BEFORE) => {
    const { config, bundle, nudge } = stranger(scene, name);
    writeFileSync(config, settings);
    const ended = await nudge(...args);
    assert.equal(ended.code, code, ended.lines.join('\n'));
    assert.equal(ended.lines.length, 1, ended.lines.join('\n'));
    assert.match(ended.lines[0] ?? '', line);
    assert.equal(readFileSync(config, 'utf8'), settings);
    assert.ok(!existsSync(bundle));
  };

  it('an option', () =>
    refuses('option', ['install', '--user', 'a/b'], 78, /option user is "a\/b"/));
  it('a file', () =>
    refuses('file', ['install', '--ca-file', '/nowhere'], 78, /option ca_file cannot be used/));
  it('a flag', () => refuses('flag', ['install', '--usr', 'a'], 64, /Unknown option '--usr'/));
  it('OpenCode’s settings', () =>
    refuses('settings', ['install'], 78, /opencode\.jsonc:1:8: value expected/, '{ "a": }'));
  it('a broker that is away', async () => {
    const url = `mqtt://127.0.0.1:${await freePort()}`;
    await refuses('away', ['test', '--url', url], 69, /cannot reach the broker/);
  });
  it('a password', async () => {
    const password = join(scene.dir, 'wrong');
    writeFileSync(password, 'wrong', { mode: 0o600 });
    const args = ['test', '--url', scene.broker.url, '--user', 'alice'];
    const wrong = /refused the login of "alice"/;
    await refuses('login', [...args, '--password-file', password], 69, wrong);
  });
});

it('what install and status tell to do can be typed', async () => {
  const { nudge, env, home } = stranger(scene, 'typed');
  const said = [];
  for (const command of ['install', 'status'])
    said.push(...(await nudge(command, '--url', scene.broker.url, '--user', 'alice')).lines);
  const commands = said.flatMap((line) => [...line.matchAll(/"(\S*(?:npx|nudge) [^"]*)"/g)]);
  const typed = commands.map(([, command = '']) => command.replace(/ (--pair TEXT|test|run)$/, ''));
  assert.ok(typed.length >= 3, said.join('\n'));
  for (const command of new Set(typed)) {
    const { code, lines } = await runProcess('sh', ['-c', `${command} --help`], {
      ...{ env, cwd: home.project },
    });
    assert.equal(code, 0, `${command}: ${lines.join('\n')}`);
  }
});

describe('a test event', () => {
  it('says that nobody listens, and after that what the bridge did with it', async (test) => {
    const { nudge } = stranger(scene, 'test');
    const options = ['--url', scene.broker.url, '--user', 'alice', '--host', 'workstation'];
    const unheard = await nudge('test', ...options, '--root', 'unheard');
    assert.equal(unheard.code, 69);
    assert.match(unheard.lines.at(-1) ?? '', /no bridge is listening on unheard\/alice\/event/);

    await nudge('install', ...options);
    const settings = await writeSettings(scene.dir, { mqtt: { url: scene.broker.url } });
    const bridge = await startBridge({ settings });
    test.after(() => bridge.stop());
    assert.equal((await nudge('test')).lines.at(-1), 'opencode-nudge: no device was reached');
    const status = await nudge('status');
    assert.equal(status.code, 0, status.lines.join('\n'));
    assert.ok(status.lines.includes('bridge   online'), status.lines.join('\n'));
    assert.ok(status.lines.includes('option   host = workstation'), status.lines.join('\n'));

    await scene.client.publish('nudge/alice/device/phone', { platform: 'log' }, { retain: true });
    await bridge.waitForLine(/alice\/phone is registered/);
    const tested = await nudge('test');
    assert.equal(tested.code, 0, tested.lines.join('\n'));
    assert.ok(tested.lines.some((line) => /^ {2}phone pushed/.test(line)));
    await bridge.waitForLine(/It works: workstation can reach you/);
  });
});
