// What OpenCode loads. It calls every other export as a plugin of its own, so
// there is the default one and no other.

import { readOptions } from './core/options';
import { Instance } from './instance';
import { lease } from './io/brokers';
import { Copy } from './io/copies';
import { toSettings } from './io/login';
import type { Hooks, PluginInput } from './io/opencode';
import { Pending } from './io/pending';
import { stateHome } from './io/self';
import { notes, warnings, type Warn } from './io/warnings';

const copy = new Copy();

const TWICE =
  'OpenCode loads this plugin from two files, and this one does nothing: name one of them in ' +
  'its settings (opencode.json here and in ~/.config/opencode, and the folders plugin beside them)';

const NOTHING_TO_DO: Partial<Hooks> = {};

/** OpenCode 1.x. It waits for this without limit: nothing is awaited here. */
async function server(input: PluginInput, given?: unknown): Promise<Partial<Hooks>> {
  const warn = warnings(input.client);
  try {
    return start(input, given, warn, notes(input.client));
  } catch (error) {
    warn(`could not start: ${String(error)}`);
    return NOTHING_TO_DO;
  }
}

function start(input: PluginInput, given: unknown, warn: Warn, note: Warn): Partial<Hooks> {
  const { options, faults } = readOptions(given, process.env);
  const settings = toSettings(options, faults);
  for (const fault of faults) warn(fault);
  if (faults.length > 0) return NOTHING_TO_DO;

  const letGo = copy.claim(input.directory);
  if (!letGo) {
    warn(TWICE);
    return NOTHING_TO_DO;
  }
  const instance = new Instance(input, () => lease(settings, warn, note), settings.host);
  if (new Pending(settings, stateHome(process.env)).hasLeft()) instance.speak();
  return {
    event: (call) => instance.event(call),
    'tool.execute.before': (call, input) => instance['tool.execute.before'](call, input),
    dispose: () => instance.dispose().finally(letGo),
  };
}

/** OpenCode 2.x calls this instead; it is not spoken to yet. */
function setup(): void {}

export default { id: 'nudge', server, setup };
