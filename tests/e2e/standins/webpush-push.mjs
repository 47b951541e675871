// A Web Push message that a service takes and a browser can read, and ways to break it.
import { createECDH, generateKeyPairSync, randomBytes } from 'node:crypto';
import ece from 'http_ece';
import { base64urlBytes, makeJwt } from '../support/jwt.mjs';
import { scratchDirectory } from '../support/scratch.mjs';
import { startWebPush } from '../support/webpush.mjs';

/**
 * @typedef {object} Broken what is other than in a good message
 * @property {string} [method]
 * @property {string} [path]
 * @property {Record<string, string | string[] | undefined>} [headers] undefined: not sent
 * @property {object} [jwt] header of the token
 * @property {object} [claims]
 * @property {'der'} [dsaEncoding]
 * @property {'jwt' | 'key' | 'both'} [strange] what of the sender is not what the browser subscribed to
 * @property {(authorization: string) => string} [authorization]
 * @property {string} [text]
 * @property {number} [recordSize]
 * @property {(body: Buffer) => Uint8Array} [body] of the encrypted text
 */

/** A key pair for VAPID: both forms of the public part are needed. */
export function makeVapidKeys() {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
  const { d = '' } = privateKey.export({ format: 'jwk' });
  const point = Buffer.concat([Buffer.from([4]), base64urlBytes(x), base64urlBytes(y)]);
  return { privateKey, publicText: point.toString('base64url'), privateText: d };
}

/** @param {import('node:test').TestContext} test */
export async function makeSender(test) {
  const webpush = await startWebPush({ dir: await scratchDirectory(test) });
  test.after(() => webpush.stop());
  const [keys, others] = [makeVapidKeys(), makeVapidKeys()];
  const subscription = webpush.subscribe(keys.publicText);

  /** @param {Broken} [broken] */
  const makeMessage = (broken = {}) => {
    const { jwt, claims, dsaEncoding, strange } = broken;
    const exp = Math.floor(Date.now() / 1000) + 3600;
    const token = makeJwt(
      { typ: 'JWT', alg: 'ES256', ...jwt },
      { aud: webpush.url, exp, sub: 'mailto:admin@example.org', ...claims },
      strange === 'jwt' || strange === 'both' ? others.privateKey : keys.privateKey,
      { dsaEncoding },
    );
    const key = strange === 'key' || strange === 'both' ? others.publicText : keys.publicText;
    const authorization = `vapid t=${token}, k=${key}`;
    const headers = {
      ':method': broken.method ?? 'POST',
      authorization: broken.authorization?.(authorization) ?? authorization,
      ttl: '3600',
      urgency: 'high',
      topic: 'abc_-123',
      'content-encoding': 'aes128gcm',
      'content-type': 'application/octet-stream',
      ...broken.headers,
    };
    const body = encrypt(subscription, broken.text ?? '{"title":"hello"}', broken.recordSize);
    return {
      path: broken.path ?? subscription.endpoint.slice(webpush.url.length),
      headers: Object.fromEntries(Object.entries(headers).filter(([, value]) => value)),
      body: Buffer.from(broken.body?.(body) ?? body),
    };
  };
  return { webpush, keys, subscription, makeMessage };
}

/** A key pair for one message. */
export function makeSenderKey() {
  const privateKey = createECDH('prime256v1');
  privateKey.generateKeys();
  return privateKey;
}

/**
 * @param {import('../support/webpush.mjs').Subscription} subscription
 * @param {string} text
 * @param {number} [recordSize]
 * @param {{ privateKey?: import('node:crypto').ECDH, salt?: Buffer }} [once] default: new ones
 */
export function encrypt({ keys }, text, recordSize = 4096, once = {}) {
  return ece.encrypt(Buffer.from(text), {
    version: 'aes128gcm',
    privateKey: once.privateKey ?? makeSenderKey(),
    dh: keys.p256dh,
    authSecret: base64urlBytes(keys.auth),
    salt: once.salt ?? randomBytes(16),
    rs: recordSize,
  });
}
