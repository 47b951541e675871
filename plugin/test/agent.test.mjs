import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { feed } from './recording.mjs';
import { source } from './source.mjs';

/** @type {typeof import('../src/core/agent')} */
const { agentDocument, OFFLINE, tellsOf } = await source('core/agent.ts');
/** @type {typeof import('../src/core/tracker')} */
const { Tracker } = await source('core/tracker.ts');

/** @returns {any} */
const session = (id = 'ses_1', state = 'busy', since = 1) => ({
  id,
  title: 'Fix login',
  project: 'webshop',
  state,
  since,
});

describe('the agent document', () => {
  it('counts, and puts first what presses', () => {
    const all = [
      session('a', 'idle', 9),
      session('b', 'busy', 1),
      session('c', 'waiting', 1),
      session('d', 'busy', 2),
    ];
    const document = JSON.parse(agentDocument(all));
    assert.equal(document.state, 'online');
    assert.equal(document.running, 2);
    assert.equal(document.waiting, 1);
    assert.deepEqual(
      document.sessions.map((/** @type {any} */ { id }) => id),
      ['c', 'd', 'b', 'a'],
    );
    assert.deepEqual(document.sessions[0], session('c', 'waiting', 1));
  });

  it('counts all, and shows twenty', () => {
    const all = Array.from({ length: 500 }, (_, i) => session(`ses_${i}`));
    const document = JSON.parse(agentDocument(all));
    assert.equal(document.running, 500);
    assert.equal(document.sessions.length, 20);
  });

  it('of another process may leave ours out', () => {
    const ours = [session()];
    assert.equal(tellsOf(agentDocument([session(), session('other')]), ours), true);
    assert.equal(tellsOf(agentDocument([session('other')]), ours), false);
    assert.equal(tellsOf(agentDocument([session('ses_1', 'idle')]), ours), false);
    assert.equal(tellsOf(OFFLINE, []), false);
    assert.equal(tellsOf('{', ours), false);
  });
});

describe('a session', () => {
  it('waits as long as a subagent of it does', () => {
    const tracker = new Tracker();
    tracker.learn('ses_1', { title: 'Fix login' });
    tracker.learn('ses_2', { parentID: 'ses_1' });
    let count = 0;
    /**
     * @param {string} type
     * @param {object} properties
     */
    const hear = (type, properties) => {
      feed(tracker, { id: `evt_${++count}`, type, properties: { ...properties } }, count);
      return tracker.sessions('webshop').map(({ id, state, since }) => [id, state, since]);
    };
    const busy = { status: { type: 'busy' } };
    const child = { sessionID: 'ses_2' };
    assert.deepEqual(hear('session.status', { sessionID: 'ses_1', ...busy }), [
      ['ses_1', 'busy', 1],
    ]);
    hear('session.status', { ...child, ...busy });
    assert.deepEqual(hear('permission.asked', { ...child, id: 'per_1' }), [
      ['ses_1', 'waiting', 3],
    ]);
    assert.deepEqual(hear('permission.replied', { ...child, requestID: 'per_1' }), [
      ['ses_1', 'busy', 1],
    ]);
    hear('session.idle', child);
    assert.deepEqual(hear('session.idle', { sessionID: 'ses_1' }), [['ses_1', 'idle', 6]]);
    const error = { error: { name: 'UnknownError' } };
    hear('session.error', { sessionID: 'ses_1', ...error });
    tracker.tick({ nowMs: 9_000, steadyMs: 9_000, nonce: '' });
    assert.deepEqual(hear('session.updated', { info: { id: 'ses_1' } }), [['ses_1', 'error', 7]]);
    assert.deepEqual(hear('session.deleted', { sessionID: 'ses_1' }), []);
  });
});
