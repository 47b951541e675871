// The browser's subscription comes from the stand-in: headless Chromium reaches no push service of its own.
// What the stand-in was sent goes to the service worker by the DevTools protocol.
import { Arrivals, PATIENCE_MS, patiently } from '../../e2e/support/arrivals.mjs';

/**
 * @typedef {import('./browser.mjs').Browser} Browser
 * @typedef {import('./browser.mjs').Page} Page
 * @typedef {import('../../e2e/support/webpush.mjs').WebPush} WebPush
 */

/**
 * @param {Browser} browser
 * @param {WebPush} push
 */
export async function playPushManager(browser, push) {
  const isPlayed = playing.has(browser);
  playing.set(browser, push);
  if (isPlayed) return;
  await browser.exposeFunction('standInSubscribe', (/** @type {string} */ key) =>
    playing.get(browser)?.subscribe(key),
  );
  await browser.addInitScript(installPushManager);
}

/** What stands in for the push service of a browser. @type {WeakMap<Browser, WebPush>} */
const playing = new WeakMap();

/** Runs in the page. */
function installPushManager() {
  const STORE = 'stand-in-subscription';
  const bytesOf = (/** @type {string} */ key) => {
    const binary = atob(key.replaceAll('-', '+').replaceAll('_', '/'));
    return Uint8Array.from(binary, (character) => character.charCodeAt(0)).buffer;
  };
  const subscriptionOf = (/** @type {any} */ { key, endpoint, keys }) => ({
    endpoint,
    options: { applicationServerKey: bytesOf(key), userVisibleOnly: true },
    toJSON: () => ({ endpoint, expirationTime: null, keys }),
    unsubscribe: async () => localStorage.removeItem(STORE) === undefined,
  });
  Object.assign(PushManager.prototype, {
    subscribe: async (/** @type {any} */ { applicationServerKey: key, userVisibleOnly }) => {
      if (!userVisibleOnly || typeof key !== 'string') throw new Error('not as a browser wants it');
      const given = await /** @type {any} */ (window).standInSubscribe(key);
      localStorage.setItem(STORE, JSON.stringify({ key, ...given }));
      return subscriptionOf({ key, ...given });
    },
    getSubscription: async () => {
      const stored = localStorage.getItem(STORE);
      return stored ? subscriptionOf(JSON.parse(stored)) : null;
    },
  });
}

/**
 * @param {Page} page of the origin
 * @returns {Promise<(data: string) => Promise<void>>} delivers one message; resolves once the service
 *   worker is done with it
 */
export async function pushInto(page) {
  const devtools = await page.context().newCDPSession(page);
  const origin = new URL(page.url()).origin;
  const found = new Promise((/** @type {(id: string) => void} */ found) => {
    devtools.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
      const registration = registrations.find(
        ({ scopeURL, isDeleted }) => scopeURL.startsWith(origin) && !isDeleted,
      );
      if (registration) found(registration.registrationId);
    });
    void devtools.send('ServiceWorker.enable');
  });
  const registrationId = await patiently(found, `a service worker of ${origin}`);
  const completed = new Arrivals(JSON.stringify);
  devtools.on('BackgroundService.backgroundServiceEventReceived', ({ backgroundServiceEvent }) => {
    const { eventName, serviceWorkerRegistrationId: registration } = backgroundServiceEvent;
    if (eventName === 'Push event completed' && registration === registrationId)
      completed.add(backgroundServiceEvent);
  });
  const service = 'pushMessaging';
  await devtools.send('BackgroundService.startObserving', { service });
  await devtools.send('BackgroundService.setRecording', { service, shouldRecord: true });
  let underWay = 0;
  return async (data) => {
    const count = completed.items.length + ++underWay;
    await devtools.send('ServiceWorker.deliverPushMessage', { origin, registrationId, data });
    await completed.waitForCount(count, { what: 'the end of a push in the service worker' });
    underWay -= 1;
  };
}

/**
 * What is shown once the predicate likes it.
 *
 * @param {Page} page
 * @param {(shown: { title: string, body: string, tag: string, actions: string[] }[]) => boolean} predicate
 */
export async function notifications(page, predicate) {
  const endMs = Date.now() + PATIENCE_MS;
  for (;;) {
    const shown = await page.evaluate(async () => {
      const registration = await navigator.serviceWorker.ready;
      // As the page does: who asks while one is about to be shown makes the browser forget it.
      const all = await navigator.locks.request('nudge-shown', () =>
        registration.getNotifications(),
      );
      return /** @type {any[]} */ (all).map(({ title, body, tag, actions }) => ({
        ...{ title, body, tag },
        actions: actions.map((/** @type {any} */ { action }) => action),
      }));
    });
    if (predicate(shown)) return shown;
    if (Date.now() > endMs) throw new Error(`shown is ${JSON.stringify(shown)}`);
    await page.waitForTimeout(50);
  }
}

/**
 * A person taps the one notification that is shown, or one of its buttons.
 *
 * @param {Page} page
 * @param {string} action empty: the notification itself
 */
export async function actOn(page, action) {
  // Those of tests before may still be on their way out.
  const worker = page.context().serviceWorkers().at(-1);
  await worker?.evaluate(async (/** @type {string} */ action) => {
    const scope = /** @type {any} */ (self);
    const [notification] = await scope.navigator.locks.request('nudge-shown', () =>
      scope.registration.getNotifications(),
    );
    // A made-up event may not be extended; what it starts runs all the same.
    scope.onerror = () => true;
    scope.dispatchEvent(new scope.NotificationEvent('notificationclick', { notification, action }));
  }, action);
}
