// What an app may see of a user at this moment, by the user's view and by what the devices are known to be.

import { BoundedCache } from '../../core/bounded-cache.js';
import type { Uid, UserId } from '../../core/ids.js';
import { joined } from '../../core/joined.js';
import { limits } from '../../core/limits.js';
import { jitteredStretchAt } from '../../core/presence/jitter.js';
import type { WindowJitter } from '../../core/presence/jitter.js';
import { isVisible, userPresence, visiblePresence } from '../../core/presence/visible.js';
import type { UserPresence, VisiblePresence } from '../../core/presence/visible.js';
import { stretchAt } from '../../core/presence/windows.js';
import type { Schedule, Stretch } from '../../core/presence/windows.js';
import type { Clock } from '../../ports/clock.js';
import type { GrantRecord } from '../../ports/store.js';
import type { UserView } from '../directory.js';
import type { DevicePresences } from './device-presences.js';
import { PresenceDelays } from './presence-delays.js';
import type { PresenceDelaysOptions } from './presence-delays.js';
import { windowJitter } from './window-jitter.js';
import type { WindowJitterOptions } from './window-jitter.js';

const noUids: readonly Uid[] = [];

export interface SightOptions {
  readonly clock: Clock;
  readonly presences: DevicePresences;
  /** Absent: changes are seen at once. */
  readonly delays?: PresenceDelays;
  /** Absent: windows open and close at the minute. */
  readonly jitterOf?: (uid: Uid) => WindowJitter;
}

const always: Stretch = { open: true, fromMs: -Infinity, untilMs: Infinity };

/** As the operator wants it: what of `presenceDelayMs` and `windowJitter` is absent does nothing. */
export function createSight({ presenceDelayMs: mostMs = 0, windowJitter: jitter, lookAgain, ...options }:
Omit<PresenceDelaysOptions, 'mostMs' | 'onDue'> & Pick<SightOptions, 'presences'> & {
  readonly presenceDelayMs?: number;
  readonly windowJitter?: WindowJitterOptions;
  /** What the uid's app sees may be another now. */
  readonly lookAgain: (uid: Uid) => void;
}): Sight {
  const { clock, presences } = options;
  return new Sight({
    clock, presences,
    ...(mostMs > 0 && { delays: new PresenceDelays({ ...options, mostMs, onDue: lookAgain }) }),
    ...(jitter && { jitterOf: windowJitter(jitter) }),
  });
}

export class Sight {
  readonly #clock: Clock;
  readonly #presences: DevicePresences;
  readonly #delays: PresenceDelays | undefined;
  readonly #jitterOf: ((uid: Uid) => WindowJitter) | undefined;
  /** A device that nothing was heard of by then is offline: no device that is watched promises more. */
  readonly relearnedAtMs: number;
  // A grant that is changed is another object; a stretch costs a look at the zone's rules.
  readonly #stretches = new WeakMap<GrantRecord, { readonly schedule: Schedule; readonly stretch: Stretch }>();
  /** Of whom something could be seen since the start; only until everybody counts as heard of. */
  readonly #seen = new Set<Uid>();
  /** By the schedule's text: from nine to eleven is many people's window, and at its edge all of them are looked at. */
  readonly #shared = new BoundedCache<string, Stretch>({ most: limits.cachedSchedules });

  constructor({ clock, presences, delays, jitterOf }: SightOptions) {
    this.#clock = clock;
    this.#presences = presences;
    this.#delays = delays;
    this.#jitterOf = jitterOf;
    this.relearnedAtMs = clock.nowMs() + limits.freshnessSeconds * 1000 + limits.graceMs;
  }

  /** What the grant's app sees. Undefined: nothing can be said yet (facts/presence S6). */
  of(view: UserView, grant: GrantRecord): VisiblePresence | undefined {
    const { manual, user } = view;
    const { open, fromMs } = this.stretch(view, grant);
    const hidden = !isVisible({ manual, grant, open });
    const actual = this.#learned(grant.uid, hidden, visiblePresence({ user: this.user(view), manual, grant, open }));
    if (this.#delays === undefined) return actual;
    return this.#delays.see({ uid: grant.uid, user, actual, hidden, openedAtMs: fromMs });
  }

  /**
   * After a restart nothing is said of whoever was not heard of, for a while: nor of who hides. Told `offline` at once, they would be the
   * only ones. An app that was told something of them since hears it at once.
   */
  #learned(uid: Uid, hidden: boolean, actual: VisiblePresence | undefined): VisiblePresence | undefined {
    if (this.#clock.nowMs() >= this.relearnedAtMs) {
      if (this.#seen.size > 0) this.#seen.clear();
      return actual;
    }
    if (hidden) return this.#seen.has(uid) ? actual : undefined;
    if (actual !== undefined) this.#seen.add(uid);
    return actual;
  }

  /** Something about the user is another: from now on changes wait, if they do. */
  changed(user: UserId): void {
    this.#delays?.changed(user);
  }

  /** The grant is gone. */
  forget(uid: Uid): void {
    this.#seen.delete(uid);
    this.#delays?.forget(uid);
  }

  /** Nothing more is planned. */
  stop(): void {
    this.#delays?.stop();
  }

  /** Whether the grant's app would see the user if she were there. */
  isVisible(view: UserView, grant: GrantRecord): boolean {
    return isVisible({ manual: view.manual, grant, open: this.stretch(view, grant).open });
  }

  /** Of the user's devices, whoever may see it. */
  user({ devices }: UserView): UserPresence {
    const nowMs = this.#clock.nowMs();
    return userPresence(devices.map((device) => {
      const known = this.#presences.of(device);
      return known === 'unknown' && nowMs >= this.relearnedAtMs ? 'offline' : known;
    }));
  }

  /** Whether a window of the grant is open, and how long that stays so. */
  stretch(view: UserView, grant: GrantRecord): Stretch {
    const schedule = view.scheduleOf(grant);
    if (schedule === undefined) return always;
    const nowMs = this.#clock.nowMs();
    const known = this.#stretches.get(grant);
    if (known?.schedule === schedule && nowMs >= known.stretch.fromMs && nowMs < known.stretch.untilMs) return known.stretch;
    const jitter = this.#jitterOf?.(grant.uid);
    const stretch = jitter === undefined ? this.#sharedStretch(schedule, nowMs) : jitteredStretchAt(schedule, nowMs, jitter);
    this.#stretches.set(grant, { schedule, stretch });
    return stretch;
  }

  #sharedStretch(schedule: Schedule, nowMs: number): Stretch {
    const key = JSON.stringify(schedule);
    const known = this.#shared.get(key);
    if (known !== undefined && nowMs >= known.fromMs && nowMs < known.untilMs) return known;
    const stretch = stretchAt(schedule, nowMs);
    this.#shared.set(key, stretch);
    return stretch;
  }

  /** Grants whose apps must not learn that the user is there (facts/presence H3). */
  hiddenUids(view: UserView): readonly Uid[] {
    let hidden: readonly Uid[] = noUids;
    for (const grant of view.grants.values()) if (!this.isVisible(view, grant)) hidden = joined(hidden, grant.uid);
    return hidden;
  }
}
