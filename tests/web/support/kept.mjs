// What the page keeps in its browser.
import { patiently } from '../../e2e/support/arrivals.mjs';

/**
 * Once what the page keeps between visits holds a text.
 *
 * @param {import('./browser.mjs').Page} page
 * @param {string} text
 */
export async function remembered(page, text) {
  const looking = page.evaluate(async (wanted) => {
    const kept = () =>
      new Promise((/** @type {(known: string) => void} */ found) => {
        const opening = indexedDB.open('keyval-store');
        opening.onsuccess = () => {
          const reading = opening.result.transaction('keyval').objectStore('keyval').get('known');
          const open = (/** @type {string} */ _, /** @type {any} */ value) =>
            value instanceof Map ? [...value] : value;
          reading.onsuccess = () => {
            found(JSON.stringify(reading.result ?? null, open));
            opening.result.close();
          };
        };
      });
    // A function that is waited for by the library must not promise: a promise is true.
    while (!(await kept()).includes(wanted)) await new Promise((pass) => setTimeout(pass, 20));
  }, text);
  await patiently(looking, `a page that keeps '${text}'`);
}
