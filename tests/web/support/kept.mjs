// What the page keeps in its browser.

/**
 * What the page keeps between visits holds a text.
 *
 * @param {import('./browser.mjs').Page} page
 * @param {string} text
 */
export async function remembered(page, text) {
  const known = () =>
    page.evaluate(
      () =>
        new Promise((/** @type {(known: string) => void} */ found) => {
          const opening = indexedDB.open('keyval-store');
          opening.onsuccess = () => {
            const reading = opening.result.transaction('keyval').objectStore('keyval').get('known');
            reading.onsuccess = () => found(JSON.stringify(reading.result ?? null));
          };
        }),
    );
  while (!(await known()).includes(text)) await page.waitForTimeout(20);
}
