import type { Clock } from '../ports/clock.js';
import type { Deadlines, Timed } from './timer-wheel.js';
import { TimerWheel } from './timer-wheel.js';

/** Calls `tick` about every `everyMs` until the returned function is called. */
export type Every = (everyMs: number, tick: () => void) => () => void;

/** Real time: the one timer of the process's links. It keeps no process alive. */
export const everyInterval: Every = (everyMs, tick) => {
  const timer = setInterval(tick, everyMs);
  timer.unref();
  return () => clearInterval(timer);
};

/** Fine enough for a connect deadline, coarse enough to cost nothing: ten wake-ups a second for all links together. */
export const wheelTickMs = 100;

/**
 * The wheel and the one timer that turns it, which runs only while somebody has a deadline: there is nothing to stop.
 * Doors that want deadlines of their own share it.
 */
export class Ticker implements Deadlines {
  readonly #wheel: TimerWheel;
  readonly #clock: Clock;
  readonly #every: Every;
  #stop: (() => void) | undefined;

  constructor(options: { readonly clock: Clock; readonly every?: Every }) {
    this.#clock = options.clock;
    this.#every = options.every ?? everyInterval;
    this.#wheel = new TimerWheel({ nowMs: options.clock.nowMs(), tickMs: wheelTickMs });
  }

  get size(): number {
    return this.#wheel.size;
  }

  set(holder: Timed, atMs: number): void {
    if (this.#stop === undefined && atMs !== Infinity) this.#start();
    this.#wheel.set(holder, atMs);
  }

  clear(holder: Timed): void {
    this.#wheel.clear(holder);
  }

  #start(): void {
    // The wheel stood still while it was empty.
    this.#wheel.advance(this.#clock.nowMs());
    this.#stop = this.#every(wheelTickMs, () => {
      this.#wheel.advance(this.#clock.nowMs());
      if (this.#wheel.size > 0) return;
      this.#stop?.();
      this.#stop = undefined;
    });
  }
}
