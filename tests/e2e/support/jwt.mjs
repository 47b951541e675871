// JSON Web Tokens as the push services read them: RFC 7515 compact form, RFC 7518 ES256 and RS256.
import { sign, verify } from 'node:crypto';
import { jsonObject } from './json.mjs';

/**
 * @typedef {object} Jwt
 * @property {Record<string, unknown>} header
 * @property {Record<string, unknown>} claims
 * @property {Buffer} signature
 * @property {string} signed the text that the signature covers
 */

/**
 * Null unless these are three parts of base64url without padding, the first two of them JSON objects.
 *
 * @param {string} text
 * @returns {Jwt | null}
 */
export function parseJwt(text) {
  const parts = text.split('.');
  if (parts.length !== 3 || !parts.every(isBase64url)) return null;
  const [header, claims] = parts.slice(0, 2).map((part) => jsonObject(base64urlBytes(part)));
  if (!header || !claims) return null;
  const signature = base64urlBytes(parts[2] ?? '');
  return { header, claims, signature, signed: `${parts[0]}.${parts[1]}` };
}

/**
 * RFC 7518 3.4: the signature is r and s, 32 bytes each; DER is another thing.
 *
 * @param {Jwt} jwt
 * @param {import('node:crypto').KeyObject} key
 */
export function isSignedEs256({ signed, signature }, key) {
  if (signature.length !== 64) return false;
  return verify('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' }, signature);
}

/**
 * @param {Jwt} jwt
 * @param {import('node:crypto').KeyObject} key
 */
export function isSignedRs256({ signed, signature }, key) {
  return verify('sha256', Buffer.from(signed), key, signature);
}

/**
 * For tests that need a token good or broken on purpose.
 *
 * @param {Record<string, unknown>} header
 * @param {Record<string, unknown>} claims
 * @param {import('node:crypto').KeyObject} key
 * @param {{ dsaEncoding?: 'ieee-p1363' | 'der' }} [options]
 */
export function makeJwt(header, claims, key, { dsaEncoding = 'ieee-p1363' } = {}) {
  const parts = [header, claims].map((part) =>
    Buffer.from(JSON.stringify(part)).toString('base64url'),
  );
  const signed = parts.join('.');
  const signature = sign('sha256', Buffer.from(signed), { key, dsaEncoding });
  return `${signed}.${signature.toString('base64url')}`;
}

/**
 * Also refuses the encodings whose unused last bits are not zero: they would be a second form of the
 * same bytes.
 *
 * @param {string} text
 */
export function isBase64url(text) {
  return /^[A-Za-z0-9_-]+$/.test(text) && base64urlBytes(text).toString('base64url') === text;
}

/** @param {string} text */
export function base64urlBytes(text) {
  return Buffer.from(text, 'base64url');
}
