// All links of the gateway, one for each device: attaching, taking over, removing, stopping.

import type { CloseReason, Urgency } from '../core/frames.js';
import type { DeviceId, UserId } from '../core/ids.js';
import { limits } from '../core/limits.js';
import { RestingLinks } from '../core/link-session/resting-links.js';
import type { Clock } from '../ports/clock.js';
import type { Log } from '../ports/log.js';
import type { Metrics } from '../ports/metrics.js';
import type { Soon } from '../ports/soon.js';
import type { DeviceRecord, GrantRecord, NotificationRecord, Store, TouchedSenders } from '../ports/store.js';
import { DeliveryQueue } from './delivery-queue.js';
import type { DeviceRequests } from './device-requests.js';
import { DeviceSession } from './device-session.js';
import type { SessionSurroundings } from './device-session.js';
import type { Directory, UserView } from './directory.js';
import type { DeviceConnection, DeviceLink } from './doors.js';
import type { Fleet } from './fleet.js';
import type { DevicePresences } from './presence/device-presences.js';
import type { LinkFacts } from './link-facts.js';
import type { Quiet } from './presence/quiet.js';
import type { Sight } from './presence/sight.js';
import type { LinkedDevices } from './publish-path.js';
import { RetryLater } from './retry-later.js';
import type { StoreHealth } from './store-health.js';
import type { Deadlines } from './timer-wheel.js';

export interface DeviceSessionsOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly deadlines: Deadlines;
  readonly directory: Directory;
  readonly health: StoreHealth;
  readonly requests: DeviceRequests;
  readonly presences: DevicePresences;
  readonly sight: Sight;
  readonly quiet: Quiet;
  readonly fleet: Fleet;
  /** A link of one of the user's devices stands. */
  readonly attached: (user: UserId) => void;
  readonly wakeSenders: (senders: TouchedSenders) => void;
  /** Longest an admitted, unhurried notification is held. */
  readonly holdMs: number;
  /** Runs later, in order. */
  readonly defer: (run: () => void) => void;
}

/** A device on its way in. A later one of the same device, or the device's removal, overtakes it. */
interface Arrival {
  readonly device: DeviceId;
}

export class DeviceSessions implements LinkedDevices {
  readonly #options: DeviceSessionsOptions;
  readonly #surroundings: SessionSurroundings;
  readonly #deliveries: DeliveryQueue;
  readonly #sessions = new Map<DeviceId, DeviceSession>();
  readonly #arrivals = new Map<DeviceId, Arrival>();
  /** Connections that are not closed yet, of sessions that were replaced, too. */
  #connections = 0;
  #stopping = false;
  #onAllClosed: (() => void) | undefined;

  constructor(options: DeviceSessionsOptions) {
    this.#options = options;
    const retries = new RetryLater<DeviceSession>({ ...options, retry: (session) => session.retry() });
    this.#deliveries = new DeliveryQueue({
      ...options,
      deliver: (notification) => this.#sessions.get(notification.device)?.stored(notification),
      foretell: (notification, mayGo, order) => this.#sessions.get(notification.device)?.foretold(notification, mayGo, order),
      takeBack: ({ device, id }) => this.#sessions.get(device)?.notStored(id),
    });
    this.#surroundings = {
      ...options,
      resting: new RestingLinks(),
      withdrawn: (session) => this.withdrawn([session.device]),
      handledElsewhere: (devices) => this.handledElsewhere(devices),
      disconnected: () => this.#disconnected(),
      ended: (session) => {
        // A session that was replaced ends, too; its device has another one by then.
        if (this.#sessions.get(session.device) === session) this.#sessions.delete(session.device);
      },
      retryLater: (session) => retries.add(session),
    };
  }

  /** Connections of devices. */
  get connections(): number {
    return this.#connections;
  }

  /** Rejects when the store fails; undefined when the device is gone, overtaken, or the gateway stops. */
  attach(device: DeviceId, connection: DeviceConnection): Soon<DeviceLink | undefined> {
    const record = this.#options.store.device(device);
    if (record instanceof Promise) return this.#arrive(device, connection, record);
    this.#arrivals.delete(device);
    return this.#link(device, connection, record);
  }

  async #arrive(device: DeviceId, connection: DeviceConnection, reading: Promise<DeviceRecord | undefined>): Promise<DeviceLink | undefined> {
    const arrival: Arrival = { device };
    this.#arrivals.set(device, arrival);
    let overtaken: boolean;
    let record;
    try {
      record = await reading;
    } finally {
      overtaken = this.#arrivals.get(device) !== arrival;
      if (!overtaken) this.#arrivals.delete(device);
    }
    return overtaken ? undefined : this.#link(device, connection, record);
  }

  #link(device: DeviceId, connection: DeviceConnection, record: DeviceRecord | undefined): DeviceLink | undefined {
    if (record === undefined || this.#stopping) return undefined;
    const { metrics } = this.#options;
    const older = this.#sessions.get(device);
    if (older !== undefined) {
      if (older.linked) metrics.count('links_taken_over_total');
      older.close('taken-over');
    }
    const { user, minimumUrgency } = record;
    const surroundings = this.#surroundings;
    const session = new DeviceSession({ device, user, minimumUrgency, connection, foretold: this.#deliveries.foretold, surroundings });
    this.#sessions.set(device, session);
    this.#connections += 1;
    metrics.set('links', this.#connections);
    session.start();
    this.#options.attached(user);
    return session;
  }

  // --- delivery -------------------------------------------------------------------------------------

  admits(device: DeviceId, urgency: Urgency): boolean {
    return this.#sessions.get(device)?.admits(urgency) ?? false;
  }

  get behind(): boolean {
    return this.#deliveries.full;
  }

  foretell(view: UserView, notifications: readonly NotificationRecord[], mayGoAhead: boolean): void {
    this.#deliveries.foretell(view, notifications, mayGoAhead);
  }

  deliver(view: UserView, notifications: readonly NotificationRecord[], foretold: readonly NotificationRecord[] | undefined): void {
    this.#deliveries.add(view, notifications, foretold);
  }

  withdrawn(devices: readonly DeviceId[]): void {
    this.#deliveries.doubt();
    for (const device of devices) this.#sessions.get(device)?.withdrawn();
  }

  /** Copies for these devices were removed, and they are to clear what they show. */
  handledElsewhere(devices: readonly DeviceId[]): void {
    if (devices.length === 0) return;
    this.withdrawn(devices);
    for (const device of devices) this.#sessions.get(device)?.handledElsewhere();
  }

  /** Undefined while the device has no link. */
  factsOf(device: DeviceId): LinkFacts | undefined {
    const session = this.#sessions.get(device);
    return session?.linked === true ? session.facts : undefined;
  }

  /** Tells the linked ones among these whether somebody watches. */
  watched(devices: readonly DeviceId[], watched: boolean): void {
    for (const device of devices) {
      const session = this.#sessions.get(device);
      if (session?.linked === true) session.watched(watched ? limits.freshnessSeconds : 0);
    }
  }

  // --- changes by the operator ------------------------------------------------------------------------

  remove(devices: readonly DeviceId[]): void {
    for (const device of devices) {
      this.#arrivals.delete(device);
      this.#sessions.get(device)?.close('removed');
      this.#options.presences.forget(device);
    }
  }

  /** Notifications of these users were withdrawn. */
  withdrawnFrom(users: ReadonlySet<UserId>): void {
    this.#deliveries.doubt();
    for (const session of this.#sessions.values()) {
      if (users.has(session.user)) session.withdrawn();
    }
  }

  /** Something about these devices' user was changed: apps that did not ring may do so. */
  quietOver(devices: readonly DeviceId[]): void {
    for (const device of devices) this.#sessions.get(device)?.quietOver();
  }

  /** The plain clients of the grant's user get its app. Rejects when the store fails. */
  async granted(grant: GrantRecord): Promise<void> {
    if (!grant.scopes.includes('notify')) return;
    for (const session of this.#sessions.values()) {
      if (session.user !== grant.user || !session.plain) continue;
      await this.#options.requests.registerGrant(session.device, grant);
    }
  }

  // --- the end ----------------------------------------------------------------------------------------

  /** Tells every device when to come back, each at another moment; resolves when all connections are closed. */
  async stop(random: () => number): Promise<void> {
    this.#stopping = true;
    this.#arrivals.clear();
    const windowSeconds = Math.max(leastWindowSeconds, Math.ceil(this.#sessions.size / limits.reconnectsPerSecond));
    for (const session of [...this.#sessions.values()]) {
      const reason: CloseReason = 'shutting-down';
      session.close(reason, 1 + Math.floor(random() * windowSeconds));
    }
    if (this.#connections === 0) return;
    await new Promise<void>((resolve) => {
      this.#onAllClosed = resolve;
    });
  }

  #disconnected(): void {
    this.#connections -= 1;
    this.#options.metrics.set('links', this.#connections);
    if (this.#connections === 0) this.#onAllClosed?.();
  }
}

/** Even a few devices come back apart, and a process needs a moment to start again. */
const leastWindowSeconds = 5;
