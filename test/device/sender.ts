// What a sender does, with the package that most of them use.

import { createCipheriv, createECDH, createHmac, hkdfSync, randomBytes } from 'node:crypto';

import webPush from 'web-push';

import type { PushKeys } from '../../src/device/push-keys.js';

/** A body of RFC 8291 as the `web-push` package makes it. */
export function encrypted({ p256dh, auth }: PushKeys, payload: string | Uint8Array): Buffer {
  const data = typeof payload === 'string' ? payload : Buffer.from(payload);
  return webPush.encrypt(p256dh, auth, data, 'aes128gcm').cipherText;
}

/** A body whose one record is this plaintext as it is: the delimiter and padding are the caller's. */
export function oneRecord({ p256dh, auth }: PushKeys, record: Uint8Array): Buffer {
  const sender = createECDH('prime256v1');
  const senderPoint = sender.generateKeys();
  const receiverPoint = Buffer.from(p256dh, 'base64url');
  const salt = randomBytes(16);
  const pseudorandomKey = createHmac('sha256', Buffer.from(auth, 'base64url')).update(sender.computeSecret(receiverPoint)).digest();
  const material = createHmac('sha256', pseudorandomKey)
    .update(Buffer.concat([Buffer.from('WebPush: info\0'), receiverPoint, senderPoint, Buffer.of(1)])).digest();
  const key = Buffer.from(hkdfSync('sha256', material, salt, 'Content-Encoding: aes128gcm\0', 16));
  const nonce = Buffer.from(hkdfSync('sha256', material, salt, 'Content-Encoding: nonce\0', 12));
  const cipher = createCipheriv('aes-128-gcm', key, nonce);
  const ciphertext = Buffer.concat([cipher.update(record), cipher.final(), cipher.getAuthTag()]);
  return Buffer.concat([salt, Buffer.of(0, 0, 16, 0, senderPoint.length), senderPoint, ciphertext]);
}
