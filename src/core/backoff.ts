import type { Prng } from './prng.js';

export interface BackoffOptions {
  readonly baseMs: number;
  readonly capMs: number;
}

/**
 * Full jitter: uniform in [0, min(cap, base · 2^attempt)), attempt 0 first. It spreads a crowd
 * better than a jitter around the exponential does (AWS Architecture Blog, "Exponential Backoff And Jitter").
 */
export function backoffMs(attempt: number, options: BackoffOptions, random: Prng): number {
  // 2^attempt above 2^30 is past any cap and would end as Infinity.
  const ceiling = Math.min(options.capMs, options.baseMs * 2 ** Math.min(attempt, 30));
  return Math.floor(random.next() * ceiling);
}
