// The service worker: shows, replaces, groups and withdraws notifications, answers from their buttons,
// opens the session, and keeps the page for when there is no network.

import { mark, webAddress, type Asked } from 'nudge-client';
import { inTurn } from '../shown';
import { loadIdentity } from '../store';
import { ackEvent, answerRequest } from './answer';
import { isOutdated, optionsOf, readPush, type Data, type Message } from './notify';

const worker = self as unknown as ServiceWorkerGlobalScope;
const { registration, clients, caches } = worker;

const SHELL = 'nudge-shell';
const FILES = ['./', 'page.js', 'style.css', 'icon.svg', 'icon-waiting.svg', 'nudge.webmanifest'];

worker.addEventListener('install', (event) => {
  void worker.skipWaiting();
  event.waitUntil(caches.open(SHELL).then((shell) => shell.addAll(FILES)));
});
worker.addEventListener('activate', (event) => event.waitUntil(clients.claim()));

const FRESH_WITHIN_MS = 700; // a server that accepts and is silent is none
const SILENT_FOR_MS = 30_000; // in which it is not waited for again
let silentUntilMs = 0;

/** The newest page if its server answers soon, else the last one. */
worker.addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.method !== 'GET' || !request.url.startsWith(registration.scope)) return;
  const newest = fresh(request);
  event.waitUntil(newest.catch(() => {})); // it may come late, for the next time
  event.respondWith(soonest(newest, request));
});

async function soonest(newest: Promise<Response>, request: Request): Promise<Response> {
  const waitMs = Date.now() < silentUntilMs ? 0 : FRESH_WITHIN_MS;
  const late = new Promise<null>((pass) => setTimeout(pass, waitMs, null));
  const inTime = await Promise.race([newest, late]).catch(() => undefined);
  if (inTime === null) silentUntilMs = Date.now() + SILENT_FOR_MS;
  return inTime ?? (await kept(request)) ?? newest;
}

async function fresh(request: Request): Promise<Response> {
  const response = await fetch(request);
  if (response.ok) {
    const shell = await caches.open(SHELL);
    await shell.put(request, response.clone());
  }
  return response;
}

const kept = (request: Request) => caches.match(request, { ignoreSearch: true });

worker.addEventListener('push', (event) => event.waitUntil(take(event.data?.text() ?? '')));

async function take(text: string): Promise<void> {
  const push = readPush(text);
  if (!push) return show({ title: 'nudge', body: 'There is news.', tag: 'nudge' });
  if ('withdraw' in push) return withdraw(push.withdraw);
  return show(push.show);
}

async function show(message: Message): Promise<void> {
  const identity = await loadIdentity().catch(() => null);
  const { title, ...options } = optionsOf(message, identity?.key != null);
  await inTurn(async () => {
    for (const shown of await registration.getNotifications())
      if (isOutdated(shown, message)) shown.close();
    await registration.showNotification(title, options);
  });
  await setBadge(message.app_badge);
}

function withdraw(tag: string): Promise<void> {
  return inTurn(async () => {
    for (const shown of await registration.getNotifications({ tag })) shown.close();
  });
}

async function setBadge(count: number | undefined): Promise<void> {
  if (count === undefined || !('setAppBadge' in navigator)) return;
  await (count > 0 ? navigator.setAppBadge(count) : navigator.clearAppBadge()).catch(() => {});
}

worker.addEventListener('notificationclick', (event) => {
  const { notification, action } = event;
  notification.close();
  event.waitUntil(act(notification, action));
});

async function act(notification: Notification, action: string): Promise<void> {
  const data = (notification.data ?? {}) as Data;
  const request = { id: data.request_id ?? '', nonce: data.nonce ?? '', questions: null };
  if (action === 'once' || action === 'reject') return answer(request, action, notification);
  // Neither must keep the other from happening.
  await Promise.allSettled([open(data), data.event_id && ackEvent(data.event_id)]);
}

/** An answer that did not arrive is said aloud: the agent still waits. */
async function answer(
  request: Asked,
  reply: 'once' | 'reject',
  { title, tag, data }: Notification,
) {
  try {
    await answerRequest(request, { reply });
  } catch (error) {
    const body = `Not answered: ${(error as Error).message} Tap to answer on the page.`;
    const options = { body: mark(body), tag, data, icon: 'icon.svg' };
    await inTurn(() => registration.showNotification(title, options));
  }
}

/** The session's own page if this device knows its address, else this one. */
async function open({ navigate, kind }: Data): Promise<void> {
  const address = navigate === undefined ? null : webAddress(navigate);
  if (address !== null) {
    await clients.openWindow(address);
    return;
  }
  const pages = await clients.matchAll({ type: 'window' });
  const page = pages.find(({ url }) => url.startsWith(registration.scope));
  // What stands for several leads to the list of them.
  const place = `${registration.scope}#${kind === 'digest' ? 'activity' : 'now'}`;
  if (!page) await clients.openWindow(place);
  else if (kind === 'digest') await (await page.focus()).navigate(place).catch(() => null);
  else await page.focus();
}
