// A certificate authority that lives for one test run, and certificates for the loopback.
import { setDefaultResultOrder } from 'node:dns';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runProcess } from './process.mjs';

// Who has them listens at 127.0.0.1; Node 18 tries no other address of localhost than the first.
setDefaultResultOrder('ipv4first');

/**
 * @typedef {object} Certificate
 * @property {Buffer} key PEM
 * @property {Buffer} cert PEM
 *
 * @typedef {object} Authority
 * @property {string} caFile what a client must trust
 * @property {Certificate} loopback for localhost, 127.0.0.1 and the names asked for
 * @property {Certificate} otherHost by the same authority, for a host that nobody asked for
 * @property {Certificate} untrusted for localhost, by an authority that nobody knows
 * @property {Certificate} expired as the first, eight days ago
 */

/**
 * @param {string} dir made if missing
 * @param {string[]} [names] further host names of the loopback certificate
 * @returns {Promise<Authority>}
 */
export async function makeAuthority(dir, names = []) {
  await mkdir(dir, { recursive: true });
  const local = [
    'DNS:localhost',
    'IP:127.0.0.1',
    'IP:::1',
    ...names.map((name) => `DNS:${name}`),
  ].join();
  await Promise.all([makeRoot(dir, 'ca'), makeRoot(dir, 'stranger')]);
  const [loopback, otherHost, untrusted, expired] = await Promise.all([
    issue(dir, 'loopback', 'ca', local),
    issue(dir, 'other-host', 'ca', 'DNS:elsewhere.example'),
    issue(dir, 'untrusted', 'stranger', local),
    issue(dir, 'expired', 'ca', local, ['faketime', '-10 days']),
  ]);
  return { caFile: join(dir, 'ca.pem'), loopback, otherHost, untrusted, expired };
}

/**
 * @param {string} dir
 * @param {string} name
 */
async function makeRoot(dir, name) {
  await openssl(dir, name, ['-addext', 'basicConstraints=critical,CA:TRUE']);
}

/**
 * @param {string} dir
 * @param {string} name
 * @param {string} root
 * @param {string} alternatives
 * @param {string[]} [prefix] words before the command
 * @returns {Promise<Certificate>}
 */
async function issue(dir, name, root, alternatives, prefix) {
  const args = [
    ...['-CA', join(dir, `${root}.pem`), '-CAkey', join(dir, `${root}.key`)],
    ...['-addext', `subjectAltName=${alternatives}`],
    ...['-addext', 'basicConstraints=critical,CA:FALSE'],
  ];
  await openssl(dir, name, args, prefix);
  const [key, cert] = await Promise.all([
    readFile(join(dir, `${name}.key`)),
    readFile(join(dir, `${name}.pem`)),
  ]);
  return { key, cert };
}

/**
 * @param {string} dir
 * @param {string} name
 * @param {string[]} args
 * @param {string[]} [prefix]
 */
async function openssl(dir, name, args, prefix = []) {
  const [command = '', ...words] = [...prefix, 'openssl'];
  let lines = [''];
  // One faketime that was killed leaves a name behind, which another with its number trips over.
  for (let attempt = 0; attempt < 5; attempt++) {
    const ended = await runProcess(command, [
      ...words,
      ...['req', '-x509', '-nodes', '-days', '2', '-subj', `/CN=nudge test ${name}`],
      ...['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'],
      ...['-keyout', join(dir, `${name}.key`), '-out', join(dir, `${name}.pem`), ...args],
    ]);
    if (ended.code === 0) return;
    lines = ended.lines;
    if (!lines.some((line) => /sem_open: File exists/.test(line))) break;
  }
  throw new Error(`openssl: ${lines.join('\n')}`);
}
