// opencode-nudge test: one event the way of all others, and what becomes of it.

import { randomBytes } from 'node:crypto';
import { fields, text } from '../core/reading';
import type { Link } from '../io/link';
import type { Settings } from '../io/login';
import { isUnheard, publishTrouble, subscribeTrouble, unheardTrouble } from '../io/trouble';
import { visit } from '../io/visit';
import { settingsOf, type Call } from './call';
import { DONE, FAILED, SETTINGS, UNAVAILABLE } from './exit';

const SETTLE_MS = 15_000;
const PENDING = ['accepted', 'held'];

export async function test(call: Call): Promise<number> {
  const settings = settingsOf(call);
  if (!settings) return SETTINGS;
  const link = await visit(settings);
  try {
    return await ask(link, settings, call);
  } finally {
    link.leave();
  }
}

async function ask(link: Link, settings: Settings, call: Call): Promise<number> {
  const { base, host } = settings;
  const id = `test_${randomBytes(9).toString('base64url')}`;
  const outcome = watch(link, settings, id, call);
  const topics = [`${base}/receipt`, `${base}/device/+`];
  await link
    .subscribe(topics)
    .catch((error: unknown) => call.complain(subscribeTrouble(settings, topics, error)));

  const event = { v: 1, id, kind: 'test', host, body: `It works: ${host} can reach you.` };
  call.say(`published ${id} on ${base}/event`);
  try {
    const reason = await link.publish(`${base}/event`, JSON.stringify(event));
    if (!isUnheard(reason)) return outcome();
  } catch (error) {
    call.complain(publishTrouble(settings, `${base}/event`, error));
    return UNAVAILABLE;
  }
  call.complain(unheardTrouble(settings));
  return UNAVAILABLE;
}

/** Says each receipt; the function it returns waits until all devices are settled. */
function watch(link: Link, { base }: Settings, id: string, { say, complain }: Call) {
  const devices = new Set<string>();
  const settled = new Map<string | null, string>();
  let isHeard = false;
  let tell = () => {};
  link.hear(({ topic, payload }) => {
    if (topic.startsWith(`${base}/device/`) && payload.length > 0) devices.add(topic);
    const receipt = parse(payload);
    if (topic !== `${base}/receipt` || receipt['event'] !== id) return;
    isHeard = true;
    const [state, device] = [text(receipt['state']) ?? '?', text(receipt['device'])];
    say(
      `  ${[device, state, text(receipt['reason']), receipt['status']].filter(Boolean).join(' ')}`,
    );
    if (!PENDING.includes(state)) settled.set(device, state);
    tell();
  });
  const isDone = () => settled.has(null) || (settled.size > 0 && settled.size >= devices.size);
  return async () => {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, SETTLE_MS);
      tell = () => {
        if (!isDone()) return;
        clearTimeout(timer);
        resolve();
      };
      tell();
    });
    if ([...settled.values()].includes('pushed')) return DONE;
    complain(isHeard ? 'no device was reached' : 'the bridge did not answer: see its log');
    return isHeard ? FAILED : UNAVAILABLE;
  };
}

function parse(payload: Buffer) {
  try {
    return fields(JSON.parse(payload.toString('utf8')));
  } catch {
    return fields(null);
  }
}
