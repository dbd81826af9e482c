import { createPrng } from '../../src/core/prng.js';
import type { RandomBytes } from '../../src/gateway/secrets.js';

/** The seed of this run: `LOWBEAT_SEED`, or a new one; print it. */
export function seedOfRun(): number {
  return Number(process.env['LOWBEAT_SEED'] ?? (process.env['CI'] === undefined ? Date.now() % 1_000_000 : 1));
}

/** Bytes that are the same for the same seed, for ids and secrets in tests. */
export function seededBytes(seed: number): RandomBytes {
  const random = createPrng(seed);
  return (count) => Uint8Array.from({ length: count }, () => Math.floor(random.next() * 256));
}
