// A real mosquitto on the loopback, with its memory in a directory of the test.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from './ports.mjs';
import { runProcess, startProcess } from './process.mjs';

// Debian installs the broker where an ordinary user's PATH does not look.
const env = { PATH: `${process.env.PATH}:/usr/sbin:/usr/local/sbin` };

/**
 * @typedef {object} Broker
 * @property {number} port
 * @property {number} wsPort
 * @property {string} url
 * @property {string} wsUrl
 * @property {string} dir
 * @property {string[]} lines the log of the mosquitto that runs now
 * @property {import('./process.mjs').Started['waitForLine']} waitForLine in that log
 * @property {() => Promise<void>} stop SIGTERM: it saves what it holds
 * @property {() => Promise<void>} kill SIGKILL: it forgets what it has not saved
 * @property {() => Promise<void>} restart again on the same port and directory; stops it first if it runs
 */

/**
 * Resolves once the broker listens.
 *
 * @param {object} options
 * @param {string} options.dir for its settings, its memory and its passwords; made if missing
 * @param {number} [options.port] default: a free one
 * @param {number} [options.wsPort] default: a free one
 * @param {boolean} [options.anonymous] whether clients without a name may come; default: yes, unless
 *   there are users
 * @param {Record<string, string>} [options.users] name to password
 * @param {string[]} [options.extra] further lines of mosquitto.conf
 * @param {string} [options.config] a whole mosquitto.conf in place of ours; name its ports above
 * @returns {Promise<Broker>}
 */
export async function startBroker({ dir, users = {}, extra = [], ...options }) {
  const port = options.port ?? (await freePort());
  const wsPort = options.wsPort ?? (await freePort());
  const hasUsers = Object.keys(users).length > 0;
  const anonymous = options.anonymous ?? !hasUsers;
  const file = join(dir, 'mosquitto.conf');
  const passwordFile = join(dir, 'passwords');

  await mkdir(dir, { recursive: true });
  if (hasUsers) await writePasswords(passwordFile, users);
  const lines = [
    `listener ${port} 127.0.0.1`,
    `listener ${wsPort} 127.0.0.1`,
    'socket_domain ipv4', // without it mosquitto 2.0.11 does not keep to the address
    'protocol websockets',
    'user root', // a root's broker may keep writing into this directory; others ignore it
    `allow_anonymous ${anonymous}`,
    ...(hasUsers ? [`password_file ${passwordFile}`] : []),
    'persistence true',
    `persistence_location ${dir}/`,
    'max_queued_messages 1000000',
    'set_tcp_nodelay true',
    'log_dest stderr',
    ...extra,
  ];
  await writeFile(file, options.config ?? `${lines.join('\n')}\n`);

  const start = async () => {
    const child = startProcess('mosquitto', ['-c', file], { env });
    await child.waitToBeUp(/mosquitto version \S+ running/);
    return child;
  };
  let child = await start();
  return {
    port,
    wsPort,
    url: `mqtt://127.0.0.1:${port}`,
    wsUrl: `ws://127.0.0.1:${wsPort}`,
    dir,
    get lines() {
      return child.lines;
    },
    waitForLine: (pattern, options) => child.waitForLine(pattern, options),
    async stop() {
      await child.stop();
    },
    async kill() {
      await child.kill();
    },
    async restart() {
      await child.stop();
      child = await start();
    },
  };
}

/**
 * @param {string} file
 * @param {Record<string, string>} users
 */
async function writePasswords(file, users) {
  const entries = Object.entries(users).map(([name, password]) => `${name}:${password}\n`);
  await writeFile(file, entries.join(''), { mode: 0o600 });
  const { code, lines } = await runProcess('mosquitto_passwd', ['-U', file], { env });
  if (code !== 0) throw new Error(`mosquitto_passwd: ${lines.join('\n')}`);
}
