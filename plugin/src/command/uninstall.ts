// opencode-nudge uninstall: what install did, undone.

import { withoutEntry } from '../core/entry';
import { bundleIn, compareBundle, findConfig, removeBundle, writeConfig } from '../io/config';
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
  if (!found.entry && !isThere) say('it is not installed');
  return DONE;
}
