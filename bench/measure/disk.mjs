// Bytes written and fsyncs for each event, alone and in a burst.
import { writtenBytes } from '../support/proc.mjs';
import { Scene } from '../support/scene.mjs';
import { Program, sleep } from '../support/programs.mjs';

/**
 * What strace counts while `work` runs; null where it may not look.
 *
 * @param {number} pid
 * @param {() => Promise<unknown>} work
 */
async function countSyncs(pid, work) {
  const strace = new Program('strace', [
    '-f',
    '-c',
    '-e',
    'trace=fsync,fdatasync',
    '-p',
    String(pid),
  ]);
  const attached = await strace.line(/attached/, { from: 0, timeoutMs: 5000 }).catch(() => null);
  await work();
  strace.signal('SIGINT');
  await strace.ended;
  if (attached === null) return null;
  return strace.lines.reduce((sum, line) => {
    const words = line.trim().split(/\s+/);
    return /^f(data)?sync$/.test(words.at(-1) ?? '') ? sum + Number(words[3]) : sum;
  }, 0);
}

const DAY = 500; // events
const APART_MS = 12_000; // longer than anything waits to be written together

/**
 * What a day costs the card: events that come one by one, each settled and saved before the next.
 *
 * @param {Scene} scene
 * @param {number} count
 */
async function day(scene, count) {
  await sleep(APART_MS);
  const before = writtenBytes(scene.bridge.pid);
  for (let i = 0; i < count; i++) {
    await scene.flow(scene.bridge, 1, 0, () => scene.reached(1));
    await sleep(APART_MS);
  }
  const events = writtenBytes(scene.bridge.pid) - before;
  const from = writtenBytes(scene.bridge.pid);
  await sleep(count * APART_MS); // its health is told meanwhile
  return { dayMb: (events / count / 1e6) * DAY, restBytes: writtenBytes(scene.bridge.pid) - from };
}

/** @param {import('../run.mjs').Bench} bench */
export async function disk(bench) {
  const alone = bench.quick ? 60 : 300;
  const burst = bench.quick ? 1_000 : 5_000;
  bench.progress('bytes and fsyncs per event');
  const scene = await Scene.open();
  await scene.startBridge('power');
  await scene.flow(scene.bridge, 20, 20, () => scene.reached(20));
  const { writtenKb } = await scene.flow(scene.bridge, alone, 40, () => scene.reached(alone));
  const pid = scene.bridge.pid;
  const aloneSyncs = await countSyncs(pid, () =>
    scene.flow(scene.bridge, alone, 40, () => scene.reached(alone)),
  );
  const burstSyncs = await countSyncs(pid, () =>
    scene.burst(scene.bridge, burst, () => scene.reached(burst)),
  );
  bench.progress('bytes of a day, and of none');
  const { dayMb, restBytes } = await day(scene, bench.quick ? 5 : 20);
  await scene.close();
  const group = 'disk, `power`';
  bench.add({ group, figure: 'written per event, alone', value: writtenKb, unit: 'KB', goal: 10 });
  bench.add({
    group,
    figure: `written on a day of ${DAY} events`,
    value: dayMb,
    unit: 'MB',
    goal: 12,
  });
  bench.add({ group, figure: 'written at rest', value: restBytes, unit: 'bytes', goal: 0 });
  if (aloneSyncs === null || burstSyncs === null) {
    bench.skip(group, 'fsyncs: strace may not attach here');
    return;
  }
  bench.add({
    group,
    figure: 'fsyncs per event, alone',
    value: aloneSyncs / alone,
    unit: '',
    reference: 'append and fdatasync each event',
    beside: 1,
    ratioGoal: 1.1,
  });
  bench.add({
    group,
    figure: `fsyncs per event, burst of ${burst}`,
    value: burstSyncs / burst,
    unit: '',
    reference: 'append and fdatasync each event',
    beside: 1,
  });
}
