// What is asked, as structure and as a text, for every kind of permission OpenCode has.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { feed, play } from './recording.mjs';
import { source } from './source.mjs';

/** @type {typeof import('../src/core/ask')} */
const { fit, readPermission, readQuestions } = await source('core/ask.ts');
/** @type {typeof import('../src/core/event')} */
const { toEvent } = await source('core/event.ts');
/** @type {typeof import('../src/core/tracker')} */
const { Tracker } = await source('core/tracker.ts');
/** @type {typeof import('../src/core/wording')} */
const { permissionBody } = await source('core/wording.ts');

const place = { host: 'workstation', project: 'webshop', directory: '/home/a/webshop' };

/** The events of a recording that ask something, as they are published.
 * @param {string} name
 * @returns {any[]} */
const asked = (name) =>
  play(name)
    .map((happening) => toEvent(happening, place))
    .filter(({ kind }) => kind.endsWith('.asked'));

/** @param {unknown} value */
const bytes = (value) => Buffer.byteLength(JSON.stringify(value));

describe('a recorded permission', () => {
  it('of a command is the command, and what "always" would cover', () => {
    const [{ ask, body }] = asked('e2-subagent-permission');
    assert.deepEqual(ask, {
      ...{ tool: 'bash', input: 'uname -a', patterns: ['uname -a'], always: ['uname *'] },
      cut: false,
    });
    assert.equal(body, 'uname -a');
  });

  it('of the v2 API is the same', () => {
    const [{ ask, body }] = asked('o7-v2-permission-once');
    assert.equal(ask.input, 'echo hi');
    assert.deepEqual(ask.always, ['echo hi']);
    assert.equal(body, 'echo hi');
  });

  it('of an MCP tool brings its arguments, which OpenCode tells a moment later', () => {
    const [{ ask, body }] = asked('x35-mcp-permission');
    assert.deepEqual(ask, {
      ...{ tool: 'tiny_transfer', input: { to: 'mallory', amount: 9999 } },
      ...{ patterns: ['*'], always: ['*'], cut: false },
    });
    assert.equal(body, 'tiny_transfer: to="mallory", amount=9999');
  });

  it('to go on says what repeats', () => {
    for (const { ask, body } of [...asked('x14-doom-loop'), ...asked('x46-doom-permission-deny')]) {
      const input = { tool: 'bash', input: { command: 'echo same', description: 'x' } };
      assert.deepEqual([ask.tool, ask.input], ['doom_loop', input]);
      assert.equal(body, 'bash repeats: echo same');
    }
  });

  it('shows what cannot be seen in its text, and is left as it is in its structure', () => {
    const [{ ask, body }] = asked('x47-bidi-permission');
    const command = 'echo safe \u202e; fr- mr\u202c # \u2066done\u2069 \u200b\u2028second';
    assert.equal(ask.input, command);
    assert.equal(
      body,
      'echo safe [U+202E]; fr- mr[U+202C] # [U+2066]done[U+2069] [U+200B][U+2028]second',
    );
  });

  it('to edit shows the change', () => {
    const [{ ask, body }] = asked('n-edit-permission');
    const filepath = '/home/dev/project/hello.txt';
    assert.equal(ask.input.filepath, filepath);
    assert.match(ask.input.diff, /^Index: .*\n\+line1 secret-content\n/s);
    const change = '@@ -0,0 +1,1 @@\n+line1 secret-content\n\\ No newline at end of file';
    assert.equal(body, `edit: ${filepath} (+1 -0)\n${change}`);
  });

  it('to fetch a page, or to leave the directory, names it', () => {
    const [page] = asked('n2-webfetch-permission');
    const url = 'http://127.0.0.1:18181/v1/models';
    assert.deepEqual(page.ask.input, { url, format: 'text' });
    assert.equal(page.body, `webfetch: ${url} (format="text")`);
    const [outside] = asked('n3-external-directory');
    assert.deepEqual(outside.ask.input, { filepath: '/etc/hostname', parentDir: '/etc' });
    assert.deepEqual(outside.ask.always, ['/etc/*']);
    assert.equal(outside.body, 'external_directory: /etc/hostname');
  });
});

describe('a permission', () => {
  /** @param {object} given @param {object} [call] */
  const body = (given, call = {}) => permissionBody(readPermission({ ...given }, { ...call }));

  const cases = /** @type {const} */ ([
    [{ permission: 'read', patterns: ['.env'] }, { filePath: '/a/.env' }, 'read: /a/.env'],
    [{ permission: 'read', patterns: ['.env'] }, {}, 'read: .env'],
    [{ permission: 'skill', metadata: {} }, { name: 'deploy' }, 'skill: deploy'],
    [{ permission: 'todowrite', patterns: ['*'] }, { todos: [1] }, 'todowrite: 1 task\n- 1'],
    [
      { permission: 'grep', metadata: { pattern: 'a b', path: '/x', include: undefined } },
      {},
      'grep: "a b" (path="/x")',
    ],
    [
      { permission: 'task', metadata: { description: 'look', subagent_type: 'general' } },
      { description: 'look', prompt: 'delete all', subagent_type: 'general' },
      'task: look (prompt="delete all", subagent_type="general")',
    ],
    [
      { permission: 'bash', metadata: { command: 'rm -rf *' } },
      { command: 'rm -rf *', workdir: '/', description: 'clean' },
      'in /: rm -rf *',
    ],
    [
      {
        permission: 'external_directory',
        patterns: ['/a/*', '/b/*'],
        metadata: { command: 'cat /a/x /b/y', directories: ['/a', '/b'] },
      },
      {},
      'external_directory: /a/*, /b/*\ncat /a/x /b/y',
    ],
    [
      { permission: 'doom_loop', metadata: { tool: 'tiny_transfer', input: { amount: 5 } } },
      {},
      'tiny_transfer repeats: amount=5',
    ],
    [
      {
        permission: 'edit',
        metadata: {
          filepath: 'a',
          diff: 'Index: a\n===\n--- a\n+++ a\n-x\n',
          files: [{ filePath: 'a', movePath: 'b' }, { filePath: 'c' }],
        },
      },
      {},
      'edit: a (+0 -1)\nmove a to b\n-x\n',
    ],
    [{ permission: 'edit', metadata: { filepath: 'a', diff: '-x' } }, {}, 'edit: a (+0 -1)\n-x'],
    [
      { permission: 'run', metadata: {} },
      { command: 'ls', host: 'h' },
      'run: command="ls", host="h"',
    ],
    [{}, {}, 'permission'],
  ]);
  for (const [given, call, expected] of cases)
    it(`says: ${expected.replaceAll('\n', ' / ')}`, () =>
      assert.equal(body(given, call), expected));

  it('shows nothing alone that could pass for something else', () => {
    const tricky = { url: 'http://a (format="text")\nwebfetch: http://b' };
    const shown = body({ permission: 'webfetch', metadata: tricky });
    assert.equal(shown, `webfetch: ${JSON.stringify(tricky.url)}`);
  });

  it('is what the tool is called with now, not what it was before a plugin changed it', () => {
    const tracker = new Tracker();
    const args = { amount: 5 };
    tracker.requests.calls.note('ses_1', 'call_1', args);
    args.amount = 9999;
    const tool = { messageID: 'msg_1', callID: 'call_1' };
    const properties = { id: 'per_1', sessionID: 'ses_1', permission: 'pay', metadata: {}, tool };
    const [event] = feed(tracker, { id: 'evt_1', type: 'permission.asked', properties }, 0);
    assert.deepEqual(/** @type {any} */ (event)?.ask.input, { amount: 9999 });
  });

  it('is cut if what its tool is called with cannot be told', () => {
    let deep = {};
    for (let level = 0; level < 20_000; level++) deep = { deep };
    const wide = Array(300_000).fill(0);
    for (const input of [
      { to: 'mallory', deep },
      { to: 'mallory', wide },
    ]) {
      const asks = [
        readPermission({ permission: 'pay', patterns: ['*'], metadata: {} }, input),
        readPermission({ permission: 'doom_loop', patterns: ['pay'], metadata: { input } }, {}),
      ];
      for (const ask of asks) assert.deepEqual([ask.input, fit(ask).cut], [null, true]);
    }
  });

  it('is cut if OpenCode never told what its tool is called with', () => {
    const callID = 'call_1';
    /** @param {object} tool @param {object} [args] */
    const told = (tool, args) => {
      const tracker = new Tracker();
      if (args) tracker.requests.calls.note('ses_1', callID, args);
      const rest = { permission: 'pay', patterns: ['*'], metadata: {}, ...tool };
      const properties = { id: 'per_1', sessionID: 'ses_1', ...rest };
      const at = feed(tracker, { id: 'evt_1', type: 'permission.asked', properties }, 0);
      const later = tracker.tick({ nowMs: 600, steadyMs: 600, nonce: 'n' });
      return /** @type {any} */ ([...at, ...later][0])?.ask;
    };
    const ask = { tool: 'pay', input: null, patterns: ['*'], always: [] };
    assert.deepEqual(told({ tool: { callID } }), { ...ask, cut: true });
    assert.deepEqual(told({ tool: { callID } }, {}), { ...ask, cut: false });
    assert.deepEqual(told({}), { ...ask, cut: false });
  });
});

describe('every kind of permission that OpenCode has', () => {
  const long =
    'Look at each of the files below src and say which of them nobody needs any more, and why';
  const diff =
    'Index: /a/x.ts\n===\n--- /a/x.ts\n+++ /a/x.ts\n@@ -1,2 +1,1 @@\n-one\n-two\n+three\n';
  /** As OpenCode asks, with what the tool was called with; and the line that stands on a lock screen. */
  const kinds = /** @type {[object, object, string][]} */ ([
    [
      { permission: 'bash', patterns: ['rm *'], metadata: { command: 'rm -rf build' } },
      {},
      'rm -rf build',
    ],
    [
      { permission: 'bash', metadata: { command: 'make\nmake install' } },
      { workdir: '/a' },
      'in /a: make',
    ],
    [
      { permission: 'edit', patterns: ['x.ts'], metadata: { filepath: '/a/x.ts', diff } },
      {},
      'edit: /a/x.ts (+1 -2)',
    ],
    [
      { permission: 'read', patterns: ['.env'], metadata: {} },
      { filePath: '/a/.env' },
      'read: /a/.env',
    ],
    [
      {
        permission: 'read',
        patterns: ['mcp:docs:doc://x'],
        metadata: { server: 'docs', uri: 'doc://x' },
      },
      {},
      'read: doc://x (server="docs")',
    ],
    [{ permission: 'read', patterns: ['mcp:docs:*'], metadata: {} }, {}, 'read: mcp:docs:*'],
    [
      { permission: 'glob', metadata: { pattern: '**/*.ts', path: '/a' } },
      {},
      'glob: **/*.ts (path="/a")',
    ],
    [{ permission: 'grep', metadata: { pattern: 'pass word' } }, {}, 'grep: "pass word"'],
    [
      {
        permission: 'lsp',
        metadata: { operation: 'hover', filePath: '/a/x.ts', line: 3, character: 7 },
      },
      {},
      'lsp: hover /a/x.ts:3:7',
    ],
    [{ permission: 'lsp', metadata: { operation: 'workspaceSymbol' } }, {}, 'lsp: workspaceSymbol'],
    [
      { permission: 'skill', patterns: ['deploy'], metadata: {} },
      { name: 'deploy' },
      'skill: deploy',
    ],
    [
      { permission: 'task', metadata: { description: 'find dead code', subagent_type: 'general' } },
      { prompt: long },
      'task: "find dead code"',
    ],
    [
      { permission: 'todowrite', patterns: ['*'], metadata: {} },
      {
        todos: [
          { content: 'write tests', status: 'pending', priority: 'high' },
          { content: 'run' },
        ],
      },
      'todowrite: 2 tasks',
    ],
    [
      { permission: 'webfetch', metadata: { url: 'https://example.org/a', format: 'markdown' } },
      {},
      'webfetch: https://example.org/a (format="markdown")',
    ],
    [
      { permission: 'websearch', metadata: { query: 'mqtt 5 will', numResults: 8, type: 'auto' } },
      {},
      'websearch: "mqtt 5 will" (numResults=8, type="auto")',
    ],
    [
      { permission: 'external_directory', metadata: { filepath: '/etc/hosts', parentDir: '/etc' } },
      {},
      'external_directory: /etc/hosts',
    ],
    [
      { permission: 'external_directory', patterns: ['/b/*'], metadata: { command: 'cat /b/x' } },
      {},
      'external_directory: /b/*',
    ],
    [
      { permission: 'doom_loop', metadata: { tool: 'bash', input: { command: 'echo same' } } },
      {},
      'bash repeats: echo same',
    ],
    [
      { permission: 'doom_loop', metadata: { tool: 'read', input: { filePath: '/a/x' } } },
      {},
      'read repeats: /a/x',
    ],
    [
      { permission: 'workflow_tool_approval', patterns: ['bash: ls'], metadata: { tools: [] } },
      {},
      'workflow: bash: ls',
    ],
    [
      { permission: 'bank_transfer', metadata: {} },
      { to: 'bob', amount: 5 },
      'bank_transfer: to="bob", amount=5',
    ],
    [
      { permission: 'mail_send', metadata: {} },
      { text: long, to: 'bob' },
      `mail_send: text="${long}"`,
    ],
  ]);
  for (const [given, call, line] of kinds)
    it(`says in its first line: ${line}`, () => {
      const ask = readPermission({ ...given }, { ...call });
      const body = permissionBody(ask);
      assert.equal(body.split('\n')[0], line);
      // The rest follows: nothing of what is asked is missing.
      for (const value of Object.values(/** @type {object} */ (ask.input ?? {})).flat())
        if (typeof value === 'string' && !Object.hasOwn(given, 'patterns'))
          for (const word of value.split(/\s/)) assert.ok(body.includes(word), `${word}: ${body}`);
    });
});

describe('a permission whose call is not known yet', () => {
  const tool = { messageID: 'msg_1', callID: 'call_1' };
  const given = { id: 'per_1', sessionID: 'ses_1', permission: 'pay', patterns: ['*'], tool };
  const ask = { id: 'evt_1', type: 'permission.asked', properties: given };
  /** @param {string} status @param {object} input */
  const part = (status, input) => ({
    id: 'evt_2',
    type: 'message.part.updated',
    properties: {
      sessionID: 'ses_1',
      part: { type: 'tool', callID: 'call_1', state: { status, input } },
    },
  });
  /** @param {number} nowMs */
  const at = (nowMs) => ({ nowMs, steadyMs: nowMs, nonce: '' });
  const waiting = () => {
    const tracker = new Tracker();
    tracker.learn('ses_1', {});
    assert.deepEqual(feed(tracker, ask, 0), []);
    return tracker;
  };

  it('is told once, when the call is', () => {
    const tracker = waiting();
    assert.deepEqual(feed(tracker, part('pending', {}), 1), []);
    const [event] = feed(tracker, part('running', { amount: 5 }), 2);
    assert.equal(event?.body, 'pay: amount=5');
    assert.equal(event?.ts, 0);
    assert.deepEqual(feed(tracker, part('running', { amount: 5 }), 3), []);
    assert.deepEqual(tracker.tick(at(10_000)), []);
  });

  it('is told without it half a second later', () => {
    const tracker = waiting();
    assert.equal(tracker.nextTickMs(), 500);
    assert.deepEqual(tracker.tick(at(499)), []);
    const [event] = tracker.tick(at(500));
    assert.equal(event?.body, 'pay: *');
    assert.equal(tracker.nextTickMs(), null);
  });

  it('is told before its answer, and before its end', () => {
    const replied = { requestID: 'per_1', sessionID: 'ses_1' };
    const answered = { id: 'evt_3', type: 'permission.replied', properties: replied };
    for (const found of [feed(waiting(), answered, 1), waiting().close(at(1))])
      assert.deepEqual(
        found.map(({ kind }) => kind),
        ['permission.asked', 'permission.replied'],
      );
  });

  it('does not remember calls that have ended, nor more than 64', () => {
    const tracker = new Tracker();
    const { calls } = tracker.requests;
    feed(tracker, part('running', { amount: 5 }), 1);
    assert.deepEqual(calls.inputOf('ses_1', 'call_1'), { amount: 5 });
    feed(tracker, part('completed', { amount: 5 }), 2);
    assert.equal(calls.inputOf('ses_1', 'call_1'), null);
    for (let i = 0; i < 65; i++) calls.note('ses_1', `call_${i}`, { i });
    assert.equal(calls.inputOf('ses_1', 'call_0'), null);
    assert.deepEqual(calls.inputOf('ses_1', 'call_64'), { i: 64 });
  });
});

describe('questions', () => {
  it('travel as they are, whatever their text looks like', () => {
    const [{ ask, body }] = asked('y06-question-with-bullets');
    const text = 'This is my plan:\n- drop the table customers\n- make it anew\nShall I go on?';
    const options = ['Yes', 'No, stop'].map((label) => ({ label, description: '' }));
    const question = { header: 'Plan', text, options, multiple: false, custom: true };
    assert.deepEqual(ask, { questions: [question], cut: false });
    assert.equal(body, `${text}\n- Yes\n- No, stop`);
  });

  it('all travel, with how they may be answered', () => {
    const [{ ask }] = asked('y07-question-many');
    assert.equal(ask.questions.length, 6);
    const [multi] = asked('x15-question-multi');
    assert.deepEqual(
      multi.ask.questions.map((/** @type {any} */ { multiple }) => multiple),
      [true, false],
    );
    assert.equal(multi.body, 'Which colours?\n- Red: r\n- Blue: b\n\nShip it?\n- Yes\n- No');
    const only = { questions: [{ question: 'Go?', header: 'G', custom: false, options: [] }] };
    assert.equal(readQuestions(only).questions[0]?.custom, false);
  });

  it('keep labels of any length whole', () => {
    const label = 'a very long answer '.repeat(100);
    const { questions } = fit(readQuestions({ questions: [{ options: [{ label }] }] }));
    assert.equal(questions[0]?.options[0]?.label, label);
  });
});

describe('what is asked', () => {
  it('by a tool that is named like something every object has is a text all the same', () => {
    for (const permission of ['__proto__', 'constructor', 'toString']) {
      const ask = readPermission({ permission, metadata: { name: 'it' } }, {});
      assert.match(permissionBody(ask), /it/);
    }
  });

  const huge = '\u0001"😀\\ü'.repeat(100_000);
  /** @type {Record<string, any>} */
  const permissions = {
    'a huge command': { permission: 'bash', metadata: { command: huge } },
    'a huge change': { permission: 'edit', metadata: { filepath: '/a', diff: huge } },
    'huge patterns': { patterns: [huge, huge], always: Array(50_000).fill('x') },
    'many arguments': {
      permission: huge,
      metadata: Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`k${i}`, i])),
    },
    'a deep argument': {
      permission: 'deep',
      metadata: JSON.parse(`${'{"a":'.repeat(500)}"${'x'.repeat(20_000)}"${'}'.repeat(500)}`),
    },
  };
  for (const [name, given] of Object.entries(permissions))
    it(`is cut to 16 KiB, and says so: ${name}`, () => {
      const ask = fit(readPermission(given, {}));
      assert.equal(ask.cut, true);
      assert.ok(bytes(ask) <= 16_384, String(bytes(ask)));
      assert.ok(bytes(ask) > 2_000);
    });

  it('is cut to 16 KiB, and says so: questions', () => {
    const long = huge.slice(0, 3_000);
    for (const count of [1, 4, 3_000]) {
      const options = Array(3_000 / count).fill({ label: long, description: long });
      const one = { question: long, header: long, options };
      const ask = fit(readQuestions({ questions: Array(count).fill(one) }));
      assert.equal(ask.cut, true);
      assert.ok(bytes(ask) <= 16_384, String(bytes(ask)));
      assert.ok(ask.questions.length > 0);
    }
  });

  it('is whole up to 16 KiB', () => {
    const command = 'x'.repeat(16_000);
    const ask = fit(readPermission({ permission: 'bash', metadata: { command } }, {}));
    assert.deepEqual([ask.input, ask.cut], [command, false]);
  });

  it('is JSON that any reader takes, nested less than 16 deep', () => {
    const cycle = /** @type {any} */ ({});
    cycle.cycle = cycle;
    const odd = {
      lone: '\ud800',
      end: 'a\0b',
      big: 10n,
      deep: JSON.parse('['.repeat(20) + ']'.repeat(20)),
    };
    const { big: _, deep, ...texts } = odd;
    const input = (/** @type {any} */ metadata) => readPermission({ metadata }, {}).input;
    assert.equal(input(cycle), null);
    assert.equal(input(odd), null);
    assert.deepEqual(input(texts), { lone: '\ufffd', end: 'a[U+0000]b' });
    assert.equal(input({ deep }), JSON.stringify({ deep }));
  });
});
