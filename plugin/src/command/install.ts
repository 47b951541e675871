// opencode-nudge install: the bundle to its place, our entry into OpenCode's settings.

import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { optionsOf, withEntry, type Entry } from '../core/entry';
import { readOptions, type Fault } from '../core/options';
import { bundleIn, findConfig, installBundle, writeConfig } from '../io/config';
import { toSettings } from '../io/login';
import type { Call } from './call';
import { DONE, SETTINGS } from './exit';

export function install({ flags, config, env, say, complain }: Call): number {
  const found = findConfig(env, config);
  const options = { ...optionsOf(found.entry), ...absolute(flags) };
  const faults = faultsOf(options);
  for (const fault of faults) complain(fault);
  if (faults.length > 0) return SETTINGS;

  const bundle = bundleIn(env);
  const spec = pathToFileURL(bundle).href;
  const entry: Entry = Object.keys(options).length > 0 ? [spec, options] : spec;
  const text = withEntry(found.text, entry);
  installBundle(bundle);
  say(`copied the plugin to ${bundle}`);
  if (text === found.text) say(`${found.file} names it already`);
  else {
    writeConfig(found, text);
    say(`${found.entry ? 'changed' : 'added'} its entry in ${found.file}:`);
    say(`  ${JSON.stringify(entry)}`);
  }
  say('Start OpenCode anew to use it; "opencode-nudge test" shows whether a phone hears of it.');
  return DONE;
}

/** OpenCode reads the options in another directory. */
function absolute(flags: Call['flags']): Record<string, unknown> {
  const isPath = (name: string, value: unknown): value is string =>
    name.endsWith('_file') && typeof value === 'string' && !value.startsWith('~/');
  const pairs = Object.entries(flags).map(([name, value]) => [
    name,
    isPath(name, value) ? resolve(value) : value,
  ]);
  return Object.fromEntries(pairs) as Record<string, unknown>;
}

function faultsOf(given: object): Fault[] {
  const { options, faults } = readOptions(given, {});
  if (faults.length === 0) toSettings(options, faults);
  return faults;
}
