// Each preference is changed on the page, and the bridge obeys.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { scratchDirectory } from '../e2e/support/scratch.mjs';
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
  await page.getByRole('group', { name: 'Quiet hours 1', exact: true }).waitFor();
  await filling('From', '00:00')(page);
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
    ...{ preference: 'progress', change: switching('Show how a running turn goes') },
    ...{ document: { progress: true }, event: note, state: 'pushed' },
  },
  {
    preference: 'delay_s',
    change: filling('Wait first (seconds): Notes', '600'),
    document: { delay_s: { note: 600 } },
    ...{ event: note, state: 'held', reason: 'delay' },
  },
  {
    ...{ preference: 'snooze_until', change: pressing('1 hour'), document: {} },
    ...{ event: note, state: 'deferred', reason: 'snoozed' },
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
    ...{ preference: 'quiet', change: allDay },
    document: { quiet: { 0: { from: '00:00', to: '00:00' } } },
    ...{ event: note, state: 'deferred', reason: 'quiet' },
  },
  {
    preference: 'gather_s',
    change: filling('Tell together of turns that finish within (seconds)', '600'),
    document: { gather_s: 600 },
    ...{ event: idle, state: 'deferred', reason: 'gather' },
  },
  {
    preference: 'escalate',
    change: filling('Ask Terminal only after (seconds)', '600'),
    document: { escalate: { 0: { after_s: 600, devices: ['terminal'] } } },
    ...{ event: asked, state: 'held', reason: 'escalate' },
  },
  {
    preference: 'remind_s',
    change: filling('Remind me after (seconds): Permissions', '600, 3600'),
    document: { remind_s: { 'permission.asked': [600, 3600] } },
    ...{ event: asked, state: 'held', reason: 'delay' },
  },
  {
    preference: 'snooze_allow',
    change: switching('Notes, snooze or not'),
    document: { snooze_allow: ['note'] },
    ...{ event: note, state: 'pushed' },
  },
  {
    preference: 'rate.asks',
    change: filling('Of what asks, at once', '7'),
    document: { rate: { asks: { burst: 7 } } },
    ...{ event: asked, state: 'held', reason: 'delay' },
  },
];

/**
 * The person's page in the background, with a terminal as the device.
 *
 * @param {import('node:test').TestContext} t
 * @param {import('./support/browser.mjs').BrowserOptions} [options]
 */
async function choose(t, options) {
  const user = scene.newUser();
  const heard = scene.bridge.waitForLine(new RegExp(`${user}/terminal is registered`));
  await scene.say(user, 'device/terminal', { platform: 'log', name: 'Terminal' }, true);
  await heard;
  const visit = await scene.visit(t, user, options);
  await visit.go('Preferences');
  await visit.page.getByText('Fine tuning').click();
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
      await page
        .getByText(/^(Saved|Snoozed until .+)\.$/)
        .first()
        .waitFor();
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
    await page.getByText('Fine tuning').click();
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
    await page.getByText(/^Quiet hours 1, time zone: 'Mars\/Olympus' is no zone/).waitFor();
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

  it('that was typed is saved once when the view is left, in whatever way', async (t) => {
    const { page, user, go } = await choose(t);
    await page.getByLabel('Say nothing of turns shorter than (seconds)').fill('44');
    await go('Devices');
    await scene.hear(user, 'prefs', ({ json }) => json.min_duration_s === 44);
    await go('Preferences');
    await page.getByText('Fine tuning').click();
    await page.getByLabel('For how long (seconds)', { exact: true }).fill('77');
    // As the back button does, in a browser that says nothing of a field that goes.
    await page.evaluate(() => {
      document.addEventListener('blur', (event) => event.stopImmediatePropagation(), true);
      location.hash = '#now';
    });
    const { json } = await scene.hear(user, 'prefs', (said) => said.json.hold_s === 77);
    assert.equal(json.rev, 2);
    const said = scene.heard.messages.filter(({ topic }) => topic === `nudge/${user}/prefs/set`);
    assert.equal(said.length, 2);
  });

  it('that cannot be is kept in its field, with the reason', async (t) => {
    const { page, go } = await choose(t);
    const field = page.getByLabel('For how long (seconds)', { exact: false });
    await field.fill('9999');
    await field.blur();
    await page.getByText(/^Not saved\. .*3600/).waitFor();
    assert.equal(await field.inputValue(), '9999');
    await go('Now');
    await page.getByText(/^For how long \(seconds\) is not saved\. .*3600/).waitFor();
  });

  it('is changed as it will be, not as it is shown: the same rule twice at once', async (t) => {
    const { page, user } = await choose(t);
    await pressing('Add quiet hours')(page);
    await scene.hear(user, 'prefs', ({ json }) => json.quiet?.length === 1);
    await page.getByRole('group', { name: 'Quiet hours 1', exact: true }).waitFor();
    // In one task, before the bridge can have answered: nothing is drawn anew in between.
    await page.evaluate(() => {
      const input = (/** @type {string} */ label) => {
        const all = [...document.querySelectorAll('label')];
        const found = all.filter(({ textContent }) => textContent?.trim() === label);
        const [input] = found.flatMap((one) => one.querySelector('input') ?? []);
        return /** @type {HTMLInputElement} */ (input);
      };
      const type = (/** @type {string} */ label, /** @type {string} */ value) => {
        input(label).value = value;
        input(label).dispatchEvent(new Event('input', { bubbles: true }));
        input(label).dispatchEvent(new FocusEvent('blur'));
      };
      type('From', '09:45');
      type('To', '17:15');
      for (const label of ['Mon', 'Tue', 'Notes', 'Errors']) input(label).click();
      input('Tell me at their end what I missed').click();
      // Who presses twice what does not change yet means it once.
      input('Sun').click();
      input('Sun').click();
    });
    const { json } = await scene.hear(
      user,
      'prefs',
      (said) => said.json.quiet[0].days.length === 4,
    );
    const [{ tz: _, ...rule }] = json.quiet;
    assert.deepEqual(rule, {
      ...{ days: ['wed', 'thu', 'fri', 'sat'], from: '09:45', to: '17:15' },
      ...{ allow: ['session.error', 'note'], digest: false },
    });
    await page.getByText('Saved.').waitFor();
  });

  it('is changed as it will be: lists, and another rule while one goes', async (t) => {
    const { page, user } = await choose(t);
    const rules = ['UTC', 'Europe/Paris', 'Asia/Tokyo'].map((tz) => ({
      ...{ from: '22:00', to: '07:00', tz, digest: true },
    }));
    const mute = { projects: ['one', 'two', 'three'], hosts: [], sessions: [] };
    await scene.say(user, 'prefs/set', { quiet: rules, mute });
    await page.getByRole('button', { name: 'Unmute three' }).waitFor();
    await page.evaluate(() => {
      const button = (/** @type {string} */ text) =>
        [...document.querySelectorAll('button')].find((one) => one.textContent?.trim() === text);
      button('Unmute one')?.click();
      button('Unmute two')?.click();
      const [, , third] = document.querySelectorAll('details.rule');
      button('Remove quiet hours 1')?.click();
      const chips = [...(third?.querySelectorAll('label.chip') ?? [])];
      const chip = chips.find(({ textContent }) => textContent === 'Sun');
      /** @type {HTMLInputElement | null | undefined} */ (chip?.querySelector('input'))?.click();
    });
    const { json } = await scene.hear(
      user,
      'prefs',
      (said) =>
        said.json.quiet?.length === 2 &&
        said.json.quiet.some((/** @type {any} */ rule) => rule.days),
    );
    assert.deepEqual(json.mute.projects, ['three']);
    assert.deepEqual(
      json.quiet.map((/** @type {any} */ { tz, days }) => [tz, days?.length]),
      [
        ['Europe/Paris', undefined],
        ['Asia/Tokyo', 6],
      ],
    );
    // What is undone is what was done, not what was there.
    await pressing('Add quiet hours')(page);
    await scene.hear(user, 'prefs', (said) => said.json.quiet?.length === 3);
    await page.evaluate(() => {
      const button = (/** @type {string} */ text) =>
        [...document.querySelectorAll('button')].find((one) => one.textContent?.trim() === text);
      button('Unmute three')?.click();
    });
    await scene.hear(user, 'prefs', (said) => said.json.mute.projects.length === 0);
    await page.getByText('three is not muted any more.').waitFor();
    await scene.say(user, 'prefs/set', { mute: { projects: ['four'] } });
    await page.getByRole('button', { name: 'Unmute four' }).waitFor();
    await pressing('Undo')(page);
    const undone = await scene.hear(
      user,
      'prefs',
      (said) => said.json.mute.projects.includes('four') && said.json.mute.projects.length === 2,
    );
    assert.deepEqual(undone.json.mute.projects, ['four', 'three']);
  });

  it('of a device is changed as it will be, too', async (t) => {
    const { page, user, go } = await choose(t);
    await go('Devices');
    await page.getByRole('button', { name: 'Turn notifications on' }).click();
    await page.getByText('Only for this device').click();
    await page.evaluate(() => {
      const choose = (/** @type {string} */ label, /** @type {string} */ value) => {
        const all = [...document.querySelectorAll('label')];
        const found = all.find(({ textContent }) => textContent?.startsWith(label));
        const select = /** @type {HTMLSelectElement} */ (found?.querySelector('select'));
        select.value = value;
        select.dispatchEvent(new Event('change', { bubbles: true }));
      };
      choose('Notify it', 'off');
      choose('It shows', 'title');
    });
    const { json } = await scene.hear(user, 'device/', (said) => said.json?.prefs?.privacy);
    assert.deepEqual(json.prefs, { enabled: false, privacy: 'title' });
  });

  it('that is said again is no change, and no bridge owes a word', async (t) => {
    const { page, user } = await choose(t);
    const twice = () =>
      page.evaluate(() => {
        const [input] = document.querySelectorAll('input[role=switch]');
        /** @type {HTMLInputElement} */ (input).click();
        /** @type {HTMLInputElement} */ (input).click();
      });
    await twice();
    await scene.hear(user, 'prefs', ({ json }) => json.enabled === false);
    await page.getByText('Saved.').waitFor();
    await page.getByText('Saved.').waitFor({ state: 'detached' });
    assert.equal(await page.getByText('not answer').count(), 0);
    const said = scene.heard.messages.filter(({ topic }) => topic === `nudge/${user}/prefs/set`);
    assert.equal(said.length, 2);
  });

  it('can all be as they were, and that can be undone', async (t) => {
    const { page, user } = await choose(t);
    await switching('Notify me')(page);
    await scene.hear(user, 'prefs', ({ json }) => json.enabled === false);
    await pressing('Back to the defaults')(page);
    const { json } = await scene.hear(user, 'prefs', (said) => said.json.rev === 2);
    assert.deepEqual(json, { sound: 'default', rev: 2 });
    await page.getByRole('switch', { name: 'Notify me', checked: true }).waitFor();
    await pressing('Undo')(page);
    const back = await scene.hear(user, 'prefs', (said) => said.json.rev === 3);
    assert.deepEqual(back.json, { enabled: false, sound: 'default', rev: 3 });
  });

  it('that is taken away can be had again for a while', async (t) => {
    const { page, user } = await choose(t);
    const rules = [
      { from: '22:00', to: '07:00', tz: 'UTC', digest: true },
      { from: '00:00', to: '24:00', tz: 'UTC', days: ['sun'], digest: false },
    ];
    await scene.say(user, 'prefs/set', { quiet: rules });
    await page.getByText('Every day from 10:00 PM to 7:00 AM in UTC').click();
    await page.getByRole('button', { name: 'Remove quiet hours 1' }).click();
    const { json } = await scene.hear(user, 'prefs', (said) => said.json.quiet?.length === 1);
    assert.equal(json.quiet[0].to, '24:00');
    await pressing('Undo')(page);
    await scene.hear(user, 'prefs', (said) => said.json.rev === 3 && said.json.quiet.length === 2);
    await page.getByText('As it was before.').waitFor({ state: 'detached' });
  });

  it('snoozes until the next 8:00, or until it is ended', async (t) => {
    const { page, user } = await choose(t, { isAlone: true });
    await page.clock.setFixedTime(new Date('2036-01-16T02:00:00+01:00'));
    await page.reload();
    await page.getByRole('button', { name: 'Until 8:00 AM' }).click();
    const eight = Date.parse('2036-01-16T08:00:00+01:00');
    await scene.hear(user, 'prefs', ({ json }) => json.snooze_until === eight);
    await page.getByText('Snoozed until 8:00 AM.').first().waitFor();
    await page.getByRole('button', { name: 'Until I end it' }).click();
    await scene.hear(user, 'prefs', ({ json }) => json.snooze_until === 9007199254740991);
    await page.getByText('Snoozed until you end it.').first().waitFor();
    await page.getByRole('button', { name: 'End the snooze' }).click();
    await scene.hear(user, 'prefs', ({ json }) => json.snooze_until === 0);
  });

  it('goes to a file and comes back from it, shown before it is applied', async (t) => {
    const { browser, page, user } = await choose(t);
    await scene.say(user, 'prefs/set', { kinds: { note: false }, hold_s: 9 });
    await page.getByRole('switch', { name: 'Notes', exact: true, checked: false }).waitFor();
    const downloadPath = await scratchDirectory(t);
    const devtools = await browser.newCDPSession(page);
    await devtools.send('Browser.setDownloadBehavior', {
      ...{ behavior: 'allow', downloadPath },
      eventsEnabled: true,
    });
    const isDone = new Promise((done) =>
      devtools.on('Browser.downloadProgress', ({ state }) => state === 'completed' && done(null)),
    );
    await pressing('Export')(page);
    await isDone;
    const path = join(downloadPath, 'nudge-preferences.json');
    const kept = JSON.parse(await readFile(path, 'utf8'));
    assert.deepEqual(kept, { kinds: { note: false }, hold_s: 9 });

    await scene.say(user, 'prefs/set', { hold_s: 3, kinds: null, subagents: true });
    await page.getByRole('switch', { name: 'Notes', exact: true, checked: true }).waitFor();
    const file = page.getByLabel('Import a file');
    await file.setInputFiles({
      ...{ name: 'wrong.json', mimeType: 'application/json' },
      buffer: Buffer.from('{"privacy":"some"}'),
    });
    await page.getByText('This file says something unknown: A notification shows.').waitFor();
    await file.setInputFiles(path);
    const offer = page.getByRole('group', { name: 'What the file would change' });
    assert.deepEqual(await offer.getByRole('listitem').allTextContents(), [
      'What I want to know, Notes: on → off',
      'Sub-agents: on → off',
      'While I look, for how long: 3 s → 9 s',
    ]);
    await offer.getByRole('button', { name: 'Apply' }).click();
    const { json } = await scene.hear(user, 'prefs', (said) => said.json.rev === 3);
    assert.deepEqual([json.kinds, json.hold_s, json.subagents], [{ note: false }, 9, undefined]);
  });
});

describe('the page itself', () => {
  it('says what would happen to somebody who leaves it', async (t) => {
    const { page, user } = await choose(t);
    await scene.say(user, 'prefs/set', { presence: 'suppress' });
    const cells = page.getByRole('row', { name: /^Notes/ }).getByRole('cell');
    await cells.first().getByText('Not pushed: you were looking').waitFor();
    assert.equal(await cells.nth(1).textContent(), 'Pushed at once');
    await scene.say(user, 'presence/terminal', 'foreground', true);
    await page
      .getByRole('row', { name: /^Notes Either way: Not pushed: you were looking$/ })
      .waitFor();
  });

  it('has the colours that were chosen, also after it was closed', async (t) => {
    const { page } = await choose(t);
    const card = () =>
      page.evaluate(
        () =>
          getComputedStyle(document.body.querySelector('.card') ?? document.body).backgroundColor,
      );
    const light = await card();
    await choosing('Colours of this page', 'dark')(page);
    const dark = await card();
    assert.notEqual(dark, light);
    await page.reload();
    await page.getByText('Connected', { exact: true }).waitFor();
    assert.equal(await card(), dark);
    await page.emulateMedia({ colorScheme: 'dark' });
    await choosing('Colours of this page', 'light')(page);
    assert.equal(await card(), light);
    await choosing('Colours of this page', 'system')(page);
    assert.equal(await card(), dark);
  });

  it('leads to the place of a preference', async (t) => {
    const { page, go } = await choose(t);
    await go('Activity');
    await page.evaluate(() => (location.hash = '#preferences/delay_s.session.idle'));
    await page.getByLabel('Wait first (seconds): Finished turns').waitFor();
    await page.waitForFunction(() => document.activeElement?.textContent?.includes('Fine tuning'));
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
