import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { source } from './source.mjs';

/** @type {typeof import('../src/core/event')} */
const { toEvent } = await source('core/event.ts');
/** @type {typeof import('../src/core/text')} */
const { cut, cutLine, firstLine } = await source('core/text.ts');

const place = { host: 'workstation', project: 'webshop', directory: '/home/a/webshop' };
const session = { id: 'ses_1', title: 'Fix login', parent: null };

describe('an event', () => {
  it('has the form of the contract', () => {
    const request = { id: 'per_1', nonce: 'n' };
    const what = { id: 'evt_1', ts: 7, steadyMs: 3, session, request, body: 'ls', durationMs: 5 };
    assert.deepEqual(toEvent({ ...what, kind: 'permission.asked' }, place), {
      v: 1,
      id: 'evt_1',
      ts: 7,
      kind: 'permission.asked',
      host: 'workstation',
      project: { name: 'webshop', directory: '/home/a/webshop' },
      session,
      request,
      title: null,
      body: 'ls',
      duration_ms: 5,
    });
  });

  it('stays well below 64 KiB whatever it is made of', () => {
    const huge = '\u0001"😀\\'.repeat(1_000_000);
    const what = {
      id: 'evt_1',
      ts: 7,
      steadyMs: 3,
      session: { ...session, title: huge },
      body: huge,
    };
    const where = { ...place, project: huge, directory: huge };
    const text = JSON.stringify(toEvent({ ...what, kind: 'session.idle' }, where));
    assert.ok(Buffer.byteLength(text) < 16_384, String(Buffer.byteLength(text)));
  });
});

describe('a text', () => {
  const cases = /** @type {const} */ ([
    ['short', 10, 'short'],
    ['exactly 10', 10, 'exactly 10'],
    ['exactly 11!', 10, 'exactly…'],
    ['ääääää', 10, 'äää…'],
    ['😀😀😀', 10, '😀…'],
    ['  around  ', 10, 'around'],
    ['a\u0000b\u001bc', 30, 'a[U+0000]b[U+001B]c'],
    ['a\r\nb\rc', 20, 'a\nb[U+000D]c'],
    ['rm \u202e gnp', 12, 'rm [U+202…'],
    [`ls${' '.repeat(99_999)}; rm -rf /`, 40, 'ls[65534 spaces]…'],
    ['\ud83d lone', 20, '\ufffd lone'],
    ['', 10, ''],
  ]);
  for (const [text, max, expected] of cases)
    it(`is cut to ${max} bytes: ${JSON.stringify(text)}`, () =>
      assert.equal(cut(text, max), expected));

  it('becomes one line', () => assert.equal(cutLine('a\n  b\t c', 10), 'a b c'));
  it('has a first line that says something', () => {
    assert.equal(firstLine('\n  \n bad things \nmore'), 'bad things');
    assert.equal(firstLine(''), '');
  });
});
