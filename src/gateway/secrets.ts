// Secrets are 256 random bits, so one SHA-256 is hash enough: there is nothing to guess (no password stretching needed).

import { hash as digestOf, timingSafeEqual } from 'node:crypto';

import { secretBytes } from '../core/ids.js';

/** Brings `count` unpredictable bytes; `crypto.randomBytes` outside of tests. */
export type RandomBytes = (count: number) => Uint8Array;

export const hashBytes = 32;

export interface FreshSecret {
  /** Shown once: 43 characters of base64url. */
  readonly secret: string;
  /** What is kept. */
  readonly hash: Uint8Array;
}

export function createSecret(randomBytes: RandomBytes): FreshSecret {
  const secret = Buffer.from(randomBytes(secretBytes)).toString('base64url');
  return { secret, hash: hashSecret(secret) };
}

export function hashSecret(secret: string | Uint8Array): Uint8Array {
  return digestOf('sha256', secret, 'buffer');
}

// Stands in for the hash of an identity that does not exist, so that looking for one costs what a wrong secret costs.
const nobody = new Uint8Array(hashBytes);

/** Whether `secret` has this hash, in time that depends on neither; false when there is no hash to compare with. */
export function secretMatches(secret: string | Uint8Array, hash: Uint8Array | undefined): boolean {
  const known = hash?.length === hashBytes;
  const equal = timingSafeEqual(hashSecret(secret), known ? hash : nobody);
  return known && equal;
}

/** Uniform in [0, 1). */
export function fractionOf(randomBytes: RandomBytes): number {
  return Buffer.from(randomBytes(4)).readUInt32BE() / 0x1_0000_0000;
}
