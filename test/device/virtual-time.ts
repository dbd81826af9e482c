import type { Clock, Timer } from '../../src/device/clock.js';

interface Pending {
  atMs: number;
  readonly callback: () => void;
}

/** A clock and its timers that move only when told to. */
export class VirtualTime implements Clock, Timer {
  /** Any instant will do; this one has a date. */
  #nowMs = Date.UTC(2026, 0, 1);
  readonly #pending = new Set<Pending>();

  nowMs(): number {
    return this.#nowMs;
  }

  set(delayMs: number, callback: () => void): () => void {
    const pending = { atMs: this.#nowMs + delayMs, callback };
    this.#pending.add(pending);
    return () => this.#pending.delete(pending);
  }

  get timers(): number {
    return this.#pending.size;
  }

  /** Lets time pass, with every timer at its instant. */
  advance(ms: number): void {
    const untilMs = this.#nowMs + ms;
    for (let next = this.#next(untilMs); next !== undefined; next = this.#next(untilMs)) {
      this.#pending.delete(next);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.callback();
    }
    this.#nowMs = untilMs;
  }

  /** The clock moves and the timers do not: the system slept, or somebody set the clock. */
  leap(ms: number): void {
    this.#nowMs += ms;
    for (const pending of this.#pending) pending.atMs += ms;
  }

  #next(untilMs: number): Pending | undefined {
    let first: Pending | undefined;
    for (const pending of this.#pending) {
      if (pending.atMs <= untilMs && (first === undefined || pending.atMs < first.atMs)) first = pending;
    }
    return first;
  }
}
