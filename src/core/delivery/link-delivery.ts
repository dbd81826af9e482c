import { urgencies, type NotificationItem, type Urgency } from '../frames.js';
import type { Alias, NotificationId } from '../ids.js';
import { joined, without } from '../joined.js';
import { limits } from '../limits.js';
import type { WaitingNotification } from '../link-session/actions.js';
import { decide, type Decision } from './decision.js';
import { InFlight } from './in-flight.js';

export interface LinkDeliveryOptions {
  readonly minimumUrgency: Urgency;
  readonly holdMs: number;
}

export interface Load {
  readonly afterId: NotificationId;
  readonly limit: number;
}

/** All of a link that is caught up, with nothing in flight, held or asked for. */
export interface RestingDelivery {
  readonly minimumUrgency: Urgency;
  readonly cursorId: NotificationId;
  readonly latestId: NotificationId;
  readonly radioOnUntilMs: number;
}

/**
 * Room in the window below which nothing is read: a read for each single acknowledgement would cost
 * more than it brings.
 */
const leastLoad = 8;

/**
 * Which of a device's waiting notifications go down one link, and when. The store is the only
 * queue: this keeps a cursor into it, and while a link is idle and caught up nothing but numbers.
 *
 * Calling order: any `on…`, which returns what to send now, in this order; then `takeLoad()` until
 * undefined; its answer comes to `onLoaded`. `onTimeout` when `deadlineMs()` has come.
 *
 * - Caught up: everything up to the cursor was looked at, and nothing waits beyond it. A new
 *   notification goes straight through, is held, or stays below the minimum urgency.
 * - Behind: something waits beyond the cursor (the link is new, the window was full, the reader
 *   slow, held ones were released). New ones are left to the next load, so that ids ascend. The
 *   next load waits until the window has room for some.
 * - Releasing: behind, and the radio is on: what would be held goes along, until caught up.
 * - Paused: a slow reader; nothing is sent and nothing is read.
 *
 * Held ones are the stretch of the store from the lowest held id: releasing them moves the cursor
 * back before it. An app that has its share of the window in flight is passed over in the same way
 * until half of it is answered. What is in flight is passed over by its id.
 */
export class LinkDelivery {
  readonly #holdMs: number;
  #minimumUrgency: Urgency;
  #cursorId: NotificationId = 0;
  #behind = true;
  #releasing = true;
  #paused = false;
  #radioOnUntilMs = -Infinity;

  /** Highest id that was stored as far as this knows. */
  #latestId: NotificationId = 0;
  /** Lowest held id, 0 when none is held. */
  #heldFromId: NotificationId = 0;
  #heldUntilMs = Infinity;
  /** One bit for each alias modulo 32 of the held ones: a clear bit proves that an app has none. */
  #heldAliases = 0;

  /**
   * Lowest id that was passed over because its app has its share in flight, 0 when there is none;
   * and all such apps.
   */
  #crowdedFromId: NotificationId = 0;
  #crowdedApps: Set<Alias> | undefined;

  #loading: 'nothing' | 'next' | 'due' = 'nothing';
  #loadAfterId: NotificationId = 0;
  #loadLatestId: NotificationId = 0;
  /** Something was withdrawn while a load was under way: its answer is of no use. */
  #withdrawn = false;
  #redeliverFromId: NotificationId = 0;
  /** Apps that do not ring now: what they have waits in the store. */
  #quiet: ReadonlySet<Alias> | undefined;
  #inFlight: InFlight | undefined;
  /** Ids of those that were sent and are not stored yet, ascending; at most `limits.inFlight`. */
  #ahead: readonly NotificationId[] = nothingAhead;
  #acknowledgedWhileLoading: Set<NotificationId> | undefined;

  constructor(options: LinkDeliveryOptions) {
    this.#minimumUrgency = options.minimumUrgency;
    this.#holdMs = options.holdMs;
  }

  /** As it was when it came to rest. */
  static woken({ minimumUrgency, cursorId, latestId, radioOnUntilMs }: RestingDelivery, holdMs: number): LinkDelivery {
    const delivery = new LinkDelivery({ minimumUrgency, holdMs });
    delivery.#behind = false;
    delivery.#releasing = false;
    delivery.#cursorId = cursorId;
    delivery.#latestId = latestId;
    delivery.#radioOnUntilMs = radioOnUntilMs;
    return delivery;
  }

  /** Undefined while it keeps more than numbers. */
  rest(): RestingDelivery | undefined {
    const caughtUp = !this.#behind && !this.#releasing && !this.#paused && this.#loading === 'nothing';
    const passedOver = this.#heldFromId > 0 || this.#crowdedFromId > 0 || this.#redeliverFromId > 0 || this.#quiet !== undefined;
    if (!caughtUp || passedOver || (this.#inFlight?.size ?? 0) > 0 || this.#ahead.length > 0) return undefined;
    return {
      minimumUrgency: this.#minimumUrgency,
      cursorId: this.#cursorId,
      latestId: this.#latestId,
      radioOnUntilMs: this.#radioOnUntilMs,
    };
  }

  get minimumUrgency(): Urgency {
    return this.#minimumUrgency;
  }

  /**
   * One that is being stored, which `onStored` or `onNotStored` tells later. It is sent when that needs no look at anything else: the
   * cursor stays before it, so all that is not sent here is left to `onStored`.
   */
  onForetold(nowMs: number, notification: WaitingNotification): NotificationItem | undefined {
    const { id, alias, missed } = notification;
    const isBusy = this.#behind || this.#paused || this.#loading !== 'nothing' || this.#heldFromId > 0 || this.#crowdedFromId > 0;
    if (isBusy || missed > 0 || id <= Math.max(this.#cursorId, this.#ahead.at(-1) ?? 0)) return undefined;
    if (this.#room() === 0 || this.#ahead.length >= limits.inFlight || (this.#inFlight?.countOf(alias) ?? 0) >= limits.inFlightPerApp) return undefined;
    if (this.#decide(nowMs, notification, nowMs < this.#radioOnUntilMs).type !== 'deliver') return undefined;
    this.#ahead = joined(this.#ahead, id);
    return this.#send(nowMs, notification);
  }

  /** It was foretold, and came to nothing. What was sent of it needs no acknowledgement. */
  onNotStored(id: NotificationId): void {
    this.#ahead = without(this.#ahead, id);
    this.#inFlight?.remove(id);
    this.#onRoom();
  }

  onStored(nowMs: number, notification: WaitingNotification): NotificationItem | undefined {
    const { id } = notification;
    this.#latestId = Math.max(this.#latestId, id);
    if (this.#ahead.includes(id)) {
      this.#ahead = without(this.#ahead, id);
      // While it is behind the next load finds it, and that it is in flight.
      if (!this.#behind) this.#cursorId = Math.max(this.#cursorId, id);
      return undefined;
    }
    if (id <= this.#cursorId || this.#behind) return undefined;
    const decision = this.#decide(nowMs, notification, nowMs < this.#radioOnUntilMs);
    const heldBefore = this.#mayHold(notification);
    if (decision.type === 'deliver' && (this.#paused || this.#room() === 0 || heldBefore)) {
      if (heldBefore) this.#release();
      this.#behind = true;
      return undefined;
    }
    this.#cursorId = id;
    this.#note(notification, decision);
    if (decision.type !== 'deliver' || this.#isCrowded(notification)) return undefined;
    const item = this.#send(nowMs, notification);
    this.#release();
    return item;
  }

  onLoaded(
    nowMs: number,
    notifications: readonly WaitingNotification[],
    complete: boolean,
  ): readonly NotificationItem[] {
    this.#latestId = Math.max(this.#latestId, notifications.at(-1)?.id ?? 0);
    const kind = this.#loading;
    const useless = this.#withdrawn || this.#paused;
    this.#loading = 'nothing';
    this.#withdrawn = false;
    this.#forgetMissing(notifications, complete);
    const acknowledged = this.#acknowledgedWhileLoading;
    this.#acknowledgedWhileLoading = undefined;
    if (kind === 'nothing' || useless) return [];
    if (kind === 'due') return this.#redeliver(nowMs, notifications, acknowledged);
    // The cursor moved back meanwhile: what lies before this answer comes first.
    if (this.#cursorId < this.#loadAfterId) return [];
    const fresh = notifications.filter(
      ({ id }) => id > this.#cursorId && !this.#inFlight?.has(id) && !acknowledged?.has(id),
    );
    if (this.#wakesHeld(nowMs, fresh)) return [];
    const items = this.#take(nowMs, fresh);
    // An answer with nothing in it is complete whatever it says: asking again would bring the same.
    const all = complete || notifications.length === 0;
    // What was known when a complete answer was asked for and is not in it is gone: it may still be reported, late.
    const through = all ? this.#loadLatestId : 0;
    this.#cursorId = Math.max(this.#cursorId, notifications.at(-1)?.id ?? 0, through);
    this.#behind = !all || (this.#latestId > this.#loadLatestId && this.#latestId > this.#cursorId);
    this.#releasing &&= this.#behind;
    return items;
  }

  onAcknowledged(ids: readonly NotificationId[]): void {
    if (this.#loading !== 'nothing') {
      const acknowledged = (this.#acknowledgedWhileLoading ??= new Set());
      // Beyond the bound a duplicate may go down, which the device drops.
      for (const id of ids) if (acknowledged.size < limits.rememberedIds) acknowledged.add(id);
    }
    if (this.#inFlight === undefined) return;
    for (const id of ids) this.#inFlight.remove(id);
    this.#onRoom();
  }

  /** A frame came up: whatever is held can ride along. */
  onRadioOn(nowMs: number): void {
    this.#radioOnUntilMs = nowMs + limits.radioOnMs;
    this.#release();
  }

  radioOn(nowMs: number): boolean {
    return nowMs < this.#radioOnUntilMs;
  }

  onMinimumUrgency(urgency: Urgency): void {
    const lowered = urgencies.indexOf(urgency) < urgencies.indexOf(this.#minimumUrgency);
    this.#minimumUrgency = urgency;
    // What waited below the old minimum may lie anywhere before the cursor.
    if (lowered) this.#rewind(0);
  }

  /** Which apps do not ring from now on. */
  onQuiet(aliases: ReadonlySet<Alias>): void {
    this.#quiet = aliases.size > 0 ? aliases : undefined;
  }

  /** Some of those may ring again: everything is looked at anew. */
  onQuietOver(): void {
    if (this.#quiet !== undefined) this.#rewind(0);
  }

  get quiet(): boolean {
    return this.#quiet !== undefined;
  }

  /** What was read before this may be gone. */
  onWithdrawn(): void {
    this.#withdrawn = this.#loading !== 'nothing';
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
  }

  onTimeout(nowMs: number): void {
    if (this.#paused) return;
    // Not a release: whether one is really due shows when it is read; it may have been cancelled.
    if (nowMs >= this.#heldUntilMs) this.#rewind(this.#heldFromId - 1);
    if (nowMs >= this.#redeliverAtMs()) {
      this.#redeliverFromId = this.#inFlight?.lowestDue(nowMs) ?? 0;
      this.#onRoom();
    }
  }

  deadlineMs(): number {
    return this.#paused ? Infinity : Math.min(this.#heldUntilMs, this.#redeliverAtMs());
  }

  takeLoad(): Load | undefined {
    if (this.#paused || this.#loading !== 'nothing') return undefined;
    if (this.#redeliverFromId > 0) {
      this.#loading = 'due';
      this.#loadAfterId = this.#redeliverFromId - 1;
      this.#redeliverFromId = 0;
    } else if (this.#behind && this.#room() >= leastLoad) {
      this.#loading = 'next';
      this.#loadAfterId = this.#cursorId;
    } else {
      return undefined;
    }
    this.#loadLatestId = this.#latestId;
    const limit = Math.min(limits.loadCount, Math.max(this.#room(), leastLoad));
    return { afterId: this.#loadAfterId, limit };
  }

  #decide(nowMs: number, notification: WaitingNotification, radioOn: boolean): Decision {
    const { alias, urgency, acceptedAtMs, expiresAtMs } = notification;
    const minimumUrgency = this.#minimumUrgency;
    const holdMs = this.#holdMs;
    const quiet = this.#quiet?.has(alias) === true;
    return decide({ nowMs, urgency, acceptedAtMs, expiresAtMs, minimumUrgency, holdMs, radioOn, quiet });
  }

  #note(notification: WaitingNotification, decision: Decision): void {
    if (decision.type !== 'hold') return;
    if (this.#heldFromId === 0) this.#heldFromId = notification.id;
    this.#heldUntilMs = Math.min(this.#heldUntilMs, decision.untilMs);
    this.#heldAliases |= 1 << (notification.alias & 31);
  }

  /** Whether an older one of the same app may be held. */
  #mayHold(notification: WaitingNotification): boolean {
    return (this.#heldAliases & (1 << (notification.alias & 31))) !== 0;
  }

  /**
   * Its app has its share in flight, or an older one of it was passed over for that: it is passed
   * over too, and remembered.
   */
  #isCrowded({ id, alias }: WaitingNotification): boolean {
    const inFlight = this.#inFlight?.countOf(alias) ?? 0;
    if (inFlight < limits.inFlightPerApp && this.#crowdedApps?.has(alias) !== true) return false;
    if (this.#crowdedFromId === 0) this.#crowdedFromId = id;
    this.#crowdedApps ??= new Set();
    this.#crowdedApps.add(alias);
    return true;
  }

  /** Something was answered or given up: apps that were passed over may have room again. */
  #onRoom(): void {
    for (const alias of this.#crowdedApps ?? []) {
      if ((this.#inFlight?.countOf(alias) ?? 0) > limits.inFlightPerApp / 2) continue;
      this.#rewind(this.#crowdedFromId - 1);
      break;
    }
    if (this.#inFlight?.size === 0) this.#inFlight = undefined;
  }

  #send(nowMs: number, notification: WaitingNotification): NotificationItem {
    const { id, alias, data, encrypted, missed } = notification;
    this.#inFlight ??= new InFlight();
    this.#inFlight.sent(nowMs, notification);
    this.#radioOnUntilMs = nowMs + limits.radioOnMs;
    if (missed > 0 && notification.missedFrom !== undefined) {
      return { id, alias, data, missed, missedFrom: notification.missedFrom };
    }
    return { id, alias, data, ...(encrypted === true ? { encrypted } : {}), missed };
  }

  #room(): number {
    return limits.inFlight - (this.#inFlight?.size ?? 0);
  }

  #release(): void {
    if (this.#heldFromId === 0) return;
    this.#rewind(this.#heldFromId - 1);
    this.#releasing = true;
  }

  #rewind(toId: NotificationId): void {
    // All that is remembered about what was passed over is forgotten: it is looked at again.
    const heldId = this.#heldFromId > 0 ? this.#heldFromId - 1 : toId;
    const crowdedId = this.#crowdedFromId > 0 ? this.#crowdedFromId - 1 : toId;
    this.#cursorId = Math.min(this.#cursorId, toId, heldId, crowdedId);
    this.#behind = true;
    this.#heldFromId = 0;
    this.#heldUntilMs = Infinity;
    this.#heldAliases = 0;
    this.#crowdedFromId = 0;
    this.#crowdedApps = undefined;
  }

  /**
   * One that must go now turns the radio on, so what is held goes too; where some was read before,
   * all is read again.
   */
  #wakesHeld(nowMs: number, fresh: readonly WaitingNotification[]): boolean {
    if (this.#releasing) return false;
    const radioOn = nowMs < this.#radioOnUntilMs;
    const wakes = fresh.some((one) => this.#decide(nowMs, one, radioOn).type === 'deliver');
    if (!wakes) return false;
    this.#releasing = true;
    if (this.#heldFromId === 0) return false;
    this.#release();
    return true;
  }

  /**
   * Those that go now. The window has room for all: no more were asked for, and while they were
   * read nothing else was sent.
   */
  #take(nowMs: number, fresh: readonly WaitingNotification[]): readonly NotificationItem[] {
    const items: NotificationItem[] = [];
    for (const notification of fresh) {
      const decision = this.#decide(nowMs, notification, this.#releasing);
      this.#note(notification, decision);
      if (decision.type !== 'deliver' || this.#isCrowded(notification)) continue;
      items.push(this.#send(nowMs, notification));
    }
    return items;
  }

  #redeliver(
    nowMs: number,
    notifications: readonly WaitingNotification[],
    acknowledged: ReadonlySet<NotificationId> | undefined,
  ): readonly NotificationItem[] {
    const items: NotificationItem[] = [];
    for (const notification of notifications) {
      if (!this.#inFlight?.isDue(nowMs, notification.id)) continue;
      if (acknowledged?.has(notification.id)) continue;
      const decision = this.#decide(nowMs, notification, true);
      if (decision.type === 'deliver') items.push(this.#send(nowMs, notification));
      else if (decision.type === 'drop') this.#inFlight.remove(notification.id);
      // Not admitted any more, and on the device since before: it may still be acknowledged.
      else this.#inFlight.sent(nowMs, notification);
    }
    if (items.length > 0) this.#release();
    return items;
  }

  /**
   * What was in flight and is not in the store any more (expired, cancelled, replaced) needs no
   * acknowledgement.
   */
  #forgetMissing(notifications: readonly WaitingNotification[], complete: boolean): void {
    if (this.#inFlight === undefined) return;
    const after = this.#loadAfterId;
    const through = complete ? this.#loadLatestId : (notifications.at(-1)?.id ?? 0);
    this.#inFlight.removeIf((id) => {
      return id > after && id <= through && !notifications.some((one) => one.id === id);
    });
    this.#onRoom();
  }

  #redeliverAtMs(): number {
    const underWay = this.#redeliverFromId > 0 || this.#loading === 'due';
    return underWay ? Infinity : (this.#inFlight?.dueAtMs() ?? Infinity);
  }
}

const nothingAhead: readonly NotificationId[] = [];
