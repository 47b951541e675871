// What a user would pick instead, in front of the same push service: mqttwarn and Node-RED, each
// posting what it hears as it comes, without decisions or an outbox.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { freePort } from '../../tests/e2e/support/ports.mjs';
import { BUILD, Program, ROOT, run, sleep } from '../support/programs.mjs';
import { memory } from '../support/proc.mjs';
import { Scene } from '../support/scene.mjs';

const HERE = `${ROOT}bench/rivals`;
const INSTALLED = `${ROOT}${BUILD}/bench/rivals`;
const HEADERS = { authorization: 'bearer x', 'apns-topic': 'dev.example.app' };

/** @param {Scene} scene */
async function startMqttwarn(scene) {
  const python = `${INSTALLED}/mqttwarn`;
  if (!existsSync(`${python}/bin/mqttwarn`)) {
    await run('python3', ['-m', 'venv', python]);
    await run(`${python}/bin/pip`, ['install', '--quiet', '-r', `${HERE}/requirements.txt`]);
  }
  const dir = `${scene.dir}/mqttwarn`;
  mkdirSync(dir);
  writeFileSync(
    `${dir}/mqttwarn.ini`,
    `[defaults]
hostname = '127.0.0.1'
port = ${scene.port}
clientid = 'bench-mqttwarn'
cleansession = False
loglevel = 'INFO'
launch = http
[config:http]
module = 'http_urllib'
timeout = 20
targets = { 'push': [ 'post', '${scene.sinkUrl}/3/device/00ff', None, None, True ] }
[bench]
topic = nudge/+/event
qos = 1
targets = http:push
`,
  );
  const program = new Program(`${python}/bin/mqttwarn`, [], {
    cwd: dir,
    env: { MQTTWARNINI: `${dir}/mqttwarn.ini`, SSL_CERT_FILE: scene.caFile, PYTHONUNBUFFERED: '1' },
  });
  await program.line(/worker threads/, { from: 0, timeoutMs: 20_000 });
  await sleep(2000); // it does not say when it has subscribed
  return program;
}

/** @param {Scene} scene */
async function startNodeRed(scene) {
  const prefix = `${INSTALLED}/node-red`;
  if (!existsSync(`${prefix}/node_modules/node-red/red.js`)) {
    mkdirSync(prefix, { recursive: true });
    await run('cp', [`${HERE}/package.json`, `${HERE}/package-lock.json`, prefix]);
    await run('npm', [
      '--prefix',
      prefix,
      'ci',
      '--ignore-scripts',
      '--no-fund',
      '--no-audit',
      '--loglevel=error',
    ]);
  }
  const dir = `${scene.dir}/node-red`;
  mkdirSync(dir);
  const wire = (/** @type {string} */ id) => ({ wires: [[id]] });
  const flow = [
    { id: 'tab', type: 'tab', label: 'bench' },
    {
      id: 'broker',
      type: 'mqtt-broker',
      broker: '127.0.0.1',
      port: scene.port,
      clientid: 'bench-node-red',
      cleansession: true,
      keepalive: 60,
    },
    {
      id: 'in',
      z: 'tab',
      type: 'mqtt in',
      topic: 'nudge/+/event',
      qos: '1',
      datatype: 'auto-detect',
      broker: 'broker',
      inputs: 0,
      ...wire('push'),
    },
    {
      id: 'push',
      z: 'tab',
      type: 'http request',
      method: 'POST',
      url: `${scene.sinkUrl}/3/device/00ff`,
      ret: 'txt',
      persist: true,
      headers: Object.entries(HEADERS).map(([keyValue, valueValue]) => ({
        keyType: 'other',
        keyValue,
        valueType: 'other',
        valueValue,
      })),
      wires: [[]],
    },
  ];
  writeFileSync(`${dir}/flows.json`, JSON.stringify(flow));
  writeFileSync(
    `${dir}/settings.js`,
    'module.exports = { flowFile: "flows.json", httpAdminRoot: false, httpNodeRoot: false };\n',
  );
  const program = new Program(
    process.execPath,
    [
      `${prefix}/node_modules/node-red/red.js`,
      '-u',
      dir,
      '-s',
      `${dir}/settings.js`,
      '-p',
      String(await freePort()),
    ],
    { env: { NODE_EXTRA_CA_CERTS: scene.caFile } },
  );
  await program.line(/Connected to broker/, { from: 0, timeoutMs: 60_000 });
  return program;
}

/** @param {import('../run.mjs').Bench} bench */
export async function rivals(bench) {
  /** @type {Record<string, (scene: Scene) => Promise<Program>>} */
  const starters = { mqttwarn: startMqttwarn, 'Node-RED': startNodeRed };
  const burst = bench.quick ? 500 : 2_000;
  const mine = await measure(bench, 'nudge', burst, (scene) => scene.startBridge('process'));
  for (const [name, start] of Object.entries(starters)) {
    try {
      const theirs = await measure(bench, name, burst, start);
      const group = `beside ${name}`;
      const reference = `${name}, HTTP/1.1 to the same server`;
      bench.add({
        group,
        figure: `pushes/s, burst of ${burst}`,
        value: mine.perSecond,
        unit: '/s',
        reference,
        beside: theirs.perSecond,
      });
      bench.add({
        group,
        figure: 'CPU per push, the same burst',
        value: mine.cpuUs,
        unit: 'µs',
        reference,
        beside: theirs.cpuUs,
      });
      bench.add({
        group,
        figure: 'publish → accepted at 20/s, p50',
        value: mine.p50,
        unit: 'ms',
        reference,
        beside: theirs.p50,
      });
      bench.add({
        group,
        figure: 'publish → accepted at 20/s, p99',
        value: mine.p99,
        unit: 'ms',
        reference,
        beside: theirs.p99,
      });
      bench.add({
        group,
        figure: 'PSS after it',
        value: mine.pss,
        unit: 'MB',
        reference,
        beside: theirs.pss,
      });
    } catch (error) {
      bench.skip(name, /** @type {Error} */ (error).message);
    }
  }
}

/**
 * @param {import('../run.mjs').Bench} bench
 * @param {string} name
 * @param {number} count
 * @param {(scene: Scene) => Promise<Program>} start
 */
async function measure(bench, name, count, start) {
  bench.progress(`${name}: 20 events/s and a burst of ${count}`);
  const scene = await Scene.open();
  let program;
  try {
    program = await start(scene);
    await scene.flow(program, 20, 20, () => scene.reached(20, 20_000));
    const flow = await scene.flow(program, 100, 20, () => scene.reached(100, 20_000));
    const burst = await scene.burst(program, count, () => scene.reached(count, 90_000));
    return { ...burst, p50: flow.p50, p99: flow.p99, pss: memory(program.pid).pss / 1e3 };
  } finally {
    if (program !== scene.bridge) await program?.stop();
    await scene.close();
  }
}
