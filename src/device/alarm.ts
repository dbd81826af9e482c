import { longestDelayMs } from './clock.js';
import type { Clock, Timer } from './clock.js';

/** A timer this late was held up: the process or the whole system slept. */
const lateMs = 2_000;
/** What came in meanwhile waits in the socket, and is read before anything is given up for lost. */
const catchUpMs = 200;

export interface AlarmOptions {
  readonly clock: Clock;
  readonly timer: Timer;
  readonly onDue: () => void;
}

/** The one timer of a device: at an instant of its clock, whatever the distance and however the clock jumps. */
export class Alarm {
  readonly #options: AlarmOptions;
  #atMs = Infinity;
  #catchingUp = false;
  #cancel: (() => void) | undefined;

  constructor(options: AlarmOptions) {
    this.#options = options;
  }

  /** When it is due; Infinity when it is not set. */
  get atMs(): number {
    return this.#atMs;
  }

  /** Replaces what was set before; Infinity sets nothing. The same again is no waste: the clock may have leapt meanwhile. */
  set(atMs: number): void {
    this.#atMs = atMs;
    const delayMs = atMs - this.#options.clock.nowMs();
    if (this.#catchingUp && delayMs <= 0) return;
    this.#arm(delayMs);
  }

  #arm(delayMs: number): void {
    this.#catchingUp = false;
    this.#cancel?.();
    this.#cancel = delayMs === Infinity
      ? undefined
      : this.#options.timer.set(Math.min(Math.max(0, delayMs), longestDelayMs), () => this.#fired());
  }

  #fired(): void {
    const delayMs = this.#atMs - this.#options.clock.nowMs();
    if (delayMs > 0) {
      this.#arm(delayMs);
    } else if (delayMs < -lateMs) {
      this.#catchingUp = true;
      this.#cancel = this.#options.timer.set(catchUpMs, () => this.#due());
    } else {
      this.#due();
    }
  }

  #due(): void {
    this.#catchingUp = false;
    this.#cancel = undefined;
    this.#atMs = Infinity;
    this.#options.onDue();
  }
}
