// One contract: what docs/schema says of a message is what its examples in tests/messages are and what
// the plugin publishes and reads. tests/core/test_messages.c holds the bridge to the same examples.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { play, recordings } from '../../plugin/test/recording.mjs';
import { source } from '../../plugin/test/source.mjs';

const SCHEMAS = new URL('../../docs/schema/', import.meta.url);
const EXAMPLES = new URL('../messages/', import.meta.url);

/** @type {typeof import('../../plugin/src/core/event')} */
const { toEvent } = await source('core/event.ts');
/** @type {typeof import('../../plugin/src/core/agent')} */
const { agentDocument, OFFLINE } = await source('core/agent.ts');
/** @type {typeof import('../../plugin/src/core/reply')} */
const { isWhole, readReply } = await source('core/reply.ts');
/** @type {typeof import('../../plugin/src/io/replies')} */
const { Replies } = await source('io/replies.ts');

const ajv = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false });
for (const file of readdirSync(SCHEMAS))
  ajv.addSchema(JSON.parse(readFileSync(new URL(file, SCHEMAS), 'utf8')));

/**
 * @param {string} message
 * @param {unknown} value
 * @returns {string} empty: it is valid
 */
function fault(message, value) {
  const validate = ajv.getSchema(`${message}.schema.json`);
  assert.ok(validate, `there is no schema of ${message}`);
  return validate(value) ? '' : ajv.errorsText(validate.errors);
}

/** @param {string} message */
function examples(message) {
  const folder = new URL(`${message}/`, EXAMPLES);
  return readdirSync(folder).map((file) => ({
    name: file.replace('.json', ''),
    value: JSON.parse(readFileSync(new URL(file, folder), 'utf8')),
  }));
}

describe('the examples', () => {
  const messages = readdirSync(EXAMPLES);

  for (const message of messages)
    it(`of ${message} are what the schema says`, () => {
      for (const { name, value } of examples(message))
        assert.equal(fault(message, value) === '', name.startsWith('valid-'), name);
    });

  it('are there for each schema, good ones and bad ones', () => {
    const schemas = readdirSync(SCHEMAS).map((file) => file.replace('.schema.json', ''));
    assert.deepEqual(schemas.filter((name) => name !== 'common').sort(), messages.sort());
    for (const message of messages)
      for (const verdict of ['valid-', 'invalid-'])
        assert.ok(examples(message).some(({ name }) => name.startsWith(verdict)));
  });
});

describe('the plugin', () => {
  const place = { host: 'workstation', project: 'webshop', directory: '/home/a/webshop' };

  for (const name of recordings())
    it(`publishes valid events: ${name}`, () => {
      for (const happening of play(name))
        assert.equal(fault('event', JSON.parse(JSON.stringify(toEvent(happening, place)))), '');
    });

  it('publishes valid agent documents', () => {
    const session = { title: null, project: 'webshop', since: 1764000000123 };
    const states = /** @type {const} */ (['busy', 'waiting', 'idle', 'error']);
    const sessions = states.map((state) => ({ id: `ses_${state}`, state, ...session }));
    for (const document of [OFFLINE, agentDocument([]), agentDocument(sessions)])
      assert.equal(fault('agent', JSON.parse(document)), '');
  });

  it('reads the replies that are valid, and no others', () => {
    for (const { name, value } of examples('reply')) {
      const reply = readReply(Buffer.from(JSON.stringify(value)));
      assert.equal(reply !== null && isWhole(reply), name.startsWith('valid-'), name);
    }
  });

  it('publishes valid receipts of replies', async () => {
    /** @type {string[]} */
    const receipts = [];
    const replies = new Replies({
      ...{ host: 'workstation', warn: assert.fail, isElsewhere: assert.fail },
      publish: (text) => receipts.push(text),
    });
    const reply = Buffer.from(JSON.stringify({ request: 'per_1', nonce: 'n', reply: 'once' }));
    for (const outcome of /** @type {const} */ ([
      { state: 'answered' },
      { state: 'refused', reason: 'answers', detail: 'OpenCode refused it (400)' },
    ])) {
      const forget = replies.onReply(async () => outcome);
      await replies.take(reply, false);
      forget();
    }
    assert.equal(receipts.length, 2);
    for (const receipt of receipts) assert.equal(fault('receipt', JSON.parse(receipt)), '');
  });
});
