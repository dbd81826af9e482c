// Receipts as server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html).
//
// A stream has no way back: what was told on it counts as received when its reader comes again and names the last event
// it had (`Last-Event-ID`). Therefore a stream ends by itself some time after its first receipt, or after many of them;
// an EventSource comes back at once, and says what it has.

import { limits } from '../../core/limits.js';
import type { PushReceipt, ReceiptReader } from '../../gateway/push-doors.js';
import { Alarm } from '../../gateway/timer-wheel.js';
import type { Deadlines } from '../../gateway/timer-wheel.js';
import type { Clock } from '../../ports/clock.js';
import { StoreError } from '../../ports/store.js';
import { nextReceipts } from './receipts-waiting.js';

export interface ReceiptEventsOptions {
  readonly reader: ReceiptReader;
  readonly afterSequence: number;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  /** The data of one event. */
  readonly describe: (receipt: PushReceipt) => object;
  /** The reader has not taken what was written to it for `limits.blockedMs`. */
  readonly onSlow: () => void;
}

/** Parts of the body, whole events each. The next one is made when the last was taken: a slow reader holds one at most. */
export async function* receiptEvents(options: ReceiptEventsOptions): AsyncGenerator<string, void, undefined> {
  const { reader, signal, clock, deadlines, describe, onSlow } = options;
  const slow = new Alarm(onSlow);
  let { afterSequence } = options;
  let told = 0;
  let endsAtMs = Infinity;
  let part = `retry: ${limits.receiptRetryMs}\n\n`;
  try {
    for (;;) {
      deadlines.set(slow, clock.nowMs() + limits.blockedMs);
      yield part;
      deadlines.clear(slow);
      if (told >= limits.receiptStreamItems || clock.nowMs() >= endsAtMs) return;
      const untilMs = Math.min(clock.nowMs() + limits.receiptBeatMs, endsAtMs);
      const receipts = await nextReceipts(reader, { afterSequence, untilMs, signal, deadlines });
      if (signal.aborted) return;
      const last = receipts.at(-1);
      // A comment: it keeps proxies from ending the connection, and finds out who is gone.
      if (last === undefined) {
        part = ':\n\n';
        continue;
      }
      part = receipts.map((receipt) => event(receipt, describe)).join('');
      if (told === 0) endsAtMs = clock.nowMs() + limits.receiptStreamMs;
      told += receipts.length;
      afterSequence = last.sequence;
    }
  } catch (error) {
    // The answer has begun, so that no error can be told: the reader comes back, and hears of it then.
    if (!(error instanceof StoreError)) throw error;
  } finally {
    deadlines.clear(slow);
  }
}

function event(receipt: PushReceipt, describe: ReceiptEventsOptions['describe']): string {
  return `id: ${receipt.sequence}\nevent: receipt\ndata: ${JSON.stringify(describe(receipt))}\n\n`;
}
