// docs/rules.md promises what its lines do: here they are run as they stand there.
import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { startBridge, writeSettings } from './support/bridge.mjs';
import { startBroker } from './support/broker.mjs';
import { connect } from './support/mqtt.mjs';
import { startProcess } from './support/process.mjs';
import { scratchDirectory } from './support/scratch.mjs';

const DOCUMENT = new URL('../../docs/rules.md', import.meta.url);
const text = await readFile(DOCUMENT, 'utf8');

/**
 * @typedef {object} Step
 * @property {string} line for the shell
 * @property {string[]} receipts it leads to, in any order
 *
 * @typedef {object} Row
 * @property {string} rule
 * @property {string} meaning
 * @property {Step[]} steps
 */

/** @param {string} cell */
const quoted = (cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, code]) => String(code));

/** @returns {Row[]} */
function tableRows() {
  const table = text.slice(text.indexOf('| rule |')).split('\n\n')[0] ?? '';
  return table
    .split('\n')
    .slice(2)
    .map((row) => {
      const [rule = '', meaning = '', lines = '', receipts = ''] = row
        .replace(/^\| | \|$/g, '')
        .split(' | ');
      const awaited = receipts.split('<br>');
      const steps = quoted(lines).map((line, at) => ({
        line,
        receipts: quoted(awaited[at] ?? ''),
      }));
      assert.equal(steps.length, awaited.length, row);
      return { rule, meaning, steps };
    });
}

/** The blocks before the table: what is done once, and what is done between two rows. */
const [once = '', between = ''] = [...text.matchAll(/```sh\n([^`]+)```/g)].map(
  ([, block]) => block,
);

/** @type {(() => Promise<unknown>)[]} */
const endings = [];
/** @type {NodeJS.ProcessEnv} */
let env;
/** @type {import('./support/mqtt.mjs').Collection} */
let receipts;

/** @param {string} script */
async function run(script) {
  const shell = startProcess('sh', ['-ec', script], { env });
  assert.equal((await shell.ended()).code, 0, script);
}

before(async () => {
  const dir = await scratchDirectory({ after: (end) => endings.unshift(end) });
  const broker = await startBroker({ dir: join(dir, 'broker') });
  endings.unshift(() => broker.stop());
  // The clients of mosquitto read their options from there: the lines stay as they are.
  await mkdir(join(dir, 'config'));
  await writeFile(join(dir, 'config/mosquitto_pub'), `-p ${new URL(broker.url).port}\n`);
  env = { XDG_CONFIG_HOME: join(dir, 'config') };
  const settings = await writeSettings(dir, { mqtt: { url: broker.url } });
  const bridge = await startBridge({ settings });
  endings.unshift(() => bridge.stop());
  const client = await connect(broker.url);
  endings.unshift(() => client.end());
  receipts = await client.collect('nudge/+/receipt');
  await run(once);
  await bridge.waitForLine(/me\/phone is registered/);
});
after(async () => {
  for (const end of endings) await end();
});

/** @param {any} receipt */
const words = ({ event, state, reason }) => [event, state, reason].filter(Boolean).join(' ');

/**
 * @param {string} expected
 * @param {number} from
 */
const arrives = (expected, from) =>
  receipts.waitFor(
    ({ json }) => {
      const said = words(json);
      if (expected.startsWith('suppressed ')) return said.endsWith(expected);
      // Without a state: whatever becomes of it.
      return said === expected || (!expected.includes(' ') && json.event === expected);
    },
    { from, what: expected },
  );

describe('a rule of docs/rules.md', () => {
  for (const { rule, meaning, steps } of tableRows())
    test(`${rule.replaceAll('`', '')}: ${meaning.replaceAll('`', '')}`, async () => {
      await run(between);
      const from = receipts.messages.length;
      for (const step of steps) {
        await run(step.line);
        for (const expected of step.receipts) await arrives(expected, from);
      }
    });

  test('there is one for each reason of the design', () => {
    const listed = new Set(tableRows().map(({ rule }) => rule.replaceAll('`', '')));
    for (const reason of [
      ...['invalid', 'duplicate', 'expired', 'no-device', 'disabled', 'kind', 'subagent', 'short'],
      ...[
        'muted',
        'snoozed',
        'quiet',
        'rate',
        'delay',
        'presence',
        'resolved',
        'seen',
        'foreground',
        'gather',
        'escalate',
        'reminder',
      ],
    ])
      assert.ok(listed.has(reason), reason);
  });
});
