// A stand-in for Google's token endpoint: a signed assertion in, an access token out (RFC 7523).
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { jsonAnswer } from './exchange.mjs';
import { isSignedRs256, parseJwt } from './jwt.mjs';
import { StandIn } from './standin.mjs';

const GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const SCOPE = 'https://www.googleapis.com/auth/firebase.messaging';
const LIFETIME_S = 3599;
const ASSERTION_MAX_S = 3600;
const CLOCK_SKEW_S = 300;

// One for all: an RSA key takes its time.
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

/**
 * @typedef {object} ServiceAccount what the file from Google holds
 * @property {string} type
 * @property {string} project_id
 * @property {string} private_key_id
 * @property {string} private_key
 * @property {string} client_email
 * @property {string} token_uri
 *
 * @typedef {object} Noted
 * @property {Record<string, unknown>} claims
 *
 * @typedef {StandIn<Noted> & {
 *   isValid: (authorization: string | undefined) => boolean,
 *   revokeAll: () => void,
 *   account: ServiceAccount,
 * }} GoogleTokens
 */

/**
 * @param {object} options
 * @param {import('./certificates.mjs').Authority} options.authority
 * @param {string} options.projectId
 * @param {() => number} [options.now] milliseconds since the epoch
 * @returns {Promise<GoogleTokens>}
 */
export async function startGoogleTokens({ authority, projectId, now = Date.now }) {
  /** @type {Map<string, number>} token to the millisecond it ends */
  const tokens = new Map();

  /** @type {import('./standin.mjs').Service<Noted>['judge']} */
  const judge = (request) => {
    const form = new URLSearchParams(request.body.toString('utf8'));
    const jwt = parseJwt(form.get('assertion') ?? '');
    const broken = requestFault(request, form) ?? assertionFault(jwt, account, now() / 1000);
    const note = { claims: jwt?.claims ?? {} };
    if (broken !== null) return { broken, note, answer: refuse(400, broken) };
    const token = `ya29.${randomBytes(32).toString('base64url')}`;
    tokens.set(token, now() + LIFETIME_S * 1000);
    return {
      broken,
      note,
      answer: jsonAnswer(200, {
        access_token: token,
        expires_in: LIFETIME_S,
        token_type: 'Bearer',
      }),
    };
  };

  /** @type {StandIn<Noted>} */
  const standIn = new StandIn(authority, { judge, refuse }, { http1: true });
  await standIn.openListener();
  /** @type {ServiceAccount} */
  const account = {
    type: 'service_account',
    project_id: projectId,
    private_key_id: randomBytes(20).toString('hex'),
    private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    client_email: `nudge@${projectId}.iam.gserviceaccount.com`,
    token_uri: `${standIn.url}/token`,
  };
  return Object.assign(standIn, {
    account,
    /** @param {string | undefined} authorization */
    isValid(authorization) {
      const [, token = ''] = /^Bearer (\S+)$/.exec(authorization ?? '') ?? [];
      return (tokens.get(token) ?? 0) > now();
    },
    revokeAll: () => tokens.clear(),
  });
}

/**
 * @param {string} dir
 * @param {ServiceAccount} account
 */
export async function writeServiceAccount(dir, account) {
  const file = join(dir, 'service-account.json');
  await writeFile(file, JSON.stringify(account), { mode: 0o600 });
  return file;
}

/**
 * @param {import('./exchange.mjs').Request} request
 * @param {URLSearchParams} form
 */
function requestFault({ method, path, headers, repeated }, form) {
  const isForm = /^application\/x-www-form-urlencoded\b/.test(headers['content-type'] ?? '');
  const isHere = path === '/token';
  if (method !== 'POST' || !isHere || !isForm || repeated.length > 0) return 'invalid_request';
  return form.get('grant_type') === GRANT ? null : 'unsupported_grant_type';
}

/**
 * @param {import('./jwt.mjs').Jwt | null} jwt
 * @param {ServiceAccount} account
 * @param {number} nowS
 */
function assertionFault(jwt, account, nowS) {
  if (!jwt || jwt.header.alg !== 'RS256') return 'invalid_grant';
  if ((jwt.header.typ ?? 'JWT') !== 'JWT') return 'invalid_grant';
  if ((jwt.header.kid ?? account.private_key_id) !== account.private_key_id) return 'invalid_grant';
  if (!isSignedRs256(jwt, publicKey)) return 'invalid_grant';
  const { iss, aud, iat, exp, scope } = jwt.claims;
  if (iss !== account.client_email || aud !== account.token_uri) return 'invalid_grant';
  if (!Number.isSafeInteger(iat) || !Number.isSafeInteger(exp)) return 'invalid_grant';
  if (Number(iat) > nowS + CLOCK_SKEW_S || Number(exp) < nowS) return 'invalid_grant';
  if (Number(exp) - Number(iat) > ASSERTION_MAX_S) return 'invalid_grant';
  return String(scope).split(' ').includes(SCOPE) ? null : 'invalid_scope';
}

/**
 * @param {number} status
 * @param {string} reason
 */
function refuse(status, reason) {
  return jsonAnswer(status, { error: reason, error_description: 'refused by the stand-in' });
}
