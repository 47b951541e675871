// opencode-nudge uninstall: what install did, undone.

import { withoutEntry } from '../core/entry';
import { bundleIn, compareBundle, findConfig, removeBundle, writeConfig } from '../io/config';
import { OwnFiles } from '../io/own-files';
import type { Call } from './call';
import { DONE } from './exit';

export function uninstall({ config, env, say }: Call): number {
  const found = findConfig(env, config);
  if (found.entry) {
    writeConfig(found, withoutEntry(found.text));
    say(`took its entry out of ${found.file}`);
  }
  const bundle = bundleIn(env);
  const isThere = compareBundle(bundle) !== 'missing';
  if (isThere) {
    removeBundle(bundle);
    say(`removed ${bundle}`);
  }
  const files = new OwnFiles(env).remove();
  if (files.length > 0) say(`removed ${files.join(', ')}`);
  if (!found.entry && !isThere && files.length === 0) say('it is not installed');
  return DONE;
}
