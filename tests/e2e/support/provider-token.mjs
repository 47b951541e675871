// The provider token of APNs: what it must be, and how often a connection may change it.
import { isSignedEs256, parseJwt } from './jwt.mjs';

const LIFETIME_S = 3600;
const CLOCK_SKEW_S = 60;
const RENEWAL_MS = 20 * 60 * 1000;

/**
 * @typedef {object} Team
 * @property {string} teamId
 * @property {string} keyId
 * @property {import('node:crypto').KeyObject} publicKey
 */

/**
 * What is wrong with the value of the authorization header, if anything.
 *
 * @param {string | undefined} authorization
 * @param {Team} team
 * @param {number} nowMs
 * @returns {string | null}
 */
export function tokenFault(authorization, { teamId, keyId, publicKey }, nowMs) {
  if (!authorization) return 'MissingProviderToken';
  const [, text = ''] = /^bearer (\S+)$/.exec(authorization) ?? [];
  const jwt = parseJwt(text);
  if (!jwt) return 'InvalidProviderToken';
  const { header, claims } = jwt;
  const { iat } = claims;
  if (header.alg !== 'ES256' || header.kid !== keyId) return 'InvalidProviderToken';
  if (Object.keys(claims).sort().join() !== 'iat,iss') return 'InvalidProviderToken';
  if (claims.iss !== teamId || !Number.isSafeInteger(iat)) return 'InvalidProviderToken';
  if (!isSignedEs256(jwt, publicKey)) return 'InvalidProviderToken';
  const age = nowMs / 1000 - Number(iat);
  if (age < -CLOCK_SKEW_S) return 'InvalidProviderToken';
  return age > LIFETIME_S ? 'ExpiredProviderToken' : null;
}

/** What one connection remembers of the tokens it was shown. */
export class TokenMemory {
  #token = '';
  #sinceMs = 0;
  #wedged = false;

  get isProven() {
    return this.#token !== '';
  }

  /** After an expired token nothing on this connection helps any more. */
  wedge() {
    this.#wedged = true;
  }

  /**
   * A good token is shown; what counts is when this connection first saw it, not when it was made.
   *
   * @param {string} token
   * @param {number} nowMs
   * @returns {string | null} the reason of a refusal
   */
  show(token, nowMs) {
    if (this.#wedged) return 'TooManyProviderTokenUpdates';
    if (token === this.#token) return null;
    if (this.isProven && nowMs - this.#sinceMs < RENEWAL_MS) return 'TooManyProviderTokenUpdates';
    this.#token = token;
    this.#sinceMs = nowMs;
    return null;
  }
}
