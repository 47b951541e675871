// A broker, a push service and the bridge between them, on a disk of this machine.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { freePort } from '../../tests/e2e/support/ports.mjs';
import { BUILD, Program, ROOT, nowNs, numbers, ours, run, sleep } from './programs.mjs';
import { cpuNs, handedBytes, writtenBytes } from './proc.mjs';

const DIR = `${ROOT}${BUILD}/bench/scene`;
const MONITOR_MS = 500;
export const TOKEN_PATH = '/3/device/00112233445566778899aabbccddeeff';

/** One thing at a time is measured, so there is one scene at a time. */
export class Scene {
  dir = DIR;
  users = 100;

  static async open({ users = 100, perUser = 1 } = {}) {
    const scene = new Scene();
    scene.users = users;
    rmSync(DIR, { recursive: true, force: true });
    mkdirSync(`${DIR}/broker`, { recursive: true });
    await scene.#makeKeys();
    await scene.#startBroker();
    await scene.startSink();
    if (users > 0) {
      await scene.publish('devices', users, perUser);
      await scene.publish('prefs', Math.min(users, 100));
    }
    return scene;
  }

  async #makeKeys() {
    const curve = ['-pkeyopt', 'ec_paramgen_curve:P-256'];
    await run('openssl', [
      ...[
        'req',
        '-x509',
        '-newkey',
        'ec',
        ...curve,
        '-nodes',
        '-days',
        '2',
        '-subj',
        '/CN=localhost',
      ],
      ...['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'],
      ...['-keyout', `${DIR}/key.pem`, '-out', `${DIR}/cert.pem`],
    ]);
    await run('openssl', ['genpkey', '-algorithm', 'EC', ...curve, '-out', `${DIR}/apns.p8`]);
    await run('chmod', ['600', `${DIR}/apns.p8`]);
  }

  async #startBroker() {
    this.port = await freePort();
    this.url = `mqtt://127.0.0.1:${this.port}`;
    writeFileSync(
      `${DIR}/mosquitto.conf`,
      [
        `listener ${this.port} 127.0.0.1`,
        'allow_anonymous true',
        'persistence true',
        `persistence_location ${DIR}/broker/`,
        `user ${(await run('id', ['-un'])).trim()}`,
        'autosave_interval 1800', // a save in the middle would be measured too
        'max_queued_messages 1000000',
        'set_tcp_nodelay true',
        '',
      ].join('\n'),
    );
    this.broker = new Program('mosquitto', ['-c', `${DIR}/mosquitto.conf`], {
      env: { PATH: `${process.env.PATH}:/usr/sbin` },
    });
    await this.broker.line(/running/, { from: 0 });
  }

  async startSink() {
    this.sinkPort ??= await freePort();
    this.sinkUrl = `https://localhost:${this.sinkPort}`;
    this.caFile = `${DIR}/cert.pem`;
    this.sink = new Program(ours('sink'), [String(this.sinkPort), this.caFile, `${DIR}/key.pem`]);
    await this.sink.line(/^ready/, { from: 0 });
  }

  /**
   * @param {'power' | 'process'} durability
   * @param {boolean} [isFresh] without what it knew
   * @param {{ program?: string, more?: string }} [options] more: settings
   */
  async startBridge(
    durability,
    isFresh = true,
    { program = `${ROOT}${BUILD}/nudge`, more = '' } = {},
  ) {
    if (isFresh) rmSync(`${DIR}/state`, { recursive: true, force: true });
    mkdirSync(`${DIR}/state`, { recursive: true });
    writeFileSync(
      `${DIR}/nudge.conf`,
      `[mqtt]\nurl = ${this.url}\n[state]\ndirectory = ${DIR}/state\ndurability = ${durability}\n` +
        `[apns]\nkey_file = ${DIR}/apns.p8\nkey_id = ABC123DEFG\nteam_id = DEF123GHIJ\n` +
        `topic = dev.example.app\nproduction_url = ${this.sinkUrl}\nca_file = ${this.caFile}\n${more}`,
    );
    this.bridge = new Program(program, ['run', '-c', `${DIR}/nudge.conf`]);
    await this.bridge.line(/\bready\b/, { from: 0 });
    return this.bridge;
  }

  /** Paho in the bridge's place. @param {number} count */
  async startReceiver(count) {
    const receiver = new Program(ours('receive'), [this.url ?? '', String(count)]);
    await receiver.line(/^ready/, { from: 0 });
    return receiver;
  }

  /** @param {(string | number)[]} args */
  publish(...args) {
    return run(ours('publish'), [String(this.port), ...args.map(String)]);
  }

  /** @param {string} command */
  async tellSink(command) {
    const answer = this.sink.line(/^ok/);
    this.sink.say(command);
    await answer;
  }

  /**
   * When the sink has taken so many, and what it counted.
   *
   * @param {number} count
   * @param {number} [timeoutMs]
   */
  async reached(count, timeoutMs = 120_000) {
    const line = this.sink.line(/^reached/, { timeoutMs });
    this.sink.say(`wait ${count}`);
    return numbers(await line);
  }

  async stats() {
    const line = this.sink.line(/^stats/);
    this.sink.say('stats');
    return numbers(await line);
  }

  /**
   * Queue events while `subject` is stopped; let it go; time until `done` says that all came through.
   *
   * @param {Program} subject
   * @param {number} count
   * @param {() => Promise<Record<string, number>>} done
   */
  async burst(subject, count, done) {
    await this.tellSink('reset');
    const finished = done();
    subject.signal('SIGSTOP');
    await this.publish('events', count, 0, this.users);
    const cpu = cpuNs(subject.pid);
    const written = writtenBytes(subject.pid);
    const handed = handedBytes(subject.pid);
    const start = nowNs();
    subject.signal('SIGCONT');
    const counted = await finished;
    await sleep(MONITOR_MS); // what is settled after the last answer counts too
    return {
      ...counted,
      perSecond: (count * 1e9) / (counted.last_ns - start),
      cpuUs: (cpuNs(subject.pid) - cpu) / count / 1e3,
      writtenKb: (writtenBytes(subject.pid) - written) / count / 1e3,
      handedKb: (handedBytes(subject.pid) - handed) / count / 1e3,
    };
  }

  /**
   * Publish at an even rate; latencies and CPU of `subject`.
   *
   * @param {Program} subject
   * @param {number} count
   * @param {number} rate
   * @param {() => Promise<Record<string, number>>} done
   */
  async flow(subject, count, rate, done) {
    await this.tellSink('reset');
    const finished = done();
    const cpu = cpuNs(subject.pid);
    const written = writtenBytes(subject.pid);
    const handed = handedBytes(subject.pid);
    await this.publish('events', count, rate, this.users);
    const counted = await finished;
    await sleep(MONITOR_MS);
    return {
      p50: counted.p50_ns / 1e6,
      p99: counted.p99_ns / 1e6,
      cpuUs: (cpuNs(subject.pid) - cpu) / count / 1e3,
      writtenKb: (writtenBytes(subject.pid) - written) / count / 1e3,
      handedKb: (handedBytes(subject.pid) - handed) / count / 1e3,
    };
  }

  async close() {
    for (const program of [this.bridge, this.sink, this.broker]) await program?.stop();
    rmSync(DIR, { recursive: true, force: true });
  }
}

/** @param {number[]} values */
export const median = (values) => [...values].sort((a, b) => a - b)[(values.length - 1) >> 1];
