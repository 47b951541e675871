// `make run`, after its building, in a checkout of its own: beside another one, on other ports.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { patiently } from './arrivals.mjs';
import { freePort } from './ports.mjs';
import { startProcess } from './process.mjs';
import { scratchDirectory } from './scratch.mjs';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/**
 * @typedef {{ PORT: string, WS_PORT: string, WEB_PORT: string }} Ports
 *
 * @typedef {object} Checkout
 * @property {string} dir
 * @property {Ports} ports
 * @property {(env?: Partial<Ports>) => import('./process.mjs').Started} start with the ports of before;
 *   stopped with the test
 * @property {(account: 'me' | 'nudge') => Promise<string>} password
 */

/**
 * What is built already is not copied.
 *
 * @param {{ after: (fn: () => Promise<any>) => void }} test
 * @returns {Promise<Checkout>}
 */
export async function checkOut(test) {
  /** @type {import('./process.mjs').Started[]} */
  const started = [];
  test.after(() => Promise.all(started.map(stop))); // before its folder goes
  const dir = await scratchDirectory(test);
  await cp(join(ROOT, 'packaging'), join(dir, 'packaging'), { recursive: true });
  for (const file of ['mosquitto.conf', '.npmrc']) await cp(join(ROOT, file), join(dir, file));
  await mkdir(join(dir, 'build'));
  for (const built of ['build/nudge', 'build/gate.so', 'web', 'plugin'])
    await symlink(join(ROOT, built), join(dir, built));
  const ports = await freePorts();
  return {
    dir,
    ports,
    start: (env = {}) => {
      const args = ['build/nudge', 'web', 'build/gate.so'];
      const child = startProcess('packaging/run', args, { cwd: dir, env: { ...ports, ...env } });
      started.push(child);
      return child;
    },
    password: async (account) =>
      (await readFile(join(dir, 'build/run', `${account}.password`), 'utf8')).trim(),
  };
}

/**
 * As `kill` does: the script alone is told, and ends the others in their order.
 *
 * @param {import('./process.mjs').Started} running
 */
export async function stop(running) {
  if (existsSync(`/proc/${running.pid}`)) process.kill(running.pid, 'SIGTERM');
  await patiently(running.exited, 'the end of make run').catch(() => running.kill());
}

/** @returns {Promise<Ports>} */
export async function freePorts() {
  return {
    PORT: String(await freePort()),
    WS_PORT: String(await freePort()),
    WEB_PORT: String(await freePort()),
  };
}

/** Resolves once all of it has started. @param {import('./process.mjs').Started} running */
export const isUp = (running) => running.waitForLine(/Ctrl-C stops everything/);

/**
 * The members of the link to the page that it prints.
 *
 * @param {import('./process.mjs').Started} running
 */
export async function linkOf(running) {
  const line = (await running.waitForLine(/^ {2}http:/)).trim();
  return { line, members: new URLSearchParams(line.split('#pair?')[1]) };
}

/**
 * Where a process and all that it started listen over TCP.
 *
 * @param {number} group the process that leads them
 * @returns {Promise<{ program: string, address: string, port: string }[]>}
 */
export async function socketsOf(group) {
  const { stdout, status } = spawnSync('ss', ['-Hltnp'], { encoding: 'utf8' });
  if (status !== 0) throw new Error('ss does not work: apt-get install iproute2');
  const members = await membersOf(group);
  return stdout.split('\n').flatMap((line) => {
    const [, program = '', pid] = /\(\("([^"]+)",pid=(\d+)/.exec(line) ?? [];
    if (!pid || !members.includes(pid)) return [];
    const [, address = '', port = ''] = /^(.*):(\d+)$/.exec(line.split(/\s+/)[3] ?? '') ?? [];
    return [{ program, address, port }];
  });
}

/** @param {number} group */
async function membersOf(group) {
  const processes = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const isMember = async (/** @type {string} */ pid) => {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    return stat.replace(/^.*\) /s, '').split(' ')[2] === String(group);
  };
  const are = await Promise.all(processes.map(isMember));
  return processes.filter((_, at) => are[at]);
}
