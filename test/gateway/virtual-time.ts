import type { Clock } from '../../src/ports/clock.js';
import type { Every } from '../../src/gateway/ticker.js';

/** A clock that only `advance` moves, with the tickers that follow it. */
export class VirtualTime implements Clock {
  #nowMs: number;
  readonly #tickers = new Set<{ readonly everyMs: number; nextMs: number; readonly tick: () => void }>();

  constructor(startMs = Date.UTC(2026, 2, 1)) {
    this.#nowMs = startMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  readonly every: Every = (everyMs, tick) => {
    const ticker = { everyMs, nextMs: this.#nowMs + everyMs, tick };
    this.#tickers.add(ticker);
    return () => this.#tickers.delete(ticker);
  };

  /** Timers that are set. */
  get tickers(): number {
    return this.#tickers.size;
  }

  /** Goes on by `byMs` in one step, as for a machine that was busy or asleep: what came due meanwhile comes at its end. */
  async leap(byMs: number): Promise<void> {
    await settled();
    this.#nowMs += byMs;
    for (const ticker of [...this.#tickers]) {
      ticker.nextMs = this.#nowMs + ticker.everyMs;
      ticker.tick();
    }
    await settled();
  }

  /** Goes on by `byMs`; between the ticks everything that needs no more time than that comes to its end. */
  async advance(byMs: number): Promise<void> {
    const untilMs = this.#nowMs + byMs;
    for (;;) {
      await settled();
      const next = [...this.#tickers].sort((a, b) => a.nextMs - b.nextMs)[0];
      if (next === undefined || next.nextMs > untilMs) break;
      this.#nowMs = next.nextMs;
      next.nextMs += next.everyMs;
      next.tick();
    }
    this.#nowMs = untilMs;
    await settled();
  }
}

/** Lets everything that waits for no time and no I/O come to its end. */
export async function settled(turns = 4): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
