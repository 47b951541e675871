// Memory, idleness, start, and what an outage of the push service costs.
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { Scene } from '../support/scene.mjs';
import { freePort } from '../../tests/e2e/support/ports.mjs';
import { ROOT, nowNs, sleep } from '../support/programs.mjs';
import { cpuNs, memory, wakeUps } from '../support/proc.mjs';

/** @param {number} pid @param {number} seconds */
async function idle(pid, seconds) {
  const cpu = cpuNs(pid);
  const wakes = wakeUps(pid);
  await sleep(seconds * 1000);
  return { wakes: (wakeUps(pid) - wakes) / seconds, cpuUs: (cpuNs(pid) - cpu) / seconds / 1e3 };
}

/** The same with the page served, after some visits. @param {Scene} scene */
async function serving(scene) {
  const port = await freePort();
  await scene.startBridge('power', false, {
    more: `[http]\nlisten = 127.0.0.1:${port}\npage = ${ROOT}web/dist\n`,
  });
  await scene.flow(scene.bridge, 1, 0, () => scene.reached(1));
  for (let i = 0; i < 20; i++)
    for (const path of ['', 'page.js', 'style.css', 'metrics', 'health'])
      await fetch(`http://127.0.0.1:${port}/${path}`).then((answer) => answer.arrayBuffer());
  await sleep(2000);
  const { dirty } = memory(scene.bridge.pid);
  await scene.bridge.stop();
  return dirty;
}

/** @param {import('../run.mjs').Bench} bench */
export async function rest(bench) {
  const seconds = bench.quick ? 4 : 10;
  bench.progress(`idle for ${seconds} s`);
  const scene = await Scene.open({ users: 1 });
  await scene.startBridge('power');
  await scene.flow(scene.bridge, 1, 0, () => scene.reached(1));
  await sleep(2000);
  const { pss, dirty } = memory(scene.bridge.pid);
  const bridge = await idle(scene.bridge.pid, seconds);
  await scene.bridge.stop();
  const served = await serving(scene);
  const receiver = await scene.startReceiver(1_000_000);
  const receiverMemory = memory(receiver.pid);
  await sleep(1000);
  const paho = await idle(receiver.pid, seconds);
  await receiver.stop();
  await scene.close();
  const reference = 'Paho alone';
  bench.add({
    group: 'at rest',
    figure: 'PSS',
    value: pss / 1e3,
    unit: 'MB',
    reference,
    beside: receiverMemory.pss / 1e3,
    goal: 8,
  });
  bench.add({
    group: 'at rest',
    figure: 'private dirty',
    value: dirty / 1e3,
    unit: 'MB',
    reference,
    beside: receiverMemory.dirty / 1e3,
    goal: 4,
  });
  bench.add({
    group: 'at rest',
    figure: 'private dirty more with [http] on',
    value: (served - dirty) / 1e3,
    unit: 'MB',
    goal: 0.5,
  });
  bench.add({
    group: 'at rest',
    figure: 'wake-ups per second',
    value: bridge.wakes,
    unit: '/s',
    reference,
    beside: paho.wakes,
    ratioGoal: 1.1,
  });
  bench.add({
    group: 'at rest',
    figure: 'CPU per second',
    value: bridge.cpuUs,
    unit: 'µs',
    reference,
    beside: paho.cpuUs,
  });
}

/** Until the process has little to do. @param {number} pid */
async function calm(pid) {
  for (let i = 0; i < 120; i++) {
    const cpu = cpuNs(pid);
    await sleep(500);
    if (cpuNs(pid) - cpu < 25e6) return;
  }
}

/** @param {import('../run.mjs').Bench} bench */
export async function outage(bench) {
  const count = bench.quick ? 10_000 : 100_000;
  bench.progress(`${count} jobs wait for a push service that is down`);
  const scene = await Scene.open();
  await scene.startBridge('process');
  await scene.flow(scene.bridge, 1, 0, () => scene.reached(1));
  await scene.sink.stop();
  await scene.publish('events', count, 0, scene.users);
  await calm(scene.bridge.pid);
  const { pss, dirty } = memory(scene.bridge.pid);
  const cpu = cpuNs(scene.bridge.pid);
  await sleep(4000);
  const cpuPerSecond = (cpuNs(scene.bridge.pid) - cpu) / 4e3;
  // It is as long as it ever was.
  const log = statSync(join(scene.dir, 'state/nudge.db-wal')).size;
  bench.progress('the push service is back');
  await scene.startSink();
  const start = nowNs();
  const counted = await scene.reached(count, 90_000).catch(() => scene.stats());
  const after = memory(scene.bridge.pid);
  await sleep(500);
  const { accepted } = await scene.stats();
  await scene.close();
  const group = `${count} waiting jobs`;
  bench.add({ group, figure: 'PSS while they wait', value: pss / 1e3, unit: 'MB', goal: 13 });
  bench.add({ group, figure: 'private dirty while they wait', value: dirty / 1e3, unit: 'MB' });
  bench.add({ group, figure: 'write-ahead log', value: log / 1e6, unit: 'MB', goal: 16 });
  bench.add({ group, figure: 'CPU per second while they wait', value: cpuPerSecond, unit: 'µs' });
  bench.add({ group, figure: 'PSS after they left', value: after.pss / 1e3, unit: 'MB', goal: 12 });
  bench.add({
    group,
    figure: 'all left, after the service is back',
    value: (counted.last_ns - start) / 1e9,
    unit: 's',
  });
  bench.add({ group, figure: 'lost', value: Math.max(0, count - accepted), unit: '', goal: 0 });
}

/** @param {import('../run.mjs').Bench} bench */
export async function crowd(bench) {
  const users = bench.quick ? 1_000 : 10_000;
  const devices = users * 2;
  bench.progress(`start with ${devices} retained devices`);
  const scene = await Scene.open({ users, perUser: 2 });
  const first = await started(scene, true);
  await sleep(1000);
  const { pss, dirty } = memory(scene.bridge.pid);
  await scene.bridge.stop();
  const second = await started(scene, false);
  await sleep(1000);
  const again = memory(scene.bridge.pid);
  await scene.close();
  const group = `${devices} devices of ${users} users`;
  bench.add({ group, figure: 'first start until ready', value: first, unit: 's', goal: 2 });
  bench.add({ group, figure: 'each later start', value: second, unit: 's', goal: 2 });
  bench.add({ group, figure: 'PSS after the first start', value: pss / 1e3, unit: 'MB' });
  bench.add({ group, figure: 'PSS after a later start', value: again.pss / 1e3, unit: 'MB' });
  bench.progress(`start with ${devices * 2} of them`);
  const more = await Scene.open({ users, perUser: 4 });
  await started(more, true);
  await sleep(1000);
  const twice = memory(more.bridge.pid);
  await more.close();
  bench.add({
    group,
    figure: 'with two more of each user, per further device',
    value: ((twice.dirty - dirty) * 1024) / devices,
    unit: 'bytes',
    goal: 500,
  });
}

/** @param {Scene} scene @param {boolean} isFresh */
async function started(scene, isFresh) {
  const start = nowNs();
  await scene.startBridge('power', isFresh);
  return (nowNs() - start) / 1e9;
}
