// Events at load while everything around them is killed, cut and refused at random instants; then
// everything is left to settle, and counted.
import { setTimeout as pause } from 'node:timers/promises';
import { runNudge } from '../e2e/support/bridge.mjs';
import { runProcess } from '../e2e/support/process.mjs';
import { Publisher } from './publisher.mjs';
import { Random } from './random.mjs';
import { Tally } from './tally.mjs';
import { TOKENS, makeWorld } from './world.mjs';

const RATE = 300; // events per second
const CALM_MS = [20, 500]; // between two blows
const BLOW_MS = [20, 600]; // how long something stays down
const STUCK_MS = 120_000; // longer than any retry and any pause of the circuit breaker
const RECEIPT_MS = 10_000; // a publisher that hears nothing for so long connects anew
const EXPLAINED_MAX = 20;

/**
 * @typedef {object} Outcome
 * @property {number} seed
 * @property {number} rounds
 * @property {number} kills
 * @property {Record<string, number>} blows by kind
 * @property {number} events
 * @property {number} wanted pushes, one for each event and device
 * @property {number} pushes
 * @property {number} repeats
 * @property {number} seconds
 * @property {string[]} lost events, some with what the bridge knows of them
 * @property {string[]} complaints everything else that should not have happened
 */

/**
 * @typedef {object} Blow
 * @property {number} kills how many programs get SIGKILL
 * @property {number} weight
 * @property {true} [hitsBroker]
 * @property {(world: import('./world.mjs').World, random: Random) => Promise<unknown>} strike
 */

/** @type {Record<string, Blow>} */
const BLOWS = {
  'bridge killed': { kills: 1, weight: 6, strike: (world) => killBridge(world, 0) },
  'bridge away': {
    kills: 1,
    weight: 1,
    strike: (world, random) => killBridge(world, length(random)),
  },
  'broker killed': {
    kills: 1,
    hitsBroker: true,
    weight: 2,
    strike: (world) => killBroker(world, { forgets: false }),
  },
  'broker killed, its memory lost': {
    kills: 1,
    hitsBroker: true,
    weight: 2,
    strike: (world) => killBroker(world, { forgets: true }),
  },
  'both killed': {
    kills: 2,
    hitsBroker: true,
    weight: 1,
    strike: async (world, random) => {
      const forgets = random.next() < 0.5;
      await Promise.all([world.killBridge(), world.killBroker({ forgets })]);
      world.startBridge();
      await world.startBroker();
    },
  },
  'broker unreachable': {
    kills: 0,
    weight: 1,
    strike: (world, random) => breakLine(world.brokerLine, random),
  },
  'APNs unreachable': {
    kills: 0,
    weight: 1,
    strike: (world, random) => breakLine(world.pushLine, random),
  },
  'APNs resets': { kills: 0, weight: 1, strike: async ({ apns }) => apns.dropConnections() },
  'APNs answers 503': {
    kills: 0,
    weight: 1,
    // Fewer than make the bridge leave APNs alone for a minute.
    strike: async ({ apns }, random) =>
      apns.script([{ times: random.between(1, 3), status: 503, reason: 'ServiceUnavailable' }]),
  },
  'APNs says GOAWAY': {
    kills: 0,
    weight: 1,
    strike: async ({ apns }, random) =>
      apns.script([{ goaway: random.next() < 0.5 ? 'now' : 'after' }]),
  },
};

/**
 * @param {object} options
 * @param {string} options.dir
 * @param {number} options.seed
 * @param {number} options.kills how many times a program gets SIGKILL
 * @param {boolean} [options.sparesBroker] then a publisher that has the broker's acknowledgement forgets
 *   the event: the bridge alone answers for it
 * @param {'process' | 'power'} [options.durability]
 * @param {(outcome: Outcome) => void} [options.onRound]
 * @returns {Promise<Outcome>}
 */
export async function storm(options) {
  const { dir, seed, kills, sparesBroker = false } = options;
  const { durability = 'process', onRound = () => {} } = options;
  const beganMs = Date.now();
  const random = new Random(seed);
  const world = await makeWorld(dir, { durability });
  const users = [...TOKENS.keys()];
  const publisher = new Publisher({
    ...{ url: world.broker.url, users, rate: RATE, isCareful: !sparesBroker },
  });
  const tally = new Tally();
  /** @type {Outcome} */
  const outcome = {
    ...{ seed, rounds: 0, kills: 0, blows: {}, events: 0, wanted: 0, pushes: 0, repeats: 0 },
    ...{ seconds: 0, lost: [], complaints: [] },
  };
  const count = () => {
    for (const push of world.apns.accepted.splice(0)) tally.add(push);
    outcome.events = publisher.events.size;
    outcome.pushes = tally.pushes;
    outcome.repeats = tally.repeats;
    outcome.seconds = Math.round((Date.now() - beganMs) / 100) / 10;
  };
  try {
    publisher.begin();
    for (const name of blows(random, sparesBroker)) {
      if (outcome.kills >= kills) break;
      const blow = /** @type {Blow} */ (BLOWS[name]);
      await pause(random.between(CALM_MS[0] ?? 0, CALM_MS[1] ?? 0));
      await blow.strike(world, random);
      outcome.rounds += 1;
      outcome.kills += blow.kills;
      outcome.blows[name] = (outcome.blows[name] ?? 0) + 1;
      count();
      onRound(outcome);
    }
    publisher.finish();
    world.heal();
    const wanted = [...publisher.events].flatMap(([event, user]) =>
      (TOKENS.get(user) ?? []).map((token) => ({ event, token })),
    );
    outcome.wanted = wanted.length;
    await settle({ world, publisher, tally, count, wanted: wanted.length });
    const lost = wanted.filter(({ event, token }) => !tally.has(token, event));
    outcome.lost = [...new Set(lost.map(({ event }) => event))];
    outcome.complaints = [...publisher.complaints, ...tally.complaints, ...world.complaints];
    outcome.complaints.push(
      ...world.apns.refused.map(({ path, reason }) => `APNs refused ${path}: ${reason}`),
    );
    if (publisher.openCount > 0)
      outcome.complaints.push(`${publisher.openCount} events never got a receipt`);
    if (outcome.lost.length > 0) outcome.lost = await explain(outcome.lost, world);
    return outcome;
  } finally {
    publisher.stop();
    await world.stop();
  }
}

/** @param {Outcome} outcome */
export function summary(outcome) {
  const blows = Object.entries(outcome.blows).map(([name, times]) => `${times} × ${name}`);
  const row = (/** @type {string} */ name, /** @type {string | number} */ value) =>
    `  ${name.padEnd(9)}${value}`;
  return [
    row('seed', outcome.seed),
    row('rounds', outcome.rounds),
    row('SIGKILLs', outcome.kills),
    ...blows.map((blow) => row('', blow)),
    row('events', outcome.events),
    row('pushes', `${outcome.pushes}, wanted ${outcome.wanted}`),
    row('repeats', outcome.repeats),
    row('lost', outcome.lost.length),
    row('wrong', outcome.complaints.length),
    row('seconds', outcome.seconds),
    ...outcome.lost,
    ...outcome.complaints.slice(0, EXPLAINED_MAX),
  ].join('\n');
}

/**
 * Each kind as often as its weight says, in an order of chance, again and again.
 *
 * @param {Random} random
 * @param {boolean} sparesBroker
 */
function* blows(random, sparesBroker) {
  const deck = Object.entries(BLOWS)
    .filter(([, { hitsBroker }]) => !(hitsBroker && sparesBroker))
    .flatMap(([name, { weight }]) => Array(weight).fill(name));
  for (;;) yield* random.shuffle(deck);
}

/** @param {Random} random */
function length(random) {
  return random.between(BLOW_MS[0] ?? 0, BLOW_MS[1] ?? 0);
}

/**
 * @param {import('./world.mjs').World} world
 * @param {number} awayMs
 */
async function killBridge(world, awayMs) {
  await world.killBridge();
  await pause(awayMs);
  world.startBridge();
}

/**
 * @param {import('./world.mjs').World} world
 * @param {{ forgets: boolean }} options
 */
async function killBroker(world, options) {
  await world.killBroker(options);
  await world.startBroker();
}

/**
 * @param {import('./proxy.mjs').Line} line
 * @param {Random} random
 */
async function breakLine(line, random) {
  if (random.next() < 0.5) line.cut();
  else line.silence();
  await pause(length(random));
  line.open();
}

/**
 * Until everything is where it belongs, or nothing moves any more.
 *
 * @param {object} parts
 * @param {import('./world.mjs').World} parts.world
 * @param {Publisher} parts.publisher
 * @param {Tally} parts.tally
 * @param {() => void} parts.count
 * @param {number} parts.wanted
 */
async function settle({ world, publisher, tally, count, wanted }) {
  let movedMs = Date.now();
  let left = Infinity;
  const isDone = () => publisher.openCount === 0 && tally.distinct >= wanted;
  const hurry = setInterval(() => {
    if (publisher.openCount > 0) publisher.reconnect();
  }, RECEIPT_MS);
  for (count(); !isDone() && Date.now() - movedMs < STUCK_MS; count()) {
    const now = publisher.openCount + wanted - tally.distinct;
    if (now < left) movedMs = Date.now();
    left = Math.min(left, now);
    await Promise.race([
      world.apns.waitForAccepted(1, { timeoutMs: 1000 }).catch(() => {}),
      publisher.change(),
    ]);
  }
  clearInterval(hurry);
}

/**
 * @param {string[]} lost
 * @param {import('./world.mjs').World} world
 */
async function explain(lost, { settings, bridge }) {
  const told = [];
  for (const event of lost.slice(0, EXPLAINED_MAX)) {
    const { lines } = await runNudge(['explain', '-c', settings, event]);
    told.push(`lost ${event}\n  ${lines.join('\n  ')}`);
  }
  const stacks = await runProcess('gdb', [
    ...['-p', String(bridge.pid), '-batch', '-ex', 'thread apply all bt'],
  ]).catch(() => ({ lines: ['gdb would say where the bridge is'] }));
  const rest = lost.slice(EXPLAINED_MAX).map((event) => `lost ${event}`);
  const said = ['the bridge:', ...bridge.lines.slice(-20), ...stacks.lines];
  return [...told, ...rest, said.join('\n  ')];
}
