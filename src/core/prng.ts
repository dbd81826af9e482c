// A seeded generator (sfc32): the same seed gives the same numbers on every machine.

export interface Prng {
  /** Uniform in [0, 1). */
  next(): number;
}

/** A generator for `seed`; any finite number will do. */
export function createPrng(seed: number): Prng {
  let a = 0x9e3779b9;
  let b = 0x243f6a88;
  let c = Math.trunc(seed) | 0;
  let d = (Math.trunc(seed / 0x1_0000_0000) | 0) ^ 1;
  function next(): number {
    const sum = (a + b + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum | 0;
    return (sum >>> 0) / 0x1_0000_0000;
  }
  // The first outputs of neighbouring seeds are alike; twelve rounds part them.
  for (let round = 0; round < 12; round += 1) next();
  return { next };
}
