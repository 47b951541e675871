// A password goes to the broker and the login for which it was given, and to no other.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { source } from './source.mjs';

/** @type {typeof import('../src/store')} */
const { connectionOf, loginOf } = await source('store.ts');

const place = {
  ...{ ws: 'ws://pi.lan:9001', broker: null, user: 'alice', username: 'alice' },
  ...{ root: 'nudge', ca: null },
};
const identity = {
  ...{ pairing: place, login: loginOf(place, 's3cret'), key: null },
  ...{ device: 'phone', name: 'Phone' },
};

it('goes where it belongs', () => {
  assert.equal(connectionOf(identity).password, 's3cret');
});

for (const other of [
  { ws: 'ws://elsewhere:9001' },
  { ws: 'wss://pi.lan:9001' },
  { ws: 'ws://pi.lan:9002' },
  { username: 'bob' },
])
  it(`does not go elsewhere: ${Object.values(other)}`, () => {
    const pairing = { ...place, ...other };
    assert.equal(connectionOf({ ...identity, pairing }).password, null);
  });

it('is none where the broker takes anybody', () => {
  const pairing = { ...place, username: null };
  assert.equal(loginOf(pairing, 's3cret'), null);
  assert.equal(connectionOf({ ...identity, pairing }).password, null);
});
