// What the page keeps in its browser.

/**
 * What the page keeps between visits holds a text.
 *
 * @param {import('./browser.mjs').Page} page
 * @param {string} text
 */
export async function remembered(page, text) {
  await page.waitForFunction(
    (wanted) =>
      new Promise((/** @type {(isKept: boolean) => void} */ found) => {
        const opening = indexedDB.open('keyval-store');
        opening.onsuccess = () => {
          const reading = opening.result.transaction('keyval').objectStore('keyval').get('known');
          const open = (/** @type {string} */ _, /** @type {any} */ value) =>
            value instanceof Map ? [...value] : value;
          reading.onsuccess = () => {
            found(JSON.stringify(reading.result ?? null, open).includes(wanted));
            opening.result.close();
          };
        };
      }),
    text,
  );
}
