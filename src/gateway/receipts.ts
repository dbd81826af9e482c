// Receipts of Web Push: what waits in the store for receipt subscriptions, and who waits for it here.

import type { ReceiptSubscriptionId, SenderId } from '../core/ids.js';
import type { Store, TouchedSenders } from '../ports/store.js';
import type { PushReceipt, ReceiptReader } from './push-doors.js';

export class Receipts {
  readonly #store: Store;
  readonly #waiting = new Map<SenderId, Set<() => void>>();

  constructor(options: { readonly store: Store }) {
    this.#store = options.store;
  }

  wake(senders: TouchedSenders): void {
    if (this.#waiting.size === 0) return;
    for (const sender of senders) {
      const waiting = this.#waiting.get(sender);
      this.#waiting.delete(sender);
      for (const onNews of waiting ?? []) onNews();
    }
  }

  /** `nameOf` gives the token of the message that its sender knows by `reference`. */
  reader(sender: ReceiptSubscriptionId, nameOf: (reference: string) => string): ReceiptReader {
    return {
      read: async (afterSequence, limit) => {
        const records = await this.#store.outbox(sender, afterSequence, limit);
        return records.map(({ sequence, payload }): PushReceipt => {
          const { id, state } = receiptOf(payload);
          return { sequence, message: nameOf(id), state };
        });
      },
      confirm: (sequences) => this.#store.removeOutbox(sender, sequences),
      wait: (onNews) => this.#wait(sender, onNews),
    };
  }

  #wait(sender: ReceiptSubscriptionId, onNews: () => void): () => void {
    let waiting = this.#waiting.get(sender);
    if (waiting === undefined) {
      waiting = new Set();
      this.#waiting.set(sender, waiting);
    }
    const once = (): void => onNews();
    waiting.add(once);
    return () => {
      waiting.delete(once);
      if (waiting.size === 0 && this.#waiting.get(sender) === waiting) this.#waiting.delete(sender);
    };
  }
}

/** What `receipt` of src/store/rules.ts wrote. */
function receiptOf(payload: Uint8Array): { readonly id: string; readonly state: PushReceipt['state'] } {
  return JSON.parse(Buffer.from(payload).toString('utf8')) as { id: string; state: PushReceipt['state'] };
}
