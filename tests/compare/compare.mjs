// Our plugin and npm's @whisperopencode/push side by side: each, as it is published, gets the recorded calls
// of OpenCode; a broker and a stand-in for the relay take down what each would tell a person. What
// opencode-notifier tells, which npm has not, notifier.mjs wrote down.
//
// What that package wants for its types alone is replaced in package.json ("overrides"): it is not loaded.
import { createHmac } from 'node:crypto';
import fs from 'node:fs';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import push from '@whisperopencode/push';
import { startBroker } from '../e2e/support/broker.mjs';
import { connect } from '../e2e/support/mqtt.mjs';
import { callsOf, LEAP_MS, situations } from './recordings.mjs';

const BUNDLE = new URL('../../plugin/dist/nudge.js', import.meta.url);
const NOTIFIER = new URL('opencode-notifier.json', import.meta.url);
const RELAY = { channel: 'channel', secret: 'secret' };

/** What a person is told, in the words of both. */
const WORDS = new Map([
  ['session.idle', 'finished'],
  ['complete', 'finished'],
  ['session.error', 'failed'],
  ['error', 'failed'],
  ['permission.asked', 'permission'],
  ['approval', 'permission'],
  ['question.asked', 'question'],
  ['question', 'question'],
]);

/**
 * @typedef {import('./recordings.mjs').Call} Call
 *
 * @typedef {object} Hooks
 * @property {(input: { event: any }) => Promise<unknown>} event
 * @property {() => Promise<void>} [dispose]
 *
 * @typedef {object} Row
 * @property {string} recording
 * @property {string} situation
 * @property {string[]} ours
 * @property {string[]} theirs
 * @property {string[]} notifiers
 */

/**
 * @param {string} dir for the state of both
 * @returns {Promise<Row[]>}
 */
export async function compare(dir) {
  const [broker, relay] = await Promise.all([
    startBroker({ dir: join(dir, 'broker') }),
    startRelay(),
  ]);
  const bridge = await listen(broker.url);
  const ours = (await import(BUNDLE.href)).default;
  const { told } = JSON.parse(await readFile(NOTIFIER, 'utf8'));
  const input = {
    client: { session: { get: async () => ({}) } },
    directory: '/home/dev/project',
    worktree: '/home/dev/project',
  };
  /** @type {Row[]} */
  const rows = [];
  try {
    for (const { recording, situation } of await situations()) {
      const calls = await callsOf(recording);
      await beginAnew(join(dir, recording), relay.url);
      await play(calls, await ours.server(input, { url: broker.url }));
      await play(calls, /** @type {Hooks} */ (await push(/** @type {any} */ (input))));
      const notifiers = told[recording];
      if (!notifiers) throw new Error(`nobody asked opencode-notifier: ${recording}`);
      rows.push({ recording, situation, ours: bridge.take(), theirs: relay.take(), notifiers });
    }
    return rows;
  } finally {
    await bridge.end();
    await Promise.all([broker.stop(), relay.stop()]);
  }
}

/**
 * docs/opencode-comparison.md
 *
 * @param {Row[]} rows
 */
export function document(rows) {
  const push = summarize(rows, ({ theirs }) => theirs);
  const notifier = summarize(rows, ({ notifiers }) => notifiers);
  const lines = rows.map(({ recording, situation, ours, theirs, notifiers }) => {
    const words = [ours, theirs, verdict(ours, theirs), notifiers, verdict(ours, notifiers)];
    return `| ${[recording, situation, ...words.map(counted)].join(' | ')} |`;
  });
  return `# nudge, @whisperopencode/push and opencode-notifier, side by side

Who tells a person what, in each recorded situation of [opencode-situations.md](opencode-situations.md). nudge and
@whisperopencode/push, as they are published, got the same recorded calls of OpenCode 1.18.33 at the recorded times. In place of the
bridge and of the relay stood programs that took down what arrived; the relay's took only what was signed as it should be.
\`make compare\` writes this page again, and \`make test\` fails when it is out of date.

npm does not have opencode-notifier: "The requested resource 'opencode-notifier@*' could not be found or you do not have permission
to access it." (E404; the same for @mohak34/opencode-notifier, the name in its package.json). So its column is of its source,
version 0.2.8, in the same way but once: \`node tests/compare/notifier.mjs FOLDER\` says it again to whoever has that source. It shows
notifications on the desktop of the machine where OpenCode runs, and nothing on a phone.

nudge's column is what the bridge pushes with its defaults: the end of a subagent is published, but not pushed; so it is with
opencode-notifier's. "The difference" takes nudge's rules as the measure: a turn that was aborted or failed is not finished, a request
is told of whoever asks.

| of ${rows.length} situations | the same as nudge | told, though it did not happen | not told |
|---|---|---|---|
| @whisperopencode/push | ${push.join(' | ')} |
| opencode-notifier | ${notifier.join(' | ')} |

| recording | situation | nudge | @whisperopencode/push 0.3.0 | the difference | opencode-notifier 0.2.8 | the difference |
|---|---|---|---|---|---|---|
${lines.join('\n')}

What recordings do not show:

| | nudge | @whisperopencode/push 0.3.0 | opencode-notifier 0.2.8 |
|---|---|---|---|
| the other side is away | kept on disk until the bridge confirms it, sent by this or the next OpenCode | one attempt of 15 s, then forgotten | there is none: the desktop is shown it |
| \`opencode run\` ends | waits up to 1.2 s for the receipt | has no \`dispose\`: what is not sent yet is lost | has no \`dispose\`: its 350 ms before "finished" are lost |
| answered at the machine | published, so that the bridge can cancel or withdraw it | – | – |
| two turns of one session within 30 s | two notifications | one | two, if 350 ms lie between them |
| two permissions within a second | two notifications | one for 15 s, of one session | one, of any session |
| what it says | title, project, command, question, the last words | "Session needs attention" | project; the title, if switched on |
| an answer from the phone | permission and question, if switched on | in the app | – |
| needs | a broker and a bridge of your own | the relay of its author | a desktop |
`;
}

/**
 * @param {Row[]} rows
 * @param {(row: Row) => string[]} theirs
 * @returns {number[]} how often they tell the same, what did not happen, and not what did
 */
function summarize(rows, theirs) {
  const verdicts = rows.map((row) => verdict(row.ours, theirs(row)));
  const all = verdicts.flat();
  const count = (/** @type {string} */ word) => all.filter((one) => one.startsWith(word)).length;
  return [verdicts.filter((one) => one.length === 0).length, count('false'), count('no ')];
}

/**
 * @param {string[]} words
 * @returns {string} a cell; what comes often is counted
 */
function counted(words) {
  const runs = words.reduce((found, word) => {
    const last = found.at(-1);
    if (last?.word === word) last.count += 1;
    else found.push({ word, count: 1 });
    return found;
  }, /** @type {{ word: string, count: number }[]} */ ([]));
  const cells = runs.map(({ word, count }) =>
    count > 3 ? `${count} × ${word}` : Array(count).fill(word).join(', '),
  );
  return cells.join(', ') || '–';
}

/**
 * @param {string[]} ours
 * @param {string[]} theirs
 */
function verdict(ours, theirs) {
  const surplus = without(theirs, ours).map((word) => `false "${word}"`);
  const missing = without(ours, theirs).map((word) => `no "${word}"`);
  return [...surplus, ...missing];
}

/**
 * @param {string[]} list
 * @param {string[]} others
 */
function without(list, others) {
  const left = [...others];
  return list.filter((word) => {
    const at = left.indexOf(word);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

/**
 * At the time of the recording, and a minute longer: both judge by the clock.
 *
 * @param {Call[]} calls
 * @param {Hooks} hooks
 */
async function play(calls, hooks) {
  const { now } = Date;
  const { readFileSync } = fs;
  let [nowMs, upMs] = [calls[0]?.t ?? 0, 1_000_000];
  Date.now = () => nowMs;
  fs.readFileSync = /** @type {typeof readFileSync} */ (
    (/** @type {any} */ path, /** @type {any} */ options) =>
      path === '/proc/uptime' ? `${upMs / 1000} 0` : readFileSync(path, options)
  );
  syncBuiltinESMExports();
  try {
    for (const { t, event } of [...calls, nothingAfter(calls)]) {
      const passedMs = t - nowMs;
      if (passedMs > 0 && passedMs < LEAP_MS) upMs += passedMs;
      nowMs = t;
      await hooks.event({ event });
    }
    await hooks.dispose?.();
  } finally {
    Date.now = now;
    fs.readFileSync = readFileSync;
    syncBuiltinESMExports();
  }
}

/**
 * A minute later something happens that means nothing.
 *
 * @param {Call[]} calls
 * @returns {Call}
 */
function nothingAfter(calls) {
  const info = { id: 'ses_nothing' };
  const event = { id: 'evt_nothing', type: 'session.updated', properties: { info } };
  return { t: (calls.at(-1)?.t ?? 0) + 60_000, event };
}

/**
 * Neither knows anything of the situation before.
 *
 * @param {string} dir
 * @param {string} url of the relay
 */
async function beginAnew(dir, url) {
  await mkdir(join(dir, 'opencode'), { recursive: true });
  const state = { v: 1, mode: 'relay', relay: { url, ...RELAY }, root: {}, cool: {} };
  await writeFile(join(dir, 'opencode', 'whisperopencode-push.json'), JSON.stringify(state));
  process.env['XDG_STATE_HOME'] = dir;
}

/**
 * In the bridge's place: takes down what its defaults push, and confirms.
 *
 * @param {string} url
 */
async function listen(url) {
  const client = await connect(url);
  /** @type {string[]} */
  const told = [];
  client.client.on('message', (topic, payload) => {
    const { id, kind, session } = JSON.parse(String(payload));
    const word = WORDS.get(kind);
    const isSubagents = session.parent !== null && !kind.endsWith('.asked');
    if (word && !isSubagents) told.push(word);
    const receipt = { event: id, state: 'accepted' };
    void client.publish(topic.replace(/event$/, 'receipt'), receipt).catch(() => {});
  });
  await client.client.subscribeAsync('nudge/+/event', { qos: 1 });
  return { take: () => told.splice(0), end: client.end };
}

/** In the place of the relay: takes nothing without the right signature. */
async function startRelay() {
  /** @type {string[]} */
  const told = [];
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request.setEncoding('utf8')) text += chunk;
    const { sig, ...body } = JSON.parse(text);
    const isGood = sig === signatureOf(body) && body.channel_id === RELAY.channel;
    const word = WORDS.get(body.kind);
    if (isGood && request.url === '/v1/events/publish' && word) told.push(word);
    response.writeHead(isGood ? 200 : 401, { 'content-type': 'application/json' }).end('{}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    url: `http://127.0.0.1:${port}`,
    take: () => told.splice(0),
    async stop() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

/** @param {Record<string, unknown>} body flat */
function signatureOf(body) {
  const sorted = Object.entries(body).sort(([a], [b]) => a.localeCompare(b));
  const text = JSON.stringify(Object.fromEntries(sorted));
  return createHmac('sha256', RELAY.secret).update(text).digest('base64url');
}
