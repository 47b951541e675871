// A real Home Assistant, installed by tests/homeassistant/install, and its API.
import { once } from 'node:events';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import WebSocket from 'ws';
import { Arrivals, patiently } from '../../e2e/support/arrivals.mjs';
import { freePort } from '../../e2e/support/ports.mjs';
import { startProcess } from '../../e2e/support/process.mjs';

export const VERSION = process.env.HOMEASSISTANT ?? '2026.11.0';
const project = fileURLToPath(new URL('../../..', import.meta.url));
const within = join(project, 'tests/homeassistant/within');
const folder = process.env.HOMEASSISTANT_ROOT ?? join(project, 'build/homeassistant/debian');
const START_MS = 120_000;

/**
 * @typedef {{ entity_id: string, state: string, attributes: Record<string, any> }} State
 * @typedef {Record<string, any>} Json
 */

export class Hass {
  /** @type {import('../../e2e/support/process.mjs').Started | undefined} */
  #process;
  /** @type {WebSocket | undefined} */
  #socket;
  #token = '';
  #refreshToken = '';
  #commands = 0;

  /** What its log said, over all its starts. @type {string[]} */
  lines = [];
  /** For its process. @type {NodeJS.ProcessEnv} */
  env = {};
  /** The newest state of each entity. @type {Map<string, State>} */
  states = new Map();

  /**
   * @param {string} dir for its settings
   * @param {number} port
   */
  constructor(dir, port) {
    this.dir = dir;
    this.port = port;
    this.base = `http://127.0.0.1:${port}`;
    /** @type {Arrivals<Json>} */
    this.arrivals = new Arrivals(() => this.#describe());
  }

  #describe() {
    const states = [...this.states.values()].filter(({ entity_id }) => /nudge/.test(entity_id));
    const shown = states.map(({ entity_id, state }) => `${entity_id} ${state}`);
    return [...shown, ...this.lines.slice(-20)].join('\n');
  }

  /** Resolves once its API answers and states are known. */
  async start() {
    const venv = `/opt/homeassistant-${VERSION}`;
    const hass = startProcess(
      within,
      [folder, `${venv}/bin/hass`, '--skip-pip', '--config', this.dir],
      { env: this.env },
    );
    this.#process = hass;
    await this.#answers(hass);
    if (this.#refreshToken === '') await this.#onboard();
    else await this.#login({ grant_type: 'refresh_token', refresh_token: this.#refreshToken });
    await this.#listen();
  }

  /** @param {import('../../e2e/support/process.mjs').Started} hass */
  async #answers(hass) {
    let hasEnded = false;
    void hass.exited.finally(() => (hasEnded = true));
    // It says nowhere that it listens.
    for (const end = Date.now() + START_MS; ;) {
      const answer = await fetch(`${this.base}/manifest.json`).catch(() => undefined);
      if (answer?.ok) return;
      if (hasEnded || Date.now() > end)
        throw new Error(`no answer; it said:\n${hass.lines.join('\n')}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  async stop() {
    this.#socket?.close();
    await this.#process?.stop();
    this.lines.push(...(this.#process?.lines ?? []));
    this.#process = undefined;
    this.states.clear();
  }

  /** What it warned of so far, about what is ours. */
  complaints() {
    return [...this.lines, ...(this.#process?.lines ?? [])].filter(
      (line) =>
        /WARNING|ERROR|CRITICAL/.test(line) &&
        /mqtt|nudge|notify|template|automation|blueprint/i.test(line),
    );
  }

  async #onboard() {
    const client_id = `${this.base}/`;
    const user = { name: 'test', username: 'test', password: 'test-test-1', language: 'en' };
    const { auth_code } = await this.post('/api/onboarding/users', { client_id, ...user });
    await this.#login({ grant_type: 'authorization_code', code: auth_code });
    // Some of these set up what is not installed here; it is there all the same.
    const steps = {
      core_config: {},
      analytics: {},
      integration: { client_id, redirect_uri: client_id },
    };
    for (const [step, body] of Object.entries(steps))
      await this.post(`/api/onboarding/${step}`, body).catch(() => {});
  }

  /** @param {Record<string, string>} grant */
  async #login(grant) {
    const answer = await fetch(`${this.base}/auth/token`, {
      method: 'POST',
      body: new URLSearchParams({ client_id: `${this.base}/`, ...grant }),
    });
    const tokens = /** @type {Json} */ (await answer.json());
    this.#token = tokens.access_token;
    this.#refreshToken = tokens.refresh_token ?? this.#refreshToken;
  }

  /** What its own page keeps in the browser, so that nobody need log in there. */
  tokens() {
    return JSON.stringify({
      ...{ access_token: this.#token, refresh_token: this.#refreshToken, token_type: 'Bearer' },
      ...{ hassUrl: this.base, clientId: `${this.base}/`, expires_in: 1800 },
      expires: Date.now() + 1_800_000,
    });
  }

  /**
   * @param {string} path
   * @param {object} [body]
   * @returns {Promise<Json>}
   */
  async post(path, body = {}) {
    const answer = await fetch(this.base + path, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(this.#token && { authorization: `Bearer ${this.#token}` }),
      },
      body: JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text}`);
    return text === '' ? {} : JSON.parse(text);
  }

  async #listen() {
    const socket = new WebSocket(`${this.base.replace('http', 'ws')}/api/websocket`);
    this.#socket = socket;
    socket.on('error', () => {});
    socket.on('message', (data) => this.#take(JSON.parse(String(data))));
    await patiently(once(socket, 'open'), 'the WebSocket of Home Assistant');
    const from = this.arrivals.items.length;
    socket.send(JSON.stringify({ type: 'auth', access_token: this.#token }));
    await this.arrivals.waitFor(({ type }) => type === 'auth_ok', { from });
    await this.command({ type: 'subscribe_events' });
    for (const state of await this.command({ type: 'get_states' }))
      if (!this.states.has(state.entity_id)) this.states.set(state.entity_id, state);
  }

  /** @param {Json} message */
  #take(message) {
    const { event_type, data } = message.event ?? {};
    if (event_type === 'state_changed') {
      if (data.new_state) this.states.set(data.entity_id, data.new_state);
      else this.states.delete(data.entity_id);
    }
    this.arrivals.add(message);
  }

  /**
   * @param {Json} command
   * @returns {Promise<any>} its result
   */
  async command(command) {
    const id = Date.now() * 1000 + ++this.#commands;
    this.#socket?.send(JSON.stringify({ id, ...command }));
    const answer = await this.arrivals.waitFor(
      (message) => message.id === id && message.type === 'result',
      { what: `the answer to ${command.type}` },
    );
    if (!answer.success) throw new Error(`${command.type}: ${JSON.stringify(answer.error)}`);
    return answer.result;
  }

  /** Adds the broker, as a person does in the form of its MQTT integration. */
  async addBroker(/** @type {number} */ port) {
    const path = '/api/config/config_entries/flow';
    let flow = await this.post(path, { handler: 'mqtt', show_advanced_options: false });
    if (flow.type === 'menu')
      flow = await this.post(`${path}/${flow.flow_id}`, { next_step_id: 'broker' });
    const form = { ...filled(flow.data_schema), broker: '127.0.0.1', port };
    const { type, errors } = await this.post(`${path}/${flow.flow_id}`, form);
    if (type !== 'create_entry') throw new Error(JSON.stringify(errors));
  }

  /**
   * @param {string} service as switch.turn_on
   * @param {object} data
   */
  act(service, data) {
    return this.post(`/api/services/${service.replace('.', '/')}`, data);
  }

  /** @param {string} template */
  async render(template) {
    const answer = await fetch(`${this.base}/api/template`, {
      method: 'POST',
      headers: { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ template }),
    });
    return answer.text();
  }

  /**
   * Waits until an entity is in a state.
   *
   * @param {string} id
   * @param {string | RegExp | ((state: State) => boolean)} wanted
   * @returns {Promise<State>}
   */
  async is(id, wanted) {
    const fits = () => {
      const state = this.states.get(id);
      if (!state) return false;
      if (typeof wanted === 'function') return wanted(state);
      return typeof wanted === 'string' ? state.state === wanted : wanted.test(state.state);
    };
    await this.until(fits, `${id} is ${wanted}`);
    return /** @type {State} */ (this.states.get(id));
  }

  /**
   * @param {() => boolean} is
   * @param {string} what
   */
  async until(is, what) {
    if (is()) return;
    await this.arrivals.waitFor(is, { from: this.arrivals.items.length, what });
  }
}

/**
 * What a form requires: its defaults, else what is plainest. They differ from version to version.
 *
 * @param {Json[]} fields
 * @returns {Json}
 */
function filled(fields) {
  /** @type {Json} */
  const form = {};
  for (const field of fields) {
    if (field.type === 'expandable') form[field.name] = filled(field.schema);
    else if (!field.required) continue;
    else if (field.default !== undefined) form[field.name] = field.default;
    else if (field.selector?.boolean || field.type === 'boolean') form[field.name] = false;
    else if (field.selector?.select) {
      const [first] = field.selector.select.options;
      form[field.name] = first?.value ?? first;
    }
  }
  return form;
}

/**
 * @param {string} automations YAML
 * @param {string} [settings] further YAML of configuration.yaml
 * @returns {Promise<Hass>} not started
 */
export async function prepareHass(automations = '[]\n', settings = '') {
  const port = await freePort();
  const dir = join(project, `build/homeassistant/run-${VERSION}-${process.pid}`);
  await rm(dir, { recursive: true, force: true });
  await mkdir(join(dir, '.storage'), { recursive: true });
  // Where http: of YAML is only tried, it would listen on every address after five minutes.
  const hasOwnHttp = VERSION >= '2026.06';
  await writeFile(
    join(dir, 'configuration.yaml'),
    `homeassistant:
  name: test
  time_zone: Europe/Berlin
api:
config:
logger:
  default: warning
  logs:
    homeassistant.components.mqtt: info
automation: !include automations.yaml
${hasOwnHttp ? '' : `http:\n  server_host: 127.0.0.1\n  server_port: ${port}\n`}${settings}`,
  );
  await writeFile(join(dir, 'automations.yaml'), automations);
  if (hasOwnHttp)
    await writeFile(
      join(dir, '.storage/http'),
      JSON.stringify({
        ...{ version: 3, minor_version: 1, key: 'http' },
        data: {
          stable: {
            ...{ server_port: port, server_host: ['127.0.0.1'], cors_allowed_origins: [] },
            ...{ login_attempts_threshold: -1, ip_ban_enabled: true },
            ...{ ssl_profile: 'intermediate_v6', use_x_frame_options: true },
            ...{ created_at: '2026-01-01T00:00:00+00:00', error: null, error_message: null },
          },
          ...{ pending: null, yaml_migration_done: true },
        },
      }),
    );
  return new Hass(dir, port);
}
