// Waiting for receipts: in bounded time, for as long as the reader is there, and by no more readers than there is room for.

import { limits } from '../../core/limits.js';
import type { PushReceipt, ReceiptReader } from '../../gateway/push-doors.js';
import { Alarm } from '../../gateway/timer-wheel.js';
import type { Deadlines } from '../../gateway/timer-wheel.js';
import type { Problem } from '../problem.js';

export interface WaitOptions {
  readonly afterSequence: number;
  /** 'now': what there is. */
  readonly untilMs: number | 'now';
  /** The reader has left, or the gateway stops. */
  readonly signal: AbortSignal;
  readonly deadlines: Deadlines;
}

/** What waits after `afterSequence`, as soon as there is something; empty when the time is over or the reader has left. */
export async function nextReceipts(reader: ReceiptReader, options: WaitOptions): Promise<readonly PushReceipt[]> {
  const { afterSequence, untilMs, signal, deadlines } = options;
  let over = signal.aborted || untilMs === 'now';
  let ring = (): void => undefined;
  const end = (): void => {
    over = true;
    ring();
  };
  const alarm = new Alarm(end);
  if (untilMs !== 'now') deadlines.set(alarm, untilMs);
  signal.addEventListener('abort', end);
  try {
    for (;;) {
      const rung = new Promise<void>((resolve) => {
        ring = resolve;
      });
      // Before the read: what comes after it is heard of.
      const takeBack = reader.wait(ring);
      try {
        const receipts = await reader.read(afterSequence, limits.receiptsAtOnce);
        if (receipts.length > 0 || over) return receipts;
        await rung;
      } finally {
        takeBack();
      }
    }
  } finally {
    signal.removeEventListener('abort', end);
    deadlines.clear(alarm);
  }
}

/** One reader's place. */
export interface Seat {
  /** Ends what the reader waits for. */
  readonly signal: AbortSignal;
  /** The place is free; may be called again. */
  leave(): void;
}

/** Readers at a time, of one receipt subscription and of all. */
export class ReceiptSeats {
  readonly #taken = new Map<string, Set<AbortController>>();
  #count = 0;
  #stopping = false;

  get stopping(): boolean {
    return this.#stopping;
  }

  take(token: string): Seat | { readonly problem: Problem } {
    if (this.#stopping) return { problem: stoppingProblem };
    const { receiptReaders, receiptReadersPerSubscription } = limits;
    const others = this.#taken.get(token) ?? new Set<AbortController>();
    if (others.size >= receiptReadersPerSubscription) {
      return { problem: full(429, `${receiptReadersPerSubscription} readers wait for these receipts`) };
    }
    if (this.#count >= receiptReaders) return { problem: full(503, `${receiptReaders} readers wait for receipts`) };
    const controller = new AbortController();
    others.add(controller);
    this.#taken.set(token, others);
    this.#count += 1;
    return {
      signal: controller.signal,
      leave: () => {
        if (!others.delete(controller)) return;
        this.#count -= 1;
        if (others.size === 0) this.#taken.delete(token);
        controller.abort();
      },
    };
  }

  /** Whoever waits has waited long enough. */
  stop(): void {
    this.#stopping = true;
    for (const readers of this.#taken.values()) {
      for (const controller of readers) controller.abort();
    }
  }
}

export const stoppingProblem: Problem = {
  status: 503,
  code: 'stopping',
  detail: 'the gateway is stopping; ask again, nothing is lost',
  retryAfterSeconds: 5,
};

function full(status: 429 | 503, what: string): Problem {
  return { status, code: 'too-many-readers', detail: `${what}, which is the most at a time; ask again later`, retryAfterSeconds: 10 };
}
