/** How fast a rate follows the day. */
const rateWindowMs = 4 * 3_600_000;

/** Events a second, with a memory of `rateWindowMs`; starts at a guess that weighs one event. */
export class EventRate {
  #events: number;
  #seconds: number;
  #lastMs: number | undefined;

  constructor(guessPerSecond: number) {
    this.#events = 1;
    this.#seconds = 1 / guessPerSecond;
  }

  get perSecond(): number {
    return this.#events / this.#seconds;
  }

  advance(nowMs: number): void {
    const elapsedMs = nowMs - (this.#lastMs ?? nowMs);
    this.#lastMs = nowMs;
    if (elapsedMs <= 0) return;
    const keep = Math.exp(-elapsedMs / rateWindowMs);
    this.#events *= keep;
    this.#seconds = this.#seconds * keep + (rateWindowMs / 1000) * (1 - keep);
    // A quiet night is not a dead phone: never below one event in two windows.
    this.#events = Math.max(this.#events, this.#seconds / ((2 * rateWindowMs) / 1000));
  }

  happened(nowMs: number): void {
    this.advance(nowMs);
    this.#events += 1;
  }
}
