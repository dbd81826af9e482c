import { longestDelayMs } from './clock.js';
import type { Clock, Timer } from './clock.js';

export interface AlarmOptions {
  readonly clock: Clock;
  readonly timer: Timer;
  readonly onDue: () => void;
}

/** The one timer of a device: at an instant of its clock, whatever the distance and however the clock jumps. */
export class Alarm {
  readonly #options: AlarmOptions;
  #atMs = Infinity;
  #cancel: (() => void) | undefined;

  constructor(options: AlarmOptions) {
    this.#options = options;
  }

  /** When it is due; Infinity when it is not set. */
  get atMs(): number {
    return this.#atMs;
  }

  /**
   * Replaces what was set before; Infinity sets nothing. To set the same again is no waste: the clock may have
   * leapt meanwhile.
   */
  set(atMs: number): void {
    this.#atMs = atMs;
    this.#cancel?.();
    this.#cancel = undefined;
    if (atMs === Infinity) return;
    const delayMs = Math.max(0, atMs - this.#options.clock.nowMs());
    this.#cancel = this.#options.timer.set(Math.min(delayMs, longestDelayMs), () => this.#fired());
  }

  #fired(): void {
    this.#cancel = undefined;
    // Too early after a delay that was cut, or where timers run ahead of the clock.
    if (this.#options.clock.nowMs() < this.#atMs) {
      this.set(this.#atMs);
    } else {
      this.#atMs = Infinity;
      this.#options.onDue();
    }
  }
}
