import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, describe, it } from 'node:test';
import { source } from './source.mjs';

/** @type {typeof import('../src/core/keep')} */
const keep = await source('core/keep.ts');
/** @type {typeof import('../src/io/spool')} */
const { payloadOf, Spool } = await source('io/spool.ts');
/** @type {typeof import('../src/io/clock')} */
const { stamp, steadyMs } = await source('io/clock.ts');

const HOUR_MS = 3_600_000;
const T0 = 1_795_415_693_776;

/** @returns {any} */
const event = (id = 'evt_1', kind = 'session.idle', ts = T0) => ({ v: 1, id, ts, kind });
const owner = { pid: 7, token: 'ab12' };
const then = { clock: '0123abcd', steadyMs: 1_000 };

describe('the name of a kept event', () => {
  it('says all that decides about it', () => {
    const kept = keep.keptAs(event(), owner, then);
    assert.deepEqual(kept, {
      tsMs: T0,
      expiresMs: T0 + HOUR_MS,
      class: 'notice',
      pid: 7,
      token: 'ab12',
      happened: then,
      id: 'evt_1',
    });
    assert.deepEqual(keep.readName(keep.nameOf(kept)), kept);
    const untold = { ...kept, happened: null };
    assert.deepEqual(keep.readName(keep.nameOf(untold)), untold);
  });

  const foreign = ['', 'x.json', '.tmp', '1.2.notice.7-ab.evt_1.json', '../../etc/passwd'];
  for (const name of foreign)
    it(`is not ${JSON.stringify(name)}`, () => assert.equal(keep.readName(name), null));
});

describe('the age of a kept event', () => {
  const kept = keep.keptAs(event(), owner, then);

  it('is by the clock that nobody sets, of whatever process', () => {
    assert.equal(keep.ageMs(kept, { ...then, steadyMs: 8_000 }), 7_000);
    assert.equal(keep.ageMs(kept, { ...then, steadyMs: 0 }), 0);
  });

  it('cannot be told once the machine has started anew', () =>
    assert.equal(keep.ageMs(kept, { clock: '99999999', steadyMs: 8_000 }), null));

  it('is part of what is sent, as it is then', () => {
    const payload = JSON.stringify(event());
    const happened = { ...stamp(), steadyMs: steadyMs() - 60_000 };
    const sent = JSON.parse(payloadOf({ kept: keep.keptAs(event(), owner, happened), payload }));
    const { age_ms, ...rest } = sent;
    assert.deepEqual(rest, event());
    assert.ok(age_ms >= 60_000 && age_ms < 120_000, String(age_ms));
    assert.equal(payloadOf({ kept, payload }), payload);
  });
});

describe('events that find no room', () => {
  it('are the oldest news first, and what needs an answer last', () => {
    const kinds = ['permission.asked', 'session.busy', 'session.idle', 'session.error'];
    const all = kinds.map((kind, i) => keep.keptAs(event(`evt_${i}`, kind, T0 + i), owner, null));
    const gone = [4, 3, 2, 1].map((max) => keep.surplus(all, max).map(({ id }) => id));
    assert.deepEqual(gone, [
      ['evt_2'],
      ['evt_2', 'evt_3'],
      ['evt_2', 'evt_3', 'evt_1'],
      ['evt_2', 'evt_3', 'evt_1', 'evt_0'],
    ]);
    assert.deepEqual(keep.surplus(all, 5), []);
  });
});

describe('a spool', () => {
  const home = mkdtempSync(join(tmpdir(), 'nudge-spool-'));
  after(() => rmSync(home, { recursive: true, force: true }));

  /** @type {string[]} */
  const warnings = [];
  const settings = /** @type {any} */ ({ url: 'mqtt://pi', base: 'nudge/me' });
  const open = (home_ = home) => new Spool(settings, home_, (text) => warnings.push(text));
  const folder = () =>
    join(home, 'nudge', 'spool', readdirSync(join(home, 'nudge/spool'))[0] ?? '');

  /** @param {any} event @param {number} pid */
  const leave = (event, pid) =>
    writeFileSync(
      join(folder(), keep.nameOf(keep.keptAs(event, { pid, token: 'ff' }, null))),
      JSON.stringify(event),
    );
  const deadPid = () => spawnSync('true').pid;

  beforeEach(() => {
    rmSync(home, { recursive: true, force: true });
    warnings.length = 0;
  });

  it('keeps an event for its owner’s eyes only, until it is removed', () => {
    const spool = open();
    const { letter, dropped } = spool.add(event(), stamp());
    assert.deepEqual(dropped, []);
    const [name = ''] = readdirSync(folder());
    assert.equal(statSync(join(folder(), name)).mode & 0o777, 0o600);
    assert.equal(statSync(folder()).mode & 0o777, 0o700);

    spool.remove(letter.kept);
    assert.deepEqual(readdirSync(folder()), []);
    spool.remove(letter.kept);
  });

  it('takes over what a process left that is gone, with its id and time', () => {
    const spool = open();
    leave(event('evt_dead'), deadPid());
    leave(event('evt_alive', 'session.idle', T0), process.ppid);
    leave(event('evt_same_number'), process.pid);
    const ids = spool.letters(T0 + 1).map(({ payload }) => JSON.parse(payload).id);
    assert.deepEqual(ids.sort(), ['evt_dead', 'evt_same_number']);
  });

  it('takes over what even a living process could not send for minutes', () => {
    const spool = open();
    leave(event('evt_alive'), process.ppid);
    assert.equal(spool.letters(T0 + 5 * 60_000).length, 0);
    assert.equal(spool.letters(T0 + 5 * 60_000 + 1).length, 1);
  });

  it('has what this process kept before it was closed and opened again', () => {
    open().add(event(), stamp());
    const [letter] = open().letters(T0 + 1);
    assert.deepEqual(JSON.parse(letter?.payload ?? ''), event());
  });

  it('throws away what is expired or written half', () => {
    const spool = open();
    leave(event('evt_old'), deadPid());
    leave(event('evt_half', 'permission.asked'), deadPid());
    const half = readdirSync(folder()).find((name) => name.includes('evt_half')) ?? '';
    writeFileSync(join(folder(), half), '{"v":1,');
    assert.deepEqual(spool.letters(T0 + HOUR_MS), []);
    assert.deepEqual(readdirSync(folder()), []);
  });

  it('holds 1000 events, and says so once it drops some', () => {
    const spool = open();
    for (let i = 0; i < keep.KEEP_MAX; i++)
      spool.add(event(`evt_${i}`, 'session.idle', T0 + i), stamp());
    assert.deepEqual(warnings, []);
    const { dropped } = spool.add(event('per_1', 'permission.asked'), stamp());
    assert.deepEqual(
      dropped.map(({ id }) => id),
      ['evt_0'],
    );
    assert.equal(readdirSync(folder()).length, keep.KEEP_MAX);
    assert.match(warnings[0] ?? '', /more than 1000 events wait/);
  });

  it('that cannot be written warns, and goes on', () => {
    const file = join(tmpdir(), `nudge-file-${process.pid}`);
    writeFileSync(file, '');
    try {
      const spool = open(file);
      assert.equal(spool.add(event(), stamp()).letter.kept.id, 'evt_1');
      assert.deepEqual(spool.letters(T0), []);
      assert.match(warnings[0] ?? '', /may be lost: ENOTDIR/);
    } finally {
      rmSync(file);
    }
  });
});
