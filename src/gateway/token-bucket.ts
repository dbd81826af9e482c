export interface TokenBucketOptions {
  readonly perSecond: number;
  /** Tokens it holds when nothing was taken for long, which is how it begins. */
  readonly burst: number;
  readonly nowMs: number;
}

/** How often something may happen: `perSecond` in the long run, `burst` at once. */
export class TokenBucket {
  readonly #perSecond: number;
  readonly #burst: number;
  #tokens: number;
  #countedAtMs: number;

  constructor(options: TokenBucketOptions) {
    this.#perSecond = options.perSecond;
    this.#burst = options.burst;
    this.#tokens = options.burst;
    this.#countedAtMs = options.nowMs;
  }

  /** A token that was taken and not used up comes back. */
  giveBack(): void {
    this.#tokens = Math.min(this.#burst, this.#tokens + 1);
  }

  /** Takes a token: 0, or without one the seconds (1 and up, whole) after which there will be one. */
  take(nowMs: number): number {
    // A clock that was set back adds nothing, and takes nothing away.
    const elapsedMs = Math.max(0, nowMs - this.#countedAtMs);
    this.#tokens = Math.min(this.#burst, this.#tokens + (elapsedMs / 1000) * this.#perSecond);
    this.#countedAtMs = nowMs;
    if (this.#tokens >= 1) {
      this.#tokens -= 1;
      return 0;
    }
    return Math.max(1, Math.ceil((1 - this.#tokens) / this.#perSecond));
  }
}
