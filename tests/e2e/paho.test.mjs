// What is hooked into Paho is only hooked into one that it was tried with, and without it nothing is lost.
import assert from 'node:assert/strict';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startBroker } from './support/broker.mjs';
import { runProcess } from './support/process.mjs';
import { scratchDirectory } from './support/scratch.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const HOOKS = join(ROOT, 'packaging/hooks');

// As `make test` builds it: the bridge with Paho as that is.
process.env.NUDGE_BINARY = join(ROOT, 'build/nudge-plain');
const { storm, summary } = await import('../chaos/storm.mjs');
const { BINARY, startBridge, writeSettings } = await import('./support/bridge.mjs');

describe('at build', () => {
  test('the calls of a Paho that was tried are hooked', async () => {
    const { code, lines } = await runProcess(HOOKS, ['cc', 'usleep', 'MQTTPacket_send_puback']);
    assert.equal(code, 0);
    assert.deepEqual(lines, ['-DPAHO_HOOKS -Wl,--wrap=usleep -Wl,--wrap=MQTTPacket_send_puback']);
  });

  test('a call that it does not make hooks nothing, and says so', async () => {
    const { code, lines } = await runProcess(HOOKS, ['cc', 'usleep', 'MQTTPacket_send_thanks']);
    assert.equal(code, 0);
    assert.equal(lines.length, 1);
    assert.match(
      lines[0] ?? '',
      /^packaging\/hooks: Paho \S+ does not call MQTTPacket_send_thanks/,
    );
  });

  test('one that was not tried hooks nothing, and says so', async (t) => {
    const dir = await scratchDirectory(t);
    await writeFile(join(dir, 'paho.c'), 'const char *v = "MQTTAsyncV3_Version 9.9.9";\n');
    const object = ['-c', '-o', join(dir, 'paho.o'), join(dir, 'paho.c')];
    assert.equal((await runProcess('cc', object)).code, 0);
    const archive = ['rcs', join(dir, 'libpaho-mqtt3as.a'), join(dir, 'paho.o')];
    assert.equal((await runProcess('ar', archive)).code, 0);
    // A compiler that knows that one.
    const other = join(dir, 'cc');
    await writeFile(other, `#!/bin/sh\nexec cc -B${dir} -L${dir} "$@"\n`);
    await chmod(other, 0o755);
    const { code, lines } = await runProcess(HOOKS, [other, 'usleep']);
    assert.equal(code, 0);
    assert.deepEqual(lines, [
      'packaging/hooks: Paho 9.9.9 is none that this was tried with: it is used as it is, which is safe and slower',
    ]);
  });
});

describe('a bridge without hooks', () => {
  test('says so when it starts', async (t) => {
    const dir = await scratchDirectory(t);
    const broker = await startBroker({ dir: join(dir, 'broker') });
    t.after(() => broker.stop());
    const settings = await writeSettings(dir, { mqtt: { url: broker.url } });
    assert.equal(BINARY, process.env.NUDGE_BINARY);
    const bridge = await startBridge({ settings });
    t.after(() => bridge.stop());
    assert.ok(
      bridge.lines.some((line) => /this Paho is none that nudge was tried with/.test(line)),
    );
  });

  test('loses nothing when it is killed again and again', async (t) => {
    const dir = await scratchDirectory(t);
    const outcome = await storm({
      ...{ dir, seed: Number(process.env.SEED ?? 7), kills: 8 },
      ...{ durability: 'process', sparesBroker: true },
    });
    t.diagnostic(`\n${summary(outcome)}`);
    assert.deepEqual(outcome.lost, [], summary(outcome));
    assert.deepEqual(outcome.complaints, [], summary(outcome));
  });
});
