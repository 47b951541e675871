// What a package is made of: files where a system looks for them, a manual and completion that say what
// the program says, a unit that opens nothing it does not need.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, readdir, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runNudge } from './support/bridge.mjs';
import { runProcess } from './support/process.mjs';
import { scratchDirectory } from './support/scratch.mjs';

const HERE = fileURLToPath(new URL('../..', import.meta.url));
const PAGES = ['man1/nudge.1', 'man5/nudge.conf.5', 'man7/nudge.7', 'man8/nudge.8'];

/** @type {string} where it is installed */
let root = '';
/** @type {string[]} */
let commands = [];

/** @param {string} command @param {string[]} args */
async function run(command, ...args) {
  const { code, lines } = await runProcess(command, args);
  assert.equal(code, 0, [command, ...args, ...lines].join('\n'));
  return lines;
}

/** @param {string[]} goals */
const make = (...goals) =>
  run('make', '-C', HERE, '-s', `DESTDIR=${root}`, 'PREFIX=/usr', ...goals);

/** @param {string} page */
async function manual(page) {
  const lines = await run('mandoc', '-Tascii', join(root, 'usr/share/man', page));
  return lines.join('\n').replaceAll(/.\x08/g, ''); // bold and underlined
}

/** The options that a help shows. @param {string} command */
async function optionsOf(command) {
  const { lines } = await runNudge([command, '--help']);
  return lines.flatMap((line) =>
    /^ {2}-/.test(line) ? (line.match(/(?<= )--?[a-z-]+/g) ?? []) : [],
  );
}

before(async () => {
  root = await mkdtemp(join(tmpdir(), 'nudge-package-'));
  await make('install');
  const { lines } = await runNudge(['--help']);
  commands = lines.flatMap((line) => /^ {2}nudge (\S+)/.exec(line)?.[1] ?? []);
  assert.ok(commands.length >= 12, lines.join('\n'));
});

after(() => rm(root, { recursive: true }));

describe('make install', () => {
  test('puts everything where a system looks for it', async () => {
    const modes = new Map([
      ['usr/bin/nudge', 0o755],
      ['etc/nudge/secrets', 0o700],
    ]);
    for (const file of [
      ...PAGES.map((page) => `usr/share/man/${page}`),
      'usr/bin/nudge',
      'usr/lib/systemd/system/nudge.service',
      'usr/lib/sysusers.d/nudge.conf',
      'usr/share/bash-completion/completions/nudge',
      'usr/share/doc/nudge/examples/nudge.conf',
      'usr/share/fish/vendor_completions.d/nudge.fish',
      'usr/share/nudge/grafana/nudge.json',
      'usr/share/nudge/homeassistant/answer.yaml',
      'usr/share/nudge/opencode-nudge.tgz',
      'usr/share/nudge/web/index.html',
      'usr/share/nudge/web/service-worker.js',
      'usr/share/zsh/vendor-completions/_nudge',
      'etc/nudge/secrets',
    ])
      assert.equal((await stat(join(root, file))).mode & 0o777, modes.get(file) ?? 0o644, file);
  });

  test('brings an archive of the plugin that npx can run', async (t) => {
    const home = await scratchDirectory(t);
    const archive = await readFile(join(root, 'usr/share/nudge/opencode-nudge.tgz'));
    const server = createServer((_, response) => response.end(archive)).listen(0, '127.0.0.1');
    t.after(() => server.close());
    await once(server, 'listening');
    const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
    const { code, lines } = await runProcess(
      'npx',
      ['--yes', `http://127.0.0.1:${port}/opencode-nudge.tgz`, 'install'],
      {
        cwd: home,
        env: {
          HOME: home,
          XDG_CONFIG_HOME: '',
          XDG_DATA_HOME: '',
          NUDGE_URL: 'mqtt://127.0.0.1:9',
        },
      },
    );
    assert.ok(existsSync(join(home, '.local/share/nudge/nudge.js')), lines.join('\n'));
    assert.equal(code, 0, lines.join('\n'));
  });

  test('names the place of the program in the unit', async (t) => {
    const elsewhere = await scratchDirectory(t);
    await run('make', '-C', HERE, '-s', `DESTDIR=${elsewhere}`, 'PREFIX=/opt/nudge', 'install');
    const unit = await readFile(
      join(elsewhere, 'opt/nudge/lib/systemd/system/nudge.service'),
      'utf8',
    );
    assert.match(unit, /^ExecStart=\/opt\/nudge\/bin\/nudge run$/m);
  });

  test('is taken away whole, but for what is yours', async (t) => {
    const elsewhere = await scratchDirectory(t);
    for (const goal of ['install', 'uninstall'])
      await run('make', '-C', HERE, '-s', `DESTDIR=${elsewhere}`, 'PREFIX=/usr', goal);
    const left = await run('find', elsewhere, '-type', 'f');
    assert.deepEqual(left, []);
    assert.deepEqual(await readdir(join(elsewhere, 'etc/nudge')), ['secrets']);
  });
});

describe('the manual', () => {
  test('has every command and each of its options', async () => {
    const page = await manual('man1/nudge.1');
    for (const command of commands) {
      const start = page.indexOf(`   nudge ${command}\n`);
      assert.ok(start >= 0, command);
      const text = page.slice(start, page.indexOf('\n   nudge ', start + 1));
      for (const option of await optionsOf(command))
        assert.ok(text.includes(option), `${command} ${option}\n${text}`);
    }
  });

  test('has every setting in its section', async () => {
    const page = await manual('man5/nudge.conf.5');
    const { lines } = await runNudge(['--help']);
    let text = '';
    let count = 0;
    for (const line of lines.slice(lines.findIndex((one) => one.startsWith('Settings')) + 1)) {
      if (line.startsWith('[')) text = page.slice(page.indexOf(`   ${line} section\n`));
      const key = /^ {2}(\w+) /.exec(line)?.[1];
      if (!key) continue;
      const end = text.indexOf('] section\n', text.indexOf('] section\n') + 1);
      assert.match(end < 0 ? text : text.slice(0, end), new RegExp(`^ {5}${key}( |$)`, 'm'), line);
      count++;
    }
    assert.ok(count > 40, `${count} settings`);
  });

  test('has every topic of the rights that a person and a bridge get', async () => {
    const page = await manual('man7/nudge.7');
    const { lines } = await runNudge(['user', 'show', 'USER', '-c', '/dev/null']);
    const topics = lines.flatMap(
      (line) => /^topic (?:read|write) (nudge\S+)$/.exec(line)?.[1] ?? [],
    );
    assert.ok(topics.length > 20, lines.join('\n'));
    for (const topic of topics) {
      const [, user, ...rest] = topic.split('/');
      const leaf = rest.filter((level) => !'+#'.includes(level) && level !== 'nudge').join('/');
      if (user === 'bridge') assert.ok(page.includes('nudge/bridge/ID/'), topic);
      assert.ok(page.includes(leaf), topic);
    }
  });

  test('is what formatters want to read', async () => {
    for (const page of PAGES) {
      const file = join(root, 'usr/share/man', page);
      const { lines } = await runProcess('mandoc', ['-T', 'lint', '-W', 'style', file]);
      assert.deepEqual(
        lines.filter((line) => !/referenced manual not found|outdated mandoc.db/.test(line)),
        [],
      );
      const groff = await runProcess('groff', ['-ww', '-mdoc', '-Tutf8', '-z', file]);
      assert.deepEqual(groff.lines, []);
    }
  });
});

describe('completion', () => {
  const shares = {
    bash: 'bash-completion/completions/nudge',
    fish: 'fish/vendor_completions.d/nudge.fish',
    zsh: 'zsh/vendor-completions/_nudge',
  };

  /** What bash offers for the last of these words. @param {string[]} words */
  const bash = (...words) =>
    run(
      'bash',
      '-c',
      `. "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _nudge; printf '%s\\n' "\${COMPREPLY[@]}"`,
      join(root, 'usr/share', shares.bash),
      'nudge',
      ...words,
    );

  /** The same of fish. @param {string} line */
  async function fish(line) {
    const offers = await run(
      'fish',
      '--no-config',
      '-c',
      `source ${join(root, 'usr/share', shares.fish)}; complete -C '${line}'`,
    );
    return offers.map((offer) => offer.split('\t')[0]);
  }

  test('in bash offers each command, and each option of it', async () => {
    assert.deepEqual((await bash('')).sort(), [...commands, '--help', '--version'].sort());
    for (const command of commands)
      for (const option of await optionsOf(command))
        assert.ok((await bash(command, '')).includes(option), `${command} ${option}`);
    assert.deepEqual(await bash('user', 'r'), ['remove']);
    assert.deepEqual(await bash('send', '-k', 'n'), ['note']);
    assert.deepEqual(
      await bash('check', '-c', '/etc/host'),
      await run('bash', '-c', 'compgen -f /etc/host'),
    );
  });

  test('in fish offers the same', async () => {
    for (const command of commands) {
      assert.ok((await fish('nudge ')).includes(command), command);
      for (const option of await optionsOf(command))
        assert.ok((await fish(`nudge ${command} -`)).includes(option), `${command} ${option}`);
    }
    assert.deepEqual(await fish('nudge user rem'), ['remove']);
    assert.deepEqual(await fish('nudge send -k not'), ['note']);
  });

  test('in zsh is a function that has the same', async () => {
    const file = join(root, 'usr/share', shares.zsh);
    await run('zsh', '-n', file);
    const text = await readFile(file, 'utf8');
    for (const command of commands) {
      const start = text.indexOf(`\t(${command})\n`);
      assert.ok(start >= 0, command);
      const part = text.slice(start, text.indexOf('\t\t;;\n', start));
      for (const option of await optionsOf(command))
        assert.ok(part.includes(`'${option}[`), option);
    }
    const said = await run(
      'zsh',
      '-fc',
      `autoload -U compinit; compinit -D; . ${file}; echo $_comps[nudge]`,
    );
    assert.deepEqual(said, ['_nudge']);
  });
});

describe('the unit', () => {
  test('opens less than 2.0 of the system', async () => {
    const unit = join(root, 'usr/lib/systemd/system/nudge.service');
    await run(
      'systemd-analyze',
      'security',
      '--offline=true',
      '--threshold=20',
      '--no-pager',
      unit,
    );
  });

  test('says nothing that systemd does not know', async (t) => {
    const prefix = await scratchDirectory(t);
    const goals = ['DESTDIR=', `PREFIX=${prefix}`, `SYSCONF=${prefix}/etc`, 'install'];
    await run('make', '-C', HERE, '-s', ...goals);
    const unit = join(prefix, 'lib/systemd/system/nudge.service');
    const { lines } = await runProcess('systemd-analyze', ['verify', '--man=no', unit]);
    assert.deepEqual(
      lines.filter((line) => line.includes('nudge.service')),
      [],
    );
  });
});
