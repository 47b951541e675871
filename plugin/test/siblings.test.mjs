// Situations near the recorded ones: what a person would want to be told of each.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { feed } from './recording.mjs';
import { source } from './source.mjs';

/** @type {typeof import('../src/core/tracker')} */
const { Tracker } = await source('core/tracker.ts');

/**
 * Something that OpenCode tells of a session; `main` is one, `below` a subagent's, `deep` one below that.
 *
 * @typedef {'main' | 'below' | 'deep' | 'other'} Name
 * @typedef {[seconds: number, of: Name, ...call: [type: string, properties?: object]]} Step
 */

const IDS = { main: 'ses_1', below: 'ses_2', deep: 'ses_3', other: 'ses_4' };
const PARENTS = { ses_2: 'ses_1', ses_3: 'ses_2' };

/**
 * @param {Step[]} steps
 * @returns {string[]} what is published, if all waits two hours after the last
 */
function tell(steps) {
  const tracker = new Tracker();
  for (const id of Object.values(IDS))
    tracker.learn(id, { id, title: id, parentID: /** @type {any} */ (PARENTS)[id] });
  /** @type {{ kind: string, session: { id: string } }[]} */
  const found = [];
  /** @param {number} untilMs */
  const wait = (untilMs) => {
    for (let ms = tracker.nextTickMs(); ms !== null && ms <= untilMs; ms = tracker.nextTickMs())
      found.push(...tracker.tick({ nowMs: ms, steadyMs: ms, nonce: '' }));
  };
  let ms = 0;
  steps.forEach(([seconds, of, type, properties], i) => {
    ms = seconds * 1000;
    wait(ms);
    const event = { id: `evt_${i}`, type, properties: { sessionID: IDS[of], ...properties } };
    found.push(...feed(tracker, event, ms));
  });
  wait(ms + 7_200_000);
  const nameOf = (/** @type {string} */ id) =>
    Object.entries(IDS).find(([, one]) => one === id)?.[0];
  return found
    .filter(({ kind }) => kind !== 'session.busy')
    .map(({ kind, session }) => `${nameOf(session.id)} ${kind}`);
}

/** @type {(seconds: number, of?: Name) => Step} */
const busy = (seconds, of = 'main') => [
  seconds,
  of,
  'session.status',
  { status: { type: 'busy' } },
];
/** @type {(seconds: number, of?: Name) => Step} */
const idle = (seconds, of = 'main') => [seconds, of, 'session.idle'];
/** @type {(seconds: number, of?: Name, message?: string) => Step} */
const retry = (seconds, of = 'main', message = 'overloaded') => [
  seconds,
  of,
  'session.status',
  { status: { type: 'retry', attempt: 1, message, next: 9 } },
];
/** @type {(seconds: number, message: string, of?: Name) => Step} */
const error = (seconds, message, of = 'main') => [
  seconds,
  of,
  'session.error',
  { error: { name: 'UnknownError', data: { message } } },
];
/** @type {(seconds: number, of?: Name) => Step} */
const aborted = (seconds, of = 'main') => [
  seconds,
  of,
  'session.error',
  { error: { name: 'MessageAbortedError', data: { message: 'Aborted' } } },
];
/** @type {(seconds: number, id: string, of?: Name, more?: object) => Step} */
const message = (seconds, id, of = 'main', more = {}) => [
  seconds,
  of,
  'message.updated',
  { info: { id, role: 'assistant', time: { created: 1 }, ...more } },
];
/** @type {(seconds: number, id: string, finish?: string, of?: Name, more?: object) => Step} */
const ends = (seconds, id, finish = 'stop', of = 'main', more = {}) =>
  message(seconds, id, of, { finish, time: { created: 1, completed: 2 }, ...more });
/** @type {(seconds: number, messageID: string, given: object, of?: Name) => Step} */
const part = (seconds, messageID, given, of = 'main') => [
  seconds,
  of,
  'message.part.updated',
  { part: { messageID, ...given } },
];
/** @type {(seconds: number, of?: Name) => Step} */
const asks = (seconds, of = 'main') => [
  seconds,
  of,
  'permission.asked',
  { id: `per_${of}`, permission: 'bash', metadata: { command: 'ls' } },
];
/** @type {(seconds: number, reply: string, of?: Name) => Step} */
const replied = (seconds, reply, of = 'main') => [
  seconds,
  of,
  'permission.replied',
  { requestID: `per_${of}`, reply },
];
/** @type {(seconds: number) => Step} */
const questions = (seconds) => [seconds, 'main', 'question.asked', { id: 'que_1' }];
/** @type {(seconds: number) => Step} */
const dismissed = (seconds) => [seconds, 'main', 'question.rejected', { requestID: 'que_1' }];
/** @type {(seconds: number, of?: Name) => Step} */
const deleted = (seconds, of = 'main') => [
  seconds,
  of,
  'session.deleted',
  { info: { id: IDS[of] } },
];

const finished = ['main session.idle'];
const failed = ['main session.error'];

/** @type {[situation: string, steps: Step[], told: string[]][]} */
const SITUATIONS = [
  [
    'errors before a turn, of a file, a folder and a resource: the model is told',
    [
      error(0, 'File not found: a.txt'),
      error(1, 'EISDIR: illegal operation on a directory'),
      error(4, 'MCP error -32002: no such resource'),
      ...[busy(4.9), message(5, 'msg_1'), ends(9, 'msg_1'), idle(9)],
    ],
    finished,
  ],
  [
    'an error before the next turn of a main session that rests',
    [
      ...[busy(0), busy(1, 'below'), message(1, 'msg_1'), ends(2, 'msg_1'), idle(2)],
      ...[error(3, 'File not found'), busy(3.1), message(3.2, 'msg_2'), ends(4, 'msg_2'), idle(4)],
      ...[message(5, 'msg_b', 'below'), ends(30, 'msg_b', 'stop', 'below'), idle(30, 'below')],
      ...[busy(30), message(30, 'msg_3'), ends(31, 'msg_3'), idle(31)],
    ],
    ['below session.idle', ...finished],
  ],
  [
    'a file that is missing in a queued prompt, then a "no"',
    [
      ...[busy(0), message(0, 'msg_1'), asks(1), error(2, 'File not found'), replied(3, 'reject')],
      ...[ends(3, 'msg_1', 'tool-calls'), idle(3)],
    ],
    ['main permission.asked', 'main permission.replied'],
  ],
  [
    'an answer that was cut off',
    [busy(0), message(0, 'msg_1'), ends(1, 'msg_1', 'length'), idle(1)],
    failed,
  ],
  [
    'an answer that was filtered',
    [busy(0), message(0, 'msg_1'), ends(1, 'msg_1', 'content-filter'), idle(1)],
    failed,
  ],
  [
    'an answer that the provider ended with an error',
    [busy(0), message(0, 'msg_1'), ends(1, 'msg_1', 'error'), idle(1)],
    failed,
  ],
  [
    'an answer with an end of its own kind',
    [busy(0), message(0, 'msg_1'), ends(1, 'msg_1', 'other'), idle(1)],
    finished,
  ],
  [
    'an answer of unknown end, asked for again, and refused',
    [
      ...[busy(0), message(0, 'msg_1'), ends(1, 'msg_1', 'unknown')],
      ...[busy(1), message(1, 'msg_2'), error(2, 'refused'), idle(2)],
    ],
    failed,
  ],
  [
    'data that was asked for, given by a tool',
    [
      ...[busy(0), message(0, 'msg_1'), ends(1, 'msg_1', 'tool-calls')],
      ...[ends(1, 'msg_1', 'tool-calls', 'main', { structured: { a: 1 } }), idle(1)],
    ],
    finished,
  ],
  [
    'two errors of two commands within 5 s',
    [error(0, 'no command "a"'), error(3, 'no command "b"')],
    [...failed, ...failed],
  ],
  [
    'the same error 3 s later: an echo',
    [error(0, 'no agent "a"'), error(3, 'no agent "a"')],
    failed,
  ],
  [
    'the same error 70 s later: another one',
    [error(0, 'no agent "a"'), error(75, 'no agent "a"')],
    [...failed, ...failed],
  ],
  [
    'two turns that fail in the same words, 3 s apart',
    [
      ...[busy(0), message(0, 'msg_1'), error(1, 'refused'), idle(1), error(1, 'refused')],
      ...[busy(4), message(4, 'msg_2'), error(4, 'refused'), idle(4), error(4, 'refused')],
    ],
    [...failed, ...failed],
  ],
  [
    'subagents in the background, two levels deep: each rests for the one below',
    [
      ...[busy(0), message(0, 'msg_1'), busy(1, 'below'), ends(2, 'msg_1'), idle(2)],
      ...[message(2, 'msg_b', 'below'), busy(3, 'deep'), message(3, 'msg_d', 'deep')],
      ...[ends(4, 'msg_b', 'stop', 'below'), idle(4, 'below')],
      ...[ends(60, 'msg_d', 'stop', 'deep'), idle(60, 'deep')],
      ...[busy(60, 'below'), message(60, 'msg_c', 'below')],
      ...[ends(70, 'msg_c', 'stop', 'below'), idle(70, 'below')],
      ...[busy(70), message(70, 'msg_2'), ends(80, 'msg_2'), idle(80)],
    ],
    ['deep session.idle', 'below session.idle', ...finished],
  ],
  [
    'the same, and nobody goes on',
    [
      ...[busy(0), message(0, 'msg_1'), busy(1, 'below'), ends(2, 'msg_1'), idle(2)],
      ...[message(2, 'msg_b', 'below'), busy(3, 'deep'), message(3, 'msg_d', 'deep')],
      ...[ends(4, 'msg_b', 'stop', 'below'), idle(4, 'below')],
      ...[ends(60, 'msg_d', 'stop', 'deep'), idle(60, 'deep')],
    ],
    ['deep session.idle', 'below session.idle', ...finished],
  ],
  [
    'abort of all three',
    [
      ...[busy(0), message(0, 'msg_1'), busy(1, 'below'), ends(2, 'msg_1'), idle(2)],
      ...[message(2, 'msg_b', 'below'), busy(3, 'deep'), message(3, 'msg_d', 'deep')],
      ...[ends(4, 'msg_b', 'stop', 'below'), idle(4, 'below')],
      ...[aborted(9, 'deep'), idle(9, 'deep'), idle(9, 'below'), idle(9)],
    ],
    [],
  ],
  [
    'a subagent that is deleted while it asks; the main session goes on',
    [
      ...[busy(0), message(0, 'msg_1'), busy(1, 'below'), message(1, 'msg_b', 'below')],
      ...[asks(2, 'below'), deleted(9, 'below'), error(9, 'Failed query', 'below')],
      ...[ends(9, 'msg_1', 'tool-calls'), message(9, 'msg_2'), ends(12, 'msg_2'), idle(12)],
    ],
    ['below permission.asked', 'below session.deleted', ...finished],
  ],
  [
    'a session that is deleted while it works, and one while it rests',
    [
      ...[busy(0), message(0, 'msg_1'), deleted(1), aborted(1), error(2, 'Failed query'), idle(2)],
      ...[busy(3, 'other'), message(3, 'msg_o', 'other'), ends(4, 'msg_o', 'stop', 'other')],
      ...[deleted(4.1, 'other'), idle(4.2, 'other')],
    ],
    ['main session.deleted', 'other session.deleted'],
  ],
  [
    'a "no" with words, and an hour later the model fails for another reason',
    [
      ...[busy(0), message(0, 'msg_1'), asks(1), replied(2, 'reject')],
      ...[ends(2, 'msg_1', 'tool-calls'), message(3, 'msg_2'), error(3600, 'refused'), idle(3600)],
    ],
    ['main permission.asked', 'main permission.replied', ...failed],
  ],
  [
    'a "no" to a subagent in the background, while the main session fails by itself',
    [
      ...[busy(0), message(0, 'msg_1'), busy(1, 'below'), message(1, 'msg_b', 'below')],
      ...[asks(2, 'below'), replied(3, 'reject', 'below'), idle(3, 'below')],
      ...[error(4, 'refused'), idle(4)],
    ],
    ['below permission.asked', 'below permission.replied', ...failed],
  ],
  [
    'a question that is rejected',
    [
      ...[busy(0), message(0, 'msg_1'), questions(1), dismissed(2)],
      ...[error(2, 'The user dismissed this question'), idle(2)],
    ],
    ['main question.asked', 'main question.rejected'],
  ],
  [
    'a retry that gets an answer after 59 s',
    [
      ...[busy(0), message(0, 'msg_1'), retry(1), busy(59), message(59, 'msg_1')],
      ...[part(59.9, 'msg_1', { type: 'text', text: 'so' }), ends(90, 'msg_1'), idle(90)],
    ],
    finished,
  ],
  [
    'a model that is retried for a minute, works on, and is refused an hour later',
    [
      ...[busy(0), message(0, 'msg_1'), retry(1), retry(50), ends(70, 'msg_1', 'tool-calls')],
      ...[message(71, 'msg_2'), error(3600, 'refused'), idle(3600)],
    ],
    [...failed, ...failed],
  ],
  [
    'a model that is retried for a minute, works on, and is retried for another',
    [
      ...[busy(0), message(0, 'msg_1'), retry(1), retry(50)],
      ...[part(70, 'msg_1', { type: 'tool', state: { status: 'running' } }), retry(80)],
      ...[ends(200, 'msg_1', 'tool-calls'), message(200, 'msg_2'), ends(210, 'msg_2'), idle(210)],
    ],
    [...failed, ...failed, ...finished],
  ],
  [
    'a retry of the summary while the context is compacted, which takes long',
    [
      ...[busy(0), message(0, 'msg_1'), error(1, 'too long'), retry(2), busy(3)],
      ...[message(4, 'msg_s', 'main', { summary: true })],
      ...[part(5, 'msg_s', { type: 'text', text: 'They want' })],
      ...[ends(100, 'msg_s', 'stop', 'main', { summary: true })],
      ...[message(101, 'msg_2'), ends(110, 'msg_2'), idle(110)],
    ],
    finished,
  ],
  [
    'a summary that fails',
    [
      ...[busy(0), message(0, 'msg_1'), error(1, 'too long')],
      ...[message(4, 'msg_s', 'main', { summary: true }), error(5, 'refused'), idle(5)],
    ],
    failed,
  ],
  [
    'an abort during a retry, and during a summary',
    [
      ...[busy(0), message(0, 'msg_1'), retry(1), aborted(30), idle(30)],
      ...[busy(40), message(40, 'msg_2'), error(41, 'too long')],
      ...[message(42, 'msg_s', 'main', { summary: true }), aborted(43), idle(43)],
    ],
    [],
  ],
  [
    'an abort, and the next prompt before its last word is written',
    [
      ...[busy(0), message(0, 'msg_1'), aborted(1), busy(1), message(1.1, 'msg_2')],
      message(1.2, 'msg_1', 'main', { error: { name: 'MessageAbortedError' } }),
      ...[ends(9, 'msg_2'), idle(9)],
    ],
    finished,
  ],
  [
    'two sessions at once, one of which fails',
    [
      ...[busy(0), busy(0, 'other'), message(0, 'msg_1'), message(0, 'msg_o', 'other')],
      ...[error(1, 'refused', 'other'), ends(1, 'msg_1'), idle(1, 'other'), idle(1)],
    ],
    ['other session.error', ...finished],
  ],
  [
    'an answer that another client gives',
    [
      ...[busy(0), message(0, 'msg_1'), asks(1), replied(60, 'once')],
      ...[ends(61, 'msg_1', 'tool-calls'), message(61, 'msg_2'), ends(62, 'msg_2'), idle(62)],
    ],
    ['main permission.asked', 'main permission.replied', ...finished],
  ],
];

describe('a person is told', () => {
  for (const [situation, steps, told] of SITUATIONS)
    it(`what is to be told of: ${situation}`, () => assert.deepEqual(tell(steps), told));
});
