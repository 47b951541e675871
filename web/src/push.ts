// Notifications of this browser: its subscription at its push service becomes its registration.

import type { Device, Nudge } from 'nudge-client';
import type { Identity } from './store';

/** Why this browser cannot show notifications; null: it can. */
export function pushObstacle(nudge: Nudge): string | null {
  if (!isSecureContext)
    return 'Browsers allow notifications only on pages over https:// or on this machine itself.';
  if (!('serviceWorker' in navigator) || !('PushManager' in window))
    return 'This browser has no Web Push. On an iPhone add this page to the home screen first.';
  if (Notification.permission === 'denied')
    return "You forbade this page to notify you. Allow it in the browser's settings for this page.";
  if (!nudge.view.info?.vapid_public_key)
    return 'The bridge does not offer Web Push: set a subject in [webpush] of its settings.';
  return null;
}

/** @throws Error with one sentence: what belongs to a device does not wait for a connection */
export function reached(nudge: Nudge): Nudge {
  if (nudge.link !== 'online') throw new Error('Not connected: nothing was changed.');
  return nudge;
}

export const isRegistered = (nudge: Nudge) =>
  nudge.view.devices.get(nudge.device)?.platform === 'webpush';

/**
 * Asks the person, subscribes, registers.
 *
 * @param former what this device was, if it is none any more
 * @throws Error with one sentence
 */
export async function turnOn(nudge: Nudge, identity: Identity, former?: Device): Promise<void> {
  reached(nudge);
  if ((await Notification.requestPermission()) !== 'granted')
    throw new Error('You did not allow notifications.');
  const { pushManager } = await navigator.serviceWorker.ready;
  const key = nudge.view.info?.vapid_public_key ?? '';
  const known = await pushManager.getSubscription();
  // A subscription belongs to the key it was made with.
  if (known && keyOf(known) !== key) await known.unsubscribe();
  const subscription = await pushManager.subscribe({
    userVisibleOnly: true,
    applicationServerKey: key,
  });
  const { endpoint, keys } = subscription.toJSON();
  await nudge.register((known = former) => ({
    ...known,
    platform: 'webpush',
    name: identity.name,
    endpoint: endpoint ?? '',
    keys: keys as unknown as NonNullable<Device['keys']>,
    acks: true,
  }));
}

export async function turnOff(nudge: Nudge): Promise<void> {
  reached(nudge);
  await unsubscribe();
  await nudge.unregister();
}

/** The browser takes no pushes for this page any more. */
export async function unsubscribe(): Promise<void> {
  const registration = await navigator.serviceWorker?.getRegistration();
  const subscription = await registration?.pushManager?.getSubscription();
  await subscription?.unsubscribe();
}

/** A browser renews its subscription now and then: register what it has now. */
export async function keepFresh(nudge: Nudge, identity: Identity): Promise<void> {
  if (!isRegistered(nudge) || pushObstacle(nudge) !== null) return;
  if (Notification.permission !== 'granted') return;
  const { pushManager } = await navigator.serviceWorker.ready;
  const subscription = await pushManager.getSubscription();
  const registered = nudge.view.devices.get(nudge.device)?.endpoint;
  const isFresh = subscription?.endpoint === registered;
  if (!subscription || !isFresh || keyOf(subscription) !== nudge.view.info?.vapid_public_key)
    await turnOn(nudge, identity);
}

function keyOf(subscription: PushSubscription): string | null {
  const key = subscription.options?.applicationServerKey;
  if (!key) return null;
  const binary = String.fromCharCode(...new Uint8Array(key));
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}
