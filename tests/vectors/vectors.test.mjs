// push.json is what apps are tested with: it must be what the bridge sends, and
// somebody else's decryption must agree with it.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createECDH } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import ece from 'http_ece';

/** @param {string} name */
const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const written = readFileSync(here('push.json'), 'utf8');

/**
 * @typedef {{ name: string, text: string, body: string, apns: any, apns_sealed: any, fcm: any,
 *   fcm_sealed: any }} Vector
 * @type {{ device: { private: string, auth: string }, rfc8291: Vector, padded: Vector,
 *   messages: Vector[], turns: Vector[], broken: Vector[] }}
 */
const vectors = JSON.parse(written);
const { device } = vectors;

/** @param {string} body */
function open(body) {
  const privateKey = createECDH('prime256v1');
  privateKey.setPrivateKey(Buffer.from(device.private, 'base64url'));
  const authSecret = Buffer.from(device.auth, 'base64url');
  const sealed = Buffer.from(body, 'base64url');
  return ece.decrypt(sealed, { version: 'aes128gcm', privateKey, authSecret }).toString();
}

test('push.json is what the bridge sends today (make vectors writes it anew)', () => {
  const seal = process.env.NUDGE_SEAL ?? here('../../build/tests/vectors/seal');
  const made = execFileSync(process.execPath, [here('make.mjs'), seal], {
    encoding: 'utf8',
  });
  assert.equal(made, written);
});

test('another implementation reads every message', () => {
  const { rfc8291, padded, messages, turns } = vectors;
  for (const { body, text } of [rfc8291, padded, ...messages, ...turns])
    assert.equal(open(body), text);
});

test('APNs and FCM carry the same body in base64url', () => {
  for (const message of vectors.messages.filter(({ apns }) => !apns.withdraw)) {
    assert.equal(message.apns_sealed.e, message.body);
    assert.equal(message.fcm_sealed.message.data.e, message.body);
  }
});

test('a Live Activity carries the body that UnifiedPush does, and no words beside it', () => {
  for (const { name, body, apns, apns_sealed } of vectors.turns) {
    const { state, since, e, ...more } = apns_sealed.aps['content-state'];
    assert.deepEqual([e, more], [body, {}], name);
    assert.deepEqual([state, since], [apns.aps['content-state'].state, 1763999910000], name);
    assert.doesNotMatch(JSON.stringify(apns_sealed), /login|webshop|ses_1|workstation/, name);
    const mayTell = !name.includes('may not be told');
    assert.equal(JSON.stringify(apns).includes('ses_1'), mayTell, name);
  }
});

test('a nonce travels in the clear only beside what is told in full', () => {
  for (const { name, text, apns, fcm, apns_sealed, fcm_sealed } of vectors.messages) {
    const mayTell = !name.includes('may be told');
    const answers = text.includes('n0nce');
    assert.equal(answers, /per_\d|que_\d/.test(text) && !name.includes('withdrawal'), name);
    for (const open of [apns, fcm])
      assert.equal(JSON.stringify(open).includes('n0nce'), answers && mayTell, name);
    for (const sealed of [apns_sealed, fcm_sealed])
      assert.doesNotMatch(JSON.stringify(sealed), /n0nce|per_|NUDGE|rm -rf/, name);
  }
});

test('only what is shown whole may be allowed', () => {
  const offered = vectors.messages.flatMap(({ name, text }) => {
    const { category, cut } = JSON.parse(text).notification?.data ?? {};
    return category ? [[name, category, cut]] : [];
  });
  assert.deepEqual(offered, [
    ['a permission', 'NUDGE_PERMISSION', undefined],
    ['a question', 'NUDGE_QUESTION', undefined],
    ['a permission that is longer than a phone shows', 'NUDGE_PERMISSION_CUT', 'true'],
    ['a permission whose text hides something', 'NUDGE_PERMISSION', undefined],
    ['a permission of which only the title may be told', 'NUDGE_PERMISSION_CUT', 'true'],
    ['questions, as structure', 'NUDGE_QUESTION', 'true'],
    ['the permission once more, which replaces what is shown', 'NUDGE_PERMISSION', undefined],
  ]);
  const hidden = vectors.messages.find(({ name }) => name.includes('hides'));
  const { body } = hidden?.apns.aps.alert;
  assert.equal(body, 'bash: rm -rf [U+202E]dliub[U+202C] #[U+200B]\n[159 blank lines]\nsudo');
});

/** http_ece takes several records, any length, and none at all. */
const taken = new Set([
  'a header alone',
  'a record shorter than what follows',
  'longer than any push',
]);

test('another implementation refuses what is broken', () => {
  for (const { name, body } of vectors.broken.filter(({ name }) => !taken.has(name))) {
    assert.throws(() => open(body), Error, name);
  }
});
