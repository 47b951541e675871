// Bytes written and fsyncs for each event, alone and in a burst.
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
  await sleep(200);
  await scene.close();
  const group = 'disk, `power`';
  bench.add({ group, figure: 'written per event, alone', value: writtenKb, unit: 'KB', goal: 10 });
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
