// The rim: whatever OpenCode or the broker do, no hook throws and none hangs.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { callsOf } from './recording.mjs';
import { source } from './source.mjs';

/** @type {typeof import('../src/instance')} */
const { Instance } = await source('instance.ts');

/** @param {{ get?: () => Promise<unknown>, release?: () => Promise<void> }} [given] */
function open({ get, release } = {}) {
  /** @type {any[]} */
  const published = [];
  /** @type {any[]} */
  const shown = [];
  const lease = /** @type {any} */ ({
    broker: { publish: (/** @type {any} */ event) => published.push(event) },
    onReply: () => {},
    show: (/** @type {any} */ sessions) => shown.push(sessions),
    release: release ?? (async () => {}),
  });
  const client = /** @type {any} */ ({ session: { get: get ?? (async () => ({})) } });
  const input = { client, directory: '/home/a/webshop', worktree: '/' };
  return {
    instance: new Instance(input, () => lease, 'workstation'),
    published,
    shown,
  };
}

const busy = {
  id: 'evt_1',
  type: 'session.status',
  properties: { sessionID: 'ses_1', status: { type: 'busy' } },
};

describe('an instance', () => {
  it('publishes what the tracker finds, in order, and names the place', async () => {
    const { instance, published, shown } = open();
    for (const { event } of callsOf('c-permission-once')) await instance.event({ event });
    await instance.dispose();

    const states = shown.map(([session]) => session?.state);
    assert.deepEqual([...new Set(states.filter(Boolean))], ['busy', 'waiting', 'idle']);
    assert.deepEqual(
      published.map(({ kind }) => kind),
      ['session.busy', 'permission.asked', 'permission.replied', 'session.idle'],
    );
    assert.deepEqual(published[0].project, { name: 'webshop', directory: '/home/a/webshop' });
    assert.match(published[1].request.nonce, /^[A-Za-z0-9_-]{22}$/);
  });

  it('connects to nothing as long as it has nothing to say', async () => {
    const { instance, shown } = open({ release: () => assert.fail('was never opened') });
    for (const { event } of callsOf('r-rename')) await instance.event({ event });
    await instance.dispose();
    assert.deepEqual(shown, []);
  });

  it('asks OpenCode for a session it does not know', async () => {
    const get = async () => ({ data: { id: 'ses_1', title: 'Fix login' } });
    const { instance, published } = open({ get });
    await instance.event({ event: busy });
    await instance.dispose();
    assert.equal(published[0].session.title, 'Fix login');
  });

  it('asks again at a later event if OpenCode did not tell', async () => {
    let calls = 0;
    const get = async () => (++calls === 1 ? {} : { data: { id: 'ses_1', parentID: 'ses_0' } });
    const { instance, published } = open({ get });
    const error = { error: { name: 'UnknownError' } };
    await instance.event({ event: busy });
    const properties = { sessionID: 'ses_1', ...error };
    await instance.event({ event: { id: 'evt_2', type: 'session.error', properties } });
    await instance.event({ event: { ...busy, id: 'evt_3', type: 'session.idle' } });
    await instance.dispose();
    const parents = published.map(({ kind, session }) => [kind, session.parent]);
    assert.deepEqual(parents, [
      ['session.busy', null],
      ['session.error', 'ses_0'],
    ]);
  });

  it('takes back what nobody can answer any more, and closes once', async () => {
    let releases = 0;
    const { instance, published } = open({ release: async () => void ++releases });
    const properties = { id: 'per_1', sessionID: 'ses_1', metadata: { command: 'ls' } };
    await instance.event({ event: { id: 'evt_1', type: 'permission.asked', properties } });
    await Promise.all([instance.dispose(), instance.dispose()]);
    const kinds = published.map(({ kind }) => kind);
    assert.deepEqual(kinds, ['permission.asked', 'permission.replied']);
    assert.equal(releases, 1);
  });

  it('does without an answer', async () => {
    for (const get of [
      () => Promise.reject(new Error('no')),
      () => new Promise(() => {}),
      () => {
        throw new Error('no');
      },
    ]) {
      const { instance, published } = open({ get: /** @type {any} */ (get) });
      await instance.event({ event: busy });
      await instance.dispose();
      assert.equal(published[0]?.session.title, null);
    }
  });

  it('throws nothing at OpenCode, whatever it is given', async () => {
    const { instance, published } = open();
    for (const event of [undefined, null, 1, {}, { type: 'session.idle' }, { id: 'a', type: 7 }])
      await instance.event({ event });
    await instance.event(/** @type {any} */ ({}));
    await instance.dispose();
    assert.deepEqual(published, []);
  });

  it('lets OpenCode go though the broker fails', async () => {
    const { instance } = open({ release: () => Promise.reject(new Error('no')) });
    await instance.event({ event: busy });
    await instance.dispose();
  });
});
