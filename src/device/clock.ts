/** Milliseconds since the epoch, never going back. Everything the client decides is decided by this clock. */
export interface Clock {
  nowMs(): number;
}

/** One-shot timers. A phone may back them by the system's alarms, which also come while the process sleeps. */
export interface Timer {
  /** Calls `callback` once after about `delayMs`, at most `longestDelayMs`; the result cancels it. */
  set(delayMs: number, callback: () => void): () => void;
}

/** `setTimeout` takes a signed 32-bit number and fires at once for more: 24.8 days. */
export const longestDelayMs = 2 ** 31 - 1;

/** How far the wall clock must run ahead before it counts as time that passed; above what a time service slews. */
const leapMs = 2_000;

export interface SteadyClockOptions {
  /** Milliseconds since the epoch; may jump either way when somebody sets the clock. */
  readonly wallMs: () => number;
  /** Milliseconds since any instant; never goes back, and may stand still while the system sleeps. */
  readonly monotonicMs: () => number;
}

/**
 * Follows the monotonic clock, so that a clock set back delays nothing. A wall clock that runs ahead is followed:
 * a system that slept shows itself so, and a heartbeat too early costs less than one missed.
 */
export function steadyClock(options: SteadyClockOptions): Clock {
  let offsetMs = options.wallMs() - options.monotonicMs();
  return {
    nowMs() {
      const monotonicMs = options.monotonicMs();
      const wallMs = options.wallMs();
      if (wallMs > monotonicMs + offsetMs + leapMs) offsetMs = wallMs - monotonicMs;
      return Math.floor(monotonicMs + offsetMs);
    },
  };
}

export function systemClock(): Clock {
  return steadyClock({ wallMs: () => Date.now(), monotonicMs: () => performance.now() });
}

export const systemTimer: Timer = {
  set(delayMs, callback) {
    const handle = setTimeout(callback, delayMs);
    return () => clearTimeout(handle);
  },
};
