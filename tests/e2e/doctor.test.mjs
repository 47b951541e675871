// `nudge doctor` tells each misconfiguration apart, and changes nothing.
import assert from 'node:assert/strict';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { makeApnsKey } from './support/apns.mjs';
import { runNudge, writeSettings } from './support/bridge.mjs';
import { startBroker } from './support/broker.mjs';
import { enterNetwork } from './support/netns.mjs';
import { freePort } from './support/ports.mjs';
import { scratchDirectory } from './support/scratch.mjs';
import { TOPIC, setServices } from './support/services.mjs';

// Other brokers of this machine are not the business of these tests.
await enterNetwork(import.meta.url);

/** @type {import('./support/services.mjs').Services} */
let services;
/** @type {(() => any)[]} */
const endings = [];
before(async () => {
  services = await setServices({ after: (end) => endings.unshift(end) });
});
after(async () => {
  for (const end of endings) await end();
});

/**
 * @typedef {{ check: string, status: 'ok' | 'warn' | 'fail', detail: string }} Finding
 *
 * @param {string} settings
 * @param {Record<string, string>} [env] settings in place of those in the file
 */
async function examine(settings, env = {}) {
  const options = { env: { ...process.env, ...env } };
  const { code, lines } = await runNudge(['doctor', '--json', '-c', settings], options);
  const findings = /** @type {Finding[]} */ (JSON.parse(lines.join('\n')));
  return {
    code,
    findings,
    /** @param {string} check @param {'ok' | 'warn' | 'fail'} [status] */
    of: (check, status) =>
      findings.filter((each) => each.check === check && (!status || each.status === status)),
  };
}

test('finds nothing wrong where nothing is, but says that anybody may come in', async () => {
  const token = '12'.repeat(32);
  services.production.devices.set(token, { topic: TOPIC });
  await services.addPerson({ platform: 'apns', token });
  await services.addPerson({ platform: 'ntfy', url: `${services.ntfy.url}/topic` });
  const { vapid_public_key } = await services.info();
  await services.addPerson({
    platform: 'webpush',
    ...services.webpush.subscribe(vapid_public_key),
  });
  const { code, findings, of } = await examine(services.settings);
  assert.equal(code, 0, JSON.stringify(findings));
  assert.deepEqual(of('anonymous')[0]?.status, 'warn');
  for (const check of ['settings', 'broker', 'login', 'acl', 'bridge', 'persistence'])
    assert.equal(of(check, 'ok').length, 1, check);
  for (const check of ['apns', 'fcm', 'webpush', 'ntfy'])
    assert.ok(of(check, 'ok').length > 0 && of(check, 'fail').length === 0, check);
  assert.equal(of('device', 'ok').length, 3);
  assert.deepEqual(services.production.accepted, [], 'nothing is pushed');
  assert.deepEqual(services.fcm.accepted, []);
  assert.deepEqual(
    services.ntfy.accepted.filter(({ message }) => message),
    [],
  );
});

test('prints a line for people, too', async () => {
  const { lines, code } = await runNudge(['doctor', '-c', services.settings]);
  assert.equal(code, 0);
  assert.match(lines[0] ?? '', /^ok {4}settings {4}\S+ is good$/);
});

describe('a push service', { concurrency: true }, () => {
  /** @type {[string, Record<string, string>, string, RegExp][]} */
  const cases = [
    ['key id', { NUDGE_APNS_KEY_ID: 'WRONG12345' }, 'apns', /InvalidProviderToken.*key_id/],
    ['team', { NUDGE_APNS_TEAM_ID: 'WRONG12345' }, 'apns', /InvalidProviderToken.*team_id/],
    ['topic', { NUDGE_APNS_TOPIC: 'dev.other.app' }, 'apns', /TopicDisallowed.*topic/],
    ['authority', { NUDGE_APNS_CA_FILE: '' }, 'apns', /ca_file/],
    ['key file', { NUDGE_APNS_KEY_FILE: '/nowhere' }, 'apns', /key_file: cannot read \/nowhere/],
    ['authority', { NUDGE_FCM_CA_FILE: '' }, 'fcm', /ca_file/],
    ['address', { NUDGE_FCM_URL: 'https://localhost:1' }, 'fcm', /localhost:1: 0 /],
    ['account', { NUDGE_FCM_SERVICE_ACCOUNT_FILE: '/nowhere' }, 'fcm', /service_account_file/],
    ['key file', { NUDGE_WEBPUSH_KEY_FILE: '/dev/null' }, 'webpush', /key_file: .* is not a file/],
  ];
  for (const [what, env, check, detail] of cases)
    test(`${check} with another ${what} fails by itself`, async () => {
      const { code, of, findings } = await examine(services.settings, env);
      assert.equal(code, 1);
      assert.match(of(check, 'fail')[0]?.detail ?? JSON.stringify(findings), detail);
      for (const other of ['apns', 'fcm', 'webpush'].filter((each) => each !== check))
        assert.deepEqual(of(other, 'fail'), []);
    });

  test('fcm with a key that Google revoked fails by its grant', async (t) => {
    const dir = await scratchDirectory(t);
    const { privateKey } = await makeRsa();
    const file = join(dir, 'account.json');
    const account = { ...services.fcm.account, private_key: privateKey };
    await writeFile(file, JSON.stringify(account), { mode: 0o600 });
    const { of } = await examine(services.settings, { NUDGE_FCM_SERVICE_ACCOUNT_FILE: file });
    assert.match(of('fcm', 'fail')[0]?.detail ?? '', /400 invalid_grant: .*revoked/);
  });

  test('fcm of another project fails by its permission', async (t) => {
    const dir = await scratchDirectory(t);
    const file = join(dir, 'account.json');
    const account = { ...services.fcm.account, project_id: 'other-project' };
    await writeFile(file, JSON.stringify(account), { mode: 0o600 });
    const { of } = await examine(services.settings, { NUDGE_FCM_SERVICE_ACCOUNT_FILE: file });
    assert.match(of('fcm', 'fail')[0]?.detail ?? '', /403 PERMISSION_DENIED: .*role/);
  });

  test('apns with a key that everybody can read, or that is none', async (t) => {
    const dir = await scratchDirectory(t);
    const { keyFile } = await makeApnsKey(dir);
    await chmod(keyFile, 0o644);
    const open = await examine(services.settings, { NUDGE_APNS_KEY_FILE: keyFile });
    assert.match(open.of('apns', 'fail')[0]?.detail ?? '', /chmod 600/);
    const none = await examine(services.settings, { NUDGE_APNS_KEY_FILE: services.settings });
    assert.match(none.of('apns', 'fail')[0]?.detail ?? '', /holds no PEM private key/);
  });

  test('that is off is no failure', async () => {
    const { of } = await examine(services.settings, { NUDGE_WEBPUSH_SUBJECT: '' });
    assert.match(of('webpush', 'ok')[0]?.detail ?? '', /off/);
  });
});

describe('a device', () => {
  test('whose host is not allowed is named', async () => {
    const { code, of } = await examine(services.settings, { NUDGE_NTFY_ALLOW_HOSTS: '' });
    assert.equal(code, 1);
    assert.match(of('device', 'fail')[0]?.detail ?? '', /user\d+\/phone: url: .*allow_hosts/);
  });

  test('that a service reported gone is named, with the reason and the time', async () => {
    const person = await services.addPerson({ platform: 'apns', token: 'cd'.repeat(32) });
    await person.receipt(await person.tell({ kind: 'note' }));
    await person.warning();
    const { of } = await examine(services.settings);
    const details = of('apns', 'warn').map(({ detail }) => detail);
    assert.match(
      details.find((detail) => detail.includes(`${person.name}/phone`)) ?? '',
      /^\d{4}-\d\d-\d\dT\S+Z, user\d+\/phone was removed: BadDeviceToken: /,
    );
  });
});

describe('a broker', () => {
  test('that does not answer fails, and the rest is looked at all the same', async () => {
    const url = `mqtt://127.0.0.1:${await freePort()}`;
    const { code, of } = await examine(services.settings, { NUDGE_MQTT_URL: url });
    assert.equal(code, 1);
    assert.equal(of('broker', 'fail').length, 1);
    assert.ok(of('apns', 'ok').length > 0);
  });

  /** @param {import('node:test').TestContext} t @param {string[]} [extra] */
  async function guarded(t, extra) {
    const dir = await scratchDirectory(t);
    const users = { nudge: 'right' };
    const broker = await startBroker({ dir: join(dir, 'broker'), users, extra });
    t.after(() => broker.stop());
    const settings = async (/** @type {string} */ password) => {
      const file = join(dir, 'password');
      await writeFile(file, password, { mode: 0o600 });
      return writeSettings(dir, {
        mqtt: { url: broker.url, username: 'nudge', password_file: file },
      });
    };
    return { dir, settings };
  }

  test('that knows its clients is fine, and a wrong password is told apart', async (t) => {
    const { settings } = await guarded(t);
    const right = await examine(await settings('right'));
    assert.deepEqual(
      [right.of('login')[0]?.status, right.of('anonymous')[0]?.status],
      ['ok', 'ok'],
    );
    assert.match(right.of('bridge', 'warn')[0]?.detail ?? '', /not running/);
    const wrong = await examine(await settings('wrong'));
    assert.equal(wrong.code, 1);
    assert.equal(wrong.of('broker')[0]?.status, 'ok');
    assert.equal(wrong.of('login')[0]?.status, 'fail');
  });

  test('whose access list leaves the bridge out is told apart', async (t) => {
    const dir = await scratchDirectory(t);
    const acl = join(dir, 'acl');
    await writeFile(acl, 'user nudge\ntopic read nudge/#\n', { mode: 0o600 });
    const { settings } = await guarded(t, [`acl_file ${acl}`]);
    const { code, of } = await examine(await settings('right'));
    assert.equal(code, 1);
    assert.equal(of('login')[0]?.status, 'ok');
    assert.equal(of('acl', 'fail').length, 1);
  });

  test('is shared by no group', async () => {
    const { code, of } = await examine(services.settings, { NUDGE_MQTT_SHARE: 'group' });
    assert.equal(code, 78);
    assert.match(of('settings', 'fail')[0]?.detail ?? '', /share must stay empty: .* users/);
  });
});

describe('the VAPID key', () => {
  test('is shown, made when there is none, and never written over', async (t) => {
    const dir = await scratchDirectory(t);
    const settings = await writeSettings(dir, { webpush: { subject: 'mailto:a@b.example' } });
    const first = await runNudge(['keys', '-c', settings]);
    assert.equal(first.code, 0);
    assert.match(first.lines.at(-1) ?? '', /^B[\w-]{86}$/);
    const file = join(dir, 'state', 'webpush.pem');
    const pem = await readFile(file, 'utf8');
    assert.match(pem, /^-----BEGIN PRIVATE KEY-----/);
    const second = await runNudge(['keys', '-c', settings]);
    assert.equal(second.lines.at(-1), first.lines.at(-1));
    assert.equal(await readFile(file, 'utf8'), pem);
    await writeFile(file, 'garbage');
    const third = await runNudge(['keys', '-c', settings]);
    assert.equal(third.code, 1);
    assert.equal(await readFile(file, 'utf8'), 'garbage');
  });
});

async function makeRsa() {
  const { generateKeyPairSync } = await import('node:crypto');
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
}
