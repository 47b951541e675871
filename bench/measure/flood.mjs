// What others feel while one person does all that she may: the push of another, published 20 times a
// second, while 10 000 notes come, 10 000 permissions and what ends them, 20 000 devices, 140 dead hosts; and
// while each of her words is one for 64 devices.
import { Scene } from '../support/scene.mjs';
import { sleep } from '../support/programs.mjs';

const RATE = 20; // of the other person's events
const PATIENCE = 240; // looks, one each half second

/**
 * @typedef {object} Flood
 * @property {string} kind as bench/publish has it
 * @property {string} figure
 * @property {number} count
 * @property {number} phones that are there before
 * @property {number} notes that come after it
 * @property {number} seconds that the other person is watched
 */

/** What the sink says once it has all of the other person's. @param {Scene} scene @param {number} count */
async function measured(scene, count) {
  for (let i = 0; i < PATIENCE; i++) {
    const stats = await scene.stats();
    if (stats.measured >= count) return stats;
    await sleep(500);
  }
  throw new Error("not all of the other person's pushes came");
}

/** @param {Flood} flood */
async function flooded({ kind, count, phones, notes, seconds }) {
  const scene = await Scene.open({ users: 1 });
  await scene.startBridge('process', true, { more: '[log]\nlevel = debug\n' });
  if (phones > 0) await scene.publish('flood', 'devices', phones, 'flood');
  await scene.publish('events', RATE, RATE, 1);
  await scene.tellSink('reset');
  const others = scene.publish('events', seconds * RATE, RATE, 1);
  await scene.publish('flood', kind, count, 'flood');
  if (notes > 0) await scene.publish('flood', 'notes', notes, 'flood');
  await others;
  const stats = await measured(scene, seconds * RATE);
  await scene.bridge.stop();
  const line = scene.bridge.lines.findLast((text) => text.includes('the longest transaction took'));
  await scene.close();
  return { stats, longestMs: Number(/took (\d+) us/.exec(line ?? '')?.[1]) / 1e3 };
}

/** @param {import('../run.mjs').Bench} bench */
export async function flood(bench) {
  const many = bench.quick ? 1_000 : 10_000;
  // What is too much comes as a digest, a minute later.
  const minute = bench.quick ? 8 : 75;
  const group = 'while one floods';
  /** @type {Flood[]} */
  const floods = [
    ['notes', 'notes', many, 1, 0, minute],
    ['permissions', 'permissions and what ends them', many, 1, 0, bench.quick ? 8 : 30],
    ['devices', 'devices', 2 * many, 0, 10, 15],
    ['hosts', 'dead hosts', 140, 0, 100, bench.quick ? 8 : 30],
    ['notes', 'notes for 64 devices each', many / 2, 64, 0, bench.quick ? 8 : 30],
    ['permissions', 'permissions for 64 devices each', many / 10, 64, 0, bench.quick ? 8 : 30],
    ['patches', 'patches of preferences of 64 devices', many, 64, 0, bench.quick ? 8 : 30],
  ].map(([kind, figure, count, phones, notes, seconds]) => /** @type {Flood} */ ({
    ...{ kind, figure, count, phones, notes, seconds },
  }));
  let longest = 0;
  for (const one of floods) {
    bench.progress(`one person's ${one.count} ${one.figure}`);
    const { stats, longestMs } = await flooded(one);
    longest = Math.max(longest, longestMs);
    const figure = `another's push, ${one.count} ${one.figure}, p99`;
    bench.add({ group, figure, value: stats.p99_ns / 1e6, unit: 'ms', goal: 2000 });
  }
  const figure = 'CPU of the longest transaction, without its commit';
  bench.add({ group, figure, value: longest, unit: 'ms', goal: 5 });
}
