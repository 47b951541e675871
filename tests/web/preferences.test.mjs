// Each preference is changed on the page, and the bridge obeys.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setScene } from './support/scene.mjs';

/**
 * @typedef {import('./support/browser.mjs').Page} Page
 *
 * @typedef {object} Case
 * @property {string} preference
 * @property {(page: Page) => Promise<unknown>} change
 * @property {object} document what the bridge publishes then
 * @property {object} event
 * @property {string} state of its receipt at the terminal
 * @property {string} [reason]
 */

/** @type {(() => any)[]} */
const endings = [];
/** @type {import('./support/scene.mjs').Scene} */
let scene;
before(async () => {
  scene = await setScene({ after: (end) => endings.unshift(end) });
});
after(async () => {
  for (const end of endings) await end();
});

const note = { kind: 'note', body: 'hello' };
const asked = { kind: 'permission.asked', body: 'ls', request: { id: 'per_1', nonce: 'n' } };
const idle = { kind: 'session.idle', session: { id: 'ses_1' }, body: 'Done.' };

/**
 * @param {string | RegExp} label
 * @param {string} value
 */
const filling = (label, value) => async (/** @type {Page} */ page) => {
  const field = page.getByLabel(label, { exact: true });
  await field.fill(value);
  await field.blur();
};

/** @param {string} label */
const switching = (label) => (/** @type {Page} */ page) =>
  page.getByRole('switch', { name: label, exact: true }).click();

/**
 * @param {string | RegExp} label
 * @param {string} option
 */
const choosing = (label, option) => (/** @type {Page} */ page) =>
  page.getByRole('combobox', { name: label }).selectOption(option);

/** @param {string} name */
const pressing = (name) => (/** @type {Page} */ page) => page.getByRole('button', { name }).click();

/**
 * @param {string} list
 * @param {string} name
 */
const muting = (list, name) => async (/** @type {Page} */ page) => {
  await page.getByLabel('Mute a').selectOption(list);
  await page.getByLabel('Its name, folder or id').fill(name);
  await page.getByRole('button', { name: 'Mute', exact: true }).click();
};

/** Silence all day, but for what a box allows. */
const allDay = async (/** @type {Page} */ page) => {
  await page.getByRole('button', { name: 'Add quiet hours' }).click();
  await page.getByRole('group', { name: 'Quiet hours 1' }).waitFor();
  await page.getByLabel('From').fill('00:00');
  await page.getByLabel('From').blur();
  await page.getByText('Saved.').waitFor();
  await filling('To', '00:00')(page);
};

/** @type {Case[]} */
const CASES = [
  {
    ...{ preference: 'enabled', change: switching('Notify me'), document: { enabled: false } },
    ...{ event: asked, state: 'suppressed', reason: 'disabled' },
  },
  {
    ...{ preference: 'kinds', change: switching('Notes'), document: { kinds: { note: false } } },
    ...{ event: note, state: 'suppressed', reason: 'kind' },
  },
  {
    preference: 'min_duration_s',
    change: filling('Say nothing of turns shorter than (seconds)', '30'),
    document: { min_duration_s: 30 },
    ...{ event: { ...idle, duration_ms: 9000 }, state: 'suppressed', reason: 'short' },
  },
  {
    ...{ preference: 'subagents', change: switching('Tell me of sub-agents too') },
    document: { subagents: true },
    event: { kind: 'session.idle', session: { id: 'ses_2', parent: 'ses_1' } },
    state: 'pushed',
  },
  {
    preference: 'delay_s',
    change: filling('Wait first (seconds): Notes', '600'),
    document: { delay_s: { note: 600 } },
    ...{ event: note, state: 'held', reason: 'delay' },
  },
  {
    ...{ preference: 'snooze_until', change: pressing('Snooze for an hour'), document: {} },
    ...{ event: note, state: 'suppressed', reason: 'snoozed' },
  },
  {
    ...{ preference: 'mute.projects', change: muting('projects', 'webshop') },
    document: { mute: { projects: ['webshop'] } },
    event: { ...note, project: { name: 'webshop' } },
    ...{ state: 'suppressed', reason: 'muted' },
  },
  {
    ...{ preference: 'mute.sessions', change: muting('sessions', 'ses_1') },
    document: { mute: { sessions: ['ses_1'] } },
    ...{ event: idle, state: 'suppressed', reason: 'muted' },
  },
  {
    ...{ preference: 'mute.hosts', change: muting('hosts', 'laptop') },
    document: { mute: { hosts: ['laptop'] } },
    event: { ...note, host: 'laptop' },
    ...{ state: 'suppressed', reason: 'muted' },
  },
  {
    ...{ preference: 'quiet', change: allDay, document: {} },
    ...{ event: note, state: 'deferred', reason: 'quiet' },
  },
];

/**
 * The person's page in the background, with a terminal as the device.
 *
 * @param {import('node:test').TestContext} t
 */
async function choose(t) {
  const user = scene.newUser();
  const heard = scene.bridge.waitForLine(new RegExp(`${user}/terminal is registered`));
  await scene.say(user, 'device/terminal', { platform: 'log', name: 'Terminal' }, true);
  await heard;
  const visit = await scene.visit(t, user);
  await visit.go('Preferences');
  const hide = async () => {
    const other = await visit.browser.newPage();
    await other.bringToFront();
    await scene.hear(user, 'presence/', ({ text }) => text === 'background');
  };
  return { ...visit, user, hide };
}

/**
 * Every member of one is in the other.
 *
 * @param {any} part
 * @param {any} whole
 * @returns {boolean}
 */
const isIn = (part, whole) =>
  Object.entries(part).every(([name, value]) =>
    typeof value === 'object' && !Array.isArray(value)
      ? isIn(value, whole?.[name] ?? {})
      : JSON.stringify(whole?.[name]) === JSON.stringify(value),
  );

describe('a preference', () => {
  for (const { preference, change, document, event, state, reason } of CASES)
    it(`is obeyed: ${preference}`, async (t) => {
      const { page, user, hide } = await choose(t);
      await change(page);
      await page.getByText('Saved.').waitFor();
      const { json } = await scene.hear(user, 'prefs', (said) => isIn(document, said.json));
      assert.ok(json.rev >= 1);
      await hide();
      await scene.say(user, 'event', { id: `${user}_1`, ...event });
      const receipt = await scene.receipt(user, `${user}_1`, state);
      assert.equal(receipt.device, 'terminal');
      assert.equal(receipt.reason, reason);
    });

  it('is obeyed: presence, presence_scope and hold_s', async (t) => {
    const { page, user } = await choose(t);
    await filling('For how long (seconds)', '600')(page);
    await scene.hear(user, 'prefs', ({ json }) => json.hold_s === 600);
    await choosing('Then', 'suppress')(page);
    await scene.hear(user, 'prefs', ({ json }) => json.presence === 'suppress');
    await scene.say(user, 'event', { id: `${user}_1`, ...note });
    assert.equal((await scene.receipt(user, `${user}_1`, 'suppressed')).reason, 'foreground');
    await choosing('Looking', 'device')(page);
    await scene.hear(user, 'prefs', ({ json }) => json.presence_scope === 'device');
    await scene.say(user, 'event', { id: `${user}_2`, ...note });
    await scene.receipt(user, `${user}_2`, 'pushed');
  });

  it('is obeyed: rate', async (t) => {
    const { page, user, hide } = await choose(t);
    await filling('At most at once', '1')(page);
    await scene.hear(user, 'prefs', ({ json }) => json.rate?.burst === 1);
    await filling('And then each minute', '1')(page);
    await scene.hear(user, 'prefs', ({ json }) => json.rate?.per_minute === 1);
    await hide();
    for (const at of [1, 2]) await scene.say(user, 'event', { id: `${user}_${at}`, ...note });
    await scene.receipt(user, `${user}_1`, 'pushed');
    assert.equal((await scene.receipt(user, `${user}_2`, 'deferred')).reason, 'rate');
  });

  it('is obeyed by what a browser shows: privacy, level and sound', async (t) => {
    const { page, user, go, hide } = await choose(t);
    await go('Now');
    await page.getByRole('button', { name: 'Turn notifications on' }).click();
    const { json } = await scene.hear(user, 'device/', (said) => said.json?.platform === 'webpush');
    await go('Preferences');
    await choosing('A notification shows', 'title')(page);
    await scene.hear(user, 'prefs', (said) => said.json.privacy === 'title');
    await choosing(/How.*Finished turns/, 'passive')(page);
    await scene.hear(user, 'prefs', (said) => said.json.level?.['session.idle'] === 'passive');
    await switching('With a sound')(page);
    await scene.hear(user, 'prefs', (said) => said.json.sound === '');
    await hide();
    await scene.say(user, 'event', { id: `${user}_1`, ...idle, body: 'a secret' });
    const [push] = await scene.push.waitForAccepted(({ endpoint }) => endpoint === json.endpoint);
    assert.equal(push?.headers.urgency, 'low');
    assert.equal(push?.payload.notification.silent, true);
    assert.ok(!push?.text.includes('a secret'));
  });

  it('of one device holds for it alone', async (t) => {
    const { page, user, go, hide } = await choose(t);
    await go('Devices');
    await page.getByRole('button', { name: 'Turn notifications on' }).click();
    await page.getByText('Only for this device').click();
    await page.getByLabel('Notify it').selectOption('off');
    await scene.hear(user, 'device/', ({ json }) => json?.prefs?.enabled === false);
    await hide();
    await scene.say(user, 'event', { id: `${user}_1`, ...note });
    const receipt = await scene.receipt(user, `${user}_1`, 'suppressed');
    assert.deepEqual([receipt.reason, receipt.layer], ['disabled', 'device']);
    assert.equal((await scene.receipt(user, `${user}_1`, 'pushed')).device, 'terminal');
  });

  it('that the bridge refuses is said with its reason, and nothing changes', async (t) => {
    const { page, user } = await choose(t);
    await pressing('Add quiet hours')(page);
    await page.getByText('Saved.').waitFor();
    await filling('Time zone', 'Mars/Olympus')(page);
    await page.getByText(/quiet\[0\]\.tz: 'Mars\/Olympus' is no zone/).waitFor();
    assert.equal(
      scene.heard.messages.filter(
        ({ topic, text }) => topic === `nudge/${user}/prefs` && text.includes('Mars'),
      ).length,
      0,
    );
  });

  it('that is a time is saved once, when its field is left', async (t) => {
    const { page, user } = await choose(t);
    await pressing('Add quiet hours')(page);
    await scene.hear(user, 'prefs', ({ json }) => json.quiet?.length === 1);
    const from = page.getByLabel('From');
    await from.focus();
    await page.keyboard.type('0945PM');
    // What the bridge says meanwhile takes nothing away.
    await scene.say(user, 'prefs/set', { hold_s: 5 });
    await scene.hear(user, 'prefs', ({ json }) => json.hold_s === 5);
    await from.blur();
    const { json } = await scene.hear(user, 'prefs', (said) => said.json.rev === 3);
    assert.equal(json.quiet[0].from, '21:45');
  });

  it('can all be as they were', async (t) => {
    const { page, user } = await choose(t);
    await switching('Notify me')(page);
    await scene.hear(user, 'prefs', ({ json }) => json.enabled === false);
    await pressing('Back to the defaults')(page);
    const { json } = await scene.hear(user, 'prefs', (said) => said.json.rev === 2);
    assert.deepEqual(json, { sound: 'default', rev: 2 });
    await page.getByRole('switch', { name: 'Notify me', checked: true }).waitFor();
  });
});

describe('an event that is held because the page is seen', () => {
  it('is not pushed once the page has shown it', async (t) => {
    const { user, go } = await choose(t);
    await scene.say(user, 'prefs/set', { hold_s: 600 });
    await scene.hear(user, 'prefs', ({ json }) => json.hold_s === 600);
    await scene.say(user, 'event', { id: `${user}_1`, ...note });
    assert.equal((await scene.receipt(user, `${user}_1`, 'held')).reason, 'presence');
    // Another view shows other things.
    await go('Now');
    await go('Devices');
    const receipts = scene.heard.messages.filter(({ json }) => json?.event === `${user}_1`);
    assert.ok(receipts.every(({ json }) => json.state !== 'suppressed'));
    await go('Activity');
    assert.equal((await scene.receipt(user, `${user}_1`, 'suppressed')).reason, 'seen');
  });

  it('is pushed at once when the page is closed within the hold', async (t) => {
    const { page, user, browser } = await choose(t);
    await scene.say(user, 'prefs/set', { hold_s: 600 });
    await scene.hear(user, 'prefs', ({ json }) => json.hold_s === 600);
    // Its acknowledgement gets lost on the way.
    await page.evaluate(() => {
      const { send } = WebSocket.prototype;
      WebSocket.prototype.send = function (/** @type {any} */ data) {
        const text = new TextDecoder().decode(data);
        if (!text.includes('/ack')) send.call(this, data);
      };
    });
    await scene.say(user, 'event', { id: `${user}_1`, ...note });
    assert.equal((await scene.receipt(user, `${user}_1`, 'held')).reason, 'presence');
    await browser.newPage();
    await page.close();
    await scene.receipt(user, `${user}_1`, 'pushed');
  });
});
