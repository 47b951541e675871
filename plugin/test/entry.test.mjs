import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { source } from './source.mjs';

/** @type {typeof import('../src/core/entry')} */
const { findEntry, optionsOf, Unreadable, withEntry, withoutEntry } = await source('core/entry.ts');

/** @type {import('../src/core/entry').Entry} */
const entry = ['file:///home/a/.local/share/nudge/nudge.js', { user: 'alice' }];

describe('our entry in OpenCode’s settings', () => {
  const files = {
    'no file': '',
    'an object on lines of its own': '{\n  "model": "x"\n}\n',
    'tabs, comments and a trailing comma': '{\n\t// mine\n\t"model": "x", // keep\n}\n',
    'the line ends of Windows': '{\r\n  "model": "x"\r\n}\r\n',
    'another plugin': '{\n  "plugin": [\n    "other" // keep\n  ]\n}\n',
    'another plugin and a trailing comma': '{\n  "plugin": [\n    "other", // keep\n  ],\n}\n',
  };
  for (const [name, text] of Object.entries(files))
    it(`comes and goes without a trace: ${name}`, () => {
      const changed = withEntry(text, entry);
      assert.deepEqual(findEntry(changed), entry);
      assert.equal(withoutEntry(changed), text);
      for (const comment of text.match(/\/\/.*/g) ?? []) assert.ok(changed.includes(comment));
    });

  it('takes the place of an older one, wherever it came from', () => {
    for (const old of [
      'opencode-nudge',
      'opencode-nudge@0.1.0',
      'file:///x/nudge.js',
      './nudge.js',
    ]) {
      const text = JSON.stringify({ plugin: ['a', [old, { user: 'bob' }], 'b'] });
      assert.deepEqual(optionsOf(findEntry(text)), { user: 'bob' });
      const changed = JSON.parse(withEntry(text, entry));
      assert.deepEqual(changed.plugin, ['a', entry, 'b']);
    }
  });

  it('leaves by itself, and the comments beside it stay', () => {
    const text = '{ "plugin": [ "a", /* b */ "opencode-nudge" ] }';
    assert.match(withoutEntry(text), /"a" *\/\* b \*\/ *\]/);
    assert.equal(withoutEntry('{ "plugin": ["a"] }'), '{ "plugin": ["a"] }');
  });

  it('is not a plugin of another name', () => {
    assert.equal(findEntry('{ "plugin": ["opencode-nudge-x", "my-nudge.js", ["x", 1], 7] }'), null);
  });

  const wrong = /** @type {const} */ ([
    ['{\n  "a": }', '2:8: value expected'],
    ['[]', '1:1: this is no JSON object'],
    ['{ "plugin": "x" }', '1:13: "plugin" is no list'],
  ]);
  for (const [text, message] of wrong)
    it(`is not written into what cannot be read: ${message}`, () => {
      assert.throws(() => withEntry(text, entry), new Unreadable(message));
    });
});
