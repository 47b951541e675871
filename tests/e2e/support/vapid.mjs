// RFC 8292: who sends this Web Push, and may they to this subscription?
import { createPublicKey } from 'node:crypto';
import { base64urlBytes, isBase64url, isSignedEs256, parseJwt } from './jwt.mjs';

const LIFETIME_MAX_S = 24 * 3600;
const POINT_BYTES = 65;

/**
 * The reason of a refusal, in the words of Apple's service.
 *
 * @param {string | undefined} authorization
 * @param {string} origin of the endpoint
 * @param {string} subscribedKey the key that the subscription was made with
 * @param {number} nowMs
 * @returns {string | null}
 */
export function vapidFault(authorization, origin, subscribedKey, nowMs) {
  const [, token = '', key = ''] =
    /^vapid t=([^, ]+), ?k=([^, ]+)$/.exec(authorization ?? '') ?? [];
  if (!token) return 'BadAuthorizationHeader';
  const publicKey = p256Key(key);
  if (!publicKey) return 'BadVapidPublicKey';
  const jwt = parseJwt(token);
  if (!jwt || jwt.header.alg !== 'ES256' || !['JWT', undefined].includes(typOf(jwt)))
    return 'BadJwtToken';
  if (!isSignedEs256(jwt, publicKey)) return 'BadJwtToken';
  const { aud, exp, sub } = jwt.claims;
  const left = Number(exp) - nowMs / 1000;
  if (aud !== origin || !Number.isSafeInteger(exp) || left <= 0 || left > LIFETIME_MAX_S)
    return 'BadJwtToken';
  if (!/^(mailto:[^@\s]+@[^@\s]+|https:\/\/\S+)$/.test(String(sub))) return 'BadJwtToken';
  return key === subscribedKey ? null : 'VapidPkHashMismatch';
}

/**
 * An uncompressed point of P-256 in base64url; null for anything else.
 *
 * @param {string} text
 */
export function p256Key(text) {
  const point = base64urlBytes(text);
  if (!isBase64url(text) || point.length !== POINT_BYTES || point[0] !== 4) return null;
  const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((half) =>
    half.toString('base64url'),
  );
  try {
    return createPublicKey({ key: { kty: 'EC', crv: 'P-256', x, y }, format: 'jwk' });
  } catch {
    return null; // not on the curve
  }
}

/** @param {import('./jwt.mjs').Jwt} jwt */
function typOf({ header }) {
  return /** @type {string | undefined} */ (header.typ);
}
