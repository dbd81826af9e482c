// RFC 8292 §3.2, RFC 8291 §3: an uncompressed point on P-256, 65 bytes.

const keyBytes = 65;
const coordinateBytes = 32;
/** SEC 2 §2.4.2 (secp256r1): y² = x³ − 3x + b over the field of p. */
const p = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn;
const b = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;

/**
 * Whether the key is one: a few multiplications of what everybody may see, so they need not take the same time for all. Each push is looked
 * at; the system's library takes five times as long, for it makes a key first.
 */
export function isPublicKey(key: Uint8Array): boolean {
  if (key.length !== keyBytes || key[0] !== 4) return false;
  const x = numberAt(key, 1);
  const y = numberAt(key, 1 + coordinateBytes);
  return x < p && y < p && (y * y - (x * x * x - 3n * x + b)) % p === 0n;
}

function numberAt(key: Uint8Array, from: number): bigint {
  return BigInt(`0x${Buffer.from(key.buffer, key.byteOffset + from, coordinateBytes).toString('hex')}`);
}
