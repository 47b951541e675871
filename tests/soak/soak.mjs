// Turns of the real OpenCode, one after the other, while the bridge and the broker are killed and restarted
// at random instants. In the end the phone must have exactly the notifications that the turns call for.
import { once } from 'node:events';
import { readdirSync, watch } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Random } from '../chaos/random.mjs';
import { Tally } from '../chaos/tally.mjs';
import { TOKENS, makeWorld } from '../chaos/world.mjs';
import { startModel } from '../e2e/support/model.mjs';
import { connect } from '../e2e/support/mqtt.mjs';
import { warningsIn } from '../e2e/support/opencode-scene.mjs';
import { makeHome, serve } from '../e2e/support/opencode.mjs';
import { KINDS, notification } from './turns.mjs';

const USER = 'bob';
const CALM_MS = /** @type {const} */ ([200, 2_000]); // between two blows
const AWAY_MS = /** @type {const} */ ([0, 1_500]); // how long something stays down
const PATIENCE_MS = 90_000; // longer than any pause between two attempts to connect
const LULL_AFTER_MS = 15_000; // a slow machine is never whole between two blows
const PREFERENCES = {
  // Everything is shown, and at once: what was held would depend on the machine's speed.
  subagents: true,
  delay_s: { 'permission.asked': 0, 'question.asked': 0 },
  rate: { burst: 100, per_minute: 60, asks: { burst: 100, per_minute: 60 } },
};

const END = notification('note', 'the end');

/**
 * @typedef {import('../chaos/world.mjs').World} World
 *
 * @typedef {object} Outcome
 * @property {number} seed
 * @property {Record<string, number>} turns by kind
 * @property {Record<string, number>} blows by kind
 * @property {number} wanted notifications
 * @property {number} pushes
 * @property {number} repeats of one push, with its id: they replace it
 * @property {string[]} missing
 * @property {string[]} surplus
 * @property {string[]} complaints
 * @property {number} seconds
 */

/** @type {Record<string, { weight: number, strike: (world: World, random: Random) => Promise<void> }>} */
const BLOWS = {
  'bridge killed': {
    weight: 4,
    async strike(world, random) {
      await world.killBridge();
      await pause(away(random));
      world.startBridge();
    },
  },
  'broker restarted': {
    weight: 3,
    async strike({ broker }, random) {
      await broker.stop();
      await pause(away(random));
      await broker.restart();
    },
  },
  'broker killed': {
    weight: 2,
    async strike(world, random) {
      await world.killBroker({ forgets: false });
      await pause(away(random));
      await world.startBroker();
    },
  },
  'broker killed, its memory lost': {
    weight: 2,
    async strike(world) {
      await world.killBroker({ forgets: true });
      await world.startBroker();
    },
  },
  // What the broker alone had then, it acknowledged and forgot.
  'both killed, the memory of the broker lost': {
    weight: 3,
    async strike(world, random) {
      await world.killBridge();
      await pause(AWAY_MS[1] + away(random));
      await world.killBroker({ forgets: true });
      await world.startBroker();
      world.startBridge();
    },
  },
};

/**
 * @param {object} options
 * @param {string} options.dir
 * @param {number} options.seed
 * @param {number} options.turns
 * @param {number} [options.budgetMs] after which no other turn is begun
 * @param {(outcome: Outcome) => void} [options.onTurn]
 * @returns {Promise<Outcome>}
 */
export async function soak({ dir, seed, turns, budgetMs = Infinity, onTurn = () => {} }) {
  const beganMs = Date.now();
  const world = await makeWorld(dir, { durability: 'process' });
  const model = await startModel();
  const home = makeHome({
    ...{ dir: join(dir, 'opencode'), model: model.url, permission: { bash: 'ask' } },
    options: { url: world.broker.url, user: USER, host: 'workstation' },
    env: { OPENCODE_EXPERIMENTAL_BACKGROUND_SUBAGENTS: '1' },
  });
  await setPreferences(world);
  let server = await serve(home);
  const lines = [server.lines];
  const killed = async () => {
    await server.kill();
    server = await serve(home);
    lines.push(server.lines);
    return server;
  };
  const phone = new Phone(world);
  /** @type {Outcome} */
  const outcome = {
    ...{ seed, turns: {}, blows: {}, wanted: 0, pushes: 0, repeats: 0 },
    ...{ missing: [], surplus: [], complaints: [], seconds: 0 },
  };
  /** @type {string[]} */
  const wanted = [];
  const blows = new Blows(world, new Random(seed + 1), outcome.blows);
  const shows = async (/** @type {string} */ one) => {
    const shown = phone.shows(one);
    const timer = setTimeout(() => blows.spare(shown), LULL_AFTER_MS);
    try {
      return await shown;
    } catch {
      if (!outcome.missing.includes(one)) outcome.missing.push(one);
      return null;
    } finally {
      clearTimeout(timer);
    }
  };
  try {
    blows.begin();
    const kinds = deck(KINDS, new Random(seed));
    // One that did not come took all patience; the others need not.
    const goesOn = () => outcome.missing.length === 0 && Date.now() - beganMs < budgetMs;
    for (let i = 1; i <= turns && goesOn(); i++) {
      const [name = '', { play }] = kinds.next().value;
      const session = await server.newSession();
      wanted.push(...(await play({ server, killed, model, pushed: shows }, session, `turn ${i}`)));
      outcome.turns[name] = (outcome.turns[name] ?? 0) + 1;
      outcome.wanted = wanted.length;
      onTurn(outcome);
    }
    await blows.end();
    await Promise.all(wanted.map(shows));
    await settle(world, phone);
    outcome.surplus = phone.all.filter((one) => ![...wanted, END].includes(one));
    outcome.complaints = complaintsOf(world, phone, await kept(home), lines.flat());
    outcome.complaints.push(...(await leftWaiting(world)));
    outcome.pushes = phone.tally.pushes;
    outcome.repeats = phone.tally.repeats;
    outcome.seconds = Math.round((Date.now() - beganMs) / 1000);
    return outcome;
  } finally {
    await blows.end();
    await server.kill();
    await model.stop();
    await world.stop();
  }
}

/** @param {Outcome} outcome */
export function summary(outcome) {
  const row = (/** @type {string} */ name, /** @type {string | number} */ value) =>
    `  ${name.padEnd(9)}${value}`;
  const list = (/** @type {string} */ name, /** @type {Record<string, number>} */ counts) => [
    row(
      name,
      Object.values(counts).reduce((sum, count) => sum + count, 0),
    ),
    ...Object.entries(counts).map(([kind, count]) => row('', `${count} × ${kind}`)),
  ];
  return [
    row('seed', outcome.seed),
    ...list('turns', outcome.turns),
    ...list('blows', outcome.blows),
    row(
      'pushes',
      `${outcome.pushes}, ${outcome.repeats} of them repeats; wanted ${outcome.wanted}`,
    ),
    row('missing', outcome.missing.length),
    row('surplus', outcome.surplus.length),
    row('wrong', outcome.complaints.length),
    row('seconds', outcome.seconds),
    ...outcome.missing.map((one) => `missing ${one}`),
    ...outcome.surplus.map((one) => `surplus ${one}`),
    ...outcome.complaints,
  ].join('\n');
}

/** What the stand-in took for the person's phone. */
class Phone {
  tally = new Tally();
  /** @type {Map<string, string>} event to notification */
  #shown = new Map();
  #counted = 0;
  #token = TOKENS.get(USER)?.[0] ?? '';
  #apns;

  /** @param {World} world */
  constructor({ apns }) {
    this.#apns = apns;
  }

  /** Every notification; one that two events brought is there twice. */
  get all() {
    this.#count();
    const seen = new Set();
    return [...this.#shown.values()].map((one) => {
      const name = seen.has(one) ? `${one}, again` : one;
      seen.add(one);
      return name;
    });
  }

  /**
   * @param {string} wanted
   * @returns {Promise<any>} its payload
   */
  async shows(wanted) {
    const [push] = await this.#apns.waitForAccepted(
      (push) => this.#isOurs(push) && nameOf(push.payload) === wanted,
      { timeoutMs: PATIENCE_MS },
    );
    return push?.payload;
  }

  #count() {
    for (const push of this.#apns.accepted.slice(this.#counted)) {
      this.#counted += 1;
      if (!this.#isOurs(push)) continue;
      this.tally.add(push);
      this.#shown.set(push.payload.event_id, nameOf(push.payload));
    }
  }

  /** @param {{ token: string, payload: any }} push */
  #isOurs({ token, payload }) {
    return token === this.#token && payload.aps?.alert !== undefined;
  }
}

/** @param {any} payload */
function nameOf({ kind, aps }) {
  return notification(
    kind,
    /turn \d+( below)?|the end/.exec(aps.alert.body)?.[0] ?? aps.alert.body,
  );
}

/** Strikes until it is told to end. */
class Blows {
  #isEnding = false;
  /** @type {Promise<void>} */
  #running = Promise.resolve();
  #world;
  #random;
  #counts;
  #calm = new AbortController();
  /** @type {Promise<unknown>} */
  #lull = Promise.resolve();

  /**
   * @param {World} world
   * @param {Random} random
   * @param {Record<string, number>} counts
   */
  constructor(world, random, counts) {
    this.#world = world;
    this.#random = random;
    this.#counts = counts;
  }

  begin() {
    this.#running = this.#run();
  }

  /**
   * None falls until then.
   *
   * @param {Promise<unknown>} event
   */
  spare(event) {
    this.#lull = Promise.allSettled([this.#lull, event]);
  }

  async end() {
    this.#isEnding = true;
    this.#calm.abort();
    await this.#running;
  }

  async #run() {
    const { signal } = this.#calm;
    for (const [name, { strike }] of deck(BLOWS, this.#random)) {
      await pause(this.#random.between(...CALM_MS), null, { signal }).catch(() => {});
      await this.#lull;
      if (this.#isEnding) return;
      await strike(this.#world, this.#random);
      this.#counts[name] = (this.#counts[name] ?? 0) + 1;
    }
  }
}

/** @param {Random} random */
function away(random) {
  return random.between(...AWAY_MS);
}

/**
 * Each kind as often as its weight says, in an order of chance, again and again.
 *
 * @template {{ weight: number }} T
 * @param {Record<string, T>} kinds
 * @param {Random} random
 * @returns {Generator<[string, T], never>}
 */
function* deck(kinds, random) {
  const cards = Object.entries(kinds).flatMap((kind) => Array(kind[1].weight).fill(kind));
  for (;;) yield* random.shuffle(cards);
}

/** @param {World} world */
async function setPreferences({ broker, bridge }) {
  const client = await connect(broker.url);
  await bridge.waitForLine(/ready/);
  await client.publish(`nudge/${USER}/prefs`, PREFERENCES, { retain: true });
  await client.end();
}

/**
 * What came before the end is on the phone, too.
 *
 * @param {World} world
 * @param {Phone} phone
 */
async function settle({ broker }, phone) {
  const client = await connect(broker.url);
  try {
    // A broker without its memory gives a note to nobody until the bridge is back.
    const states = await client.collect('nudge/bridge/+/state');
    await states.waitFor(({ text }) => text === 'online', { timeoutMs: PATIENCE_MS });
    await client.publish(`nudge/${USER}/event`, { kind: 'note', body: 'the end' });
    await phone.shows(END);
  } finally {
    await client.end();
  }
}

/**
 * All that was asked has been answered, or nobody can answer it any more.
 *
 * @param {World} world
 * @returns {Promise<string[]>} what the phone shows as waiting all the same
 */
async function leftWaiting({ broker }) {
  const client = await connect(broker.url);
  const states = await client.collect(`nudge/${USER}/state`);
  const isQuiet = (/** @type {{ json: any }} */ { json }) => json.waiting === 0;
  try {
    await states.waitFor(isQuiet, { timeoutMs: PATIENCE_MS });
    return [];
  } catch {
    const { asks = [] } = states.messages.at(-1)?.json ?? {};
    return asks.map((/** @type {any} */ { ask }) => `still waits: ${JSON.stringify(ask)}`);
  } finally {
    await client.end();
  }
}

/**
 * Receipts may still be on their way.
 *
 * @param {import('../e2e/support/opencode.mjs').Home} home
 * @returns {Promise<string[]>} events that the plugin keeps though it has had time to let them go
 */
async function kept({ env }) {
  const root = join(env['XDG_STATE_HOME'] ?? '', 'nudge/spool');
  const [folder = ''] = readdirSync(root).map((name) => join(root, name));
  const changes = watch(folder);
  const signal = AbortSignal.timeout(PATIENCE_MS);
  try {
    while (readdirSync(folder).length > 0) await once(changes, 'change', { signal });
  } catch {
    // what is left is told
  }
  changes.close();
  return readdirSync(folder);
}

/**
 * @param {World} world
 * @param {Phone} phone
 * @param {string[]} kept
 * @param {string[]} lines of OpenCode
 */
function complaintsOf(world, phone, kept, lines) {
  // The broker is away again and again: OpenCode may say so, once.
  const warnings = warningsIn(lines).filter((line) => !/cannot reach|no bridge/.test(line));
  return [
    ...world.complaints,
    ...phone.tally.complaints,
    ...kept.map((name) => `the plugin still keeps ${name}`),
    ...warnings.map((line) => `OpenCode said: ${line}`),
    ...world.apns.refused.map(({ path, reason }) => `APNs refused ${path}: ${reason}`),
  ];
}
