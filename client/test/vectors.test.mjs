// What every part is held to: tests/vectors.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { webcrypto } from 'node:crypto';
import { describe, it } from 'node:test';
import { source } from './source.mjs';

// Node 18 has it only behind a flag; browsers have it.
globalThis.crypto ??= /** @type {any} */ (webcrypto);

/** @type {typeof import('../src/index')} */
const { importKey, mark, readPairing, signer } = await source('index.ts');
/** @type {typeof import('../src/io/tcp')} */
const { nodeSigner } = await source('io/tcp.ts');

const read = (/** @type {string} */ file) =>
  JSON.parse(readFileSync(new URL(`../../tests/vectors/${file}.json`, import.meta.url), 'utf8'));

describe('a text of others', () => {
  for (const { name, text, marked } of read('marks').cases)
    it(`is shown with what it hides: ${name}`, () => {
      assert.equal(mark(text), marked);
      assert.equal(mark(marked), marked);
    });
});

describe('a pairing text', () => {
  const { good, bad } = read('pairing');
  for (const { name, text, members } of good)
    it(`is read: ${name}`, () => {
      const host = new URL(members.broker ?? 'mqtt://none').hostname;
      const ws = members.ws ?? `ws://${host}:9001`;
      const root = members.root ?? 'nudge';
      assert.deepEqual({ ...readPairing(` ${text}\n`) }, { ...members, ws, root });
    });

  for (const { name, text } of bad)
    it(`is refused: ${name}`, () => {
      if (text.includes('pair?')) assert.throws(() => readPairing(text), Error);
      else assert.equal(readPairing(text), null);
    });

  it('takes wss for pages where native apps take mqtts', () => {
    const text = 'nudge:pair?user=me&broker=mqtts%3A%2F%2Fpi.lan%3A8883';
    assert.equal(readPairing(text)?.ws, 'wss://pi.lan:9001');
  });

  it('is refused in words that repeat no secret', () => {
    const text = 'nudge:pair?user=me&broker=mqtt%3A%2F%2Falice%3As3cret%40pi.lan&key=s3cret';
    for (const refused of [text, text.replace('broker', 'ws')])
      assert.throws(
        () => readPairing(refused),
        (/** @type {Error} */ { message }) => !message.includes('s3cret'),
      );
  });

  it('is refused where it is damaged', () => {
    const rest = 'user=me&broker=mqtt%3A%2F%2Fpi.lan';
    const key = `${'A'.repeat(42)}B`; // two bits more than 32 bytes
    for (const more of ['password=%E4', `key=${key}`, 'username=', 'username=a%0Ab', 'root=a//b'])
      assert.throws(() => readPairing(`nudge:pair?${rest}&${more}`), Error, more);
    for (const ws of ['ws://', 'wss://a:b@pi', 'ws://pi#x'])
      assert.throws(() => readPairing(`nudge:pair?user=me&ws=${encodeURIComponent(ws)}`), ws);
  });
});

describe('an answer', () => {
  const { key, good, bad } = read('replies');

  for (const { name, signed, mac } of good)
    it(`is signed: ${name}`, async () => {
      assert.equal(await signer(await importKey(key))(signed), mac);
      assert.equal(await nodeSigner(key)(signed), mac);
    });

  for (const { name, signed, mac } of bad)
    it(`is never signed so: ${name}`, async () =>
      assert.notEqual(await nodeSigner(key)(signed), mac));

  it('is signed by a key that nobody reads again', async () => {
    const kept = await importKey(key);
    assert.equal(kept.extractable, false);
    await assert.rejects(crypto.subtle.exportKey('raw', kept));
  });

  it('needs a whole key', () => {
    for (const broken of ['', key.slice(1), `${key}=`, `${key.slice(0, -1)}x`])
      assert.throws(() => nodeSigner(broken), /key is damaged/);
  });
});
