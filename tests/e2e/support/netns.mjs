// A network of the test's own: public addresses and names that lead to this machine, a LAN with other
// hosts, and nothing real within reach. Needs iproute2, and root or user namespaces.
//
//   await enterNetwork(import.meta.url, { addresses: ['198.41.0.4'], names: { 'ntfy.sh': '198.41.0.4' } });
//   const stranger = await addHost(test, { ours: '192.168.77.1/24', theirs: '192.168.77.2/24' });
//   await stranger.run('mosquitto_pub', ['-h', '192.168.77.1', …]);
import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runProcess, startProcess } from './process.mjs';

const INSIDE = 'NUDGE_TEST_NETWORK';
const PATH = `${process.env.PATH}:/usr/sbin:/sbin`;

/**
 * @typedef {object} Host another machine of the LAN
 * @property {typeof startProcess} start a program there
 * @property {typeof runProcess} run a program there, to its end
 */

/**
 * To be awaited before a test file's first test. Outside of the network it runs the file again inside,
 * where its results are told as if nothing had happened, and does not return; inside it returns.
 *
 * @param {string} url import.meta.url of the test file
 * @param {object} [options]
 * @param {string[]} [options.addresses] of this machine, beside those of the loopback
 * @param {Record<string, string>} [options.names] what host names lead to, as /etc/hosts has it
 */
export async function enterNetwork(url, { addresses = [], names = {} } = {}) {
  if (process.env[INSIDE] !== '1') return runInside(url);
  must('ip', ['link', 'set', 'lo', 'up']);
  for (const address of addresses) must('ip', ['address', 'add', address, 'dev', 'lo']);
  const lines = Object.entries({ localhost: '127.0.0.1', ...names });
  const file = join(mkdtempSync(join(tmpdir(), 'nudge-')), 'hosts');
  writeFileSync(file, lines.map(([name, address]) => `${address} ${name}\n`).join(''));
  must('mount', ['--bind', file, '/etc/hosts']);
  process.once('exit', () => must('umount', ['/etc/hosts'])); // seen outside where mounts are shared
}

/**
 * Another machine, and a cable to it. Inside a network of `enterNetwork` only; gone when the test ends.
 *
 * @param {{ after: (fn: () => Promise<any>) => void }} test
 * @param {{ ours: string, theirs: string }} addresses each with its prefix's length
 * @returns {Promise<Host>}
 */
export async function addHost(test, { ours, theirs }) {
  const holder = startProcess('unshare', ['--net', 'sh', '-c', 'echo here; exec sleep infinity']);
  test.after(() => holder.kill());
  await holder.waitToBeUp(/here/);
  const there = [`--net=/proc/${holder.pid}/ns/net`, '--'];
  const near = `near${holder.pid}`;
  const peer = ['peer', 'name', 'far', 'netns', String(holder.pid)];
  must('ip', ['link', 'add', near, 'type', 'veth', ...peer]);
  must('ip', ['address', 'add', ours, 'dev', near]);
  must('ip', ['link', 'set', near, 'up']);
  must('nsenter', [...there, 'ip', 'address', 'add', theirs, 'dev', 'far']);
  for (const link of ['lo', 'far']) must('nsenter', [...there, 'ip', 'link', 'set', link, 'up']);
  return {
    start: (command, args = [], options) =>
      startProcess('nsenter', [...there, command, ...args], options),
    run: (command, args = [], options) =>
      runProcess('nsenter', [...there, command, ...args], options),
  };
}

/**
 * The runner of tests speaks to its children through their standard output, which is handed down.
 *
 * @param {string} url
 * @returns {never}
 */
function runInside(url) {
  const asRoot = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'];
  const node = [process.execPath, ...process.execArgv, fileURLToPath(url)];
  const { status, error } = spawnSync(
    'unshare',
    [
      ...asRoot,
      '--net',
      '--mount',
      ...mountsAsTheyAre(asRoot),
      'setpriv',
      '--pdeathsig',
      'KILL',
      '--',
      ...node,
    ],
    { stdio: 'inherit', env: { ...process.env, [INSIDE]: '1' } },
  );
  if (error) throw error;
  process.exit(status ?? 1);
}

/**
 * In a chroot the root is no mount, and cannot be made private.
 *
 * @param {string[]} asRoot
 */
export function mountsAsTheyAre(asRoot) {
  const { status } = spawnSync('unshare', [...asRoot, '--mount', 'true']);
  return status === 0 ? [] : ['--propagation', 'unchanged'];
}

/**
 * @param {string} command
 * @param {string[]} args
 */
function must(command, args) {
  const { status, stderr, error } = spawnSync(command, args, {
    encoding: 'utf8',
    env: { ...process.env, PATH },
  });
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`);
}
