// One call of a command, and the settings that the plugin would have.

import { optionsOf } from '../core/entry';
import { readOptions } from '../core/options';
import { findConfig } from '../io/config';
import { toSettings, type Settings } from '../io/login';

export interface Call {
  /** The plugin's options as the command line gives them. */
  flags: Readonly<Record<string, string | boolean>>;
  /** A pairing text; '-': it comes on standard input. */
  pair: string | undefined;
  /** A file of OpenCode's settings other than the usual. */
  config: string | undefined;
  env: NodeJS.ProcessEnv;
  say(line: string): void;
  complain(line: string): void;
}

/** null: they are wrong, and it was said why. */
export function settingsOf({ flags, config, env, complain }: Call): Settings | null {
  const given = { ...optionsOf(findConfig(env, config).entry) };
  const { options, faults } = readOptions({ ...given, ...flags }, env);
  const settings = toSettings(options, faults);
  for (const fault of faults) complain(fault);
  return faults.length > 0 ? null : settings;
}
