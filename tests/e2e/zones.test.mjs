// What becomes of quiet hours when the zones of the machine change.
import assert from 'node:assert/strict';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { scratchDirectory } from './support/scratch.mjs';
import { setServices } from './support/services.mjs';

const SYSTEM = '/usr/share/zoneinfo';
const NOTE = { kind: 'note', body: 'hello' };

/** Quiet all day, wherever it is. @param {string} tz */
const quietIn = (tz) => ({ quiet: [{ from: '00:00', to: '24:00', tz, digest: true }] });

/**
 * A database of zones: names, each with the file of the system that it is.
 *
 * @param {import('node:test').TestContext} t
 * @param {Record<string, string>} zones
 * @param {string} [links] its tzdata.zi
 */
async function makeZones(t, zones, links = '# version test\n') {
  const dir = await scratchDirectory(t);
  for (const [name, file] of Object.entries(zones)) {
    await mkdir(dirname(join(dir, name)), { recursive: true });
    await copyFile(join(SYSTEM, file), join(dir, name));
  }
  await writeFile(join(dir, 'tzdata.zi'), links);
  return dir;
}

test('a zone that moved to tzdata-legacy is found by the name it has now', async (t) => {
  const links = 'Z Asia/Kolkata 5:30 - IST\nL Asia/Kolkata Asia/Calcutta\n';
  const TZDIR = await makeZones(t, { 'Asia/Kolkata': 'Asia/Kolkata' }, links);
  const services = await setServices(t, { env: { TZDIR } });
  const person = await services.addPerson({ platform: 'log' });
  const heard = await services.client.collect(`nudge/${person.name}/prefs`);
  await person.say('prefs', quietIn('Asia/Calcutta'), true);
  await heard.waitFor(({ json }) => json?.rev > 0);
  const { state, reason } = await person.receipt(await person.tell(NOTE));
  assert.deepEqual([state, reason], ['deferred', 'quiet']);
});

test('a zone that nobody knows any more keeps what was accepted in force', async (t) => {
  const env = { TZDIR: await makeZones(t, { 'Mars/Base': 'Europe/Berlin', 'Mars/Sea': 'UTC' }) };
  const services = await setServices(t, { env });
  const [one, other] = [await services.addPerson({ platform: 'log' }), await services.addPerson()];
  const heard = await services.client.collect(`nudge/+/prefs`);
  await one.say('prefs', { ...quietIn('Mars/Base'), privacy: 'none' }, true);
  await heard.waitFor(({ json }) => json?.rev > 0);
  await other.register({ platform: 'log', prefs: quietIn('Mars/Sea') });
  env.TZDIR = await makeZones(t, { 'Europe/Berlin': 'Europe/Berlin' });
  await services.restart();
  for (const person of [one, other]) {
    const { state, reason } = await person.receipt(await person.tell(NOTE));
    assert.deepEqual([state, reason], ['deferred', 'quiet'], person.name);
  }
  await services.bridge().waitForLine(/Mars\/Base is no zone of this machine any more/);
  assert.ok(!services.bridge().lines.some((line) => /refused/.test(line)));

  // It can be changed, too; only a name that was never accepted is refused.
  await one.say('prefs/set', { hold_s: 7 });
  const changed = await heard.waitFor(({ json }) => json?.hold_s === 7);
  assert.equal(changed.json.quiet[0].tz, 'Mars/Base');
  assert.equal(changed.json.privacy, 'none');
  await one.say('prefs/set', quietIn('Mars/Moon'));
  await services.bridge().waitForLine(/refused .*Mars\/Moon/);
});
