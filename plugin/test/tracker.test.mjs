// What no recording shows: time, look-ups, and input that should not exist.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { feed, play } from './recording.mjs';
import { source } from './source.mjs';

/** @type {typeof import('../src/core/tracker')} */
const { Tracker } = await source('core/tracker.ts');

/** @param {Record<string, unknown>} [info] */
function knowing(info = {}) {
  const tracker = new Tracker();
  let count = 0;
  tracker.learn('ses_1', { id: 'ses_1', title: 'Fix login', ...info });
  return {
    tracker,
    /**
     * @param {string} type
     * @param {object} properties
     * @param {number} [nowMs]
     */
    hear: (type, properties, nowMs = 0) => {
      const event = {
        id: `evt_${++count}`,
        type,
        properties: { sessionID: 'ses_1', ...properties },
      };
      return feed(tracker, event, nowMs);
    },
  };
}

const busy = { status: { type: 'busy' } };
const retry = { status: { type: 'retry', attempt: 1, message: 'overloaded\nreally', next: 9 } };
const part = { part: { type: 'text', messageID: 'msg_1', text: 'hello' } };

/** @param {Record<string, unknown>} [changes] */
const answer = (changes) => ({
  info: {
    id: 'msg_1',
    role: 'assistant',
    finish: 'stop',
    time: { created: 1, completed: 2 },
    ...changes,
  },
});

/** @param {number} nowMs */
const at = (nowMs) => ({ nowMs, steadyMs: nowMs, nonce: 'nonce' });

/** @param {{ kind: string }[]} found */
const kinds = (found) => found.map(({ kind }) => kind);

describe('a model that is retried', () => {
  it('is an error after 60 s, once, and a later answer still a completion', () => {
    const { tracker, hear } = knowing();
    hear('session.status', busy, 0);
    hear('session.status', retry, 1_000);
    hear('session.status', busy, 20_000);
    hear('session.status', retry, 21_000);
    assert.equal(tracker.nextTickMs(), 61_000);
    assert.deepEqual(tracker.tick(at(60_999)), []);

    const [error, ...rest] = tracker.tick(at(61_000));
    assert.deepEqual(rest, []);
    assert.equal(error?.kind, 'session.error');
    assert.equal(error?.body, 'overloaded');
    assert.equal(tracker.nextTickMs(), null);
    assert.deepEqual(tracker.tick(at(200_000)), []);

    hear('message.updated', answer(), 210_000);
    assert.deepEqual(kinds(hear('session.idle', {}, 210_001)), ['session.idle']);
  });

  it('is not reported again when it fails for good', () => {
    const { tracker, hear } = knowing();
    hear('session.status', retry, 0);
    tracker.tick(at(60_000));
    hear('session.error', { error: { name: 'APIError', data: { message: 'gave up' } } });
    assert.deepEqual(hear('session.idle', {}), []);
  });

  it('is an error through the v2 API as well', () => {
    const { tracker, hear } = knowing();
    hear('session.next.prompted', { messageID: 'msg_1' }, 0);
    hear('session.next.retried', { attempt: 1, error: { message: 'overloaded' } }, 1_000);
    const [error] = tracker.tick(at(61_000));
    assert.equal(error?.kind, 'session.error');
    assert.equal(error?.body, 'overloaded');
  });

  it('is nothing while the model speaks, however long', () => {
    const { tracker, hear } = knowing();
    hear('session.status', retry, 0);
    hear('message.updated', answer({ finish: undefined }), 1);
    hear('message.part.updated', part, 2);
    assert.equal(tracker.nextTickMs(), null);
    assert.deepEqual(tracker.tick(at(60_000)), []);
    hear('message.updated', answer(), 90_000);
    assert.deepEqual(kinds(hear('session.idle', {}, 90_001)), ['session.idle']);
  });

  it('is an error after 60 s though it begins to speak each time, and is cut off', () => {
    const { tracker, hear } = knowing();
    hear('message.updated', answer({ finish: undefined }), 0);
    for (let ms = 0; ms < 60_000; ms += 6_000) {
      hear('session.status', retry, ms);
      assert.deepEqual(tracker.tick(at(ms)), []);
      hear('session.status', busy, ms + 2_000);
      hear('message.updated', answer({ finish: undefined }), ms + 2_000);
      hear('message.part.updated', part, ms + 2_001);
    }
    assert.equal(tracker.nextTickMs(), null);
    hear('session.status', retry, 60_500);
    assert.deepEqual(kinds(tracker.tick(at(60_500))), ['session.error']);
  });

  for (const [what, done] of /** @type {[string, object][]} */ ([
    ['a tool runs', { type: 'tool', state: { status: 'running' } }],
    ['a tool has run', { type: 'tool', state: { status: 'completed' } }],
  ]))
    it(`has another 60 s once ${what}`, () => {
      const { tracker, hear } = knowing();
      hear('session.status', retry, 0);
      hear('message.updated', answer({ finish: undefined }), 1);
      hear('message.part.updated', { part: { messageID: 'msg_1', ...done } }, 30_000);
      hear('session.status', retry, 40_000);
      assert.equal(tracker.nextTickMs(), 100_000);
    });
});

describe('a turn', () => {
  it('never took less than nothing, though somebody sets the clock', () => {
    for (const name of ['z21-clock-back-1h-in-turn', 'z22-clock-on-1h-in-turn']) {
      const { durationMs = -1 } = play(name).at(-1) ?? {};
      assert.ok(durationMs > 1_000 && durationMs < 60_000, `${name}: ${durationMs}`);
    }
    const { hear } = knowing();
    hear('session.status', busy, 3_600_000);
    hear('message.updated', answer());
    assert.equal(hear('session.idle', {}, 5)[0]?.durationMs, 0);
  });

  it('is an error if the answer was cut off, and says so', () => {
    const { hear } = knowing();
    hear('session.status', busy, 5);
    hear('message.updated', answer({ finish: undefined }));
    hear('message.part.updated', part);
    hear('message.updated', answer({ finish: 'length' }));
    const [error] = hear('session.idle', {}, 25);
    assert.equal(error?.kind, 'session.error');
    assert.equal(error?.body, 'The answer was cut off at the length limit: hello');
    assert.equal(error?.durationMs, 20);
  });

  it('of the v2 API is an error too if the answer was cut off', () => {
    for (const [finish, body] of /** @type {const} */ ([
      ['length', 'The answer was cut off at the length limit: hello'],
      ['content-filter', "The response was blocked by the provider's content filter"],
    ])) {
      const { hear } = knowing();
      hear('session.next.prompted', { messageID: 'msg_1' });
      hear('session.next.text.ended', { text: 'hello' });
      const [error] = hear('session.next.step.ended', { finish });
      assert.equal(error?.kind, 'session.error');
      assert.equal(error?.body, body);
    }
  });

  it('that a person ended by a "no" is no failure, unless the model goes on', () => {
    const no = { requestID: 'per_1', reply: 'reject' };
    const error = { error: { name: 'UnknownError', data: { message: 'rejected' } } };
    const rejected = () => {
      const { hear } = knowing();
      hear('session.status', busy);
      hear('message.updated', answer({ finish: undefined }));
      hear('permission.asked', { id: 'per_1', permission: 'bash', metadata: { command: 'x' } });
      hear('permission.replied', no);
      return hear;
    };
    const ended = rejected();
    ended('session.error', error);
    assert.deepEqual(ended('session.idle', {}), []);

    const goesOn = rejected();
    goesOn('message.updated', answer({ id: 'msg_2', finish: undefined }));
    goesOn('session.error', error);
    assert.deepEqual(kinds(goesOn('session.idle', {})), ['session.error']);
  });

  it('is an error when the error comes after an answer', () => {
    const { hear } = knowing();
    hear('session.status', busy);
    hear('message.updated', answer());
    hear('session.error', { error: { name: 'UnknownError', data: { message: 'late' } } });
    assert.deepEqual(kinds(hear('session.idle', {})), ['session.error']);
  });

  it('says what the assistant said last, not what was put in its mouth', () => {
    const { hear } = knowing();
    hear('session.status', busy);
    hear('message.updated', answer({ finish: undefined }));
    hear('message.part.updated', part);
    hear('message.part.updated', { part: { ...part.part, text: 'synthetic', synthetic: true } });
    hear('message.part.updated', { part: { ...part.part, text: 'other', messageID: 'msg_0' } });
    hear('message.updated', answer());
    assert.equal(hear('session.idle', {})[0]?.body, 'hello');
  });

  it('ends by status idle as well as by session.idle, once', () => {
    const { hear } = knowing();
    hear('session.status', busy);
    hear('message.updated', answer());
    assert.deepEqual(kinds(hear('session.status', { status: { type: 'idle' } })), ['session.idle']);
    assert.deepEqual(hear('session.idle', {}), []);
  });

  it('of the v2 API goes on while a prompt is queued', () => {
    const { hear } = knowing();
    hear('session.next.prompt.admitted', { messageID: 'msg_1' });
    hear('session.next.prompted', { messageID: 'msg_1' });
    hear('session.next.prompt.admitted', { messageID: 'msg_2' });
    assert.deepEqual(hear('session.next.step.ended', { finish: 'stop' }), []);
    hear('session.next.prompted', { messageID: 'msg_2' });
    assert.deepEqual(kinds(hear('session.next.step.ended', { finish: 'stop' })), ['session.idle']);
  });
});

describe('an error outside of a turn', () => {
  const error = { error: { name: 'UnknownError', data: { message: 'no such agent' } } };

  const other = { error: { name: 'UnknownError', data: { message: 'no such command' } } };

  it('is reported after 5 s, as of then when it happened', () => {
    const { tracker, hear } = knowing();
    assert.deepEqual(hear('session.error', error, 1_000), []);
    assert.equal(tracker.nextTickMs(), 6_000);
    assert.deepEqual(tracker.tick(at(5_999)), []);
    const [told, ...rest] = tracker.tick(at(6_000));
    assert.deepEqual(rest, []);
    assert.equal(told?.body, 'no such agent');
    assert.equal(told?.ts, 1_000);
    assert.equal(told?.steadyMs, 1_000);
    assert.equal(tracker.nextTickMs(), null);
  });

  it('is nothing if a turn begins within 5 s', () => {
    const { tracker, hear } = knowing();
    hear('session.error', error, 0);
    assert.deepEqual(kinds(hear('session.status', busy, 4_999)), ['session.busy']);
    assert.equal(tracker.nextTickMs(), null);
    hear('message.updated', answer(), 5_000);
    assert.deepEqual(kinds(hear('session.idle', {}, 6_000)), ['session.idle']);
  });

  it('is reported when OpenCode ends earlier', () => {
    const { tracker, hear } = knowing();
    hear('session.error', error, 0);
    assert.deepEqual(kinds(tracker.close(at(10))), ['session.error']);
    assert.deepEqual(tracker.close(at(20)), []);
  });

  it('is another one if it says something else, and an echo if it says the same', () => {
    const { tracker, hear } = knowing();
    const echo = {
      error: { name: 'UnknownError', data: { message: 'AgentError: no such agent\n at x' } },
    };
    for (const one of [error, other, error, echo]) hear('session.error', one, 0);
    assert.deepEqual(
      tracker.tick(at(5_000)).map(({ body }) => body),
      ['no such agent', 'no such command'],
    );
    hear('session.error', other, 10_000);
    assert.equal(tracker.nextTickMs(), null);
    hear('session.error', other, 120_000);
    assert.deepEqual(kinds(tracker.tick(at(125_000))), ['session.error']);
  });

  it('is not an abort', () => {
    const { hear } = knowing();
    assert.deepEqual(hear('session.error', { error: { name: 'MessageAbortedError' } }), []);
  });

  it('of no session is OpenCode’s own', () => {
    const { hear } = knowing();
    assert.deepEqual(hear('session.error', { ...error, sessionID: undefined }), []);
  });
});

describe('a request', () => {
  const asked = { id: 'per_1', permission: 'bash', metadata: { command: 'ls' } };

  it('carries the title of the root session', () => {
    const { tracker, hear } = knowing({ parentID: 'ses_0', title: 'look (@general subagent)' });
    tracker.learn('ses_0', { id: 'ses_0', title: 'Fix login' });
    const [event] = hear('permission.asked', asked);
    assert.deepEqual(event?.session, { id: 'ses_1', title: 'Fix login', parent: 'ses_0' });
    assert.deepEqual(event?.request, { id: 'per_1', nonce: 'nonce' });
  });

  it('of the v2 API has the kind of v1’s', () => {
    const { hear } = knowing();
    const v2 = { id: 'per_1', action: 'edit', resources: ['a.txt'], metadata: {} };
    const [event] = hear('permission.v2.asked', v2);
    assert.equal(event?.kind, 'permission.asked');
    assert.equal(event?.body, 'edit: a.txt');
    assert.deepEqual(kinds(hear('question.v2.rejected', { requestID: 'que_1' })), [
      'question.rejected',
    ]);
  });

  it('that nobody answered is gone when OpenCode ends', () => {
    const { tracker, hear } = knowing();
    hear('session.status', busy);
    hear('permission.asked', asked);
    const [event, ...rest] = tracker.close(at(7));
    assert.deepEqual(rest, []);
    assert.equal(event?.kind, 'permission.replied');
    assert.deepEqual(event?.request, { id: 'per_1' });
    assert.deepEqual(tracker.close(at(8)), []);
  });

  it('asked before the plugin was there is resolved all the same', () => {
    const { hear } = knowing();
    const [event] = hear('permission.replied', { requestID: 'per_0', reply: 'once' });
    assert.deepEqual(event?.request, { id: 'per_0' });
  });
});

describe('a main session whose subagent works in the background', () => {
  const child = { id: 'ses_2', title: 'look', parentID: 'ses_1' };
  const ofChild = { sessionID: 'ses_2' };

  function resting() {
    const { tracker, hear } = knowing();
    tracker.learn('ses_2', child);
    hear('session.status', busy, 0);
    hear('session.status', { ...busy, ...ofChild }, 100);
    hear('message.updated', answer(), 200);
    assert.deepEqual(hear('session.idle', {}, 300), []);
    assert.equal(tracker.sessions('p')[0]?.state, 'busy');
    return { tracker, hear };
  }

  it('has finished when it rests again after that', () => {
    const { hear } = resting();
    hear('session.idle', ofChild, 4_000);
    assert.deepEqual(hear('session.status', busy, 4_010), []);
    hear('message.updated', answer({ id: 'msg_2' }), 5_000);
    const [idle] = hear('session.idle', {}, 5_001);
    assert.equal(idle?.kind, 'session.idle');
    assert.equal(idle?.durationMs, 5_001);
  });

  it('has finished 5 s after that if it does not go on', () => {
    const { tracker, hear } = resting();
    hear('session.idle', ofChild, 4_000);
    assert.equal(tracker.nextTickMs(), 9_000);
    assert.deepEqual(kinds(tracker.tick(at(9_000))), ['session.idle']);
    assert.equal(tracker.nextTickMs(), null);
    assert.deepEqual(hear('session.idle', {}, 9_100), []);
  });

  it('has finished when the subagent is deleted, when an hour has passed, or when OpenCode ends', () => {
    const deleted = resting();
    deleted.hear('session.deleted', { ...ofChild, info: child }, 1_000);
    assert.deepEqual(kinds(deleted.tracker.tick(at(6_000))), ['session.idle']);

    const late = resting();
    assert.deepEqual(late.tracker.tick(at(3_600_000)), []);
    assert.deepEqual(kinds(late.tracker.tick(at(3_600_300))), ['session.idle']);

    assert.deepEqual(kinds(resting().tracker.close(at(1_000))), ['session.idle']);
  });

  it('has failed at once all the same, and is not held by a subagent’s subagent that has ended', () => {
    const { tracker, hear } = knowing();
    tracker.learn('ses_2', child);
    tracker.learn('ses_3', { id: 'ses_3', parentID: 'ses_2' });
    hear('session.status', busy, 0);
    hear('session.status', { ...busy, sessionID: 'ses_3' }, 0);
    hear('session.error', { error: { name: 'APIError', data: { message: 'no' } } }, 1);
    assert.deepEqual(kinds(hear('session.idle', {}, 2)), ['session.error']);
    hear('session.status', busy, 3);
    hear('message.updated', answer(), 4);
    assert.deepEqual(hear('session.idle', {}, 5), []);
    hear('session.idle', { sessionID: 'ses_3' }, 6);
    assert.deepEqual(kinds(tracker.tick(at(5_006))), ['session.idle']);
  });
});

describe('a deleted session', () => {
  it('says nothing more, whatever OpenCode does with it', () => {
    const { tracker, hear } = knowing();
    hear('session.status', busy);
    const gone = { info: { id: 'ses_1' } };
    assert.deepEqual(kinds(hear('session.deleted', gone)), ['session.deleted']);
    const error = { error: { name: 'UnknownError', data: { message: 'Failed query' } } };
    for (const [type, properties] of /** @type {[string, object][]} */ ([
      ['session.status', busy],
      ['session.status', retry],
      ['session.error', error],
      ['session.idle', {}],
      ['session.error', error],
      ['session.deleted', gone],
    ]))
      assert.deepEqual(hear(type, properties), [], type);
    assert.equal(tracker.nextTickMs(), null);
    assert.deepEqual(tracker.close(at(9)), []);
  });

  it('is not remembered for ever', () => {
    const { hear } = knowing();
    for (let i = 0; i < 600; i++)
      hear('session.deleted', { sessionID: `ses_x${i}`, info: { id: `ses_x${i}` } });
    assert.deepEqual(hear('session.status', { ...busy, sessionID: 'ses_x599' }), []);
    assert.deepEqual(kinds(hear('session.status', { ...busy, sessionID: 'ses_x0' })), [
      'session.busy',
    ]);
  });
});

describe('a session nobody told of', () => {
  const event = {
    id: 'evt_1',
    type: 'session.status',
    properties: { sessionID: 'ses_9', ...busy },
  };

  it('is asked for, with its parents, until OpenCode tells, but not for ever', () => {
    const tracker = new Tracker();
    assert.equal(tracker.missing(event), 'ses_9');
    tracker.learn('ses_9', { id: 'ses_9', title: 'child', parentID: 'ses_8' });
    assert.equal(tracker.missing(event), 'ses_8');
    for (let i = 0; i < 3; i++) {
      assert.equal(tracker.missing(event), 'ses_8');
      tracker.learn('ses_8', null);
    }
    assert.equal(tracker.missing(event), null);
  });

  it('has no title as long as OpenCode has a placeholder', () => {
    const { hear } = knowing({ title: 'New session - 2026-11-23T06:34:53.785Z' });
    assert.equal(hear('session.status', busy)[0]?.session.title, null);
  });

  it('does not end in a ring of parents', () => {
    const tracker = new Tracker();
    tracker.learn('ses_9', { id: 'ses_9', parentID: 'ses_8' });
    tracker.learn('ses_8', { id: 'ses_8', parentID: 'ses_9' });
    assert.equal(tracker.missing(event), null);
    assert.deepEqual(kinds(feed(tracker, event, 0)), ['session.busy']);
  });
});

describe('input that should not exist', () => {
  const odd = [null, 0, 'text', [], {}, { sessionID: 7 }, { sessionID: 'a/b' }, { info: null }];

  it('publishes nothing and throws nothing', () => {
    const { tracker } = knowing();
    const types = ['session.created', 'session.status', 'session.error', 'message.updated'];
    for (const type of [
      ...types,
      'permission.asked',
      'question.replied',
      'constructor',
      'toString',
    ])
      for (const properties of odd) {
        const event = /** @type {any} */ ({ id: 'evt_1', type, properties: properties ?? {} });
        assert.deepEqual(feed(tracker, event, 0), [], `${type} ${JSON.stringify(properties)}`);
      }
  });

  it('does not let memory grow without end', () => {
    const { tracker, hear } = knowing();
    hear('session.status', busy);
    for (let i = 0; i < 2_000; i++) tracker.learn(`ses_x${i}`, { id: `ses_x${i}` });
    hear('message.updated', answer());
    assert.deepEqual(kinds(hear('session.idle', {})), ['session.idle']);
  });
});
