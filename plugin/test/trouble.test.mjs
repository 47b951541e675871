import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { source } from './source.mjs';

/** @type {typeof import('../src/io/trouble')} */
const { connectTrouble, isRefusal, publishTrouble } = await source('io/trouble.ts');

const settings = /** @type {any} */ ({
  url: 'mqtts://pi.lan',
  username: 'alice',
  base: 'nudge/alice',
});

/** @param {unknown} code */
const failure = (code) => Object.assign(new Error('it failed'), { code });

describe('trouble with the broker', () => {
  const cases = /** @type {const} */ ([
    [0x86, /refused the login of "alice": check username and password_file/],
    [0x87, /refused the login of "alice"/],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', /is not trusted .*: set ca_file/],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', /is not trusted .*: set ca_file/],
    ['TLS handshake failed', /is not trusted .*: set ca_file/],
    ['ERR_TLS_CERT_ALTNAME_INVALID', /is for another name: use that name in url/],
    ['ECONNREFUSED', /cannot reach the broker at mqtts:\/\/pi\.lan \(ECONNREFUSED\)/],
    [undefined, /cannot reach the broker at mqtts:\/\/pi\.lan \(it failed\)/],
  ]);
  for (const [code, words] of cases)
    it(`is said with what to do: ${code}`, () =>
      assert.match(connectTrouble(settings, failure(code)), words));

  it('is a refusal only if the broker said no', () => {
    assert.match(
      publishTrouble(settings, 'nudge/alice/event', failure(0x87)),
      /check its ACL for alice/,
    );
    assert.equal(isRefusal(failure(0x87)), true);
    assert.equal(isRefusal(new Error('Connection closed')), false);
    assert.equal(isRefusal(failure('ECONNRESET')), false);
    assert.equal(isRefusal(null), false);
  });
});
