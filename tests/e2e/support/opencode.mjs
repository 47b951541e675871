// The real OpenCode, offline, in a home of its own.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { patiently } from './arrivals.mjs';
import { runProcess, startProcess } from './process.mjs';

const here = (/** @type {string} */ path) => fileURLToPath(new URL(path, import.meta.url));

const PLUGIN = here('../../../plugin/dist/nudge.js');

// Guards, not measurements: OpenCode takes seconds to start on a busy machine.
const START_TIMEOUT_MS = 90_000;
const RUN_TIMEOUT_MS = 90_000;
const REQUEST_TIMEOUT_MS = 120_000; // a turn that waits for an answer is one request

/**
 * @typedef {object} Home
 * @property {string} project the directory OpenCode works in
 * @property {Record<string, string>} env all of OpenCode's environment
 *
 * @typedef {object} Server
 * @property {number} pid
 * @property {string[]} lines standard output and error
 * @property {(method: string, path: string, body?: unknown, headers?: Record<string, string>) =>
 *   Promise<any>} call headers: beside or in place of the usual
 * @property {() => Promise<string>} newSession resolves with its id
 * @property {(session: string, text: string) => Promise<void>} prompt begins a turn
 * @property {(session: string, text: string) => Promise<void>} turn begins a turn and awaits its end
 * @property {import('./process.mjs').Started['waitForLine']} waitForLine
 * @property {import('./process.mjs').Started['stop']} stop SIGTERM
 * @property {import('./process.mjs').Started['kill']} kill
 * @property {import('./process.mjs').Started['signal']} signal
 */

/**
 * A home and a project that know the fake model and the plugin.
 *
 * @param {object} given
 * @param {string} given.dir the home goes here; removed by the caller
 * @param {string} given.model base URL of the model
 * @param {object} [given.options] the plugin's
 * @param {object} [given.permission] OpenCode's
 * @param {Record<string, string>} [given.env] added to the environment
 * @param {object} [given.mcp] OpenCode's MCP servers
 * @returns {Home}
 */
export function makeHome({ dir, model, options = {}, permission = {}, env = {}, mcp = {} }) {
  const project = join(dir, 'webshop');
  const home = join(dir, 'home');
  mkdirSync(project, { recursive: true });
  mkdirSync(home, { recursive: true });
  pretendInstalled(join(home, 'config', 'opencode'));
  execFileSync('git', ['init', '--quiet', project]);
  const settings = { ...settingsFor({ model, options, permission }), mcp };
  writeFileSync(join(project, 'opencode.json'), JSON.stringify(settings));
  return { project, env: { ...environmentIn(home), ...env } };
}

/**
 * OpenCode wants a package in each folder of settings. It does without, but not before it has
 * waited for it a minute, at each start but the first; a lock file that names it will do.
 *
 * @param {string} folder
 */
function pretendInstalled(folder) {
  const dependencies = { '@opencode-ai/plugin': '1.18.33' };
  const lock = { lockfileVersion: 3, packages: { '': { dependencies } } };
  mkdirSync(join(folder, 'node_modules'), { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ dependencies }));
  writeFileSync(join(folder, 'package-lock.json'), JSON.stringify(lock));
}

/** @param {{ model: string, options: object, permission: object }} given */
function settingsFor({ model, options, permission }) {
  const limit = { context: 32_000, output: 4_000 };
  const fake = {
    npm: '@ai-sdk/openai-compatible', // comes with OpenCode
    name: 'Fake',
    options: { baseURL: model, apiKey: 'none' },
    models: { 'fake-1': { name: 'Fake 1', tool_call: true, limit } },
  };
  return {
    model: 'fake/fake-1',
    small_model: 'fake/fake-1',
    enabled_providers: ['fake'],
    provider: { fake },
    permission,
    autoupdate: false,
    share: 'disabled',
    plugin: [[pathToFileURL(PLUGIN).href, options]],
  };
}

/**
 * @param {string} home
 * @returns {Record<string, string>}
 */
function environmentIn(home) {
  return {
    PATH: process.env.PATH ?? '/usr/bin:/bin',
    HOME: home,
    XDG_CONFIG_HOME: join(home, 'config'),
    XDG_DATA_HOME: join(home, 'data'),
    XDG_STATE_HOME: join(home, 'state'),
    XDG_CACHE_HOME: join(home, 'cache'),
    OPENCODE_DISABLE_AUTOUPDATE: '1',
    OPENCODE_DISABLE_MODELS_FETCH: '1',
    OPENCODE_DISABLE_DEFAULT_PLUGINS: '1',
    OPENCODE_DISABLE_LSP_DOWNLOAD: '1',
    npm_config_offline: 'true',
  };
}

/** The program itself: npm's launcher works only after an install script that we do not run. */
function findBinary() {
  const name = `opencode-${process.platform}-${process.arch}`;
  const found = [`${name}-baseline`, name] // the first runs on any processor of its kind
    .map((module) => here(`../../node_modules/${module}/bin/opencode`))
    .find((path) => existsSync(path));
  if (!found) throw new Error(`there is no ${name}: run npm ci in tests/`);
  return found;
}

/**
 * Nothing of our own environment gets in: a NUDGE_URL there would win.
 *
 * @param {Home} home
 * @param {string[]} args
 * @param {string[]} [by]
 */
function start(home, args, by = []) {
  return startProcess('env', ['-i', ...environmentOf(home), ...by, findBinary(), ...args], {
    cwd: home.project,
  });
}

/** @param {Home} home */
function environmentOf(home) {
  return Object.entries(home.env).map(([name, value]) => `${name}=${value}`);
}

/**
 * OpenCode's terminal interface, in a terminal of its own.
 *
 * @param {Home} home
 * @param {string[]} args without blanks
 */
export function terminal(home, args) {
  const command = `stty rows 40 cols 150; exec ${findBinary()} ${args.join(' ')}`;
  const script = ['script', '-qefc', command, '/dev/null'];
  const environment = ['-i', ...environmentOf(home), 'TERM=xterm-256color'];
  const child = startProcess('env', [...environment, ...script], {
    ...{ cwd: home.project, input: null, isScreen: true },
  });
  /** What was shown so far, blanks and colours left out: only what changes is drawn. */
  const shown = () => child.lines.join('').replace(/\x1b\[[0-9;?]*[a-zA-Z]|\s/g, '');
  const end = () => child.kill();
  return {
    /** @param {() => unknown} act after which OpenCode itself ends, soon */
    endsAfter: async (act) => {
      const ended = runProcess('tail', ['-f', '/dev/null', `--pid=${onlyChildOf(child.pid)}`]);
      await act();
      await patiently(ended, 'the end of OpenCode');
    },
    /** @param {string} text without blanks */
    shows: (text) => child.waitUntil(() => shown().includes(text), `${text} on the screen`),
    type: child.write,
    /** To OpenCode itself; the terminal stays.
     * @param {NodeJS.Signals} name */
    signal: (name) => process.kill(onlyChildOf(child.pid), name),
    /** The terminal goes; OpenCode gets SIGHUP. */
    close: end,
    end,
  };
}

/** @param {number} pid */
function onlyChildOf(pid) {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim());
}

/**
 * `opencode run`: one turn, then it ends.
 *
 * @param {Home} home
 * @param {string} prompt
 */
export function startRun(home, prompt) {
  return start(home, ['run', prompt]);
}

/**
 * The same to its end.
 *
 * @param {Home} home
 * @param {string} prompt
 */
export async function run(home, prompt) {
  const child = startRun(home, prompt);
  const timer = setTimeout(() => child.signal('SIGKILL'), RUN_TIMEOUT_MS);
  const { code } = await child.exited;
  clearTimeout(timer);
  return { code, lines: child.lines };
}

/**
 * `opencode serve`, ready for calls.
 *
 * @param {Home} home
 * @param {string[]} [by] the command that starts it, like nohup
 * @returns {Promise<Server>}
 */
export async function serve(home, by = []) {
  const child = start(home, ['serve', '--port', '0', '--hostname', '127.0.0.1'], by);
  // A request that comes before this line may hang for ever.
  const line = await child.waitToBeUp(/listening on http/, { timeoutMs: START_TIMEOUT_MS });
  const url = /http:\S+/.exec(line)?.[0] ?? '';
  /** @type {Server['call']} */
  const call = (method, path, body, headers = {}) =>
    request(new URL(path, url), method, body, {
      'content-type': 'application/json',
      'x-opencode-directory': home.project,
      ...headers,
    });
  return {
    pid: child.pid,
    lines: child.lines,
    call,
    newSession: async () => (await call('POST', '/session', {})).id,
    prompt: (id, text) => call('POST', `/session/${id}/prompt_async`, prompt(text)),
    turn: (id, text) => call('POST', `/session/${id}/message`, prompt(text)),
    waitForLine: child.waitForLine,
    stop: child.stop,
    kill: child.kill,
    signal: child.signal,
  };
}

/** @param {string} text */
const prompt = (text) => ({ parts: [{ type: 'text', text }] });

/**
 * @param {URL} url
 * @param {string} method
 * @param {unknown} body
 * @param {Record<string, string>} headers
 */
async function request(url, method, body, headers) {
  const response = await fetch(url, {
    ...{ method, headers },
    signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${url.pathname}: ${response.status} ${text}`);
  return text === '' ? null : JSON.parse(text);
}
