// JSON as the push services want it.

/**
 * The JSON object in these bytes; null when they hold anything else, or are not UTF-8.
 *
 * @param {Buffer} bytes
 * @returns {Record<string, unknown> | null}
 */
export function jsonObject(bytes) {
  try {
    const value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? value : null;
  } catch {
    return null;
  }
}
