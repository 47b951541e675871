// Quiet hours as a picture of the week, on the clock of whoever looks.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setScene } from './support/scene.mjs';

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

const weekNights = {
  days: ['mon', 'tue', 'wed', 'thu', 'fri'],
  ...{ from: '22:00', to: '07:00', tz: 'Europe/Berlin', allow: [], digest: true },
};
// On the winter and the summer clocks of both, but for the weeks when only one has changed.
const noon = new Date('2026-07-15T12:00:00Z');

const BERLIN = [
  ...['Mon 22:00-24:00', 'Tue 00:00-07:00', 'Tue 22:00-24:00', 'Wed 00:00-07:00'],
  ...['Wed 22:00-24:00', 'Thu 00:00-07:00', 'Thu 22:00-24:00', 'Fri 00:00-07:00'],
  ...['Fri 22:00-24:00', 'Sat 00:00-07:00'],
];
// Nepal is 3:45 h ahead of Berlin's summer.
const KATHMANDU = [
  ...['Tue 01:45-10:45', 'Wed 01:45-10:45', 'Thu 01:45-10:45', 'Fri 01:45-10:45'],
  'Sat 01:45-10:45',
];
// New York is 6 h behind Berlin.
const NEW_YORK = [
  ...['Mon 16:00-24:00', 'Tue 00:00-01:00', 'Tue 16:00-24:00', 'Wed 00:00-01:00'],
  ...['Wed 16:00-24:00', 'Thu 00:00-01:00', 'Thu 16:00-24:00', 'Fri 00:00-01:00'],
  ...['Fri 16:00-24:00', 'Sat 00:00-01:00'],
];

describe('the week', () => {
  for (const [zone, expected] of /** @type {const} */ ([
    ['Europe/Berlin', BERLIN],
    ['America/New_York', NEW_YORK],
    ['Asia/Kathmandu', KATHMANDU],
  ]))
    it(`shows Berlin's nights to somebody in ${zone}`, async (t) => {
      const user = scene.newUser();
      await scene.say(user, 'prefs', { quiet: [weekNights], rev: 1 }, true);
      const { page, go } = await scene.visit(t, user, { zone, isAlone: true });
      await page.clock.setFixedTime(noon);
      await page.reload();
      await go('Preferences');
      const drawn = page.locator('.week .silent');
      await drawn.first().waitFor();
      const spans = await drawn.evaluateAll((all) =>
        all.map((one) => {
          const { day, from, to } = /** @type {SVGElement} */ (one).dataset;
          return `${day} ${from}-${to}`;
        }),
      );
      assert.deepEqual(spans, expected);
      const words = (await page.locator('.week svg').getAttribute('aria-label')) ?? '';
      assert.match(words, /Sun: none/);
      await page.getByText(/^On your clock, /).waitFor();
    });

  it('says what would happen now', async (t) => {
    const user = scene.newUser();
    await scene.say(user, 'prefs', { quiet: [{ ...weekNights, allow: ['note'] }], rev: 1 }, true);
    await scene.say(user, 'device/terminal', { platform: 'log' }, true);
    const { page, go } = await scene.visit(t, user, {
      zone: 'America/New_York',
      isAlone: true,
    });
    await page.clock.setFixedTime(new Date('2026-07-15T21:00:00Z')); // 23:00 in Berlin
    await page.reload();
    await go('Preferences');
    const line = (/** @type {string} */ name) => page.getByRole('row', { name }).getByRole('cell');
    await line('Errors')
      .getByText(/Waits for the end of quiet hours until .*1:00/)
      .waitFor();
    await line('Notes')
      .getByText(/Pushed after 3 s, unless you see it here/)
      .waitFor();
  });
});
