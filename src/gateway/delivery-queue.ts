// From the store to the links. What is being kept goes to devices that are linked while it is written, where the store and the link
// allow that (docs/decisions/0017-notifications-go-ahead-of-the-disk.md); all else once it is kept. Never with the work that its sender's
// answer waits for, so that nobody learns from the time of an answer whether devices are there (facts/presence H3).

import { limits } from '../core/limits.js';
import type { Log } from '../ports/log.js';
import { StoreError } from '../ports/store.js';
import type { NotificationRecord, Store } from '../ports/store.js';
import type { UserView } from './directory.js';
import type { StoreHealth } from './store-health.js';

/** Of what was foretold: its place, from 1, and how many are settled by now, in the same order. */
export interface Order {
  readonly place: number;
  readonly settled: number;
}

export interface DeliveryQueueOptions {
  readonly store: Store;
  readonly log: Log;
  readonly health: StoreHealth;
  /** Hands it to the device's link, if there is one. */
  readonly deliver: (notification: NotificationRecord) => void;
  /** Tells the device's link of it, which may send it; every `foretell` of `mayGo` is followed by `deliver` or `takeBack`. */
  readonly foretell: (notification: NotificationRecord, mayGo: boolean, order: Order) => void;
  /** It was foretold, and is not kept. */
  readonly takeBack: (notification: NotificationRecord) => void;
  /** Runs later, in order. */
  readonly defer: (run: () => void) => void;
}

interface Kept {
  /** What it was kept by: once that is not live any more, the notification may have been taken back. */
  readonly view: UserView;
  readonly notifications: readonly NotificationRecord[];
  /** What was foretold of it. */
  readonly foretold: readonly NotificationRecord[] | undefined;
  /** It may have been withdrawn. */
  doubtful: boolean;
}

interface Foretold {
  readonly view: UserView;
  readonly notifications: readonly NotificationRecord[];
  readonly place: number;
  mayGo: boolean;
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
  #ahead: Foretold[] = [];
  #foretold = 0;
  #settled = 0;

  constructor(options: DeliveryQueueOptions) {
    this.#options = options;
    options.health.onWell(() => this.#plan());
  }

  /** Links are behind the store: nothing more should be kept before they have caught up. */
  get full(): boolean {
    return this.#kept.length >= limits.deliveryQueue;
  }

  /** How many were foretold. */
  get foretold(): number {
    return this.#foretold;
  }

  /** It is being kept: `add` comes with the same `notifications`, or with others or none when that failed. */
  foretell(view: UserView, notifications: readonly NotificationRecord[], mayGo: boolean): void {
    this.#foretold += 1;
    this.#ahead.push({ view, notifications, place: this.#foretold, mayGo });
    if (this.#ahead.length === 1) this.#options.defer(() => this.#tell());
  }

  /** What was kept; `foretold` is what was foretold of it. */
  add(view: UserView, notifications: readonly NotificationRecord[], foretold: readonly NotificationRecord[] | undefined): void {
    this.#kept.push({ view, notifications, foretold, doubtful: false });
    this.#plan();
  }

  /** Something that waited was withdrawn: what is on its way is looked up, and what is being looked up is looked up again. */
  doubt(): void {
    this.#doubts += 1;
    for (const kept of this.#kept) kept.doubtful = true;
    for (const foretold of this.#ahead) foretold.mayGo = false;
  }

  #tell(): void {
    const all = this.#ahead;
    this.#ahead = [];
    for (const { view, notifications, place, mayGo } of all) {
      // What may be quiet is looked at when it is kept.
      const goes = mayGo && view.live && !view.hasQuiet && this.#options.health.well;
      for (const notification of notifications) this.#foretell(notification, goes, place);
    }
  }

  #foretell(notification: NotificationRecord, mayGo: boolean, place: number): void {
    const order = { place, settled: this.#settled };
    this.#attempt(() => this.#options.foretell(notification, mayGo, order), 'a notification could not go ahead to its link; it is kept first');
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
      for (const notification of kept.foretold ?? []) if (!isAmong(kept.notifications, notification)) this.#takeBack(notification);
      for (const notification of kept.notifications) {
        if (kept.view.live && !kept.doubtful) {
          this.#hand(notification);
          continue;
        }
        try {
          if (await this.#stillWaits(notification)) this.#hand(notification);
          else if (kept.foretold !== undefined) this.#takeBack(notification);
        } catch (error) {
          this.#options.health.failed(error);
          if (error instanceof StoreError) return index;
        }
      }
      if (kept.foretold !== undefined) this.#settled += 1;
    }
    return all.length;
  }

  /** It was foretold, and does not wait. */
  #takeBack(notification: NotificationRecord): void {
    this.#attempt(() => this.#options.takeBack(notification), 'a link could not be told of a notification that was not kept');
  }

  async #stillWaits({ device, id }: NotificationRecord): Promise<boolean> {
    for (;;) {
      const doubts = this.#doubts;
      const [first] = await this.#options.store.waiting(device, id - 1, 1);
      if (doubts === this.#doubts) return first?.id === id;
    }
  }

  #hand(notification: NotificationRecord): void {
    this.#attempt(() => this.#options.deliver(notification), 'a notification could not be handed to its link; it waits in the store');
  }

  /** One link that fails must not come between the others and theirs. */
  #attempt(tell: () => void, otherwise: string): void {
    try {
      tell();
    } catch (error) {
      this.#options.log.error({ error }, otherwise);
    }
  }
}

function isAmong(notifications: readonly NotificationRecord[], { device, id }: NotificationRecord): boolean {
  return notifications.some((one) => one.id === id && one.device === device);
}
