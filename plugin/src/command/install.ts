// opencode-nudge install: the bundle to its place, our entry into OpenCode's settings.

import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { optionsOf, withEntry, type Entry } from '../core/entry';
import { inOrder, readOptions, type Fault } from '../core/options';
import { fields } from '../core/reading';
import { answersOf, answersWithoutBroker } from '../io/answers';
import { bundleIn, findConfig, installBundle, writeConfig } from '../io/config';
import { toSettings, type Settings } from '../io/login';
import { OwnFiles, type OwnName } from '../io/own-files';
import { visit } from '../io/visit';
import type { Call } from './call';
import { DONE, SETTINGS } from './exit';
import { pair } from './pair';
import { quoted } from './program';

const KEYLESS = 'off: the pairing text brings no key for them; "nudge pair USER" of today does';

export async function install(call: Call): Promise<number> {
  const { flags, config, env, say, complain } = call;
  const found = findConfig(env, config);
  const own = new OwnFiles(env);
  const old = optionsOf(found.entry);
  const nothing = { options: old, files: new Map<OwnName, string>() };
  const paired = call.pair === undefined ? nothing : await pair(call.pair, old, call, own);
  const given = { ...paired.options, ...absolute(flags) };
  const options = call.pair === undefined ? given : inOrder(given);
  const toCome = [...paired.files.keys()].map((name) => own.option(name));
  const faults = faultsOf(options, toCome);
  for (const fault of faults) complain(fault);
  if (faults.length > 0) return SETTINGS;

  const bundle = bundleIn(env);
  const spec = pathToFileURL(bundle).href;
  const entry: Entry = Object.keys(options).length > 0 ? [spec, options] : spec;
  const text = withEntry(found.text, entry);
  for (const [name, content] of paired.files) own.check(name, content);
  for (const [name, content] of paired.files) own.write(name, content);
  if (toCome.length > 0) say(`wrote ${toCome.join(', ')}`);
  installBundle(bundle);
  say(`copied the plugin to ${bundle}`);
  if (text === found.text) say(`${found.file} names it already`);
  else {
    writeConfig(found, text);
    say(`${found.entry ? 'changed' : 'added'} its entry in ${found.file}:`);
    say(`  ${JSON.stringify(entry)}`);
  }
  const isKeyless = call.pair !== undefined && fields(options)['replies'] === undefined;
  say(`answers: ${isKeyless ? KEYLESS : await answers(options)}`);
  const test = `opencode-nudge test${config === undefined ? '' : ` --config ${quoted(config)}`}`;
  say(`Start OpenCode anew to use it; "${test}" shows whether a phone hears of it.`);
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

/** toCome: files that are not written yet. */
function faultsOf(given: object, toCome: readonly string[]): Fault[] {
  const { options, faults } = readOptions(given, {});
  const isToCome = (path: string | null) => path !== null && toCome.includes(path);
  const there = {
    ...options,
    password_file: isToCome(options.password_file) ? null : options.password_file,
    ca_file: isToCome(options.ca_file) ? null : options.ca_file,
  };
  if (faults.length === 0) toSettings(there, faults);
  return faults;
}

/** Whether answers will work, and what is missing. */
async function answers(given: object): Promise<string> {
  const settings = toSettings(readOptions(given, {}).options, []);
  return (answersWithoutBroker(settings) ?? (await askBroker(settings))).line;
}

async function askBroker(settings: Settings): Promise<{ line: string }> {
  try {
    const link = await visit(settings);
    try {
      return await answersOf(settings, link);
    } finally {
      link.leave();
    }
  } catch (error) {
    return { line: error instanceof Error ? error.message : String(error) };
  }
}
