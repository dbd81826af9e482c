// Before which time nothing expires: a lower bound, kept in memory. Most notifications are acknowledged
// long before they expire, and LevelDB passes over removed entries one by one until it finds one that is
// there. The horizon keeps an `expire` from looking when nothing can be due, and from where nothing is left.

export class ExpiryHorizon {
  /** 0: not known yet. */
  #earliestMs = 0;

  get earliestMs(): number {
    return this.#earliestMs;
  }

  /** Something is kept that expires then. */
  lower(expiresAtMs: number): void {
    if (expiresAtMs < this.#earliestMs) this.#earliestMs = expiresAtMs;
  }

  /** Nothing that is kept expires before. */
  raise(earliestMs: number): void {
    this.#earliestMs = earliestMs;
  }

  /** What was said last may not have happened. */
  forget(): void {
    this.#earliestMs = 0;
  }
}
