// Answers without a signature: from whoever the broker lets write, and only while it lets in nobody
// without a login.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { startBroker } from './support/broker.mjs';
import { stranger } from './support/opencode-install.mjs';
import { says } from './support/model.mjs';
import { ask, echo, permission, person, signed, writeKey } from './support/opencode-reply.mjs';
import { startScene, warningsIn } from './support/opencode-scene.mjs';
import { serve } from './support/opencode.mjs';
import { freePort } from './support/ports.mjs';
import { scratchDirectory } from './support/scratch.mjs';

/**
 * @param {import('node:test').TestContext} test
 * @param {Parameters<typeof startScene>[0]} broker
 * @param {string} [url]
 */
async function asked(test, broker, url) {
  const scene = await startScene(broker);
  test.after(() => scene.stop());
  const options = {
    ...{ user: 'alice', replies: 'account', ...(url && { url }) },
    ...(broker?.users && { password_file: passwordIn(scene.dir) }),
    reply_key_file: writeKey(scene.dir),
  };
  const server = await serve(scene.home('account', { permission, options }));
  test.after(() => server.kill());
  const alice = await person(scene, 'alice');
  const { event: _, ...request } = await ask(
    ...[scene, server, 'permission.asked'],
    ...[echo, says('Done.')],
  );
  /** What status says of answers. */
  const status = async () => {
    const { nudge } = stranger(scene, 'status');
    const flags = Object.entries({ url: scene.broker.url, ...options }).flatMap(([name, value]) => [
      `--${name.replaceAll('_', '-')}`,
      value,
    ]);
    const { lines } = await nudge('status', ...flags);
    return lines.find((line) => line.startsWith('answers  '))?.slice(9);
  };
  return { scene, server, alice, status, ...request };
}

/** An address of the loopback that nobody else uses, with the ports that brokers usually have. */
async function ownAddress() {
  const port = await freePort();
  const host = `127.${port >> 8}.${port & 255}.77`;
  return { host, url: `mqtt://${host}:${port}`, extra: [`listener ${port} ${host}`] };
}

/** @param {string} dir */
function passwordIn(dir) {
  const file = join(dir, 'password');
  writeFileSync(file, 'right', { mode: 0o600 });
  return file;
}

describe('an unsigned answer', () => {
  it('counts if every client must have a login, and it is said what that rests on', async (test) => {
    const { extra, url } = await ownAddress();
    const found = await asked(test, { users: { alice: 'right' }, extra }, url);
    const { scene, server, alice, session, request, nonce } = found;
    const forged = signed({ request, nonce, reply: 'always' }, Buffer.alloc(32));
    assert.equal((await alice.outcome(request, forged)).reason, 'signature');
    const granted = await alice.outcome(request, { request, nonce, reply: 'once' });
    assert.deepEqual(granted, { state: 'answered', host: 'workstation' });
    assert.equal((await scene.event(session, 'session.idle')).body, 'Done.');
    const trust = `whoever may write nudge/alice/reply at ${url} may answer, signed or not`;
    const said = warningsIn(server.lines);
    assert.equal(said.length, 1, said.join('\n'));
    assert.ok(said[0]?.startsWith(`nudge: ${trust}`), said[0]);
    assert.equal(`nudge: ${await found.status()}`, said[0]);
  });

  it('does not count on a broker that lets anybody in; a signed one does', async (test) => {
    const found = await asked(test, {});
    const { scene, server, alice, session, request, nonce } = found;
    const refused = await alice.outcome(request, { request, nonce, reply: 'once' });
    assert.deepEqual(refused, { state: 'refused', reason: 'off', host: 'workstation' });
    const line = await server.waitForLine(/^nudge: unsigned replies stay off: /);
    assert.ok(line.includes(`lets anybody in at ${scene.broker.url}, `), line);
    assert.equal(`nudge: ${await found.status()}`, line);
    await alice.send({ request, nonce, reply: 'once' });
    assert.equal((await scene.event(session, 'session.idle')).body, 'Done.');
  });

  it('does not count while anybody gets in at another usual port of that host', async (test) => {
    const { host, extra, url } = await ownAddress();
    const dir = await scratchDirectory(test);
    const open = await startBroker({
      ...{
        dir,
        port: 8883,
        config: `listener 8883 ${host}\nallow_anonymous true\nlog_dest stderr\n`,
      },
    });
    test.after(() => open.stop());
    const found = await asked(test, { users: { alice: 'right' }, extra }, url);
    const { server, alice, request, nonce } = found;
    const refused = await alice.outcome(request, { request, nonce, reply: 'once' });
    assert.deepEqual(refused, { state: 'refused', reason: 'off', host: 'workstation' });
    const line = await server.waitForLine(/^nudge: unsigned replies stay off: /);
    assert.ok(line.includes(`lets anybody in at mqtt://${host}:8883, `), line);
    assert.equal(`nudge: ${await found.status()}`, line);
  });
});
