import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { source } from './source.mjs';

/** @type {typeof import('../src/io/life')} */
const { lifeOf } = await source('io/life.ts');
/** @type {typeof import('../src/io/pending')} */
const { Pending } = await source('io/pending.ts');

const NOW_MS = 1_764_000_000_000;
const settings = /** @type {any} */ ({ url: 'mqtt://pi.lan', base: 'nudge/me', host: 'h' });

/** @param {string} kind @param {string} [id] */
const event = (kind, id) =>
  /** @type {any} */ ({
    ...{ v: 1, id: 'evt_1', ts: NOW_MS, kind, host: 'h', title: null, body: 'rm -rf' },
    project: { name: 'webshop', directory: '/home/a/webshop' },
    session: { id: 'ses_1', title: 'Fix login', parent: null },
    ...(id && { request: { id, nonce: 'n' }, ask: { tool: 'bash' } }),
  });

/** Two processes, of which the first may die.
 * @param {import('node:test').TestContext} test */
function scene(test) {
  const home = mkdtempSync(join(tmpdir(), 'nudge-pending-'));
  test.after(() => rmSync(home, { recursive: true, force: true }));
  const births = new Map([
    [7, '100'],
    [8, '200'],
  ]);
  const world = {
    ...{ boot: 'aaaa', namespace: '1' },
    birthOf: (/** @type {number} */ pid) => births.get(pid) ?? null,
  };
  const first = new Pending(settings, home, lifeOf(7, world));
  /** @param {Partial<typeof world & { machine: string }>} [changes] @param {object} [other] */
  const taken = (changes = {}, other = {}) => {
    /** @type {any[]} */
    const events = [];
    const second = { ...settings, ...other };
    const pending = new Pending(second, home, lifeOf(8, { ...world, ...changes }));
    pending.takeBack(NOW_MS + 1_000, (one) => void events.push(one));
    return events;
  };
  const elsewhere = (/** @type {string} */ request) =>
    new Pending(settings, home, lifeOf(8, world)).isElsewhere(request);
  return { home, births, first, taken, elsewhere };
}

describe('a request that waits', () => {
  it('is known to be elsewhere while another process lives that has it', (test) => {
    const { births, first, elsewhere } = scene(test);
    first.note(event('permission.asked', 'per_1'));
    assert.deepEqual(['per_1', 'per_2'].map(elsewhere), [true, false]);
    assert.equal(first.isElsewhere('per_1'), false);
    births.delete(7);
    assert.equal(elsewhere('per_1'), false);
  });

  it('is taken back once its process is dead, once, and says nothing of what was asked', (test) => {
    const { births, first, taken } = scene(test);
    first.note(event('permission.asked', 'per_1'));
    first.note(event('question.asked', 'que_1'));
    assert.deepEqual(taken(), []);
    births.delete(7);
    const { ask: _, ...rest } = event('permission.asked', 'per_1');
    const end = { ...rest, ts: NOW_MS + 1_000, body: null };
    assert.deepEqual(taken(), [
      { ...end, id: 'per_1-gone', kind: 'permission.replied', request: { id: 'per_1' } },
      { ...end, id: 'que_1-gone', kind: 'question.rejected', request: { id: 'que_1' } },
    ]);
    assert.deepEqual(taken(), []);
  });

  it('is taken back if another process has its number by now, or the machine started anew', (test) => {
    const reused = scene(test);
    reused.first.note(event('permission.asked', 'per_1'));
    reused.births.set(7, '300');
    assert.equal(reused.taken().length, 1);

    const restarted = scene(test);
    restarted.first.note(event('permission.asked', 'per_1'));
    assert.equal(restarted.taken({ boot: 'bbbb' }).length, 1);
  });

  it('of another container, broker, user or host is left alone', (test) => {
    const { births, first, taken } = scene(test);
    first.note(event('permission.asked', 'per_1'));
    births.delete(7);
    assert.deepEqual(taken({ namespace: '2' }), []);
    for (const other of [{ url: 'mqtt://x' }, { base: 'nudge/bob' }, { host: 'i' }])
      assert.deepEqual(taken({}, other), []);
    assert.equal(taken().length, 1);
  });

  it('of a living process of another machine is left alone, though both share name and home', (test) => {
    const { first, taken } = scene(test);
    first.note(event('permission.asked', 'per_1'));
    assert.deepEqual(taken({ machine: 'other', boot: 'bbbb' }), []);
    assert.equal(taken({ boot: 'bbbb' }).length, 1);
  });

  it('is forgotten when it is answered, or its session deleted', (test) => {
    const { births, first, taken } = scene(test);
    first.note(event('permission.asked', 'per_1'));
    first.note(event('permission.replied', 'per_1'));
    first.note(event('question.asked', 'que_1'));
    first.note(event('session.deleted'));
    first.note(event('question.asked', 'que_2'));
    births.delete(7);
    assert.deepEqual(
      taken().map(({ request }) => request.id),
      ['que_2'],
    );
  });

  it('is nothing after a day, and nothing if it was written half', (test) => {
    const { home, births, first, taken } = scene(test);
    first.note({ ...event('permission.asked', 'per_1'), ts: NOW_MS - 24 * 3_600_000 });
    first.note(event('permission.asked', 'per_2'));
    const folder = join(
      home,
      'nudge',
      'pending',
      readdirSync(join(home, 'nudge', 'pending'))[0] ?? '',
    );
    assert.equal(statSync(folder).mode & 0o077, 0);
    const [file = ''] = readdirSync(folder).filter((name) => name.includes('per_2'));
    assert.equal(statSync(join(folder, file)).mode & 0o077, 0);
    writeFileSync(join(folder, file), '{"id":');
    writeFileSync(join(folder, 'other.txt'), '');
    births.delete(7);
    assert.deepEqual(taken(), []);
    assert.deepEqual(readdirSync(folder), ['other.txt']);
  });

  it('that cannot be kept is no trouble', (test) => {
    const { home } = scene(test);
    writeFileSync(join(home, 'file'), '');
    const pending = new Pending(settings, join(home, 'file'));
    pending.note(event('permission.asked', 'per_1'));
    pending.note(event('permission.replied', 'per_1'));
    assert.equal(pending.hasLeft(), false);
  });
});

it('a process is dead once it is killed, though nobody has looked', async () => {
  const child = spawn('sleep', ['1000']);
  await once(child, 'spawn');
  const { name } = lifeOf(child.pid ?? 0);
  const { outlived, name: ours } = lifeOf(process.pid);
  assert.equal(outlived(ours), false);
  assert.equal(outlived(name), false);
  child.kill('SIGKILL');
  await once(child, 'exit');
  assert.equal(outlived(name), true);
});
