// opencode-nudge test: one event the way of all others, and what becomes of it.

import { randomBytes } from 'node:crypto';
import type { MqttClient } from 'mqtt';
import { fields, text } from '../core/reading';
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
  const client = await visit(settings);
  try {
    return await ask(client, settings, call);
  } finally {
    client.end(true);
  }
}

async function ask(client: MqttClient, settings: Settings, call: Call): Promise<number> {
  const { base, host } = settings;
  const id = `test_${randomBytes(9).toString('base64url')}`;
  const outcome = watch(client, settings, id, call);
  const topics = [`${base}/receipt`, `${base}/device/+`];
  await client
    .subscribeAsync(topics, { qos: 1 })
    .catch((error: unknown) => call.complain(subscribeTrouble(settings, topics, error)));

  const event = { v: 1, id, kind: 'test', host, body: `It works: ${host} can reach you.` };
  call.say(`published ${id} on ${base}/event`);
  let isHeard = true;
  client.on('packetreceive', (packet) => {
    if (packet.cmd === 'puback' && isUnheard(packet.reasonCode)) isHeard = false;
  });
  try {
    await client.publishAsync(`${base}/event`, JSON.stringify(event), { qos: 1 });
  } catch (error) {
    call.complain(publishTrouble(settings, `${base}/event`, error));
    return UNAVAILABLE;
  }
  if (isHeard) return outcome();
  call.complain(unheardTrouble(settings));
  return UNAVAILABLE;
}

/** Says each receipt; the function it returns waits until all devices are settled. */
function watch(client: MqttClient, { base }: Settings, id: string, { say, complain }: Call) {
  const devices = new Set<string>();
  const settled = new Map<string | null, string>();
  let isHeard = false;
  let tell = () => {};
  client.on('message', (topic, payload) => {
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
