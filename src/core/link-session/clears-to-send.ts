import { byAlias } from '../by-alias.js';
import { handledBytes } from '../frame-size.js';
import type { Handled } from '../frames.js';
import type { Alias, NotificationId } from '../ids.js';
import { limits } from '../limits.js';
import type { Clearing } from './actions.js';

/**
 * What one link still has to tell its device of notifications that were handled elsewhere. The store
 * keeps them until the device confirms; this knows which of them went down this link already, where
 * nothing is lost as long as it stands.
 */
export class ClearsToSend {
  readonly #unsent = new Map<NotificationId, Alias>();
  readonly #sent = new Set<NotificationId>();
  #untilMs = Infinity;

  /** All that the store has for the device; what it has no more is not sent any more. */
  offer(clearings: readonly Clearing[], untilMs: number): void {
    this.#unsent.clear();
    for (const { alias, id } of clearings) if (!this.#sent.has(id)) this.#unsent.set(id, alias);
    this.#untilMs = this.waits ? Math.min(this.#untilMs, untilMs) : Infinity;
  }

  onConfirmed(ids: readonly NotificationId[]): void {
    for (const id of ids) this.#sent.delete(id);
  }

  get waits(): boolean {
    return this.#unsent.size > 0;
  }

  get empty(): boolean {
    return this.#unsent.size === 0 && this.#sent.size === 0;
  }

  /** When they go even though nothing else does. */
  get deadlineMs(): number {
    return this.#untilMs;
  }

  /** What all that waits adds to a frame. */
  get bytes(): number {
    const waiting = [...this.#unsent].map(([id, alias]) => ({ alias, id }));
    return byAlias(waiting).reduce((bytes, item) => bytes + handledBytes(item), 0);
  }

  /** As many as one frame takes that has room for so many bytes. */
  take(room: number): readonly Handled[] {
    const taken: Clearing[] = [];
    let left = room;
    for (const [id, alias] of this.#unsent) {
      const bytes = handledBytes({ alias, ids: [id] });
      if (taken.length >= limits.frameItems || bytes > left) break;
      left -= bytes;
      taken.push({ alias, id });
      this.#unsent.delete(id);
      this.#sent.add(id);
    }
    if (!this.waits) this.#untilMs = Infinity;
    return byAlias(taken);
  }
}
