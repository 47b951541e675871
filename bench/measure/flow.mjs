// Latency from publish to accepted push, and CPU per push, at an even rate.
import { Scene, median } from '../support/scene.mjs';
import { numbers } from '../support/programs.mjs';

/** @param {import('../run.mjs').Bench} bench */
export async function flow(bench) {
  const plans = bench.quick
    ? [{ rate: 100, count: 300, rounds: 1 }]
    : [
        { rate: 20, count: 160, rounds: 1 },
        { rate: 100, count: 500, rounds: 3 },
        { rate: 1000, count: 4000, rounds: 1 },
      ];
  for (const plan of plans) await latency(bench, 'power', plan);
  await latency(bench, 'process', plans.find(({ rate }) => rate === 100) ?? plans[0]);
}

/**
 * @param {import('../run.mjs').Bench} bench
 * @param {'power' | 'process'} durability
 * @param {{ rate: number, count: number, rounds: number }} plan
 */
async function latency(bench, durability, { rate, count, rounds }) {
  const subject = { p50: [], p99: [], cpuUs: [], writtenKb: [] };
  const reference = { p50: [], p99: [], cpuUs: [] };
  for (let i = 0; i < rounds; i++) {
    bench.progress(`${rate} events/s, ${durability}, round ${i + 1} of ${rounds}`);
    const scene = await Scene.open();
    await scene.startBridge(durability);
    await scene.flow(scene.bridge, 20, 20, () => scene.reached(20)); // opens the connection
    const ours = await scene.flow(scene.bridge, count, rate, () => scene.reached(count));
    await scene.bridge.stop();
    const receiver = await scene.startReceiver(count);
    const raw = await scene.flow(receiver, count, rate, async () =>
      numbers(await receiver.line(/^reached/)),
    );
    await receiver.stop();
    await scene.close();
    for (const key of Object.keys(subject)) subject[key].push(ours[key]);
    for (const key of Object.keys(reference)) reference[key].push(raw[key]);
  }
  const group = `${rate} events/s, \`${durability}\``;
  const beside = 'mosquitto, publish → subscribe';
  const goal = rate === 100 ? 5 : undefined;
  bench.add({
    group,
    figure: 'publish → accepted, p50',
    value: median(subject.p50),
    unit: 'ms',
    reference: beside,
    beside: median(reference.p50),
  });
  bench.add({
    group,
    figure: 'publish → accepted, p99',
    value: median(subject.p99),
    unit: 'ms',
    reference: beside,
    beside: median(reference.p99),
    goal,
  });
  if (rate !== 100) return;
  if (durability === 'process')
    bench.add({
      group,
      figure: 'CPU per push',
      value: median(subject.cpuUs),
      unit: 'µs',
      reference: 'bare libcurl loop',
      beside: bench.kept.loopCpuAt100,
      goal: 450,
    });
  bench.add({
    group,
    figure: 'CPU per push',
    value: median(subject.cpuUs),
    unit: 'µs',
    reference: 'Paho receiving and discarding',
    beside: median(reference.cpuUs),
  });
}
