// From the store to the links: what was just kept goes to the devices that are linked, once its sender has the answer,
// so that nobody learns from the time of an answer whether devices are there (facts/presence H3).

import { limits } from '../core/limits.js';
import type { Log } from '../ports/log.js';
import { StoreError } from '../ports/store.js';
import type { NotificationRecord, Store } from '../ports/store.js';
import type { UserView } from './directory.js';
import type { StoreHealth } from './store-health.js';

export interface DeliveryQueueOptions {
  readonly store: Store;
  readonly log: Log;
  readonly health: StoreHealth;
  /** Hands it to the device's link, if there is one. */
  readonly deliver: (notification: NotificationRecord) => void;
  /** Runs later, in order. */
  readonly defer: (run: () => void) => void;
}

interface Kept {
  /** What it was kept by: once that is not live any more, the notification may have been taken back. */
  readonly view: UserView;
  readonly notifications: readonly NotificationRecord[];
  /** It may have been withdrawn. */
  doubtful: boolean;
}

/**
 * In the order in which the store kept them, which for one device is the order of their ids. What may have been withdrawn meanwhile
 * is looked up in the store first, and what comes after it waits.
 */
export class DeliveryQueue {
  readonly #options: DeliveryQueueOptions;
  #kept: Kept[] = [];
  #doubts = 0;
  #planned = false;
  #running = false;

  constructor(options: DeliveryQueueOptions) {
    this.#options = options;
    options.health.onWell(() => this.#plan());
  }

  /** Links are behind the store: nothing more should be kept before they have caught up. */
  get full(): boolean {
    return this.#kept.length >= limits.deliveryQueue;
  }

  add(view: UserView, notifications: readonly NotificationRecord[]): void {
    this.#kept.push({ view, notifications, doubtful: false });
    this.#plan();
  }

  /** Something that waited was withdrawn: what is on its way is looked up, and what is being looked up is looked up again. */
  doubt(): void {
    this.#doubts += 1;
    for (const kept of this.#kept) kept.doubtful = true;
  }

  #plan(): void {
    if (this.#planned || this.#running || this.#kept.length === 0) return;
    this.#planned = true;
    this.#options.defer(() => {
      this.#planned = false;
      void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#running = true;
    let failed = false;
    while (!failed && this.#kept.length > 0) {
      // What is added meanwhile joins the same list.
      const done = await this.#deliver(this.#kept);
      failed = done < this.#kept.length;
      this.#kept.splice(0, done);
    }
    this.#running = false;
  }

  /** How many are dealt with: all, unless the store failed; then the rest waits until it is well again. */
  async #deliver(all: readonly Kept[]): Promise<number> {
    for (let index = 0; index < all.length; index += 1) {
      const kept = all[index];
      if (kept === undefined) break;
      for (const notification of kept.notifications) {
        if (kept.view.live && !kept.doubtful) {
          this.#hand(notification);
          continue;
        }
        try {
          if (await this.#stillWaits(notification)) this.#hand(notification);
        } catch (error) {
          this.#options.health.failed(error);
          if (error instanceof StoreError) return index;
        }
      }
    }
    return all.length;
  }

  async #stillWaits({ device, id }: NotificationRecord): Promise<boolean> {
    for (;;) {
      const doubts = this.#doubts;
      const [first] = await this.#options.store.waiting(device, id - 1, 1);
      if (doubts === this.#doubts) return first?.id === id;
    }
  }

  #hand(notification: NotificationRecord): void {
    try {
      this.#options.deliver(notification);
    } catch (error) {
      this.#options.log.error({ error }, 'a notification could not be handed to its link; it waits in the store');
    }
  }
}
