// http_ece brings no types; this is the part that the stand-in uses.
declare module 'http_ece' {
  import type { ECDH } from 'node:crypto';
  interface Options {
    version: 'aes128gcm';
    privateKey: ECDH;
    authSecret?: Buffer;
    dh?: Buffer | string;
    salt?: Buffer;
    rs?: number;
  }
  const ece: {
    encrypt(plaintext: Buffer, options: Options): Buffer;
    decrypt(body: Buffer, options: Options): Buffer;
  };
  export default ece;
}
