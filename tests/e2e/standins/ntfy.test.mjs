// The stand-in for ntfy takes what an ntfy server takes, and refuses what it would refuse or garble.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { openH2 } from '../support/h2.mjs';
import { startNtfy } from '../support/ntfy.mjs';
import { scratchDirectory } from '../support/scratch.mjs';

/**
 * @typedef {object} Sent
 * @property {string} [method]
 * @property {string} [path]
 * @property {string} [authorization]
 * @property {object} [message] beside what is there
 * @property {string} [body] in place of the message
 */

const ACCESS = {
  'Bearer tk_good': ['alice'],
  [`Basic ${Buffer.from('bob:pass').toString('base64')}`]: ['bob'],
};
const view = { action: 'view', label: 'Open', url: 'https://pi.lan/session/1', clear: true };
const http = {
  action: 'http',
  label: 'Allow',
  url: 'https://pi.lan/reply',
  method: 'POST',
  body: '{}',
};

/** @type {Record<string, Sent>} */
const GOOD = {
  'with everything': {
    message: {
      ...{ title: 'Fix login', message: 'Finished 🎉', priority: 4, tags: ['robot'] },
      ...{ click: 'https://pi.lan/', actions: [view, http], sequence_id: 'abc' },
    },
  },
  'with a password': {
    authorization: `Basic ${Buffer.from('bob:pass').toString('base64')}`,
    message: { topic: 'bob' },
  },
  'of 4096 bytes': { message: { message: 'x'.repeat(4096) } },
  'that takes one back': { method: 'DELETE', path: '/alice/abc' },
};

/** @type {Record<string, Record<string, Sent>>} */
const BROKEN = {
  '404 40401': {
    'another path': { path: '/v1/publish' },
    'nothing to take back': { method: 'DELETE', path: '/alice/' },
  },
  '400 40024': {
    'broken JSON': { body: '{"topic":' },
    'a JSON list': { body: '[]' },
    'an unknown field': { message: { text: 'x' } },
    'tags in one text': { message: { tags: 'robot' } },
    'a priority in words': { message: { priority: 'high' } },
    'a link that is none': { message: { click: 'pi.lan' } },
  },
  '400 40009': {
    'no topic': { message: { topic: undefined } },
    'a topic with a slash': { message: { topic: 'alice/x' } },
    'a topic of 65 characters': { message: { topic: 'x'.repeat(65) } },
  },
  '400 40007': { 'a priority of 6': { message: { priority: 6 } } },
  '400 40018': {
    'four actions': { message: { actions: [view, view, view, view] } },
    'an unknown action': { message: { actions: [{ ...view, action: 'call' }] } },
    'an action without a label': { message: { actions: [{ ...view, label: undefined }] } },
    'an action without an address': { message: { actions: [{ ...view, url: undefined }] } },
  },
  '413 41301': { 'a text of 4097 bytes': { message: { message: 'x'.repeat(4097) } } },
  '401 40101': { 'an unknown token': { authorization: 'Bearer tk_bad' } },
  '403 40301': {
    'no login': { authorization: '' },
    'the topic of another': { message: { topic: 'bob' } },
    'another to take back from': { method: 'DELETE', path: '/bob/abc' },
  },
};

/**
 * @param {import('node:test').TestContext} test
 * @param {Sent} sent
 */
async function send(test, { method = 'POST', path = '/', authorization, message, body }) {
  const ntfy = await startNtfy({ dir: await scratchDirectory(test), access: ACCESS });
  test.after(() => ntfy.stop());
  const h2 = await openH2(test, ntfy);
  const login = authorization ?? 'Bearer tk_good';
  const headers = { ':method': method, ...(login && { authorization: login }) };
  const text = body ?? JSON.stringify({ topic: 'alice', message: 'hello', ...message });
  const answer = await h2.post(path, headers, method === 'DELETE' ? '' : text);
  return { ntfy, status: answer.status, answer: JSON.parse(answer.text) };
}

describe('ntfy accepts a message', () => {
  for (const [name, sent] of Object.entries(GOOD)) {
    test(name, async (test) => {
      const { ntfy, status, answer } = await send(test, sent);
      assert.equal(status, 200);
      const [accepted] = ntfy.accepted;
      assert.equal(answer.topic, accepted?.topic);
      const removes = sent.method === 'DELETE';
      assert.equal(answer.event, removes ? 'message_delete' : 'message');
      assert.equal(accepted?.removed, removes ? 'abc' : '');
    });
  }
});

describe('ntfy refuses a message with', () => {
  for (const [expected, ways] of Object.entries(BROKEN)) {
    for (const [name, sent] of Object.entries(ways)) {
      test(`${name}: ${expected}`, async (test) => {
        const { ntfy, status, answer } = await send(test, sent);
        assert.equal(`${status} ${answer.code}`, expected);
        assert.equal(ntfy.accepted.length, 0);
      });
    }
  }
});
