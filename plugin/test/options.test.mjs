import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { source } from './source.mjs';

/** @type {typeof import('../src/core/options')} */
const { hostName, readOptions } = await source('core/options.ts');

describe('options', () => {
  it('have defaults that fit a broker on this machine', () => {
    assert.deepEqual(readOptions(undefined, {}), {
      options: {
        url: 'mqtt://localhost:1883',
        user: 'me',
        username: null,
        password_file: null,
        ca_file: null,
        reply_key_file: '~/.config/nudge/reply-key',
        host: null,
        root: 'nudge',
        replies: false,
      },
      faults: [],
    });
  });

  it('of the environment win', () => {
    const env = { NUDGE_USER: 'bob', NUDGE_REPLIES: 'true', NUDGE_HOST: '' };
    const { options, faults } = readOptions({ user: 'alice', host: 'pi', replies: false }, env);
    assert.deepEqual(faults, []);
    assert.equal(options.user, 'bob');
    assert.equal(options.replies, true);
    assert.equal(options.host, 'pi');
  });

  const wrong = /** @type {const} */ ([
    [{ url: 'http://pi.lan' }, 'option url is "http://pi.lan": give one like mqtt://'],
    [{ url: 'pi' }, 'option url is "pi": give one like'],
    [{ url: 7 }, 'option url is 7: give one like'],
    [{ url: 'mqtt://a:secret@pi' }, 'option url is "mqtt://…@pi": keep the login out'],
    [{ user: 'a/b' }, 'option user is "a/b": give 1 to 64'],
    [{ user: 'bridge' }, 'option user is "bridge": give'],
    [{ username: 7 }, 'option username is 7: give a text'],
    [{ password_file: [] }, 'option password_file is []: give a text'],
    [{ host: 'a.b' }, 'option host is "a.b": give'],
    [{ root: 'a/#' }, 'option root is "a/#": give a topic'],
    [{ replies: 'yes' }, 'option replies is "yes": give false, true (signed answers) or "account"'],
    [{ replies: 'anonymous' }, 'option replies is "anonymous": give false, true (signed answers)'],
    [{ reply_key_file: 7 }, 'option reply_key_file is 7: give a text'],
    [{ pasword_file: 'x' }, 'option pasword_file is unknown: there are url, user'],
  ]);
  for (const [given, expected] of wrong)
    it(`that are wrong are named, once: ${JSON.stringify(given)}`, () => {
      const { faults } = readOptions(given, {});
      assert.equal(faults.length, 1);
      assert.ok(faults[0]?.startsWith(expected), faults[0]);
    });

  it('that are wrong in the environment are named as they are there', () => {
    const { faults } = readOptions({}, { NUDGE_URL: 'pi' });
    assert.match(faults[0] ?? '', /^NUDGE_URL is "pi": /);
  });
});

describe('a host name', () => {
  const cases = /** @type {const} */ ([
    ['workstation', 'workstation'],
    ['pi.lan', 'pi'],
    ['büro pc', 'b-ro-pc'],
    ['', 'unknown'],
    ['x'.repeat(80), 'x'.repeat(64)],
  ]);
  for (const [machine, expected] of cases)
    it(`is fit for a topic: ${machine}`, () => assert.equal(hostName(machine), expected));
});
