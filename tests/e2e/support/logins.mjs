// Brokers that know their clients, for `nudge user` to add more: by files, or by their plugin.
import assert from 'node:assert/strict';
import { pbkdf2Sync, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startBroker } from './broker.mjs';
import { runProcess } from './process.mjs';

/** Who is there before: the operator may do all that concerns no login. */
const OTHERS = { zigbee: 'z', operator: 'o' };
export const ACL = '# mine\nuser zigbee\ntopic zigbee/#\n\nuser operator\ntopic #\n';

/**
 * @param {string[]} lines of `nudge user add`
 * @param {string} login
 */
export function passwordIn(lines, login) {
  const start = `${login}'s password: `;
  return lines.find((line) => line.startsWith(start))?.slice(start.length) ?? '';
}

/** @param {string} dir */
export async function withFiles(dir) {
  const [passwords, acl] = [join(dir, 'passwords'), join(dir, 'acl')];
  const lines = Object.entries(OTHERS).map(([name, password]) => `${name}:${password}\n`);
  await writeFile(passwords, lines.join(''));
  await runProcess('mosquitto_passwd', ['-U', passwords]);
  await chmod(passwords, 0o600);
  await writeFile(acl, ACL, { mode: 0o640 });
  const broker = await startBroker({
    dir: join(dir, 'broker'),
    anonymous: false,
    extra: [`password_file ${passwords}`, `acl_file ${acl}`, `pid_file ${join(dir, 'pid')}`],
  });
  return { broker, passwords, acl, options: [] };
}

/** @param {string} dir */
export async function withPlugin(dir) {
  const plugin = await findPlugin();
  const file = join(dir, 'dynamic-security.json');
  const admin = join(dir, 'admin');
  await writeFile(admin, 'a:dmin\n', { mode: 0o600 });
  const clients = [
    clientOf('admin', 'a:dmin', 'admin'),
    ...Object.entries(OTHERS).map(([name, password]) => clientOf(name, password, name)),
  ];
  const acls = (/** @type {string} */ topic) =>
    ['publishClientSend', 'publishClientReceive', 'subscribePattern'].map((acltype) => ({
      ...{ acltype, topic, priority: 0, allow: true },
    }));
  const roles = [
    { rolename: 'admin', acls: acls('$CONTROL/dynamic-security/#') },
    { rolename: 'zigbee', acls: acls('zigbee/#') },
    { rolename: 'operator', acls: acls('#') },
  ];
  const defaultACLAccess = {
    ...{ publishClientSend: false, publishClientReceive: false },
    ...{ subscribe: false, unsubscribe: true },
  };
  await writeFile(file, JSON.stringify({ defaultACLAccess, clients, roles }));
  const broker = await startBroker({
    dir: join(dir, 'broker'),
    anonymous: false,
    extra: [`plugin ${plugin}`, `plugin_opt_config_file ${file}`],
  });
  const options = ['--admin', 'admin', '--admin-password-file', admin];
  return { broker, options, passwords: '', acl: '' };
}

/** Debian has it in the folder of the machine's architecture. */
async function findPlugin() {
  const name = 'mosquitto_dynamic_security.so';
  const folders = (await readdir('/usr/lib')).map((folder) => join('/usr/lib', folder, name));
  const plugin = [join('/usr/lib', name), ...folders].find((path) => existsSync(path));
  assert.ok(plugin, `${name} comes with mosquitto`);
  return plugin;
}

/** @param {string} username @param {string} password @param {string} rolename */
function clientOf(username, password, rolename) {
  const salt = randomBytes(12);
  const hash = pbkdf2Sync(password, salt, 101, 64, 'sha512');
  const secret = { password: hash.toString('base64'), salt: salt.toString('base64') };
  return { username, ...secret, iterations: 101, roles: [{ rolename }] };
}
