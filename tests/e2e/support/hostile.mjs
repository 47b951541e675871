// A person whose agent asks, in one of the set-ups that the README describes: what others attack.
import { createHmac, randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runNudge, startBridge, writeSettings } from './bridge.mjs';
import { checkOut, isUp, linkOf } from './make-run.mjs';
import { calls, says, startModel } from './model.mjs';
import { connect } from './mqtt.mjs';
import { makeHome, serve } from './opencode.mjs';
import { freePort } from './ports.mjs';
import { startProcess } from './process.mjs';
import { scratchDirectory } from './scratch.mjs';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** What nobody else should ever read. */
export const SECRET = 'echo nobody-else-reads-this';

/**
 * @typedef {{ after: (fn: () => any) => void }} Lifetime
 *
 * @typedef {{ username: string, password: string }} Login
 *
 * @typedef {object} SetUp
 * @property {string} user
 * @property {Login} login the person's
 * @property {Login} bob somebody else's
 * @property {number} port
 * @property {number} wsPort
 * @property {string} link to the page, with all that the person needs
 */

/**
 * `make run`, and a second account.
 *
 * @param {Lifetime} test
 * @returns {Promise<SetUp>}
 */
export async function makeRun(test) {
  const { dir, ports, start, password } = await checkOut(test);
  const running = start();
  await isUp(running);
  const login = { username: 'me', password: await password('me') };
  const files = { settings: 'build/run/nudge.conf', broker: 'build/run/mosquitto.conf' };
  return {
    user: 'me',
    login,
    bob: await addUser(dir, files, 'bob'),
    port: Number(ports.PORT),
    wsPort: Number(ports.WS_PORT),
    link: (await linkOf(running)).line,
  };
}

/**
 * Our mosquitto.conf opened to the network, as it says itself, with accounts and what they may.
 *
 * @param {Lifetime} test
 * @returns {Promise<SetUp>}
 */
export async function accounts(test) {
  const [port, wsPort] = [await freePort(), await freePort()];
  const dir = await scratchDirectory(test);
  const broker = join(dir, 'mosquitto.conf');
  const ours = (await readFile(join(ROOT, 'mosquitto.conf'), 'utf8'))
    .replace(/^listener 1883 .*/m, `listener ${port}`)
    .replace(/^listener 9001 .*/m, `listener ${wsPort}`)
    .replaceAll('/etc/mosquitto/', `${dir}/`);
  const own = `user root\npersistence_location ${dir}/\npid_file ${dir}/pid\nlog_dest stderr\n`;
  await writeFile(broker, ours + own);
  const password_file = join(dir, 'nudge.password');
  const settings = await writeSettings(dir, {
    mqtt: { url: `mqtt://127.0.0.1:${port}`, username: 'nudge', password_file },
  });
  const login = await addUser(dir, { settings, broker }, 'alice');

  const env = { PATH: `${process.env.PATH}:/usr/sbin` };
  const mosquitto = startProcess('mosquitto', ['-c', broker], { env, cwd: dir });
  test.after(() => mosquitto.stop());
  await mosquitto.waitForLine(/version \S+ running/);
  const bridge = await startBridge({ settings });
  test.after(() => bridge.kill());
  const bob = await addUser(dir, { settings, broker }, 'bob');

  const server = startProcess('node', [join(ROOT, 'web/serve.mjs'), join(ROOT, 'web/dist'), '0']);
  test.after(() => server.stop());
  const page = /http:\S+/.exec(await server.waitForLine(/listening on http/))?.[0] ?? '';
  const file = join(dir, 'alice.password');
  const ws = `ws://127.0.0.1:${wsPort}`;
  const paired = await runNudge([
    ...['pair', '-c', settings, '--password-file', file],
    ...['--ws', ws, '--page', page, 'alice'],
  ]);
  return { user: 'alice', login, bob, port, wsPort, link: paired.lines.at(-1) ?? '' };
}

/**
 * @param {string} cwd where a file with the password goes, too
 * @param {{ settings: string, broker: string }} files
 * @param {string} name
 * @returns {Promise<Login>}
 */
async function addUser(cwd, { settings, broker }, name) {
  const password = randomBytes(12).toString('base64url');
  const file = join(cwd, `${name}.password`);
  await writeFile(file, `${password}\n`, { mode: 0o600 });
  const { code, lines } = await runNudge(
    ['user', 'add', '-c', settings, '--broker-conf', broker, '--password-file', file, name],
    { cwd },
  );
  if (code !== 0) throw new Error(`nudge user add ${name}: ${lines.join('\n')}`);
  return { username: name, password };
}

/**
 * @typedef {object} Asked
 * @property {string} session
 * @property {string} request
 * @property {string} nonce
 */

/** A person with OpenCode and our plugin, who answers with signatures. */
export class Person {
  /**
   * @param {SetUp} setUp
   * @param {import('./model.mjs').Model} model
   * @param {import('./opencode.mjs').Server} server
   * @param {import('./mqtt.mjs').Client} client
   * @param {import('./mqtt.mjs').Collection} heard all that is theirs
   */
  constructor(setUp, model, server, client, heard) {
    this.setUp = setUp;
    this.model = model;
    this.server = server;
    this.client = client;
    this.heard = heard;
  }

  /**
   * @param {Lifetime} test
   * @param {SetUp} setUp
   */
  static async start(test, setUp) {
    const dir = await scratchDirectory(test);
    const url = `mqtt://127.0.0.1:${setUp.port}`;
    const password_file = join(dir, 'password');
    const reply_key_file = join(dir, 'reply-key');
    const key = new URLSearchParams(setUp.link.split('?')[1]).get('key');
    await writeFile(password_file, `${setUp.login.password}\n`, { mode: 0o600 });
    await writeFile(reply_key_file, `${key}\n`, { mode: 0o600 });
    const model = await startModel();
    test.after(() => model.stop());
    const options = {
      ...{ url, user: setUp.user, username: setUp.login.username, password_file },
      ...{ reply_key_file, replies: true, host: 'workstation' },
    };
    const permission = { bash: 'ask' };
    const server = await serve(makeHome({ dir, model: model.url, options, permission }));
    test.after(() => server.stop());
    const client = await connect(url, setUp.login);
    test.after(() => client.end());
    const heard = await client.collect(`nudge/${setUp.user}/#`);
    return new Person(setUp, model, server, client, heard);
  }

  /** @param {string} leaf */
  topic(leaf) {
    return `nudge/${this.setUp.user}/${leaf}`;
  }

  /**
   * The agent asks for a permission; resolves once the broker has it in its retained state, too.
   *
   * @returns {Promise<Asked>}
   */
  async ask() {
    const session = await this.server.newSession();
    this.model.answers(calls('bash', { command: SECRET, description: 'greet' }));
    await this.server.prompt(session, 'go');
    const isIt = (/** @type {any} */ { topic, json }) =>
      topic === this.topic('event') &&
      json?.kind === 'permission.asked' &&
      json.session.id === session;
    const { request } = (await this.heard.waitFor(isIt)).json;
    await this.heard.waitFor(
      ({ topic, text }) => topic === this.topic('state') && text.includes(request.nonce),
      { what: 'a state with the nonce' },
    );
    return { session, request: request.id, nonce: request.nonce };
  }

  /**
   * As the page signs it.
   *
   * @param {object} reply
   * @param {Buffer} [key]
   */
  sign(reply, key) {
    const ours = new URLSearchParams(this.setUp.link.split('?')[1]).get('key') ?? '';
    const text = JSON.stringify(reply);
    const mac = createHmac('sha256', key ?? Buffer.from(ours, 'base64url')).update(text);
    return { signed: text, mac: mac.digest('base64url') };
  }

  /**
   * What the plugin says of a reply.
   *
   * @param {string} request
   * @param {() => Promise<any>} send
   */
  async outcome(request, send) {
    const from = this.heard.messages.length;
    await send();
    const isIt = (/** @type {any} */ { topic, json }) =>
      topic === this.topic('receipt') && json?.request === request;
    const { state, reason } = (await this.heard.waitFor(isIt, { from })).json;
    return reason ? `${state}: ${reason}` : state;
  }

  /**
   * The turn goes on after its request was answered.
   *
   * @param {Asked} asked
   * @param {() => Promise<any>} answer
   */
  async goOn({ session }, answer) {
    this.model.answers(says('Done.'));
    await answer();
    await this.heard.waitFor(
      ({ json }) => json?.kind === 'session.idle' && json.session.id === session,
      { what: 'the end of the turn' },
    );
  }

  /** @returns {Promise<string[]>} the requests that OpenCode waits for */
  async pending() {
    const pending = await this.server.call('GET', '/permission');
    return pending.map((/** @type {any} */ { id }) => id);
  }
}
