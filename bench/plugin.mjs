// What the plugin costs `opencode run`: the same turn with and without it, in pairs, and the median of the
// differences. `node bench/plugin.mjs [PAIRS]` after `make plugin`; a machine that does nothing else says more.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { says } from '../tests/e2e/support/model.mjs';
import { startScene } from '../tests/e2e/support/opencode-scene.mjs';
import { startRun } from '../tests/e2e/support/opencode.mjs';

const PAIRS = Number(process.argv[2] ?? 10);
const LOOK_MS = 10; // how often the peak of its memory is read

const TICK_MS = 10; // proc(5): USER_HZ

/** @typedef {{ ms: number, cpuMs: number, mb: number }} Cost */

/**
 * @param {import('../tests/e2e/support/opencode.mjs').Home} home
 * @param {import('../tests/e2e/support/model.mjs').Model} model
 * @returns {Promise<Cost>}
 */
async function turn(home, model) {
  model.answers(says('Done.'));
  const beganMs = performance.now();
  const child = startRun(home, 'go');
  let [peakKb, cpuMs] = [0, 0];
  let isOver = false;
  const look = async () => {
    while (!isOver) {
      peakKb = peakOf(child.pid) ?? peakKb;
      cpuMs = cpuOf(child.pid) ?? cpuMs;
      await pause(LOOK_MS);
    }
  };
  const looked = look();
  const { code } = await child.exited;
  const ms = performance.now() - beganMs;
  isOver = true;
  await looked;
  if (code !== 0) throw new Error(child.lines.join('\n'));
  return { ms, cpuMs, mb: peakKb / 1024 };
}

/**
 * @param {number} pid
 * @returns {number | undefined} KiB; proc(5)
 */
function peakOf(pid) {
  try {
    const [, kb] = /^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return kb === undefined ? undefined : Number(kb);
  } catch {
    return undefined; // it has ended
  }
}

/**
 * @param {number} pid
 * @returns {number | undefined} of all its threads; proc(5)
 */
function cpuOf(pid) {
  try {
    const [, rest = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ');
    const [user = 0, system = 0] = rest.split(' ').slice(11, 13).map(Number);
    return user + system === 0 ? undefined : (user + system) * TICK_MS;
  } catch {
    return undefined;
  }
}

/** A bridge: it is there, and confirms each event.
 * @param {import('../tests/e2e/support/opencode-scene.mjs').Scene} scene */
async function startBridge({ client }) {
  await client.publish('nudge/bridge/nudge/state', 'online', { retain: true });
  client.client.on('message', (topic, payload) => {
    if (!topic.endsWith('/event')) return;
    const { id } = JSON.parse(payload.toString('utf8'));
    const receipt = JSON.stringify({ event: id, state: 'accepted' });
    client.client.publish(topic.replace(/event$/, 'receipt'), receipt, { qos: 1 });
  });
}

/** @param {number[]} values */
function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = Math.floor(sorted.length / 2);
  return sorted.length % 2 ? sorted[at] : (sorted[at - 1] + sorted[at]) / 2;
}

const scene = await startScene();
if (process.env.BRIDGE !== 'no') await startBridge(scene);
try {
  const homes = { with: scene.home('with'), without: scene.home('without') };
  const settings = join(homes.without.project, 'opencode.json');
  writeFileSync(
    settings,
    JSON.stringify({ ...JSON.parse(readFileSync(settings, 'utf8')), plugin: [] }),
  );
  for (const home of Object.values(homes)) await turn(home, scene.model); // makes what is made once
  /** @type {Cost[]} */
  const differences = [];
  for (let pair = 0; pair < PAIRS; pair++) {
    // Whoever comes second finds a warmer machine.
    const names = /** @type {const} */ (pair % 2 ? ['with', 'without'] : ['without', 'with']);
    /** @type {Record<string, Cost>} */
    const costs = {};
    for (const name of names) costs[name] = await turn(homes[name], scene.model);
    const [a, b] = [costs['with'], costs['without']];
    if (!a || !b) continue;
    differences.push({ ms: a.ms - b.ms, cpuMs: a.cpuMs - b.cpuMs, mb: a.mb - b.mb });
    console.log(
      `${pair + 1}: ${a.ms.toFixed(0)} ms with, ${b.ms.toFixed(0)} without; ` +
        `${a.cpuMs} ms of processor with, ${b.cpuMs} without; ` +
        `${a.mb.toFixed(0)} MB with, ${b.mb.toFixed(0)} without`,
    );
  }
  const of = (/** @type {keyof Cost} */ what) => median(differences.map((one) => one[what]));
  console.log(
    `the plugin costs ${of('ms').toFixed(0)} ms, ${of('cpuMs').toFixed(0)} ms of processor and ` +
      `${of('mb').toFixed(1)} MB (median of ${PAIRS})`,
  );
} finally {
  await scene.stop();
}
