// Waiting for receipts: in bounded time, for as long as the reader is there, and by no more readers than there is room for.

import { limits } from '../../core/limits.js';
import type { PushReceipt, ReceiptReader } from '../../gateway/push-doors.js';
import { Alarm } from '../../gateway/timer-wheel.js';
import type { Deadlines } from '../../gateway/timer-wheel.js';
import { networkOf } from '../client-address.js';
import { Places } from '../places.js';
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

/** Readers at a time, of one receipt subscription, of one address and of all. */
export class ReceiptSeats {
  readonly #ofSubscriptions = new Places({ ofOne: limits.receiptReadersPerSubscription, ofAll: limits.receiptReaders });
  readonly #ofAddresses = new Places({ ofOne: limits.receiptReadersPerAddress, ofAll: limits.receiptReaders });
  readonly #readers = new Set<AbortController>();
  #stopping = false;

  get taken(): number {
    return this.#readers.size;
  }

  get stopping(): boolean {
    return this.#stopping;
  }

  take({ token, address }: { readonly token: string; readonly address: string }): Seat | { readonly problem: Problem } {
    if (this.#stopping) return { problem: stoppingProblem };
    const leaveSubscription = this.#ofSubscriptions.take(token);
    if (leaveSubscription === 'full-for-one') {
      return { problem: full(429, `${limits.receiptReadersPerSubscription} readers wait for these receipts`) };
    }
    if (leaveSubscription === 'full-for-all') return { problem: fullForAll };
    const leaveAddress = this.#ofAddresses.take(networkOf(address));
    if (typeof leaveAddress === 'string') {
      leaveSubscription();
      if (leaveAddress === 'full-for-all') return { problem: fullForAll };
      return { problem: full(429, `${limits.receiptReadersPerAddress} readers at this address wait for receipts`) };
    }
    const controller = new AbortController();
    this.#readers.add(controller);
    return {
      signal: controller.signal,
      leave: () => {
        this.#readers.delete(controller);
        leaveSubscription();
        leaveAddress();
        controller.abort();
      },
    };
  }

  /** Whoever waits has waited long enough. */
  stop(): void {
    this.#stopping = true;
    for (const controller of this.#readers) controller.abort();
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

const fullForAll = full(503, `${limits.receiptReaders} readers wait for receipts`);
