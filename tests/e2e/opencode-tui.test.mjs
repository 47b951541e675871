// OpenCode's terminal interface: it shows what is wrong, ends as ever, and loses nothing.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { says } from './support/model.mjs';
import { startScene } from './support/opencode-scene.mjs';
import { terminal } from './support/opencode.mjs';
import { freePort } from './support/ports.mjs';
import { isKept, kept } from './support/spool.mjs';

const CTRL_C = '\x03';
const PATIENCE_MS = 60_000;

/** @type {import('./support/opencode-scene.mjs').Scene} */
let scene;

before(async () => {
  scene = await startScene();
});
after(() => scene?.stop());

/** @type {Record<string, (screen: ReturnType<typeof terminal>) => unknown>} */
const ENDINGS = {
  'ctrl-c': ({ type }) => type(CTRL_C),
  SIGTERM: ({ signal }) => signal('SIGTERM'),
  'the end of the terminal': ({ close }) => close(),
};

describe('a turn nobody could be told of', () => {
  for (const [name, end] of Object.entries(ENDINGS))
    it(`outlives ${name}, and OpenCode ends`, async (test) => {
      const url = `mqtt://127.0.0.1:${await freePort()}`;
      const home = scene.home(name.replaceAll(' ', '-'), { options: { url } });
      scene.model.answers(says('Done.'));
      const screen = terminal(home, ['--prompt', 'go']);
      test.after(() => screen.end());
      await screen.shows('cannotreachthebroker');
      await isKept(home, 'session.idle');
      await screen.endsAfter(() => end(screen));
      const kinds = kept(home).map(({ kind }) => kind);
      assert.deepEqual(kinds.sort(), ['session.busy', 'session.idle']);
    });
});

it('a plugin that is opened twice is one client, and says everything once', async (test) => {
  const home = scene.home('twice', { options: { host: 'twice' } });
  const documents = await scene.client.collect('nudge/me/agent/twice');
  scene.model.answers(says('Done.'));
  const port = String(await freePort());
  const screen = terminal(home, ['--prompt', 'go', '--port', port]);
  test.after(() => screen.end());
  const isOurs = (/** @type {any} */ { json }) => json.host === 'twice';
  const options = { timeoutMs: PATIENCE_MS };
  await scene.events.waitFor((m) => isOurs(m) && m.json.kind === 'session.idle', options);
  await screen.endsAfter(() => screen.type(CTRL_C));
  await documents.waitFor(({ json }) => json.state === 'offline');
  const kinds = scene.events.messages.filter(isOurs).map(({ json }) => json.kind);
  assert.deepEqual(kinds, ['session.busy', 'session.idle']);
  const clients = scene.broker.lines.filter((line) => /New client .* as nudge-twice-/.test(line));
  assert.equal(clients.length, 1, clients.join('\n'));
});
