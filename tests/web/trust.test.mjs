// Whom the page obeys: no link, no script, no registration, nothing that comes from the broker.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { Agent, echo } from './support/agent.mjs';
import { openBrowser } from './support/browser.mjs';
import { REPLY_KEY, setScene } from './support/scene.mjs';
import { connect } from '../e2e/support/mqtt.mjs';
import { runProcess } from '../e2e/support/process.mjs';
import { fileURLToPath } from 'node:url';

/** @typedef {import('./support/browser.mjs').Page} Page */

const PASSWORD = 's3cret&word';

/** @type {import('./support/scene.mjs').Scene} */
let scene;
/** @type {import('./support/scene.mjs').Scene} one whose page may connect anywhere */
let open;
/** @type {(() => any)[]} */
const endings = [];
const lifetime = { after: (/** @type {() => any} */ end) => endings.unshift(end) };
before(async () => {
  scene = await setScene(lifetime);
  const users = { alice: PASSWORD };
  open = await setScene(lifetime, { users, anonymous: true }, { isOpen: true });
});
after(async () => {
  for (const end of endings) await end();
});

/**
 * What the browser complains of from now on, on every page that is opened.
 *
 * @param {Page} page
 */
async function violations(page) {
  /** @type {string[]} */
  const all = [];
  await page.exposeFunction('complain', (/** @type {string} */ text) => all.push(text));
  await page.addInitScript(() =>
    document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
      /** @type {any} */ (window).complain(`${violatedDirective} ${blockedURI}`),
    ),
  );
  page.on('console', (message) => {
    if (/Content Security Policy|Refused to/.test(message.text())) all.push(message.text());
  });
  page.on('pageerror', (error) => all.push(String(error)));
  return all;
}

describe('the policy of the page', () => {
  test('is strict, and names its broker', async () => {
    for (const file of ['', 'index.html', 'page.js', 'service-worker.js', 'nowhere.js', 'x/y']) {
      const { headers } = await fetch(new URL(file, scene.address));
      const policy = headers.get('content-security-policy') ?? '';
      const rules = policy.split('; ');
      for (const rule of [
        ...["default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'"],
        ...[`connect-src 'self' ${scene.broker.wsUrl}`, "frame-ancestors 'none'"],
        ...["base-uri 'none'", "form-action 'none'", "worker-src 'self'", "manifest-src 'self'"],
      ])
        assert.ok(rules.includes(rule), `${file}: ${rule}`);
      assert.equal(headers.get('x-content-type-options'), 'nosniff');
      assert.equal(headers.get('referrer-policy'), 'no-referrer');
    }
  });

  test('stands in the page too, for servers that say none', async () => {
    const text = await (await fetch(scene.address)).text();
    assert.match(text, /http-equiv="Content-Security-Policy"\s+content="default-src 'none';/);
    assert.doesNotMatch(text, /<script(?![^>]* src=)|<style|\sstyle=|\son\w+=/);
  });

  test('takes no address that is none of a broker', async () => {
    const serve = fileURLToPath(new URL('../../web/serve.mjs', import.meta.url));
    const { code, lines } = await runProcess('node', [serve, '.', '0', 'ws:; script-src *']);
    assert.equal(code, 64);
    assert.match(lines.join(), /is no address of a broker/);
  });

  test('is broken by nothing that a person does', async (t) => {
    const user = scene.newUser();
    const { page, go } = await scene.visit(t, user);
    const all = await violations(page);
    await page.reload();
    await page.getByText('Connected', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Turn notifications on' }).click();
    const agent = new Agent(scene, user);
    const request = await agent.ask('permission', '1', echo);
    await page.getByRole('button', { name: 'Allow once' }).click();
    await agent.answer(request);
    await agent.settle(request);
    await page.getByText('Nobody needs you.').waitFor();
    for (const view of /** @type {const} */ (['Activity', 'Preferences', 'Devices', 'Now']))
      await go(view);
    assert.deepEqual(all, []);
  });

  test('lets no script in, and no connection out', async (t) => {
    const { page } = await scene.visit(t, scene.newUser());
    const all = await violations(page);
    await page.reload();
    await page.getByText('Connected', { exact: true }).waitFor();
    await page.evaluate(() => {
      const script = document.createElement('script');
      script.textContent = 'window.wasRun = true';
      document.body.append(script);
      const host = document.createElement('div');
      host.innerHTML = '<img src="x" onerror="window.wasRun = true">';
      document.body.append(host);
      const link = document.createElement('a');
      link.href = 'javascript:window.wasRun=true';
      document.body.append(link);
      link.click();
    });
    const isClosed = await page.evaluate(
      (url) =>
        new Promise((told) => {
          const socket = new WebSocket(url);
          socket.onopen = () => told(false);
          socket.onerror = () => told(true);
        }),
      open.broker.wsUrl,
    );
    assert.equal(isClosed, true);
    await page.waitForFunction(() => document.querySelector('img') !== null);
    assert.equal(await page.evaluate(() => 'wasRun' in window), false);
    const isTold = (/** @type {RegExp} */ kind) => all.some((one) => kind.test(one));
    for (const kind of [/^script-src/, /^connect-src ws:/]) assert.ok(isTold(kind), String(all));
  });

  test('limits a paired page to its broker, whatever its server says', async (t) => {
    const { page } = await open.visit(t, open.newUser());
    const reach = (/** @type {string} */ url) =>
      page.evaluate(
        (address) =>
          new Promise((told) => {
            const socket = new WebSocket(address, ['mqtt']);
            socket.onopen = () => told(true);
            socket.onerror = () => told(false);
          }),
        url,
      );
    assert.equal(await reach(open.broker.wsUrl), true);
    assert.equal(await reach(scene.broker.wsUrl), false);
  });

  test('keeps the page out of the frames of others', async (t) => {
    const frame = `<iframe src="${scene.address}"></iframe>`;
    const foreign = createServer((_, answer) =>
      answer.writeHead(200, { 'content-type': 'text/html' }).end(frame),
    );
    await new Promise((done) => foreign.listen(0, '127.0.0.1', () => done(undefined)));
    t.after(() => foreign.close());
    const { page } = await openBrowser(t);
    const { port } = /** @type {import('node:net').AddressInfo} */ (foreign.address());
    const refused = page.waitForEvent('console', {
      predicate: (message) => /frame-ancestors/.test(message.text()),
    });
    await page.goto(`http://127.0.0.1:${port}/`);
    await refused;
    assert.equal(await page.frameLocator('iframe').getByRole('heading').count(), 0);
  });
});

describe('a pairing link', () => {
  /** @param {object} more */
  const link = (more) =>
    `${open.address}#pair?${new URLSearchParams({ ws: open.broker.wsUrl, ...more })}`;

  test('connects with one click, and leaves neither address bar nor history', async (t) => {
    const { page } = await openBrowser(t);
    await page.goto(open.address);
    const secrets = { username: 'alice', password: PASSWORD, key: REPLY_KEY };
    await page.goto(link({ user: 'alice', ...secrets }));
    await page.getByText(`Connect to ${open.broker.wsUrl} as alice?`).waitFor();
    await page.waitForURL(open.address);
    assert.equal(await page.getByLabel(/Password/).count(), 0);
    assert.ok(!(await page.content()).includes(REPLY_KEY));
    await page.getByRole('button', { name: 'Connect' }).click();
    await page.getByText('Connected', { exact: true }).waitFor();
    const agent = new Agent(open, 'alice');
    const request = await agent.ask('permission', '1', echo);
    await page.getByRole('button', { name: 'Allow once' }).click();
    assert.equal((await agent.answer(request)).reply, 'once');
    const devtools = await page.context().newCDPSession(page);
    const { entries } = await devtools.send('Page.getNavigationHistory');
    assert.ok(entries.every(({ url }) => !url.includes('pair?')));
  });

  test('keeps the key where no script reads it', async (t) => {
    const { page } = await open.visit(t, open.newUser());
    const kept = await page.evaluate(
      () =>
        new Promise((/** @type {(found: any) => void} */ found) => {
          const opening = indexedDB.open('keyval-store');
          opening.onsuccess = () => {
            const store = opening.result.transaction('keyval').objectStore('keyval');
            const reading = store.get('identity');
            reading.onsuccess = async () => {
              const { key, ...rest } = reading.result;
              const isRead = await crypto.subtle.exportKey('raw', key).then(
                () => true,
                () => false,
              );
              found({ isKey: key instanceof CryptoKey, isRead, rest: JSON.stringify(rest) });
            };
          };
        }),
    );
    assert.deepEqual([kept.isKey, kept.isRead], [true, false]);
    assert.ok(!kept.rest.includes(REPLY_KEY));
  });

  test('on a paired page names both, and nothing goes out before a yes', async (t) => {
    const { page } = await openBrowser(t);
    const mine = { user: 'alice', username: 'alice', password: PASSWORD, key: REPLY_KEY };
    await page.goto(link(mine));
    await page.getByRole('button', { name: 'Connect' }).click();
    await page.getByText('Connected', { exact: true }).waitFor();

    /** @type {string[]} */
    const connections = [];
    page.on('websocket', (socket) => connections.push(socket.url()));
    const foreign = { ws: scene.broker.wsUrl, user: 'eve', username: 'mallory' };
    await page.goto(link(foreign));
    await page.getByRole('heading', { name: 'Pair this browser anew?' }).waitFor();
    await page.getByText(`${open.broker.wsUrl} as alice`).waitFor();
    await page.getByText(`${scene.broker.wsUrl} as eve (login mallory)`).waitFor();
    assert.equal(await page.getByLabel('Password of mallory').inputValue(), '');
    assert.ok(!(await page.content()).includes(PASSWORD));
    await page.waitForURL(open.address);
    assert.equal(connections.length, 0);

    await page.getByRole('button', { name: /^Stay with/ }).click();
    await page.getByText('Connected', { exact: true }).waitFor();
    assert.ok(connections.every((url) => url.startsWith(open.broker.wsUrl)));
    await page.reload();
    await page.getByText('Connected', { exact: true }).waitFor();
    assert.ok(connections.every((url) => url.startsWith(open.broker.wsUrl)));
  });

  test('to the same login at another broker brings no password along', async (t) => {
    const { page } = await openBrowser(t);
    const mine = { user: 'alice', username: 'alice', password: PASSWORD };
    await page.goto(link(mine));
    await page.getByRole('button', { name: 'Connect' }).click();
    await page.getByText('Connected', { exact: true }).waitFor();
    /** @type {string[]} */
    const sent = [];
    page.on('websocket', (socket) =>
      socket.on('framesent', ({ payload }) => sent.push(String(payload))),
    );
    await page.goto(link({ user: 'alice', username: 'alice', ws: scene.broker.wsUrl }));
    await page.getByLabel('Password of alice').fill('another');
    await page.getByRole('button', { name: /instead$/ }).click();
    await page.getByText('Connected', { exact: true }).waitFor();
    await page.reload();
    await page.getByText('Connected', { exact: true }).waitFor();
    assert.ok(sent.some((frame) => frame.includes('another')));
    assert.ok(sent.every((frame) => !frame.includes(PASSWORD)));
  });

  test('that fails leaves the page with its own broker', async (t) => {
    const { page } = await open.visit(t, open.newUser());
    await page.goto(link({ user: 'eve', ws: 'ws://127.0.0.1:1' }));
    await page.getByRole('button', { name: /instead$/ }).click();
    await page.getByText('Nobody answers at ws://127.0.0.1:1.').waitFor();
    await page.reload();
    await page.getByText('Connected', { exact: true }).waitFor();
  });

  test('that is damaged changes nothing', async (t) => {
    const { page } = await open.visit(t, open.newUser());
    await page.goto(link({ user: 'me', ws: 'ws://eve:x@127.0.0.1:1' }));
    await page.getByText('has a login inside an address').waitFor();
    assert.equal(await page.getByRole('button', { name: /instead$/ }).count(), 0);
    await page.getByRole('button', { name: /^Stay with/ }).click();
    await page.getByText('Connected', { exact: true }).waitFor();
  });
});

describe('whatever comes from the broker', () => {
  test('is no link, if it is none of the web', async (t) => {
    const user = scene.newUser();
    const { page, go } = await scene.visit(t, user);
    await page.getByRole('button', { name: 'Turn notifications on' }).click();
    const { topic, json } = await scene.hear(user, 'device/');
    const device = topic.split('/').slice(2).join('/');
    const event = {
      ...{ kind: 'note', session: { id: 'ses_1' }, project: { directory: '/a' } },
      body: 'hello',
    };
    const servers = { bad: 'javascript:alert(1)', worse: 'data:text/html,x', good: 'https://pi' };
    await scene.say(user, device, { ...json, servers }, true);
    for (const host of [...Object.keys(servers), 'constructor'])
      await scene.say(user, 'event', { ...event, id: `${user}_${host}`, host });
    await go('Activity');
    for (const line of await page.locator('.event > details > summary').all()) await line.click();
    await page.getByRole('link', { name: 'Open in OpenCode' }).waitFor();
    const hrefs = await page
      .locator('main a')
      .evaluateAll((links) => links.map((link) => link.getAttribute('href') ?? ''));
    assert.equal(hrefs.length, 1);
    assert.match(hrefs[0] ?? '', /^https:\/\/pi\//);
  });

  test('breaks no view, now or at the next visit', async (t) => {
    const user = scene.newUser();
    const { page, go } = await scene.visit(t, user);
    const all = await violations(page);
    await page.reload();
    await page.getByText('Connected', { exact: true }).waitFor();
    const hostile = [
      ...[{ ts: -1e20 }, { ts: 1e300 }, { ts: 9e15 }, { id: 'constructor' }, { id: '__proto__' }],
      ...[{ session: { id: 'x', title: 'constructor' } }, { host: '__proto__' }, { ttl_s: 9e15 }],
    ];
    for (const part of hostile) await scene.say(user, 'event', { kind: 'note', ...part });
    const asked = { kind: 'permission.asked', request: { id: 'per_1', nonce: 'n' } };
    await scene.say(user, 'event', { ...asked, ask: { tool: 'constructor', input: [[1]] } });
    for (const receipt of [
      { event: 'constructor', state: 'pushed', device: '__proto__', reason: 'toString', ts: 9e15 },
      { event: 'constructor', state: 'held', reason: 'constructor', until: 9e15, ts: 1 },
      { event: 5, state: {}, reason: [], ts: 1e300 },
      { request: 'per_1', host: 'x', state: 'refused', reason: 'constructor', ts: 1 },
    ])
      await scene.say(user, 'receipt', receipt);
    for (const name of ['constructor', '__proto__', 'toString']) {
      await scene.say(
        user,
        `device/${name}`,
        { platform: 'constructor', prefs: [], keys: 5 },
        true,
      );
      await scene.say(user, `presence/${name}`, '{"state":"constructor"}', true);
      const sessions = [{ id: 'ses_1', title: {}, state: 'constructor', since: 1e300 }];
      await scene.say(user, `agent/${name}`, { state: 'online', sessions }, true);
      await scene.client.publish(`nudge/bridge/${name}/state`, 'online', { retain: true });
    }
    // Larger than anything of ours: some brokers never get it through a WebSocket, nor what comes next.
    const title = 'x'.repeat(1_000_000);
    const sessions = [{ id: 'ses_1', title, project: '', state: 'busy', since: 1 }];
    await scene.say(user, 'agent/huge', { state: 'online', sessions }, true);
    await scene.say(user, 'device/huge', { platform: 'log', name: title }, true);
    const strange = {
      quiet: [5, { from: {} }],
      mute: { hosts: [{}] },
      kinds: 5,
      snooze_until: 9e15,
    };
    await scene.say(user, 'prefs', strange, true);
    await scene.say(user, 'state', { asks: [{}, 5, { ...asked, id: 'x', ts: 'now' }] }, true);
    await scene.say(user, 'event', { id: `${user}_last`, kind: 'note', body: 'still here' });
    const visit = async () => {
      for (const view of /** @type {const} */ (['Now', 'Preferences', 'Devices', 'Activity']))
        await go(view);
      await page.getByRole('heading', { name: 'still here' }).waitFor();
    };
    await visit();
    await page.goto(`${scene.address}#constructor`);
    await page.getByRole('heading', { level: 1, name: 'Now' }).waitFor();
    await page.reload();
    await page.getByRole('heading', { level: 1, name: 'Now' }).waitFor();
    await visit();
    assert.deepEqual(all, []);
    await scene.client.publish('nudge/bridge/constructor/state', '', { retain: true });
  });

  test('that broke what the page remembers is forgotten by hand', async (t) => {
    const { page } = await scene.visit(t, scene.newUser());
    await page.getByText('Connected', { exact: true }).waitFor();
    await page.goto('about:blank');
    await page.goto(new URL('icon.svg', scene.address).href);
    await page.evaluate(
      () =>
        new Promise((done) => {
          const opening = indexedDB.open('keyval-store');
          opening.onsuccess = () => {
            const writing = opening.result.transaction('keyval', 'readwrite');
            const view = { feed: [{}], preferences: {}, unnamed: 0, info: null };
            writing.objectStore('keyval').put({ version: 2, view }, 'known');
            writing.oncomplete = () => done(undefined);
          };
        }),
    );
    await page.goto(scene.address);
    await page.getByRole('button', { name: 'Forget history' }).click();
    await page.getByText('Connected', { exact: true }).waitFor();
    await page.getByText('Nobody needs you.').waitFor();
  });
});

test('an anonymous client of the same broker signs nothing', async (t) => {
  const user = scene.newUser();
  const { page } = await scene.visit(t, user);
  const eve = await connect(scene.broker.url);
  t.after(() => eve.end());
  const agent = new Agent(scene, user);
  const request = await agent.ask('permission', '1', echo);
  await page.getByRole('button', { name: 'Allow once' }).waitFor();
  await eve.publish(`nudge/${user}/reply`, { ...request, request: request.id, reply: 'once' });
  await eve.publish(`nudge/${user}/reply`, {
    signed: JSON.stringify({ request: request.id, nonce: request.nonce, reply: 'once' }),
    mac: REPLY_KEY,
  });
  await assert.rejects(agent.answer(request), /the signature is wrong/);
});
