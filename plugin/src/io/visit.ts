// A short connection to the broker, to look and to ask.

import type { MqttClient } from 'mqtt';
import { openClient } from './connection';
import type { Settings } from './login';
import { connectTrouble } from './trouble';

const PATIENCE_MS = 10_000;

/** Throws what is wrong, in one line. */
export async function visit(settings: Settings): Promise<MqttClient> {
  const { username, password } = settings;
  const client = openClient(settings, {
    protocolVersion: 5,
    clean: true,
    reconnectPeriod: 0,
    connectTimeout: PATIENCE_MS,
    ...(username !== undefined && { username }),
    ...(password && { password }),
  });
  return new Promise((resolve, reject) => {
    const fail = (error: unknown) => {
      client.end(true);
      reject(new Error(connectTrouble(settings, error)));
    };
    client.once('connect', () => {
      client.off('close', hungUp);
      resolve(client);
    });
    const hungUp = () => fail(new Error('it hung up'));
    client.once('close', hungUp);
    client.on('error', fail);
  });
}
