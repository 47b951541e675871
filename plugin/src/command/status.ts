// opencode-nudge status: what is installed, with which settings, and whether it would be heard.

import { readOptions } from '../core/options';
import { optionsOf } from '../core/entry';
import { bundleIn, compareBundle, findConfig } from '../io/config';
import { answersOf, answersWithoutBroker } from '../io/answers';
import type { Settings } from '../io/login';
import { stateHome } from '../io/self';
import { Spool } from '../io/spool';
import { visit } from '../io/visit';
import { settingsOf, type Call } from './call';
import { DONE, FAILED, SETTINGS } from './exit';

const BUNDLES = {
  same: 'as this program brings it',
  other: 'another version: "opencode-nudge install" replaces it',
  missing: 'missing: "opencode-nudge install" puts it there',
};

export async function status(call: Call): Promise<number> {
  const { config, env } = call;
  const row = (name: string, value: string) => call.say(`${name.padEnd(9)}${value}`);
  const found = findConfig(env, config);
  const bundle = bundleIn(env);
  const state = compareBundle(bundle);
  row('plugin', `${bundle}, ${BUNDLES[state]}`);
  row('entry', found.entry ? `in ${found.file}` : `not in ${found.file}`);

  const settings = settingsOf(call);
  if (!settings) return SETTINGS;
  const { options } = readOptions({ ...optionsOf(found.entry), ...call.flags }, env);
  for (const [name, value] of Object.entries(options)) {
    const variable = `NUDGE_${name.toUpperCase()}`;
    const source = env[variable] ? ` (${variable})` : '';
    if (value !== null) row('option', `${name} = ${String(value)}${source}`);
  }
  const kept = new Spool(settings, stateHome(env), call.complain).count();
  row('spool', kept === 0 ? 'empty' : `${kept} events wait for the bridge`);
  const known = answersWithoutBroker(settings);
  if (known) row('answers', known.line);
  const isReached = await reach(settings, row, call);
  const isWell = isReached && settings.reply.fault === undefined;
  return isWell && found.entry && state === 'same' ? DONE : FAILED;
}

/** Whether the broker can be reached, a bridge is there, and answers come through. */
async function reach(
  settings: Settings,
  row: (name: string, value: string) => void,
  { complain }: Call,
): Promise<boolean> {
  const { url, root } = settings;
  try {
    const link = await visit(settings);
    row('broker', `${url} lets us in`);
    let state = 'silent: start "nudge run"';
    const stop = link.hear(({ payload }) => (state = payload.toString('utf8')));
    // What is retained comes before the answer to whatever we ask next.
    await link.subscribe([`${root}/bridge/+/state`]);
    await link.unsubscribe([`${root}/bridge/+/state`]);
    stop();
    row('bridge', state);
    const answers = await answersOf(settings, link);
    link.leave();
    if (!answersWithoutBroker(settings)) row('answers', answers.line);
    return state === 'online' && (answers.work || settings.replies === false);
  } catch (error) {
    if (!answersWithoutBroker(settings)) row('answers', 'not before the broker is reached');
    complain(error instanceof Error ? error.message : String(error));
    return false;
  }
}
