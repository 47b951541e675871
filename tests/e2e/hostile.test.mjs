// Who was not let in reads nothing, answers nothing, registers nothing and leads no page astray.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { openBrowser } from '../web/support/browser.mjs';
import { accounts, makeRun, Person, SECRET } from './support/hostile.mjs';
import { connect } from './support/mqtt.mjs';
import { addHost, enterNetwork } from './support/netns.mjs';

await enterNetwork(import.meta.url);

/**
 * @typedef {import('./support/hostile.mjs').SetUp} SetUp
 * @typedef {import('./support/hostile.mjs').Login} Login
 * @typedef {import('./support/mqtt.mjs').Client} Client
 */

const HERE = '192.168.77.1';
const CABLE = { ours: `${HERE}/24`, theirs: '192.168.77.2/24' };
const DENIED = { code: 0x87 };
const NOT_LET_IN = /Not authorized|Bad User Name/i;

/** What all of them want. */
const ONCE = { reply: 'once' };

/** @type {SetUp} */
let setUp;
/** @type {Person} */
let person;

/** @param {(test: import('./support/hostile.mjs').Lifetime) => Promise<SetUp>} make */
function live(make) {
  /** @type {(() => any)[]} */
  const endings = [];
  before(async () => {
    const lifetime = { after: (/** @type {() => any} */ end) => void endings.unshift(end) };
    setUp = await make(lifetime);
    person = await Person.start(lifetime, setUp);
  });
  after(async () => {
    for (const end of endings) await end();
  });
}

/**
 * @param {import('node:test').TestContext} t
 * @param {Login} [login] none: as a program comes that knows no password
 */
async function enter(t, login) {
  const client = await connect(`mqtt://127.0.0.1:${setUp.port}`, login);
  t.after(() => client.end());
  return client;
}

/**
 * Listens to everything while the agent asks, and looks at what is kept afterwards.
 *
 * @param {Client} client
 */
async function eavesdrop(client) {
  const live = await client.collect('#');
  const asked = await person.ask();
  const kept = await client.collect(`nudge/${setUp.user}/#`);
  await client.collect('nothing/but/a/barrier'); // what was for us came before its acknowledgement
  const messages = [...live.messages, ...kept.messages];
  for (const { topic, text } of messages)
    for (const secret of [SECRET, asked.nonce, asked.session])
      assert.ok(!text.includes(secret), `${topic}: ${text}`);
  return [...new Set(messages.map(({ topic }) => topic))].sort();
}

/**
 * Of the bridges anybody who is let in may know; it heard that, so it did listen.
 *
 * @param {string[]} topics
 * @param {string[]} others
 */
function hearsOnly(topics, others) {
  const bridges = ['state', 'info', 'health'].map((leaf) => `nudge/bridge/nudge/${leaf}`);
  for (const topic of topics) assert.ok([...bridges, ...others].includes(topic), topic);
  for (const topic of ['nudge/bridge/nudge/state', ...others]) assert.ok(topics.includes(topic));
}

/** All that a reply can be without the key. @param {import('./support/hostile.mjs').Asked} asked */
const forgeries = ({ request, nonce }) => [
  { request, nonce, ...ONCE },
  person.sign({ request, nonce, ...ONCE }, Buffer.alloc(32, 1)),
  {
    ...person.sign({ request, nonce, ...ONCE }),
    signed: JSON.stringify({ request, nonce, reply: 'always' }),
  },
];

/** The broker refuses each, and says so. @param {Client} client */
async function denied(client) {
  const asked = await person.ask();
  const payloads = [...forgeries(asked), person.sign({ ...asked, ...ONCE })];
  for (const payload of payloads)
    await assert.rejects(client.publish(person.topic('reply'), payload), DENIED);
  const device = { platform: 'log', name: "A stranger's" };
  for (const leaf of ['device/phone', 'device/strange'])
    await assert.rejects(client.publish(person.topic(leaf), device, { retain: true }), DENIED);
  for (const leaf of ['receipt', 'state', 'agent/workstation'])
    await assert.rejects(client.publish(person.topic(leaf), {}), DENIED);
  assert.ok((await person.pending()).includes(asked.request));
}

/** A page that is not ours, on this machine. @param {import('node:test').TestContext} t */
async function foreignPage(t) {
  const server = createServer((_, answer) =>
    answer.writeHead(200, { 'content-type': 'text/html' }).end('<title>Nice pictures</title>'),
  );
  await once(server.listen(0, '127.0.0.1'), 'listening');
  t.after(() => server.close());
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return `http://127.0.0.1:${port}/`;
}

/**
 * A packet CONNECT of MQTT 3.1.1 from a page, and the code of the broker's answer.
 *
 * @param {import('../web/support/browser.mjs').Page} page
 * @param {Partial<Login>} login
 */
function connectFrom(page, { username, password }) {
  const field = (/** @type {string} */ text) => [0, text.length, ...Buffer.from(text)];
  const flags = 2 + (username ? 128 : 0) + (password ? 64 : 0);
  const rest = [
    ...[...field('MQTT'), 4, flags, 0, 60, ...field('evil')],
    ...[...(username ? field(username) : []), ...(password ? field(password) : [])],
  ];
  return page.evaluate(
    ({ url, packet }) =>
      new Promise((told) => {
        const socket = new WebSocket(url, ['mqtt']);
        socket.binaryType = 'arraybuffer';
        socket.onopen = () => socket.send(new Uint8Array(packet));
        socket.onmessage = ({ data }) => told(new Uint8Array(data)[3]);
        socket.onclose = () => told('closed');
      }),
    { url: `ws://127.0.0.1:${setUp.wsPort}`, packet: [0x10, rest.length, ...rest] },
  );
}

/** What no set-up lets anybody do. */
function holds() {
  test('against another account, which reads nothing of this person', async (t) => {
    const bob = await enter(t, setUp.bob);
    hearsOnly(await eavesdrop(bob), []);
  });

  test('against another account, which answers and registers nothing', async (t) => {
    const bob = await enter(t, setUp.bob);
    await denied(bob);
    for (const leaf of ['event', 'prefs', 'prefs/set', 'ack', 'presence/phone'])
      await assert.rejects(bob.publish(person.topic(leaf), '{}'), DENIED, leaf);
  });

  test('against who has the password but not the key', async (t) => {
    const thief = await enter(t, setUp.login);
    const asked = await person.ask();
    const send = (/** @type {object} */ payload) => () =>
      thief.publish(person.topic('reply'), payload);
    for (const payload of forgeries(asked))
      assert.equal(await person.outcome(asked.request, send(payload)), 'refused: signature');
    assert.ok((await person.pending()).includes(asked.request));

    const { request, nonce } = asked;
    const right = person.sign({ request, nonce, ...ONCE });
    await person.goOn(asked, async () =>
      assert.equal(await person.outcome(request, send(right)), 'answered'),
    );
    assert.equal(await person.outcome(request, send(right)), 'refused: used');
    const next = await person.ask();
    const other = person.sign({ request: next.request, nonce, ...ONCE });
    assert.equal(await person.outcome(next.request, send(other)), 'refused: nonce');
    assert.ok((await person.pending()).includes(next.request));
  });

  test('against a page of a foreign origin, in the browser of this person', async (t) => {
    const { page } = await openBrowser(t);
    await page.goto(await foreignPage(t));
    const { username, password } = setUp.login;
    for (const login of [{}, { username }, { username, password: 'guessed' }])
      assert.equal(await connectFrom(page, login), 5, JSON.stringify(login));
    assert.equal(await connectFrom(page, { username, password }), 0); // so it was the password

    // The other listener hears HTTP from it, and no MQTT behind that.
    const topic = person.topic('event');
    const text = [0, topic.length, ...Buffer.from(topic), ...Buffer.from('from a page')];
    const packets = [
      0x10,
      16,
      0,
      4,
      ...Buffer.from('MQTT'),
      4,
      2,
      0,
      60,
      0,
      4,
      ...Buffer.from('evil'),
    ];
    const heard = page.evaluate(
      ({ url, body }) =>
        fetch(url, { method: 'POST', mode: 'no-cors', body: new Uint8Array(body) }).then(
          () => 'answered',
          () => 'refused',
        ),
      { url: `http://127.0.0.1:${setUp.port}/`, body: [...packets, 0x30, text.length, ...text] },
    );
    assert.equal(await heard, 'refused');
    await person.client.publish(topic, { id: 'after_the_page', kind: 'note' });
    await person.heard.waitFor(({ json }) => json?.event === 'after_the_page');
    assert.ok(!person.heard.messages.some((message) => message.text === 'from a page'));
  });

  test('against a link that would pair the page with another broker', async (t) => {
    const elsewhere = createTcpServer((socket) => void visits.push(socket.remotePort));
    /** @type {unknown[]} */
    const visits = [];
    await once(elsewhere.listen(0, '127.0.0.1'), 'listening');
    t.after(() => elsewhere.close());
    const { port } = /** @type {import('node:net').AddressInfo} */ (elsewhere.address());
    const { browser, page } = await openBrowser(t);
    await page.goto(setUp.link);
    await page.getByRole('button', { name: 'Connect' }).click();
    await page.getByText('Connected', { exact: true }).waitFor();

    const lure = await browser.newPage();
    await lure.goto(await foreignPage(t));
    const ours = setUp.link.split('#')[0];
    const link = `${ours}#pair?user=${setUp.user}&username=${setUp.user}&ws=ws://127.0.0.1:${port}`;
    await lure.evaluate((url) => void (location.href = url), link);
    await lure.getByRole('heading', { name: 'Pair this browser anew?' }).waitFor();
    await lure.getByText(`ws://127.0.0.1:${setUp.wsPort} as ${setUp.user}`).waitFor();
    await lure.getByText(`ws://127.0.0.1:${port} as ${setUp.user}`).waitFor();
    assert.ok(!(await lure.content()).includes(setUp.login.password));
    await lure.getByRole('button', { name: /^Stay with/ }).click();
    await lure.getByText('Connected', { exact: true }).waitFor();
    assert.deepEqual(visits, []);
  });
}

describe('what make run starts holds', () => {
  live(makeRun);
  holds();

  test('against a program without a login, which reads only what became of events', async (t) => {
    const client = await enter(t);
    hearsOnly(await eavesdrop(client), ['nudge/me/receipt']);
  });

  test('against a program without a login, which answers and registers nothing', async (t) =>
    denied(await enter(t)));

  test('against another host of the network, which reaches nothing', async (t) => {
    const stranger = await addHost(t, CABLE);
    const { port: web } = new URL(setUp.link);
    const reach = async (/** @type {number | string} */ port) =>
      (await stranger.run('mosquitto_pub', [...to(port), '-t', 'x', '-m', 'x'])).lines.join();
    for (const port of [setUp.port, setUp.wsPort, web])
      assert.match(await reach(port), /Connection refused/, String(port));
    // So it was not the cable.
    const open = createTcpServer((socket) => socket.end()).listen(0, HERE);
    await once(open, 'listening');
    t.after(() => open.close());
    const { port } = /** @type {import('node:net').AddressInfo} */ (open.address());
    assert.doesNotMatch(await reach(port), /Connection refused/);
  });
});

/** @param {number | string} port */
const to = (port) => ['-h', HERE, '-p', String(port)];

describe('a broker with accounts and an ACL holds', () => {
  live(accounts);
  holds();

  test('against a program without a login, which is not let in', async (t) => {
    await assert.rejects(enter(t), NOT_LET_IN);
  });

  test('against another host of the network, without a login or with another', async (t) => {
    const stranger = await addHost(t, CABLE);
    const asked = await person.ask();
    const { request, nonce } = asked;
    const said = async (/** @type {string[]} */ ...login) => {
      const message = [
        '-t',
        person.topic('reply'),
        '-m',
        JSON.stringify({ request, nonce, ...ONCE }),
      ];
      const args = [...to(setUp.port), '-V', '5', '-q', '1', ...login, ...message];
      return (await stranger.run('mosquitto_pub', args)).lines.join('\n');
    };
    assert.match(await said(), /not authori[sz]ed/i);
    assert.match(await said('-u', 'alice', '-P', 'guessed'), /not authori[sz]ed/i);
    const { username, password } = setUp.bob;
    assert.match(await said('-u', username, '-P', password), /Publish 1 failed: Not authorized/);
    assert.ok((await person.pending()).includes(request));
  });
});
