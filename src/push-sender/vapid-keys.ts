import { createECDH } from 'node:crypto';

/** The gateway's own key on P-256 (RFC 8292): the private one is a scalar of 32 bytes, the public one an uncompressed point of 65. */
export interface VapidKeys {
  readonly privateKey: Uint8Array;
  readonly publicKey: Uint8Array;
}

const privateKeyBytes = 32;

/** Another one each time; what is to be kept is the private key. */
export function createVapidKey(): Uint8Array {
  const pair = createECDH('prime256v1');
  pair.generateKeys();
  const key = pair.getPrivateKey();
  return new Uint8Array(Buffer.concat([Buffer.alloc(privateKeyBytes - key.length), key]));
}

export function vapidKeysOf(privateKey: Uint8Array): VapidKeys {
  const pair = createECDH('prime256v1');
  pair.setPrivateKey(privateKey);
  return { privateKey, publicKey: new Uint8Array(pair.getPublicKey()) };
}
