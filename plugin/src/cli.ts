#!/usr/bin/env node
// opencode-nudge, the program: puts the plugin into OpenCode and shows whether it is heard.

import net from 'node:net';
import { parseArgs } from 'node:util';
import type { Call } from './command/call';
import { FAILED, SETTINGS, UNAVAILABLE, USAGE } from './command/exit';
import { install } from './command/install';
import { status } from './command/status';
import { Unpaired } from './command/pair';
import { asTyped } from './command/program';
import { test } from './command/test';
import { uninstall } from './command/uninstall';
import { Unreadable } from './core/entry';
import { BadPairing } from './core/pairing';
import { Foreign } from './io/own-files';

// A name may stand for several addresses; Node 18 by itself tries the first alone, and its first releases could
// do no other.
(net as { setDefaultAutoSelectFamily?: (isOn: boolean) => void }).setDefaultAutoSelectFamily?.(
  true,
);

const HELP = `Usage: opencode-nudge COMMAND [OPTION...]

  install     copy the plugin to its place and name it in OpenCode's settings,
              with the options given here beside those already there
  status      what is installed, with which options, and whether it is heard
  test        publish a test event and show what becomes of it
  uninstall   undo install

  --url URL             the broker: mqtt, mqtts, ws or wss (mqtt://localhost:1883)
  --pair TEXT           all of this at once, and the key for answers: what "nudge pair"
                        shows, in quotes; -: read it from standard input
  --user NAME           whose phone is to hear: the topic is nudge/NAME (me)
  --username NAME       the login at the broker (as --user, if there is a password)
  --password-file FILE  a file with the password alone in it
  --ca-file FILE        the certificate authority that vouches for the broker
  --host NAME           this machine's name in what is published (its own)
  --root TOPIC          in place of nudge
  --reply-key-file FILE the key that answers are signed with (~/.config/nudge/reply-key)
  --replies WHAT        true: signed answers may come over MQTT; account: unsigned
                        ones too, from whoever the broker lets write; false (the
                        default)
  --config FILE         OpenCode's settings (opencode.jsonc or opencode.json in
                        ~/.config/opencode)

Exit status: 0 done, 1 failed, 64 usage, 69 no broker or no bridge, 78 settings.`;

const COMMANDS: Readonly<Record<string, (call: Call) => number | Promise<number>>> = {
  install,
  status,
  test,
  uninstall,
};

const FLAGS = [
  ...['url', 'user', 'username', 'password-file', 'ca-file', 'host', 'root'],
  ...['reply-key-file', 'replies'],
];

function read(args: string[]): { command: string; call: Call; wantsHelp: boolean } {
  const options = Object.fromEntries(
    [...FLAGS, 'config', 'pair'].map((flag) => [flag, { type: 'string' as const }]),
  );
  const help = { type: 'boolean', short: 'h' } as const;
  const parsed = parseArgs({ args, options: { ...options, help }, allowPositionals: true });
  const values = parsed.values as Readonly<Record<string, string | boolean | undefined>>;
  const given = FLAGS.filter((flag) => values[flag] !== undefined);
  const flags = given.map((flag) => [flag.replaceAll('-', '_'), plain(flag, String(values[flag]))]);
  const call: Call = {
    flags: Object.fromEntries(flags) as Call['flags'],
    config: values['config'] as string | undefined,
    pair: values['pair'] as string | undefined,
    env: process.env,
    say: (line) => console.log(asTyped(line, site)),
    complain: (line) => console.error(`opencode-nudge: ${asTyped(line, site)}`),
  };
  return { command: parsed.positionals.join(' '), call, wantsHelp: values['help'] === true };
}

function plain(flag: string, value: string): string | boolean {
  if (flag !== 'replies') return value;
  return value === 'true' ? true : value === 'false' ? false : value;
}

const site = { file: process.argv[1] ?? '', cwd: process.cwd(), env: process.env };

const SETTINGS_ARE_WRONG = [Unreadable, BadPairing, Unpaired, Foreign];

async function main(): Promise<number> {
  try {
    const { command, call, wantsHelp } = read(process.argv.slice(2));
    if (wantsHelp) {
      console.log(HELP);
      return 0;
    }
    const act = Object.hasOwn(COMMANDS, command) ? COMMANDS[command] : undefined;
    if (!act) {
      console.error(HELP);
      return USAGE;
    }
    return await act(call);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const { code = '' } = error as { code?: string };
    const isUsage = code.startsWith('ERR_PARSE_ARGS');
    console.error(`opencode-nudge: ${isUsage ? message.split('. ')[0] : asTyped(message, site)}`);
    if (isUsage) return USAGE;
    if (SETTINGS_ARE_WRONG.some((kind) => error instanceof kind)) return SETTINGS;
    return code === '' ? UNAVAILABLE : FAILED;
  }
}

process.exitCode = await main();
