import { LinkDelivery } from '../delivery/link-delivery.js';
import type { RestingDelivery } from '../delivery/link-delivery.js';
import { downFrameBytes, notificationBytes } from '../frame-size.js';
import {
  closeReasons,
  type Advice,
  type CloseReason,
  type Confirmation,
  type DevicePresence,
  type DownFrame,
  type Handled,
  type Heartbeat,
  type NotificationItem,
  type Rejection,
  type UpFrame,
  type Urgency,
} from '../frames.js';
import type { Alias, NotificationId } from '../ids.js';
import { limits } from '../limits.js';
import { DeviceState } from '../presence/device-state.js';
import type { RestingDevice } from '../presence/device-state.js';
import type { Clearing, LinkSessionAction, WaitingNotification } from './actions.js';
import { ClearsToSend } from './clears-to-send.js';

export interface LinkSessionOptions {
  readonly nowMs: number;
  readonly minimumUrgency: Urgency;
  /** Longest an admitted, unhurried notification is held; `limits.holdMs` if absent. */
  readonly holdMs?: number;
}

/** All of a session that is linked, idle and caught up. */
export interface RestingLink {
  readonly device: RestingDevice;
  readonly delivery: RestingDelivery;
  readonly told: DevicePresence | 'offline' | undefined;
  readonly heartbeat: Heartbeat | undefined;
  readonly frameCredit: number;
  readonly frameCreditAtMs: number;
  /** At most `limits.malformedFrames`. */
  readonly malformed: number;
  readonly spoken: boolean;
}

/**
 * Seconds a device stays away after the session itself closed the link: those that cost us most
 * wait longest.
 */
const notBeforeSeconds = {
  'too-many-malformed-frames': 60,
  'too-many-frames': 60,
  'too-slow': 5,
  'lease-expired': 0,
} as const;

/**
 * The gateway's side of one connection of one device. It has no clock and does no I/O: every input
 * brings the time, and what is to be done comes out of `poll()`.
 *
 * Calling order: make one for each connection that was authenticated; after the constructor and
 * after every `on…` call `poll()` until it returns undefined, doing each action in order, then plan
 * `onTimeout` for `nextTimeoutMs()`. Every frame up gets its PUBACK from the shell, at once, or
 * once an 'upstream' of it is kept or rejected. Drop it when `over`.
 *
 * - Linked: frames go both ways. Signs of life renew the lease; what waits goes down as
 *   `LinkDelivery` decides. While the shell reports the reader as blocked nothing goes down, and
 *   after `limits.blockedMs` the link is closed.
 * - Lingering: the connection ended without a goodbye. Nothing is sent; a new connection is a new
 *   session, and this one is told 'taken-over'. When linger or lease runs out, presence goes
 *   offline.
 * - Over: nothing comes any more. Reached by a goodbye, by linger or lease, and by a close that
 *   ends the matter.
 *
 * A notification is a probe: a device that shows no sign of life after one is told as offline before its lease
 * runs out, and as it was once it does show one (facts/presence S5).
 *
 * Presence is told when it changes; at the end of a session 'offline' is told once, unless a newer
 * session has taken over or the whole gateway stops: then nobody knows, and nothing is told. A
 * session may begin while the gateway still holds the device for online from the one before:
 * 'offline' is therefore told even if no heartbeat ever came.
 *
 * Idle and caught up it holds numbers and the last heartbeat; queues exist only while they hold
 * something. What it is then can be had from `rest()`, and `woken()` makes a session of it that goes on
 * as this one would have: a gateway with many links keeps the numbers, and a session while there is something to do.
 */
export class LinkSession {
  readonly #device: DeviceState;
  readonly #delivery: LinkDelivery;
  readonly #holdMs: number;
  #mode: 'linked' | 'lingering' | 'over' = 'linked';
  #told: DevicePresence | 'offline' | undefined;
  #heartbeat: Heartbeat | undefined;
  /** A token bucket: frames that may still come at `#frameCreditAtMs`. */
  #frameCredit: number = limits.deviceFrameBurst;
  #frameCreditAtMs: number;
  #malformed = 0;
  /** When a blocked link has been so for too long; Infinity: it is not blocked. */
  #blockedUntilMs = Infinity;
  /** Advice that waits for the next radio-on moment. */
  #advice: Advice | undefined;
  /** What was handled elsewhere, while there is any. */
  #clears: ClearsToSend | undefined;
  /** A frame came up this link: a plain MQTT client sends none, and is told nothing that it does not know. */
  #spoken = false;
  /** Answers to the device that wait for a blocked link. */
  #answers: DownFrame[] | undefined;
  #actions: LinkSessionAction[] | undefined;
  #polled = 0;

  /** `resting`: what a session was when it came to rest, and this one goes on from. */
  constructor(options: LinkSessionOptions, resting?: RestingLink) {
    const { nowMs, minimumUrgency, holdMs = limits.holdMs } = options;
    this.#holdMs = holdMs;
    this.#frameCreditAtMs = nowMs;
    if (resting === undefined) {
      this.#device = new DeviceState({ nowMs });
      this.#delivery = new LinkDelivery({ minimumUrgency, holdMs });
      this.#load();
      return;
    }
    this.#device = DeviceState.woken(resting.device);
    this.#delivery = LinkDelivery.woken(resting.delivery, holdMs);
    this.#told = resting.told;
    this.#heartbeat = resting.heartbeat;
    this.#frameCredit = resting.frameCredit;
    this.#malformed = resting.malformed;
    this.#spoken = resting.spoken;
  }

  /** As it was when it came to rest; `holdMs` as its own. */
  static woken(resting: RestingLink, holdMs: number): LinkSession {
    const { frameCreditAtMs: nowMs, delivery: { minimumUrgency } } = resting;
    return new LinkSession({ nowMs, minimumUrgency, holdMs }, resting);
  }

  /** Once `poll` has nothing more. Undefined while it is not linked, or keeps more than numbers. */
  rest(): RestingLink | undefined {
    const quiet = this.#advice === undefined && this.#clears === undefined && this.#answers === undefined;
    if (this.#mode !== 'linked' || this.#blockedUntilMs !== Infinity || this.#actions !== undefined || !quiet) return undefined;
    const device = this.#device.rest();
    const delivery = this.#delivery.rest();
    if (device === undefined || delivery === undefined) return undefined;
    return {
      device, delivery,
      told: this.#told,
      heartbeat: this.#heartbeat,
      frameCredit: this.#frameCredit,
      frameCreditAtMs: this.#frameCreditAtMs,
      malformed: this.#malformed,
      spoken: this.#spoken,
    };
  }

  onFrame(nowMs: number, frame: UpFrame): void {
    if (this.#mode !== 'linked') return;
    if (!this.#admitFrame(nowMs)) {
      this.#closeItself(nowMs, 'too-many-frames');
      return;
    }
    const first = !this.#spoken;
    this.#spoken = true;
    this.#alive(nowMs, frame.heartbeat);
    if (frame.acks !== undefined) this.#acknowledge(frame.acks);
    for (const alias of frame.removals ?? []) this.#emit({ type: 'remove', alias });
    for (const registration of frame.registrations ?? []) {
      this.#emit({ type: 'register', registration });
    }
    for (const message of frame.messages ?? []) this.#emit({ type: 'upstream', message });
    if (frame.handled !== undefined) this.#emit({ type: 'handled', handled: frame.handled });
    if (frame.cleared !== undefined) this.#confirmCleared(frame.cleared);
    if (first) this.#emit({ type: 'clears' });
    const { minimumUrgency, network, flowSeconds } = frame.settings ?? {};
    if (minimumUrgency !== undefined && minimumUrgency !== this.#delivery.minimumUrgency) {
      this.#emit({ type: 'minimum-urgency', urgency: minimumUrgency });
      this.#delivery.onMinimumUrgency(minimumUrgency);
    }
    if (network !== undefined) {
      const flow = flowSeconds === undefined ? {} : { flowSeconds };
      this.#emit({ type: 'network', key: network, ...flow });
    }
    this.#delivery.onRadioOn(nowMs);
    this.#load();
    if (this.#advice !== undefined || this.#clears?.waits === true) this.#answer(nowMs, {});
  }

  onMalformed(nowMs: number): void {
    if (this.#mode !== 'linked') return;
    this.#device.onLife(nowMs);
    this.#malformed += 1;
    if (this.#malformed <= limits.malformedFrames) return;
    this.#closeItself(nowMs, 'too-many-malformed-frames');
  }

  /** Any other packet of the device: a sign of life. */
  onAlive(nowMs: number): void {
    if (this.#mode !== 'linked') return;
    this.#alive(nowMs, undefined);
    this.#delivery.onRadioOn(nowMs);
    this.#load();
  }

  /**
   * One for this device that is being made durable, and whose id nothing else of it gets: `onStored` comes, or `onNotStored`. Whether it was sent; if
   * not, none after it may be told here before it is stored, or would overtake it.
   */
  onForetold(nowMs: number, notification: WaitingNotification): boolean {
    if (this.#mode !== 'linked') return false;
    const item = this.#delivery.onForetold(nowMs, notification);
    if (item !== undefined) this.#sendNotifications(nowMs, [item]);
    return item !== undefined;
  }

  /** It was foretold, and is not kept. */
  onNotStored(_nowMs: number, id: NotificationId): void {
    if (this.#mode !== 'linked') return;
    this.#delivery.onNotStored(id);
    this.#load();
  }

  /** Just became durable for this device; ids ascend. */
  onStored(nowMs: number, notification: WaitingNotification): void {
    if (this.#mode !== 'linked') return;
    const item = this.#delivery.onStored(nowMs, notification);
    if (item !== undefined) this.#sendNotifications(nowMs, [item]);
    this.#load();
  }

  /**
   * The answer to 'load': waiting ones with an id above `afterId`, ascending, at most `limit`;
   * `complete` when nothing with a higher id waits.
   */
  onLoaded(nowMs: number, notifications: readonly WaitingNotification[], complete: boolean): void {
    if (this.#mode !== 'linked') return;
    this.#sendNotifications(nowMs, this.#delivery.onLoaded(nowMs, notifications, complete));
    this.#load();
  }

  /** Apps that do not ring, of those that the next `onStored` or `onLoaded` brings something of. */
   
  onQuiet(_nowMs: number, aliases: ReadonlySet<Alias>): void {
    this.#delivery.onQuiet(aliases);
  }

  /** Some of them may ring again. */
  // eslint-disable-next-line @typescript-eslint/no-unused-vars -- every input brings the time
  onQuietOver(_nowMs: number): void {
    if (this.#mode !== 'linked') return;
    this.#delivery.onQuietOver();
    this.#load();
  }

  /** A plain client's PUBACK: the same as an ack item. */
  onDelivered(nowMs: number, ids: readonly NotificationId[]): void {
    if (this.#mode !== 'linked') return;
    this.#alive(nowMs, undefined);
    this.#acknowledge(ids);
    this.#delivery.onRadioOn(nowMs);
    this.#load();
  }

  /**
   * Some of what waited was withdrawn (revoked, cancelled, unsubscribed). What is not acknowledged
   * yet is not sent (again) before it was loaded again, after this.
   */
  // eslint-disable-next-line @typescript-eslint/no-unused-vars -- every input brings the time
  onWithdrawn(_nowMs: number): void {
    this.#delivery.onWithdrawn();
  }

  onRegistered(nowMs: number, confirmation: Confirmation): void {
    this.#answer(nowMs, { confirmations: [confirmation] });
  }

  onRejected(nowMs: number, rejection: Rejection): void {
    this.#answer(nowMs, { rejections: [rejection] });
  }

  /**
   * The reader is slow: nothing more is decided to be sent until `onWritable`. What `poll` has still to hand out goes,
   * which is at most the frames of one load.
   */
  onBlocked(nowMs: number): void {
    if (this.#mode !== 'linked' || this.#blockedUntilMs !== Infinity) return;
    this.#blockedUntilMs = nowMs + limits.blockedMs;
    this.#delivery.pause();
  }

  // eslint-disable-next-line @typescript-eslint/no-unused-vars -- every input brings the time
  onWritable(_nowMs: number): void {
    if (this.#mode !== 'linked' || this.#blockedUntilMs === Infinity) return;
    this.#blockedUntilMs = Infinity;
    const answers = this.#answers ?? [];
    this.#answers = undefined;
    for (const frame of answers) this.#send(frame);
    this.#delivery.resume();
    this.#load();
  }

  /**
   * Goes down at once when it asks for a sign of life sooner than was promised; else it rides
   * along.
   */
  onAdvice(nowMs: number, advice: Advice): void {
    if (this.#mode !== 'linked') return;
    this.#advice = { ...this.#advice, ...advice };
    const { freshnessSeconds = 0 } = advice;
    const promised = this.#heartbeat?.promiseSeconds ?? Infinity;
    const hurried = freshnessSeconds > 0 && freshnessSeconds < promised;
    if (hurried || this.#delivery.radioOn(nowMs)) this.#answer(nowMs, {});
  }

  /** There may be something to be cleared here. A device that has not spoken yet is told once it has. */
  onHandledElsewhere(): void {
    if (this.#mode === 'linked' && this.#spoken) this.#emit({ type: 'clears' });
  }

  /**
   * All that the user handled elsewhere and this device has not confirmed. It rides along, and goes by itself at the end of
   * the hold: nobody waits for it, so it is not worth a radio that wakes. At once where no battery pays for that.
   */
  onClears(nowMs: number, clearings: readonly Clearing[]): void {
    if (this.#mode !== 'linked') return;
    if (clearings.length === 0 && this.#clears === undefined) return;
    this.#clears ??= new ClearsToSend();
    this.#clears.offer(clearings, nowMs + this.#holdMs);
    if (this.#clears.empty) this.#clears = undefined;
    else if (this.#spoken && this.#clears.waits && (this.#powered || this.#delivery.radioOn(nowMs))) this.#answer(nowMs, {});
  }

  /** The gateway wants to end the link. */
  onClose(nowMs: number, reason: CloseReason, notBefore: number): void {
    if (this.#mode === 'over') return;
    if (this.#mode === 'linked') {
      this.#emit({ type: 'send', frame: { close: { reason, notBeforeSeconds: notBefore } } });
      this.#emit({ type: 'close', reason });
    }
    if (reason === 'taken-over' || reason === 'shutting-down') this.#mode = 'over';
    else if (closeReasons[reason] >= 200 || reason === 'lease-expired') this.#endOffline(nowMs);
    else if (this.#mode === 'linked') this.#linger(nowMs, 'lost');
  }

  /** The connection is gone. 'goodbye' after a DISCONNECT packet. */
  onDisconnected(nowMs: number, how: 'goodbye' | 'lost'): void {
    if (this.#mode === 'linked') this.#linger(nowMs, how);
  }

  onTimeout(nowMs: number): void {
    if (this.#mode === 'over') return;
    const state = this.#device.onTimeout(nowMs);
    if (state === 'unheard' || state === 'unanswered') {
      this.#tell('offline');
    } else if (state === 'offline') {
      // Silent though it looks open: half-open, or asleep beyond its promise.
      if (this.#mode === 'linked') this.#closeItself(nowMs, 'lease-expired');
      else this.#endOffline(nowMs);
    }
    if (this.#mode !== 'linked') return;
    if (nowMs >= this.#blockedUntilMs) {
      this.#closeItself(nowMs, 'too-slow');
      return;
    }
    if (nowMs >= this.#clearAtMs()) this.#answer(nowMs, {});
    this.#delivery.onTimeout(nowMs);
    this.#load();
  }

  /** Infinity when nothing is due. */
  nextTimeoutMs(): number {
    if (this.#mode === 'over') return Infinity;
    if (this.#mode === 'lingering') return this.#device.deadlineMs;
    return Math.min(this.#device.deadlineMs, this.#blockedUntilMs, this.#delivery.deadlineMs(), this.#clearAtMs());
  }

  poll(): LinkSessionAction | undefined {
    const action = this.#actions?.[this.#polled];
    this.#polled += 1;
    if (action === undefined) {
      this.#actions = undefined;
      this.#polled = 0;
    }
    return action;
  }

  get linked(): boolean {
    return this.#mode === 'linked';
  }

  /** Nothing will come from it any more, apart from what `poll` still has. */
  get over(): boolean {
    return this.#mode === 'over';
  }

  get presence(): DevicePresence | 'offline' {
    return this.#device.presence;
  }

  /** When silence will mean offline. */
  leaseUntilMs(): number {
    return this.#device.leaseUntilMs;
  }

  /** When the device last showed a sign of life; when the session began, before the first. */
  get lastLifeAtMs(): number {
    return this.#device.lastLifeAtMs;
  }

  get lastHeartbeat(): Heartbeat | undefined {
    return this.#heartbeat;
  }

  #alive(nowMs: number, heartbeat: Heartbeat | undefined): void {
    if (heartbeat === undefined) {
      this.#device.onLife(nowMs);
      // It is there after all.
      if (this.#told === 'offline' && this.#heartbeat !== undefined) this.#tell(this.#device.presence);
      return;
    }
    this.#heartbeat = heartbeat;
    this.#device.onHeartbeat(nowMs, heartbeat.presence, heartbeat.promiseSeconds);
    this.#tell(heartbeat.presence);
  }

  #admitFrame(nowMs: number): boolean {
    const passedMs = Math.max(0, nowMs - this.#frameCreditAtMs);
    const earned = (passedMs * limits.deviceFramesPerSecond) / 1000;
    this.#frameCredit = Math.min(limits.deviceFrameBurst, this.#frameCredit + earned);
    this.#frameCreditAtMs = nowMs;
    if (this.#frameCredit < 1) return false;
    this.#frameCredit -= 1;
    return true;
  }

  #acknowledge(ids: readonly NotificationId[]): void {
    if (ids.length === 0) return;
    this.#emit({ type: 'acknowledge', ids });
    this.#delivery.onAcknowledged(ids);
  }

  #load(): void {
    const load = this.#delivery.takeLoad();
    if (load !== undefined) this.#emit({ type: 'load', ...load });
  }

  #sendNotifications(nowMs: number, items: readonly NotificationItem[]): void {
    if (items.length > 0) this.#device.onProbe(nowMs);
    if (items.length === 1) {
      this.#send({ notifications: items });
      return;
    }
    let batch: NotificationItem[] = [];
    let bytes = 0;
    for (const item of items) {
      const more = notificationBytes(item);
      if (batch.length >= limits.frameItems || bytes + more > limits.frameBytes - roomForAdvice) {
        this.#send({ notifications: batch });
        batch = [];
        bytes = 0;
      }
      batch.push(item);
      bytes += more;
    }
    if (batch.length > 0) this.#send({ notifications: batch });
  }

  /** Sends `frame`, or keeps it until a blocked link can take it. */
  #answer(nowMs: number, frame: DownFrame): void {
    if (this.#mode !== 'linked') return;
    if (this.#blockedUntilMs === Infinity) {
      this.#send(frame);
      return;
    }
    this.#answers ??= [];
    if (this.#answers.length >= limits.blockedItems) this.#closeItself(nowMs, 'too-slow');
    else this.#answers.push(frame);
  }

  /** Advice that waits goes with whatever goes, and so does what was handled elsewhere. */
  #send(frame: DownFrame): void {
    const advice = this.#advice;
    this.#advice = undefined;
    const advised = advice === undefined ? frame : { ...frame, advice };
    const clears = this.#takeClears(advised);
    const whole = clears.length === 0 ? advised : { ...advised, clears };
    // What was to be told may have gone with another frame meanwhile.
    if (whole.notifications === undefined && Object.keys(whole).length === 0) return;
    this.#emit({ type: 'send', frame: whole });
    if (this.#spoken && this.#clears?.waits === true) this.#send({});
  }

  #takeClears(frame: DownFrame): readonly Handled[] {
    if (!this.#spoken || this.#clears?.waits !== true) return nothingHandled;
    const bytes = downFrameBytes(frame);
    const routineRoom = limits.routinePacketBytes - packetHeadBytes - bytes;
    // A packet that costs a radio little goes on doing so: what would make it larger goes in its own, right behind.
    if (bytes > 0 && routineRoom >= 0 && this.#clears.bytes > routineRoom) return [];
    return this.#clears.take(limits.frameBytes - bytes);
  }

  #confirmCleared(ids: readonly NotificationId[]): void {
    this.#emit({ type: 'cleared', ids });
    this.#clears?.onConfirmed(ids);
    if (this.#clears?.empty === true) this.#clears = undefined;
  }

  /** When what was handled elsewhere goes by itself. */
  #clearAtMs(): number {
    const blocked = this.#blockedUntilMs !== Infinity;
    return this.#spoken && !blocked && this.#clears !== undefined ? this.#clears.deadlineMs : Infinity;
  }

  /** As the device last said, its radio costs no battery. */
  get #powered(): boolean {
    return this.#heartbeat?.power === 'charging' || this.#heartbeat?.network === 'wired';
  }

  #linger(nowMs: number, how: 'goodbye' | 'lost'): void {
    this.#mode = 'lingering';
    this.#answers = undefined;
    if (this.#device.onDisconnected(nowMs, how)) this.#endOffline(nowMs);
    else if (this.#told === 'offline') this.#mode = 'over';
  }

  #closeItself(nowMs: number, reason: keyof typeof notBeforeSeconds): void {
    this.onClose(nowMs, reason, notBeforeSeconds[reason]);
  }

  #endOffline(nowMs: number): void {
    this.#mode = 'over';
    this.#device.onDisconnected(nowMs, 'goodbye');
    this.#answers = undefined;
    this.#tell('offline');
  }

  #tell(presence: DevicePresence | 'offline'): void {
    if (this.#told === presence) return;
    this.#told = presence;
    this.#emit({ type: 'presence', presence });
  }

  #emit(action: LinkSessionAction): void {
    // A list that is made empty and grows takes room for many; most have one.
    if (this.#actions === undefined) this.#actions = [action];
    else this.#actions.push(action);
  }
}

const nothingHandled: readonly Handled[] = [];

/** In front of a short frame down: fixed header and topic (MQTT 3.1.1 §3.3, QoS 0). */
const packetHeadBytes = 5;

/** Bytes that advice may add to a full frame. */
const roomForAdvice = 256;
