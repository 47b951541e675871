// Text as bytes and base64url. Pure.

export const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
export const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** RFC 4648 section 5, without padding, of a text's UTF-8. */
export function base64url(text: string): string {
  const binary = String.fromCharCode(...encode(text));
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** The object in a payload; null if it holds none. */
export function readObject<T extends object>(text: string): T | null {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as T) : null;
  } catch {
    return null;
  }
}
