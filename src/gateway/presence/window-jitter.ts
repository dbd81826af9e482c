import { createHmac } from 'node:crypto';

import type { Uid } from '../../core/ids.js';
import type { WindowJitter } from '../../core/presence/jitter.js';

export interface WindowJitterOptions {
  /** Farthest that an edge is moved inward. */
  readonly mostMs: number;
  /** The same after a restart: who watches one edge twice must see it move once. */
  readonly secret: Uint8Array;
}

const fractionBytes = 6;

/** How far each edge of a grant's windows is moved, which only the holder of the secret can tell beforehand. */
export function windowJitter({ mostMs, secret }: WindowJitterOptions): (uid: Uid) => WindowJitter {
  return (uid) => ({
    mostMs,
    fractionOf: (edgeMs) => createHmac('sha256', secret).update(`${uid} ${edgeMs}`).digest().readUIntBE(0, fractionBytes) / 256 ** fractionBytes,
  });
}
