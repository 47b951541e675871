// Events per second and CPU per push in a burst, with both durabilities.
import { Scene, TOKEN_PATH, median } from '../support/scene.mjs';
import { numbers, ours, run } from '../support/programs.mjs';

const IN_FLIGHT = 64; // as many as the bridge has under way for APNs
const RECORD = 700; // bytes: an event as it is stored

/** @param {Scene} scene @param {number} count @param {number} [rate] */
async function bareLoop(scene, count, rate = 0) {
  const url = scene.sinkUrl + TOKEN_PATH;
  const done = numbers(
    await run(ours('loop'), [url, scene.caFile, count, rate, IN_FLIGHT].map(String)),
  );
  return { perSecond: (count * 1e9) / done.wall_ns, cpuUs: done.cpu_ns / count / 1e3 };
}

/** @param {Scene} scene @param {number} count */
async function h2load(scene, count) {
  // Any file of a few hundred bytes is body enough.
  const text = await run('h2load', [
    ...['-n', String(count), '-c', '1', '-m', String(IN_FLIGHT), '-d', `${scene.dir}/nudge.conf`],
    ...['-H', 'authorization: bearer x', '-H', 'apns-topic: dev.example.app'],
    scene.sinkUrl + TOKEN_PATH,
  ]);
  if (!text.includes(`${count} succeeded`)) throw new Error(`h2load: ${text}`);
  return Number(/([\d.]+) req\/s/.exec(text)?.[1]);
}

/** @param {Scene} scene @param {number} count */
async function pahoAlone(scene, count) {
  const receiver = await scene.startReceiver(count);
  const result = await scene.burst(receiver, count, async () =>
    numbers(await receiver.line(/^reached/)),
  );
  await receiver.stop();
  return result;
}

/** @param {import('../run.mjs').Bench} bench */
export async function speed(bench) {
  const count = bench.quick ? 5_000 : 20_000;
  const rounds = bench.quick ? 1 : 3;
  /** @type {Record<string, number[]>} */
  const got = { bridge: [], cpu: [], kb: [], loop: [], loopCpu: [], h2: [], paho: [], pahoCpu: [] };
  const scene = await Scene.open();
  await scene.startBridge('process');
  await scene.burst(scene.bridge, count, () => scene.reached(count)); // nobody measures the first one
  for (let i = 0; i < rounds; i++) {
    bench.progress(`burst of ${count}, process, round ${i + 1} of ${rounds}`);
    const bridge = await scene.burst(scene.bridge, count, () => scene.reached(count));
    got.bridge.push(bridge.perSecond);
    got.cpu.push(bridge.cpuUs);
    got.kb.push(bridge.writtenKb);
    const loop = await bareLoop(scene, count);
    got.loop.push(loop.perSecond);
    got.loopCpu.push(loop.cpuUs);
    got.h2.push(await h2load(scene, count));
  }
  await scene.bridge.stop();
  for (let i = 0; i < rounds; i++) {
    const paho = await pahoAlone(scene, count);
    got.paho.push(paho.perSecond);
    got.pahoCpu.push(paho.cpuUs);
  }
  bench.progress('100 pushes/s from the bare loop');
  const loopAt100 = await bareLoop(scene, 500, 100);
  await scene.close();

  const group = `burst of ${count}, \`process\``;
  const mid = Object.fromEntries(Object.entries(got).map(([key, list]) => [key, median(list)]));
  const value = mid.bridge;
  bench.add({
    group,
    figure: 'events/s, broker → accepted push',
    value,
    unit: '/s',
    goal: 10_000,
    more: true,
  });
  bench.add({
    group,
    figure: 'events/s, broker → accepted push',
    value,
    unit: '/s',
    reference: 'bare libcurl loop',
    beside: mid.loop,
    ratioGoal: 0.5,
    more: true,
  });
  bench.add({
    group,
    figure: 'events/s, broker → accepted push',
    value,
    unit: '/s',
    reference: 'h2load',
    beside: mid.h2,
  });
  bench.add({
    group,
    figure: 'events/s, broker → accepted push',
    value,
    unit: '/s',
    reference: 'Paho receiving and discarding',
    beside: mid.paho,
  });
  bench.add({
    group,
    figure: 'CPU per push',
    value: mid.cpu,
    unit: 'µs',
    reference: 'bare libcurl loop',
    beside: mid.loopCpu,
    goal: 110,
  });
  bench.add({
    group,
    figure: 'CPU per push',
    value: mid.cpu,
    unit: 'µs',
    reference: 'Paho receiving and discarding',
    beside: mid.pahoCpu,
  });
  bench.add({ group, figure: 'written per event', value: mid.kb, unit: 'KB', goal: 3 });
  bench.kept.loopCpuAt100 = loopAt100.cpuUs;
  bench.kept.bridgePerSecond = value;
}

/** @param {import('../run.mjs').Bench} bench */
export async function power(bench) {
  const count = bench.quick ? 2_000 : 20_000;
  const rounds = bench.quick ? 1 : 3;
  /** @type {Record<string, number[]>} */
  const got = { bridge: [], kb: [], fsync: [] };
  const scene = await Scene.open();
  await scene.startBridge('power');
  await scene.burst(scene.bridge, 2_000, () => scene.reached(2_000));
  for (let i = 0; i < rounds; i++) {
    bench.progress(`burst of ${count}, power, round ${i + 1} of ${rounds}`);
    const bridge = await scene.burst(scene.bridge, count, () => scene.reached(count));
    got.bridge.push(bridge.perSecond);
    got.kb.push(bridge.writtenKb);
    const done = numbers(
      await run(ours('append'), [`${scene.dir}/append`, '1000', String(RECORD)]),
    );
    got.fsync.push((done.count * 1e9) / done.wall_ns);
  }
  await scene.close();
  const group = `burst of ${count}, \`power\``;
  bench.add({
    group,
    figure: 'events/s, broker → accepted push',
    value: median(got.bridge),
    unit: '/s',
    reference: 'append and fdatasync each event',
    beside: median(got.fsync),
    ratioGoal: 0.8,
    more: true,
  });
  bench.add({ group, figure: 'written per event', value: median(got.kb), unit: 'KB', goal: 3 });
}

/** @param {import('../run.mjs').Bench} bench */
export async function faraway(bench) {
  const count = bench.quick ? 1_000 : 4_000;
  const delayMs = 50;
  bench.progress(`burst of ${count}, answers after ${delayMs} ms`);
  const scene = await Scene.open();
  await scene.startBridge('process');
  await scene.tellSink(`delay ${delayMs}`);
  const bridge = await scene.burst(scene.bridge, count, () => scene.reached(count));
  const loop = await bareLoop(scene, count);
  await scene.close();
  bench.add({
    group: `burst of ${count}, answers after ${delayMs} ms`,
    figure: 'events/s, broker → accepted push',
    value: bridge.perSecond,
    unit: '/s',
    reference: `bare libcurl loop, ${IN_FLIGHT} under way`,
    beside: loop.perSecond,
  });
}
