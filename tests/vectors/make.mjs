// Makes push.json: what the bridge sends (seal.c), and what a device must
// refuse, sealed here because the bridge cannot seal it wrongly.
// Usage: node make.mjs build/tests/vectors/seal >push.json

import { execFileSync } from 'node:child_process';
import { createCipheriv, createECDH, hkdfSync } from 'node:crypto';

// RFC 8291, appendix A.
const device = {
  private: 'q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94',
  p256dh: 'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4',
  auth: 'BTBZMqHH6r4Tts7J_aSIgg',
};
const rfc8291 = {
  text: 'When I grow up, I want to be a watermelon',
  body:
    'DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A' +
    '_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN',
};

/** @param {string} text */
const bytes = (text) => Buffer.from(text, 'base64url');
const HEADER_LEN = 86;

/**
 * RFC 8188 with one record of any content: what is inside decides.
 * @param {Buffer} clear
 */
function seal(clear, { recordLen = 4096, auth = bytes(device.auth) } = {}) {
  const ours = createECDH('prime256v1');
  ours.setPrivateKey(Buffer.alloc(32, 9));
  const salt = Buffer.alloc(16, 5);
  const point = ours.getPublicKey();
  const info = Buffer.concat([Buffer.from('WebPush: info\0'), bytes(device.p256dh), point]);
  const input = Buffer.from(
    hkdfSync('sha256', ours.computeSecret(bytes(device.p256dh)), auth, info, 32),
  );
  /** @type {(name: string, len: number) => Buffer} */
  const derive = (name, len) =>
    Buffer.from(hkdfSync('sha256', input, salt, `Content-Encoding: ${name}\0`, len));
  const cipher = createCipheriv('aes-128-gcm', derive('aes128gcm', 16), derive('nonce', 12));
  const header = Buffer.alloc(21);
  salt.copy(header);
  header.writeUInt32BE(recordLen, 16);
  header[20] = point.length;
  return Buffer.concat([header, point, cipher.update(clear), cipher.final(), cipher.getAuthTag()]);
}

const text = '{"withdraw":"abc"}';
const good = seal(Buffer.from(`${text}\x02\0\0\0`));
/** @param {number} at */
const flip = (at) => Buffer.from(good.map((byte, i) => (i === at ? byte ^ 1 : byte)));
/** @type {(at: number, value: number) => Buffer} */
const put = (at, value) => Buffer.from(good.map((byte, i) => (i === at ? value : byte)));

const broken = {
  'nothing at all': Buffer.alloc(0),
  'a header alone': good.subarray(0, HEADER_LEN),
  'cut in its header': good.subarray(0, 40),
  'cut by one byte': good.subarray(0, -1),
  'one byte too long': Buffer.concat([good, Buffer.alloc(1)]),
  'longer than any push': Buffer.concat([good, Buffer.alloc(4096)]),
  'a flipped bit in the salt': flip(3),
  'a flipped bit in the text': flip(HEADER_LEN + 2),
  'a flipped bit in the tag': flip(good.length - 1),
  'a key that is not on the curve': flip(21 + 64),
  'a compressed key': put(21, 2),
  'a key of no length': put(20, 0),
  'a record shorter than what follows': seal(Buffer.from(`${text}\x02`), {
    recordLen: 20,
  }),
  'sealed to another secret': seal(Buffer.from(`${text}\x02`), {
    auth: Buffer.alloc(16, 1),
  }),
  'padding without an end': seal(Buffer.from(text)),
  'padding of a record that is not the last': seal(Buffer.from(`${text}\x01\0`)),
  'nothing but padding': seal(Buffer.alloc(8)),
  'two ends of padding': seal(Buffer.from(`${text}\x02\0\x01`)),
};

const { messages, turns } = JSON.parse(execFileSync(process.argv[2] ?? '', { encoding: 'utf8' }));
const document = {
  device,
  another_private: 'yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw',
  rfc8291,
  padded: { text, body: good.toString('base64url') },
  messages,
  turns,
  broken: Object.entries(broken).map(([name, body]) => ({
    name,
    body: body.toString('base64url'),
  })),
};
process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
