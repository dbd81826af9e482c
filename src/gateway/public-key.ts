import { ECDH } from 'node:crypto';

/** RFC 8292 §3.2, RFC 8291 §3: an uncompressed point on P-256, 65 bytes. */
export function isPublicKey(key: Uint8Array): boolean {
  try {
    const point = ECDH.convertKey(Buffer.from(key), 'prime256v1', undefined, undefined, 'uncompressed');
    return key.length === 65 && Buffer.isBuffer(point) && point.equals(key);
  } catch {
    return false;
  }
}
