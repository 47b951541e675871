// Signs answers with the person's reply key: HMAC-SHA256 (RFC 2104), tests/vectors/replies.json.

import { base64urlOf, bytesOf, encode } from '../core/bytes';

/** @returns the code of a text, in base64url */
export type Sign = (text: string) => Promise<string>;

const HMAC = { name: 'HMAC', hash: 'SHA-256' };

/** Only a secure context (https, or the machine itself) has what signs. */
export const canSign = (): boolean => globalThis.crypto?.subtle !== undefined;

/**
 * @param key 32 bytes in base64url, as a pairing text brings them
 * @returns what signs, and can be kept, but from which nobody reads the key again
 */
export function importKey(key: string): Promise<CryptoKey> {
  const bytes = bytesOf(key);
  if (bytes?.length !== 32) throw new Error('The reply key is damaged.');
  return crypto.subtle.importKey('raw', bytes as BufferSource, HMAC, false, ['sign']);
}

export function signer(key: CryptoKey): Sign {
  return async (text) => {
    const mac = await crypto.subtle.sign('HMAC', key, encode(text) as BufferSource);
    return base64urlOf(new Uint8Array(mac));
  };
}
