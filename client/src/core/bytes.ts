// Text as bytes and base64url. Pure.

export const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

const strict = new TextDecoder('utf-8', { fatal: true });

/** null: it is no UTF-8. A byte order mark at the start is left out. */
export function decode(bytes: Uint8Array): string | null {
  try {
    return strict.decode(bytes);
  } catch {
    return null;
  }
}

/** RFC 4648 section 5, without padding. */
export function base64urlOf(bytes: Uint8Array): string {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** Of a text's UTF-8. */
export const base64url = (text: string): string => base64urlOf(encode(text));

/** @returns null if it is not what `base64urlOf` writes, to the last bit */
export function bytesOf(text: string): Uint8Array | null {
  if (!/^[A-Za-z0-9_-]*$/.test(text) || text.length % 4 === 1) return null;
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
  return base64urlOf(bytes) === text ? bytes : null;
}
