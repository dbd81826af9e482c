import { randomFillSync } from 'node:crypto';

import type { RandomBytes } from './secrets.js';

const poolBytes = 4_096;
/** Ids and fractions. What is larger is a secret, which is drawn when it is needed and lies nowhere before. */
const pooledBytes = 16;

/**
 * Unpredictable bytes, of which the few that a connect, a push or a presence needs are drawn from the system some kilobytes at a time: each call of it
 * costs microseconds. What was handed out is wiped from the pool, and never handed out again.
 */
export function randomPool(fill: (bytes: Uint8Array) => void = (bytes) => void randomFillSync(bytes)): RandomBytes {
  const pool = Buffer.alloc(poolBytes);
  let used = poolBytes;
  return (count) => {
    const bytes = Buffer.alloc(count);
    if (count > pooledBytes) {
      fill(bytes);
      return bytes;
    }
    if (used + count > poolBytes) {
      fill(pool);
      used = 0;
    }
    pool.copy(bytes, 0, used, used + count);
    pool.fill(0, used, used + count);
    used += count;
    return bytes;
  };
}
