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
 * @typedef {{ name: string, text: string, body: string, apns: any, apns_sealed: any,
 *   fcm_sealed: any }} Vector
 * @type {{ device: { private: string, auth: string }, rfc8291: Vector, padded: Vector,
 *   messages: Vector[], broken: Vector[] }}
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
  for (const { body, text } of [vectors.rfc8291, vectors.padded, ...vectors.messages]) {
    assert.equal(open(body), text);
  }
});

test('APNs and FCM carry the same body in base64url', () => {
  for (const message of vectors.messages.filter(({ apns }) => !apns.withdraw)) {
    assert.equal(message.apns_sealed.e, message.body);
    assert.equal(message.fcm_sealed.message.data.e, message.body);
  }
});

test('what an answer needs travels only where the device alone reads it', () => {
  const asked = vectors.messages.filter(({ text }) => text.includes('n0nce'));
  assert.deepEqual(
    asked.map(({ name }) => name),
    ['a permission', 'a question'],
  );
  for (const { text: _text, ...carried } of vectors.messages) {
    assert.ok(!JSON.stringify(carried).includes('n0nce'), carried.name);
  }
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
