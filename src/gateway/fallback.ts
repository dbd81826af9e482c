// Other people's push services: what waits for a device that such a service reaches is sent on there when no linked device took it.
//
// The store is the only queue: a device whose time has come is looked at, its waiting notifications are read, and those that are due
// are sent one after the other. So a restart needs to find the devices only, and what is held here is one entry for each of them.

import { admits } from '../core/delivery/decision.js';
import { fallbackDueAtMs } from '../core/delivery/fallback.js';
import type { DeviceId, UserId } from '../core/ids.js';
import { limits } from '../core/limits.js';
import type { Clock } from '../ports/clock.js';
import type { Log } from '../ports/log.js';
import type { Metrics } from '../ports/metrics.js';
import type { OutgoingPushResult, PushSender } from '../ports/push-sender.js';
import type { AcceptTarget, DeviceRecord, NotificationRecord, Store, TouchedSenders } from '../ports/store.js';
import type { DeviceRequests } from './device-requests.js';
import type { Directory, UserView } from './directory.js';
import { outgoingPush } from './fallback-message.js';
import type { Quiet } from './presence/quiet.js';
import type { Sight } from './presence/sight.js';
import type { LinkedDevices } from './publish-path.js';
import { fractionOf } from './secrets.js';
import type { RandomBytes } from './secrets.js';
import type { StoreHealth } from './store-health.js';
import { Timed } from './timer-wheel.js';
import type { Deadlines } from './timer-wheel.js';

export interface FallbackOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly deadlines: Deadlines;
  readonly randomBytes: RandomBytes;
  readonly directory: Directory;
  readonly linked: LinkedDevices;
  readonly requests: DeviceRequests;
  readonly health: StoreHealth;
  readonly sight: Sight;
  readonly quiet: Quiet;
  readonly wakeSenders: (senders: TouchedSenders) => void;
  /** Longest that links hold what is not urgent. */
  readonly holdMs: number;
  /** Rejects with StoreError while the key it signs with cannot be had. */
  readonly sender: () => Promise<PushSender>;
}

/** When a device is looked at again; Infinity: when something new waits for it. */
type NextLook = number;

/** One device that something may wait for. */
class PushDevice extends Timed {
  readonly id: DeviceId;
  readonly user: UserId;
  /** In a row, of its push service or of the store. */
  failures = 0;
  state: 'waiting' | 'ready' | 'sending' = 'waiting';
  /** When something is due that was kept while it was not waiting. */
  keptDueMs: NextLook = Infinity;
  readonly #onDue: (device: PushDevice) => void;

  constructor({ id, user, onDue }: {
    readonly id: DeviceId;
    readonly user: UserId;
    readonly onDue: (device: PushDevice) => void;
  }) {
    super();
    this.id = id;
    this.user = user;
    this.#onDue = onDue;
  }

  override onDue(): void {
    this.#onDue(this);
  }
}

export class Fallback {
  readonly #options: FallbackOptions;
  readonly #devices = new Map<DeviceId, PushDevice>();
  readonly #ready: PushDevice[] = [];
  #sending = 0;
  #begun = false;
  #stopped = false;
  #onQuiet: (() => void) | undefined;

  constructor(options: FallbackOptions) {
    this.#options = options;
    options.health.onWell(() => {
      if (!this.#begun) void this.start();
    });
  }

  /** Finds what waits since before the start; resolves when it was looked through. Never rejects. */
  async start(): Promise<void> {
    const { store, health } = this.#options;
    try {
      this.#begun = true;
      let after: DeviceId | undefined;
      for (let page: readonly DeviceRecord[]; !this.#stopped; after = page.at(-1)?.id) {
        page = await store.pushDevices({ ...(after !== undefined && { after }), limit: limits.pageItems });
        for (const device of page) await this.added(device);
        if (page.length < limits.pageItems) return;
      }
    } catch (error) {
      this.#begun = false;
      health.failed(error);
    }
  }

  /** What browsers subscribe with. Rejects with StoreError. */
  async applicationServerKey(): Promise<Uint8Array> {
    return (await this.#options.sender()).publicKey;
  }

  /** The device is reached through a push service from now on. Rejects with StoreError. */
  async added({ id, user }: Pick<DeviceRecord, 'id' | 'user'>): Promise<void> {
    await this.#options.requests.registerGranted({ device: id, user });
    this.#look({ device: id, user }, this.#options.clock.nowMs());
  }

  /** What was held back for these may go now. */
  quietOver(user: UserId, devices: Iterable<DeviceId>): void {
    for (const device of devices) this.#look({ device, user }, this.#options.clock.nowMs());
  }

  /** The user's devices get the app of a grant that was just given. While the user is being changed; rejects with StoreError. */
  async granted({ user, app, ...grant }: Parameters<DeviceRequests['registerGrant']>[1]): Promise<void> {
    const { store, requests } = this.#options;
    if (!grant.scopes.includes('notify')) return;
    for (const { id, push } of await store.devicesOfUser(user)) {
      if (push !== undefined) await requests.registerGrant(id, { user, app, ...grant });
    }
  }

  /** One message was kept for `targets`, perhaps for devices of ours among them. */
  kept({ user, pushDevices }: UserView, notifications: readonly NotificationRecord[], targets: readonly AcceptTarget[]): void {
    const others = targets.some(({ device }) => !pushDevices.has(device));
    for (const notification of notifications) {
      const { device } = notification;
      if (pushDevices.has(device)) this.#look({ device, user }, this.#dueAtMs(notification, others));
    }
  }

  removed(devices: readonly DeviceId[]): void {
    for (const id of devices) {
      const device = this.#devices.get(id);
      if (device !== undefined) this.#forget(device);
    }
  }

  /** Resolves when what is being sent has its answer. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const device of this.#devices.values()) this.#options.deadlines.clear(device);
    this.#ready.length = 0;
    if (this.#sending === 0) return;
    await new Promise<void>((resolve) => {
      this.#onQuiet = resolve;
    });
  }

  // --- when ---------------------------------------------------------------------------------------

  #dueAtMs({ urgency, acceptedAtMs, expiresAtMs }: NotificationRecord, others: boolean): number {
    return fallbackDueAtMs({ urgency, acceptedAtMs, expiresAtMs, holdMs: this.#options.holdMs, others });
  }

  /** The device is looked at no later than `atMs`, unless its push service asked for a pause. */
  #look({ device: id, user }: { readonly device: DeviceId; readonly user: UserId }, atMs: number): void {
    if (this.#stopped) return;
    let device = this.#devices.get(id);
    if (device === undefined) {
      device = new PushDevice({ id, user, onDue: (due) => this.#enqueue(due) });
      this.#devices.set(id, device);
    }
    if (device.state !== 'waiting') device.keptDueMs = Math.min(device.keptDueMs, atMs);
    // After a failure its time is set already.
    else if (device.failures === 0 && atMs < device.dueMs) this.#options.deadlines.set(device, atMs);
  }

  #enqueue(device: PushDevice): void {
    device.state = 'ready';
    this.#ready.push(device);
    this.#pump();
  }

  #pump(): void {
    while (this.#sending < limits.fallbackAtOnce) {
      const device = this.#ready.shift();
      if (device === undefined) return;
      if (this.#devices.get(device.id) !== device) continue;
      this.#sending += 1;
      device.state = 'sending';
      device.keptDueMs = Infinity;
      void this.#work(device).finally(() => {
        this.#sending -= 1;
        if (this.#sending === 0) this.#onQuiet?.();
        this.#pump();
      });
    }
  }

  /** Never rejects. */
  async #work(device: PushDevice): Promise<void> {
    let nextMs: NextLook;
    try {
      nextMs = await this.#sendDue(device);
    } catch (error) {
      this.#options.health.failed(error);
      nextMs = this.#afterFailure(device, undefined);
    }
    if (this.#devices.get(device.id) !== device) return;
    device.state = 'waiting';
    if (this.#stopped) return;
    if (device.failures === 0) nextMs = Math.min(nextMs, device.keptDueMs);
    if (nextMs === Infinity) this.#forget(device);
    else this.#options.deadlines.set(device, nextMs);
  }

  #forget(device: PushDevice): void {
    this.#options.deadlines.clear(device);
    this.#devices.delete(device.id);
  }

  #afterFailure(device: PushDevice, afterSeconds: number | undefined): NextLook {
    const { clock, randomBytes } = this.#options;
    const backoffMs = Math.min(limits.fallbackRetryMs * 2 ** device.failures, limits.fallbackRetryCapMs);
    device.failures = Math.min(device.failures + 1, 16);
    const askedMs = Math.min(afterSeconds ?? 0, limits.fallbackHeededSeconds) * 1000;
    // A service that was down for all of them must not be asked by all of them at once.
    return clock.nowMs() + Math.max(askedMs, backoffMs) * (1 + fractionOf(randomBytes) / 4);
  }

  /** When it may go: not before linked devices had their time, and not while its app does not ring. */
  async #ripeAtMs(user: UserId, notification: NotificationRecord): Promise<number> {
    const { directory, quiet } = this.#options;
    const view = await directory.view(user);
    const subscription = view.subscription(notification.subscription);
    if (subscription === undefined) return this.#dueAtMs(notification, false);
    const others = view.hasLinkedOthers(subscription, await directory.appByIdOrName(subscription.app));
    return Math.max(this.#dueAtMs(notification, others), await quiet.of(view, subscription) ?? 0);
  }

  // --- what ---------------------------------------------------------------------------------------

  /** Sends all that is due, in order. Rejects with StoreError. */
  async #sendDue(device: PushDevice): Promise<NextLook> {
    const { store, clock } = this.#options;
    let nextMs: NextLook = Infinity;
    let afterId = 0;
    for (;;) {
      const page = await store.waiting(device.id, afterId, limits.loadCount);
      const record = await store.device(device.id);
      if (record?.push === undefined || page.length === 0) return nextMs;
      for (const notification of page) {
        afterId = notification.id;
        if (this.#stopped) return nextMs;
        const nowMs = clock.nowMs();
        if (nowMs >= notification.expiresAtMs || !admits(record.minimumUrgency, notification.urgency)) continue;
        const dueAtMs = await this.#ripeAtMs(record.user, notification);
        if (nowMs < dueAtMs || this.#options.linked.admits(device.id, notification.urgency)) {
          // One that is linked gets it there; if it does not take it, the link was none.
          nextMs = Math.min(nextMs, Math.max(dueAtMs, nowMs + limits.fallbackHighMs));
          continue;
        }
        const pausedUntilMs = await this.#sendOne(device, record, notification);
        if (pausedUntilMs !== undefined) return pausedUntilMs;
      }
    }
  }

  /** Until when the device is left alone; undefined: go on with the next. Rejects with StoreError. */
  async #sendOne(device: PushDevice, { push, user }: DeviceRecord, notification: NotificationRecord): Promise<NextLook | undefined> {
    const { store, clock, log, metrics, directory } = this.#options;
    if (push === undefined) return Infinity;
    const { id } = notification;
    const sender = await this.#options.sender();
    const view = await directory.view(user);
    const app = await this.#appName(view, notification);
    const [waiting] = await store.waiting(device.id, id - 1, 1);
    // Taken, taken back or revoked meanwhile; from here to the call nothing is awaited.
    if (waiting?.id !== id || app === undefined) return undefined;
    if (!view.live) return clock.nowMs();
    const result = await sender.send(outgoingPush({ app, to: push, notification, nowMs: clock.nowMs() }));
    if (result.outcome === 'sent') metrics.count('fallback_sent_total');
    else metrics.count('fallback_failed_total', 1, result.outcome);
    if (result.outcome === 'refused') log.warn({ device: device.id, reason: result.reason }, 'a push service refused a notification');
    return this.#settle(device, id, result);
  }

  async #settle(device: PushDevice, id: number, result: OutgoingPushResult): Promise<NextLook | undefined> {
    const { store, clock, directory, sight, wakeSenders } = this.#options;
    if (result.outcome === 'later') return this.#afterFailure(device, result.afterSeconds);
    device.failures = 0;
    switch (result.outcome) {
      case 'sent': {
        // The push service answers for it from here on: that is the most that can be known.
        const hiddenUids = sight.hiddenUids(await directory.view(device.user));
        wakeSenders(await store.acknowledge({ device: device.id, ids: [id], nowMs: clock.nowMs(), hiddenUids }));
        return undefined;
      }
      case 'refused':
        await store.withdraw(device.id, id);
        return undefined;
      case 'gone':
        await this.#end(device);
        return Infinity;
    }
  }

  /** Its push service knows the device no more. */
  async #end({ id, user }: PushDevice): Promise<void> {
    const { store, log, directory, requests } = this.#options;
    await directory.during(user, async () => {
      await store.setPush(id, undefined);
      await requests.removeGranted(id);
    });
    log.info({ device: id }, 'a push service ended its subscription; the device is not reached there any more');
  }

  /** As people know it; undefined when the subscription is gone. */
  async #appName(view: UserView, { subscription: id }: NotificationRecord): Promise<string | undefined> {
    const app = view.subscription(id)?.app;
    return app === undefined ? undefined : (await this.#options.directory.appByIdOrName(app))?.name ?? app;
  }
}
