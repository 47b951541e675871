// Whether a person's answers would reach OpenCode, in one line: what install
// and status say, in the words that the plugin warns with.

import { comesBack } from './echo';
import type { Link } from './link';
import type { Settings } from './login';
import { opennessOf } from './openness';
import { accountTrouble, accountTrust, deafTrouble, isRefusal, subscribeTrouble } from './trouble';

export interface Answers {
  work: boolean;
  line: string;
}

/** null: the broker must be asked. */
export function answersWithoutBroker(settings: Settings): Answers | null {
  const { replies, reply, base, root } = settings;
  const pair = `"nudge pair ${base.slice(root.length + 1)}"`;
  const how = `"opencode-nudge install --pair TEXT" turns them on, with what ${pair} shows`;
  if (replies === false) return { work: false, line: `off (replies is false): ${how}` };
  const { fault } = reply;
  return fault ? { work: false, line: fault } : null;
}

/** link: connected with these settings. */
export async function answersOf(settings: Settings, link: Link): Promise<Answers> {
  const known = answersWithoutBroker(settings);
  if (known) return known;
  const topic = `${settings.base}/reply`;
  try {
    await link.subscribe([topic], { isForNew: true });
    if (!(await comesBack(link, topic))) return { work: false, line: deafTrouble(settings) };
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return { work: false, line: subscribeTrouble(settings, [topic], error) };
  }
  if (settings.replies === true)
    return { work: true, line: `work if signed with the key in ${settings.replyKeyFile}` };
  const { isOpen, at } = await opennessOf(settings);
  if (isOpen === false) return { work: true, line: accountTrust(settings) };
  return { work: false, line: accountTrouble(settings, isOpen === null ? null : at) };
}
