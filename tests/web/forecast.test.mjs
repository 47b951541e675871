// "What would happen": the page foresees what the bridge then does, for each device.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setScene } from './support/scene.mjs';

/** @type {import('./support/scene.mjs').Scene} */
let scene;
/** @type {(() => any)[]} */
const endings = [];
before(async () => {
  scene = await setScene({ after: (end) => endings.unshift(end) });
});
after(async () => {
  for (const end of endings) await end();
});

const DAY = { from: '00:00', to: '24:00', tz: 'Asia/Tokyo' };
const FOR_EVER = Number.MAX_SAFE_INTEGER;
const ROWS = { note: 'Notes', 'permission.asked': 'Permissions', 'session.idle': 'Finished turns' };

/** What the person wishes, and what the tablet wishes otherwise. @type {[object, object][]} */
const WISHES = [
  [{}, {}],
  [{ presence: 'ignore' }, {}],
  [{ presence: 'suppress' }, {}],
  [{ presence_scope: 'device' }, {}],
  [{ enabled: false }, {}],
  [{}, { enabled: false }],
  [{ enabled: false }, { enabled: true }],
  [{ kinds: { note: false } }, { kinds: { 'session.idle': false } }],
  [{ snooze_until: FOR_EVER }, {}],
  [{ snooze_until: FOR_EVER, snooze_allow: ['note'] }, { snooze_until: 0 }],
  [{ quiet: [DAY] }, {}],
  [{ quiet: [{ ...DAY, digest: false, allow: ['permission.asked'] }] }, { quiet: [] }],
  [{ escalate: [{ after_s: 60, devices: ['tablet'] }] }, {}],
  [{ gather_s: 20 }, {}],
  [{ hold_s: 5, delay_s: { note: 9 } }, { delay_s: { note: 2 } }],
];

/** How the page says what a receipt tells. @type {Record<string, RegExp>} */
const WORDS = {
  pushed: /^Pushed at once$/,
  'held presence': /^Pushed after \d+ s, unless you see it here$/,
  'held delay': /^Pushed after \d+ s, unless it is answered$/,
  'held escalate': /^Pushed after \d+ s, if it still waits$/,
  'deferred gather': /^Pushed after \d+ s, with others that finish by then$/,
  'deferred snoozed': /^Waits for the end of your snooze until you end it$/,
  'deferred quiet': /^Waits for the end of quiet hours until /,
  'suppressed quiet': /^Not pushed: quiet hours until /,
  'suppressed disabled': /^Not pushed: notifications are switched off$/,
  'suppressed kind': /^Not pushed: you do not want this kind$/,
  'suppressed foreground': /^Not pushed: you were looking$/,
};

describe('what would happen now', () => {
  for (const [wishes, own] of WISHES)
    test(`is what happens: ${JSON.stringify(wishes)}, ${JSON.stringify(own)}`, async (t) => {
      const user = scene.newUser();
      const { page, go } = await scene.visit(t, user);
      await scene.say(user, 'device/phone', { platform: 'log', name: 'Phone' }, true);
      await scene.say(user, 'device/tablet', { platform: 'log', name: 'Tablet', prefs: own }, true);
      await scene.say(user, 'prefs/set', { ...wishes, remind_s: { 'question.asked': [] } });
      await scene.hear(user, 'prefs', ({ json }) => json?.rev > 0);
      await scene.hear(user, 'state', ({ json }) => json?.devices === 2 && json.present);
      await go('Preferences');
      for (const [kind, row] of Object.entries(ROWS)) {
        const cell = page.getByRole('row', { name: new RegExp(`^${row}`) }).getByRole('cell');
        await cell.first().waitFor();
        const id = `${user}_${kind.replace('.', '_')}`;
        const request = { id: `per_${user}`, nonce: 'n' };
        await scene.say(user, 'event', { id, kind, ...(kind.endsWith('asked') && { request }) });
        for (const name of ['Phone', 'Tablet']) {
          const device = name.toLowerCase();
          const { json } = await scene.hear(
            user,
            'receipt',
            ({ json }) => json?.event === id && json.device === device,
          );
          const words = WORDS[[json.state, json.reason].filter(Boolean).join(' ')];
          assert.ok(words, `${json.state} ${json.reason}`);
          const told = (await cell.first().textContent()) ?? '';
          const parts = told.split(' · ').map((part) => part.split(': '));
          const own = parts.find(([names]) => names?.split(', ').includes(name));
          const said = own ? own.slice(1).join(': ') : told;
          assert.match(said, words, `${kind} on ${name}: "${told}"`);
        }
      }
    });
});
