import { BoundedCache } from '../core/bounded-cache.js';
import { TokenBucket } from './token-bucket.js';

export interface TokenBucketsOptions {
  readonly perSecond: number;
  readonly burst: number;
  /** Buckets that are remembered: the one unused for longest is forgotten, and is full again. */
  readonly most: number;
}

/** One bucket for each name, all alike. */
export class TokenBuckets<Name> {
  readonly #options: TokenBucketsOptions;
  readonly #buckets: BoundedCache<Name, TokenBucket>;

  constructor(options: TokenBucketsOptions) {
    this.#options = options;
    this.#buckets = new BoundedCache({ most: options.most });
  }

  get size(): number {
    return this.#buckets.size;
  }

  /** As `TokenBucket.take`. */
  take(name: Name, nowMs: number): number {
    let bucket = this.#buckets.get(name);
    if (bucket === undefined) {
      const { perSecond, burst } = this.#options;
      bucket = new TokenBucket({ perSecond, burst, nowMs });
      this.#buckets.set(name, bucket);
    }
    return bucket.take(nowMs);
  }

  /** As `TokenBucket.giveBack`; nothing for a bucket that was forgotten. */
  giveBack(name: Name): void {
    this.#buckets.get(name)?.giveBack();
  }
}
