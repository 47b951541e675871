// Only what OpenCode took is told as answered.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { source } from './source.mjs';

/** @type {typeof import('../src/io/answer')} */
const { answer } = await source('io/answer.ts');

const reply = /** @type {any} */ ({
  request: 'per_1',
  answer: { to: 'permission', reply: 'once' },
});

for (const [response, outcome] of /** @type {const} */ ([
  [{ status: 200 }, { state: 'answered' }],
  [{ status: 404 }, { state: 'refused', reason: 'used' }],
  [{ status: 500 }, { state: 'refused', reason: 'answers', detail: 'OpenCode refused it (500)' }],
  [undefined, { state: 'refused', reason: 'answers', detail: 'OpenCode did not take it' }],
]))
  it(`what OpenCode says ${response?.status ?? 'nothing'} to is ${outcome.state}`, async () => {
    const client = /** @type {any} */ ({ _client: { post: async () => ({ response }) } });
    assert.deepEqual(await answer(client, reply, { session: 'ses_1', api: 'v1' }), outcome);
  });
