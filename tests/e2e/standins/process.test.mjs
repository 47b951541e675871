// The ground the other tests stand on: children are heard, and none outlives its test.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startProcess } from '../support/process.mjs';

const shell = (/** @type {string} */ script) => startProcess('sh', ['-c', script]);

test('awaits a line and gives it', async () => {
  const child = shell('echo first; echo ready 7 >&2; exec sleep 60');
  assert.equal(await child.waitForLine(/^ready/), 'ready 7');
  assert.deepEqual(await child.stop(), { code: null, signal: 'SIGTERM' });
});

test('tells when a child ends before the line came, with what it said', async () => {
  const child = shell('echo sorry; exit 3');
  await assert.rejects(child.waitForLine(/ready/), /exit 3\).*\nsorry/);
});

test('tells when a program cannot be started', async () => {
  const child = startProcess('no-such-program');
  await assert.rejects(child.waitForLine(/ready/), /no-such-program.*\n.*No such file/);
});

// A socket closes with the last process that holds it: how to see a death from afar.
test('takes what a child started along', { timeout: 30_000 }, async (test) => {
  const { port, closed } = await watchOneConnection(test);
  const child = shell(`${JSON.stringify(process.execPath)} -e '${holdSocket(port)}' & wait`);
  await child.waitForLine(/held/);
  child.signal('SIGKILL');
  await closed;
  await child.ended();
});

test(
  'ends its children even when the test process is killed',
  { timeout: 30_000 },
  async (test) => {
    const { port, closed } = await watchOneConnection(test);
    const support = fileURLToPath(new URL('../support/process.mjs', import.meta.url));
    const program = `
    import { startProcess } from ${JSON.stringify(support)};
    const child = startProcess(process.execPath, ['-e', ${JSON.stringify(holdSocket(port))}]);
    console.log(await child.waitForLine(/held/));
    setInterval(() => {}, 1000);`;
    const parent = startProcess(process.execPath, ['--input-type=module', '-e', program]);
    await parent.waitForLine(/held/);
    process.kill(parent.pid, 'SIGKILL'); // not its group: the kernel has to do the rest
    await closed;
  },
);

/** @param {number} port */
function holdSocket(port) {
  return `require("net").connect(${port}, "127.0.0.1", () => console.log("held")).on("error", () => {})`;
}

/** @param {import('node:test').TestContext} test */
async function watchOneConnection(test) {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    test.after(() => socket.destroy());
  }).listen(0, '127.0.0.1');
  test.after(() => server.close());
  await once(server, 'listening');
  const closed = once(server, 'connection').then(([socket]) => once(socket, 'close'));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return { port, closed };
}
