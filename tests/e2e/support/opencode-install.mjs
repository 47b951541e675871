// A home whose OpenCode knows nothing of us, and the program that installs the plugin there.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runProcess } from './process.mjs';

export const PLUGIN = fileURLToPath(new URL('../../../plugin', import.meta.url));

// OpenCode itself writes a missing "$schema" into it.
export const BEFORE =
  '{\n  "$schema": "https://opencode.ai/config.json",\n  // mine\n  "autoupdate": false, // never\n}\n';

/**
 * @param {import('./opencode-scene.mjs').Scene} scene
 * @param {string} name
 */
export function stranger(scene, name) {
  const home = scene.home(name);
  const project = join(home.project, 'opencode.json');
  const { plugin: _, ...settings } = JSON.parse(readFileSync(project, 'utf8'));
  writeFileSync(project, JSON.stringify(settings));
  const configHome = home.env['XDG_CONFIG_HOME'] ?? '';
  const config = join(configHome, 'opencode', 'opencode.jsonc');
  writeFileSync(config, BEFORE);
  const bundle = join(home.env['XDG_DATA_HOME'] ?? '', 'nudge', 'nudge.js');
  const env = { ...home.env, npm_config_update_notifier: 'false' };
  return {
    home,
    config,
    bundle,
    /** Where install puts keys and the like. */
    folder: join(configHome, 'nudge'),
    env,
    nudge: (/** @type {string[]} */ ...args) =>
      runProcess('npx', [PLUGIN, ...args], { env, cwd: home.project }),
    /** The same with something on standard input.
     * @param {string} input
     * @param {string[]} args */
    nudgeWith: (input, ...args) =>
      runProcess('npx', [PLUGIN, ...args], { env, cwd: home.project, input }),
    /** The options of our entry, as OpenCode reads them. */
    options: () => {
      const text = readFileSync(config, 'utf8').replace(/\/\/ (mine|never)/g, '');
      return JSON.parse(text.replace(/,(\s*})/g, '$1')).plugin[0][1];
    },
  };
}
