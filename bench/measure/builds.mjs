// Two builds of the bridge beside one another, in turns: what a change costs or saves. Not part of a
// whole run. Usage: OTHER=/path/to/nudge node bench/run.mjs builds
import { Scene, median } from '../support/scene.mjs';
import { BUILD, ROOT } from '../support/programs.mjs';

/** @typedef {{ perSecond: number, cpuUs: number, writtenKb: number, handedKb: number, aloneKb: number, aloneUs: number }} Figures */

/** @param {Scene} scene @param {string} program @param {'power' | 'process'} durability @param {number} count */
async function round(scene, program, durability, count) {
  await scene.startBridge(durability, true, { program });
  await scene.burst(scene.bridge, 2_000, () => scene.reached(2_000));
  const burst = await scene.burst(scene.bridge, count, () => scene.reached(count));
  const alone = await scene.flow(scene.bridge, 300, 100, () => scene.reached(300));
  await scene.bridge.stop();
  return { ...burst, aloneKb: alone.writtenKb, aloneUs: alone.cpuUs };
}

/** @param {import('../run.mjs').Bench} bench */
export async function builds(bench) {
  const other = process.env.OTHER;
  if (!other) throw new Error('OTHER= names the other build');
  const count = bench.quick ? 5_000 : 20_000;
  const rounds = bench.quick ? 1 : 3;
  const durability = process.env.DURABILITY === 'power' ? 'power' : 'process';
  const scene = await Scene.open();
  /** @type {Figures[][]} */
  const got = [[], []];
  for (let i = 0; i < rounds; i++) {
    bench.progress(`bursts of ${count}, ${durability}, round ${i + 1} of ${rounds}`);
    got[0].push(await round(scene, `${ROOT}${BUILD}/nudge`, durability, count));
    got[1].push(await round(scene, other, durability, count));
  }
  await scene.close();
  const group = `burst of ${count}, \`${durability}\``;
  for (const [figure, unit, key] of /** @type {[string, string, keyof Figures][]} */ ([
    ['events/s', '/s', 'perSecond'],
    ['CPU per push', 'µs', 'cpuUs'],
    ['written per event', 'KB', 'writtenKb'],
    ['handed to write calls', 'KB', 'handedKb'],
    ['at 100/s, CPU per push', 'µs', 'aloneUs'],
    ['at 100/s, written per event', 'KB', 'aloneKb'],
  ])) {
    const [value, beside] = got.map((list) => median(list.map((one) => one[key])));
    bench.add({ group, figure, value, unit, reference: 'the other build', beside });
  }
}
