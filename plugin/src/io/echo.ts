// Whether what is said on a topic reaches us: some brokers accept each
// subscription, and then deliver nothing that their ACL forbids.

import type { MqttClient } from 'mqtt';

const PATIENCE_MS = 3_000;

/** Says nothing there, in an empty message, which must come back. Subscribe first. */
export async function comesBack(client: MqttClient, topic: string): Promise<boolean> {
  return new Promise((resolve) => {
    const tell = (answer: boolean) => {
      clearTimeout(timer);
      client.off('message', hear);
      client.off('close', giveUp);
      resolve(answer);
    };
    const hear = (heard: string, payload: Buffer) => {
      if (heard === topic && payload.length === 0) tell(true);
    };
    const giveUp = () => tell(true); // the next connection is looked at anew
    const timer = setTimeout(() => tell(false), PATIENCE_MS).unref();
    client.on('message', hear);
    client.on('close', giveUp);
    // Who may not speak there may hear all the same.
    client.publishAsync(topic, '', { qos: 1 }).catch(giveUp);
  });
}
