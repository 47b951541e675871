// opencode-notifier is not on npm. Whoever has its source can have it say again what it tells of each recording:
// node tests/compare/notifier.mjs FOLDER, which writes tests/compare/opencode-notifier.json.
//
// What it does to a desktop is replaced, so that it can be counted; the rest is as it is, and its settings too, but for
// the wording.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { callsOf, LEAP_MS, situations } from './recordings.mjs';

const TOLD = new URL('opencode-notifier.json', import.meta.url);
const NOTHING = new URL('../../plugin/package.json', import.meta.url);

/** What it calls them, and the page. */
const WORDS = new Map([
  ['complete', 'finished'],
  ['error', 'failed'],
  ['permission', 'permission'],
  ['question', 'question'],
]);

/** In place of its modules that touch the desktop; a module exports as much as is asked for. */
const STANDINS = `
export const sendNotification = async (title, message) => void globalThis.told.push(message);
export const isTerminalFocused = () => false, isKDEJumpBackSupported = () => false;
export const focusTerminal = () => {}, captureStartupWindowId = () => {};
export default false; // no Windows
export const playSound = async () => {}, ringBell = async () => {}, runCommand = () => {};
`;

const [folder = ''] = process.argv.slice(2);
const { version } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
const home = await mkdtemp(join(tmpdir(), 'nudge-notifier-'));
const settings = join(home, 'settings.json');
const messages = Object.fromEntries([...WORDS.keys()].map((kind) => [kind, kind]));
await writeFile(settings, JSON.stringify({ messages }));
process.env['OPENCODE_NOTIFIER_CONFIG_PATH'] = settings;
/** @type {Record<string, string[]>} */
const told = {};
for (const { recording } of await situations()) told[recording] = await play(recording);
const lines = Object.entries(told).map(
  ([recording, words]) => `"${recording}": [${words.map((word) => `"${word}"`).join(', ')}]`,
);
await writeFile(
  TOLD,
  `{\n  "version": "${version}",\n  "told": {\n    ${lines.join(',\n    ')}\n  }\n}\n`,
);
await rm(home, { recursive: true });
process.exit(0);

/** The source as a module of its own, which remembers nothing of the situation before. */
async function load() {
  const { build } = createRequire(NOTHING)('esbuild');
  const { outputFiles } = await build({
    entryPoints: [join(folder, 'src/index.ts')],
    ...{ bundle: true, write: false, platform: 'node', format: 'esm' },
    plugins: [
      {
        name: 'desktop',
        setup(/** @type {any} */ { onResolve, onLoad }) {
          const filter = /^(\.\/(notify|sound|bell|command|focus)|is-wsl)$/;
          onResolve({ filter }, () => ({ path: 'desktop', namespace: 'desktop' }));
          onLoad({ filter: /.*/, namespace: 'desktop' }, () => ({ contents: STANDINS }));
        },
      },
    ],
  });
  const code = `${outputFiles[0].text}\n//${Math.random()}`;
  const { default: plugin } = await import(
    `data:text/javascript;base64,${Buffer.from(code).toString('base64')}`
  );
  return plugin;
}

/**
 * By a clock that goes as in the recording.
 *
 * @param {string} recording
 */
async function play(recording) {
  /** @type {string[]} */
  const messages = [];
  Object.assign(globalThis, { told: messages });
  const { now } = Date;
  const timers = { setTimeout, clearTimeout, setInterval };
  const calls = await callsOf(recording);
  let nowMs = calls[0]?.t ?? 0;
  /** @type {{ dueMs: number, act: () => void }[]} */
  let due = [];
  Date.now = () => nowMs;
  Object.assign(globalThis, {
    setTimeout: (/** @type {() => void} */ act, ms = 0) => {
      const timer = { dueMs: nowMs + ms, act };
      due.push(timer);
      return timer;
    },
    clearTimeout: (/** @type {any} */ timer) => (due = due.filter((one) => one !== timer)),
    setInterval: () => 0,
  });
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  /** @param {number} untilMs */
  const wait = async (untilMs) => {
    for (;;) {
      const [next] = [...due].sort((a, b) => a.dueMs - b.dueMs);
      if (!next || next.dueMs > untilMs) break;
      due = due.filter((one) => one !== next);
      nowMs = Math.max(nowMs, next.dueMs);
      next.act();
      await settle();
    }
    nowMs = untilMs;
  };
  try {
    const plugin = await load();
    const parents = new Map();
    const client = {
      session: {
        get: async (/** @type {any} */ { path }) => ({ data: parents.get(path.id) }),
        messages: async () => ({ data: [] }),
      },
    };
    const hooks = await plugin({ client, directory: '/home/dev/project' });
    for (const { t, event } of calls) {
      if (t < nowMs || t - nowMs > LEAP_MS) {
        for (const one of due) one.dueMs += t - nowMs;
        nowMs = t;
      }
      await wait(t);
      const { info } = event?.properties ?? {};
      if (event?.type?.startsWith('session.') && info?.id) parents.set(info.id, info);
      await hooks.event({ event });
      // It hears of questions by the call of their tool, which comes just before.
      if (event?.type === 'question.asked')
        await hooks['tool.execute.before']({ tool: 'question' });
      await settle();
    }
    await wait(nowMs + 60_000);
    return messages.flatMap((message) => WORDS.get(message) ?? []);
  } finally {
    Date.now = now;
    Object.assign(globalThis, timers);
  }
}
