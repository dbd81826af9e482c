import type { NotificationItem } from '../frames.js';
import type { NotificationId } from '../ids.js';
import { limits } from '../limits.js';
import type { DeviceAgentState, MissedTold } from './actions.js';

/**
 * How many dropped notifications each app was told of. A count that grows before the gateway has
 * its acknowledgement comes again as a new item, which counts all since the sum began; of that the
 * app is told what it does not know yet.
 *
 * A sum is named by the item it began with, and ends when one of its items was acknowledged, which
 * comes after the app was told: of a sum that began before the one told last nothing is left.
 */
export class MissedCounts {
  /** By app, the one that was told last at the end. */
  readonly #told = new Map<string, MissedTold>();
  /** Of items whose handler runs, or has failed and may succeed late. */
  readonly #offered = new Map<NotificationId, MissedTold>();

  constructor(options: { readonly state: Pick<DeviceAgentState, 'missedTold'> }) {
    for (const told of options.state.missedTold ?? []) this.#remember(told);
  }

  /** How many of the item its app does not know; 0: it knows all. */
  left(app: string, { id, missed, missedFrom: from = id }: NotificationItem): number {
    const told = this.#told.get(app);
    if (told === undefined || from > told.from) return missed;
    return from === told.from ? Math.max(0, missed - told.count) : 0;
  }

  /** Its handler is called. */
  onOffered(app: string, { id, missed, missedFrom: from = id }: NotificationItem): void {
    this.#offered.set(id, { app, from, count: missed });
  }

  /** The app knows it, or was given up. */
  onHandled(id: NotificationId): void {
    const offered = this.#offered.get(id);
    if (offered === undefined) return;
    this.#offered.delete(id);
    const told = this.#told.get(offered.app);
    const isOlder = told !== undefined && (offered.from < told.from || (offered.from === told.from && offered.count < told.count));
    if (!isOlder) this.#remember(offered);
  }

  /** Its handler failed so long ago that a success would not count any more. */
  onForgotten(id: NotificationId): void {
    this.#offered.delete(id);
  }

  onAppRemoved(app: string): void {
    this.#told.delete(app);
    for (const [id, offered] of this.#offered) if (offered.app === app) this.#offered.delete(id);
  }

  state(): Pick<DeviceAgentState, 'missedTold'> {
    return this.#told.size === 0 ? {} : { missedTold: [...this.#told.values()] };
  }

  #remember(told: MissedTold): void {
    this.#told.delete(told.app);
    this.#told.set(told.app, told);
    for (const oldest of this.#told.keys()) {
      if (this.#told.size <= limits.subscriptionsPerDevice) break;
      this.#told.delete(oldest);
    }
  }
}
