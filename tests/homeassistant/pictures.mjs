// Writes docs/screenshots/home-assistant-*.png: the pages of a person and of the bridge in a real Home
// Assistant. Usage: node tests/homeassistant/pictures.mjs, after make test-ha; in its environment
// the page also needs numpy, rf-protocols and infrared-protocols, by pip.
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startBridge, writeSettings } from '../e2e/support/bridge.mjs';
import { startBroker } from '../e2e/support/broker.mjs';
import { connect } from '../e2e/support/mqtt.mjs';
import { scratchDirectory } from '../e2e/support/scratch.mjs';
import { openBrowser } from '../web/support/browser.mjs';
import { prepareHass } from './support/hass.mjs';

const SLOW_MS = 180_000; // its page is large
const pictures = fileURLToPath(new URL('../../docs/screenshots', import.meta.url));
const STUBS = { pymicro_vad: 'MicroVad', pyspeex_noise: 'AudioProcessor', turbojpeg: 'TurboJPEG' };
/** @type {Array<() => Promise<any>>} */
const ends = [];
const test = { after: (/** @type {() => Promise<any>} */ end) => void ends.unshift(end) };

async function main() {
  const dir = await scratchDirectory(test);
  const broker = await startBroker({ dir: join(dir, 'broker') });
  test.after(() => broker.stop());
  const client = await connect(broker.url);
  test.after(() => client.end());
  await client.publish('nudge/me/device/phone', { platform: 'log' }, { retain: true });
  const settings = await writeSettings(dir, {
    mqtt: { url: broker.url },
    homeassistant: { discovery: 'device' },
  });
  const bridge = await startBridge({ settings });
  test.after(() => bridge.stop());
  const hass = await prepareHass();
  test.after(() => rm(hass.dir, { recursive: true, force: true }));
  test.after(() => hass.stop());
  // What only voices need must be compiled; the page does not come without.
  const stubs = join(hass.dir, 'stubs');
  await mkdir(stubs);
  for (const [module, name] of Object.entries(STUBS))
    await writeFile(join(stubs, `${module}.py`), `class ${name}:\n    pass\n`);
  hass.env = { PYTHONPATH: stubs };
  await hass.start();
  await hass.addBroker(broker.port);
  await hass.is('sensor.nudge_me_waiting', '0');
  await client.publish(
    'nudge/me/agent/workstation',
    { state: 'online', running: 2, waiting: 1, sessions: [] },
    { retain: true },
  );
  await client.publish('nudge/me/event', {
    ...{ kind: 'permission.asked', request: { id: 'per_1', nonce: 'n' }, host: 'workstation' },
    ...{ project: { name: 'webshop' }, session: { id: 'ses_1', title: 'Fix login' } },
    body: 'rm -rf build',
  });
  await hass.is('sensor.nudge_me_waiting', '1');
  const devices = await hass.command({ type: 'config/device_registry/list' });
  const { browser, page } = await openBrowser(test, { size: { width: 1200, height: 1340 } });
  await browser.addInitScript(
    `localStorage.setItem('hassTokens', ${JSON.stringify(hass.tokens())})`,
  );
  for (const [name, file] of [
    ['nudge me', 'home-assistant-person'],
    ['nudge bridge nudge', 'home-assistant-bridge'],
  ]) {
    const { id } = devices.find((/** @type {any} */ device) => device.name === name);
    await page.goto(`${hass.base}/config/devices/device/${id}`);
    await page.getByText('Firmware: ').first().waitFor({ timeout: SLOW_MS });
    await page.waitForLoadState('networkidle');
    await page.screenshot({ path: join(pictures, `${file}.png`) });
  }
}

await main().finally(async () => {
  for (const end of ends) await end();
});
