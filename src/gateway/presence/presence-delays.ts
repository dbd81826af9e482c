// Where the operator wants it, each app hears of a change by a time of its own later, so that two of them cannot match users by the moments
// at which they come and go (facts/presence I2).

import { BoundedCache } from '../../core/bounded-cache.js';
import type { Uid, UserId } from '../../core/ids.js';
import { limits } from '../../core/limits.js';
import { DelayedPresence } from '../../core/presence/delay.js';
import type { VisiblePresence } from '../../core/presence/visible.js';
import type { Clock } from '../../ports/clock.js';
import { fractionOf } from '../secrets.js';
import type { RandomBytes } from '../secrets.js';
import { Alarm } from '../timer-wheel.js';
import type { Deadlines } from '../timer-wheel.js';

export interface PresenceDelaysOptions {
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  readonly randomBytes: RandomBytes;
  /** Longest that a change waits. */
  readonly mostMs: number;
  /** What the uid's app sees may be another now. */
  readonly onDue: (uid: Uid) => void;
}

interface Delayed {
  readonly presence: DelayedPresence;
  readonly due: Alarm;
}

/** Bounded: of an app that has more uids than are remembered, those longest unseen are seen as they are the next time. */
export class PresenceDelays {
  readonly #options: PresenceDelaysOptions;
  readonly #delayed: BoundedCache<Uid, Delayed>;
  /** For apps that ask now and then: what changed long before they did waits no longer. */
  readonly #changedAtMs = new BoundedCache<UserId, number>({ most: limits.cachedUsers });
  #stopped = false;

  constructor(options: PresenceDelaysOptions) {
    this.#options = options;
    const onForgotten = ({ due }: Delayed): void => options.deadlines.clear(due);
    this.#delayed = new BoundedCache({ most: limits.cachedIds, onForgotten });
  }

  changed(user: UserId): void {
    this.#changedAtMs.set(user, this.#options.clock.nowMs());
  }

  /** What the uid's app is shown now. */
  see({ uid, user, actual, hidden, openedAtMs }: {
    readonly uid: Uid;
    readonly user: UserId;
    readonly actual: VisiblePresence | undefined;
    readonly hidden: boolean;
    /** Of the window that is open. */
    readonly openedAtMs: number;
  }): VisiblePresence | undefined {
    const { clock, deadlines, randomBytes, mostMs } = this.#options;
    const nowMs = clock.nowMs();
    const { presence, due } = this.#delayed.get(uid) ?? this.#begin(uid, actual);
    const changedAtMs = Math.max(this.#changedAtMs.get(user) ?? nowMs, openedAtMs);
    const shown = presence.see({ nowMs, actual, hidden, changedAtMs, drawMs: () => Math.ceil(fractionOf(randomBytes) * mostMs) });
    if (presence.dueAtMs === Infinity || this.#stopped) deadlines.clear(due);
    else deadlines.set(due, presence.dueAtMs);
    return shown;
  }

  forget(uid: Uid): void {
    this.#delayed.delete(uid);
  }

  /** Nothing more is planned. */
  stop(): void {
    this.#stopped = true;
    this.#delayed.clear();
  }

  #begin(uid: Uid, actual: VisiblePresence | undefined): Delayed {
    const delayed = { presence: new DelayedPresence(actual), due: new Alarm(() => this.#options.onDue(uid)) };
    this.#delayed.set(uid, delayed);
    return delayed;
  }
}
