// What the gateway remembers of the store: one view of each user, bounded, thrown away whenever the user changes.
// Whoever decides by a view looks at `live` right before the decision takes effect, with nothing awaited in between.

import { BoundedCache } from '../core/bounded-cache.js';
import { idPrefixes, isId } from '../core/ids.js';
import type { Alias, AppId, DeviceId, SubscriptionId, Uid, UserId } from '../core/ids.js';
import { limits } from '../core/limits.js';
import type { ManualStatus } from '../core/presence/visible.js';
import type { Schedule } from '../core/presence/windows.js';
import type {
  AcceptTarget, AppRecord, DeviceRecord, GrantRecord, Store, SubscriptionRecord, UserRecord,
} from '../ports/store.js';
import { checkName } from './names.js';

/** One user as the store had it. */
export class UserView {
  /** False from the moment a change to the user begins. */
  live = true;
  readonly user: UserId;
  /** Active ones. */
  readonly grants: ReadonlyMap<Uid, GrantRecord>;
  readonly devices: readonly DeviceId[];
  /** Whether any grant might be quiet at times. */
  readonly hasQuiet: boolean;
  /** What the user set by hand. */
  readonly manual: ManualStatus;
  /** Of the user's phone. */
  readonly zone: string | undefined;
  readonly #schedules = new Map<Uid, Schedule>();
  /** Those that somebody else's push service reaches. */
  readonly pushDevices: ReadonlySet<DeviceId>;
  readonly #subscriptions: readonly SubscriptionRecord[];
  readonly #targets = new Map<AppId, readonly AcceptTarget[]>();

  constructor(options: {
    readonly user: UserId;
    /** Undefined: there is no such user. */
    readonly record: UserRecord | undefined;
    readonly grants: readonly GrantRecord[];
    readonly devices: readonly DeviceRecord[];
    readonly subscriptions: readonly SubscriptionRecord[];
  }) {
    this.user = options.user;
    this.manual = options.record?.manualStatus ?? 'available';
    this.zone = options.record?.zone;
    this.devices = options.devices.map(({ id }) => id);
    this.pushDevices = new Set(options.devices.filter(({ push }) => push !== undefined).map(({ id }) => id));
    this.grants = new Map(options.grants.map((grant) => [grant.uid, grant]));
    this.hasQuiet = options.grants.some(({ paused, schedule }) => paused || schedule !== undefined);
    this.#subscriptions = options.subscriptions;
  }

  grantOf(app: AppId): GrantRecord | undefined {
    for (const grant of this.grants.values()) if (grant.app === app) return grant;
    return undefined;
  }

  /** One for each of the user's devices that has the app. */
  targetsOf(app: AppRecord): readonly AcceptTarget[] {
    let targets = this.#targets.get(app.id);
    if (targets === undefined) {
      const byDevice = new Map<DeviceId, AcceptTarget>();
      // A device that registered the app by its id and by its name gets one copy, for the one it registered last.
      for (const subscription of this.#subscriptions) {
        if (isFor(subscription, app)) byDevice.set(subscription.device, this.targetOf(subscription));
      }
      targets = [...byDevice.values()];
      this.#targets.set(app.id, targets);
    }
    return targets;
  }

  /** What waits for a device with a push service goes with the first that another device takes. */
  targetOf({ device, id: subscription, alias }: SubscriptionRecord): AcceptTarget {
    return { device, subscription, alias, ...(this.pushDevices.has(device) && { fallback: true as const }) };
  }

  /** Whether a device that is reached by its link alone has the app of this subscription. */
  hasLinkedOthers(subscription: SubscriptionRecord, registered: AppRecord | undefined): boolean {
    return this.othersOf(subscription, registered).some(({ device }) => !this.pushDevices.has(device));
  }

  /** The subscriptions of the same app on the user's other devices. */
  othersOf({ device, app }: SubscriptionRecord, registered: AppRecord | undefined): readonly SubscriptionRecord[] {
    return this.#subscriptions.filter((one) => one.device !== device
      && (one.app === app || (registered !== undefined && isFor(one, registered))));
  }

  subscription(id: SubscriptionId): SubscriptionRecord | undefined {
    return this.#subscriptions.find((subscription) => subscription.id === id);
  }

  subscriptionsOf(device: DeviceId): readonly SubscriptionRecord[] {
    return this.#subscriptions.filter((one) => one.device === device);
  }

  subscriptionOf(device: DeviceId, alias: Alias): SubscriptionRecord | undefined {
    return this.#subscriptions.find((one) => one.device === device && one.alias === alias);
  }

  /** When the grant's app may see and ring; undefined: always. The same object each time. */
  scheduleOf({ uid, schedule, followsPhone }: GrantRecord): Schedule | undefined {
    if (schedule === undefined || !followsPhone || this.zone === undefined) return schedule;
    let followed = this.#schedules.get(uid);
    if (followed === undefined) {
      followed = { ...schedule, zone: this.zone };
      this.#schedules.set(uid, followed);
    }
    return followed;
  }
}

export function isFor(subscription: SubscriptionRecord, app: AppRecord): boolean {
  return subscription.app === app.id || subscription.app === app.name;
}

export interface FoundSubscription {
  readonly view: UserView;
  readonly subscription: SubscriptionRecord;
}

function found(view: UserView | undefined, id: SubscriptionId): FoundSubscription | undefined {
  const subscription = view?.subscription(id);
  return view === undefined || subscription === undefined ? undefined : { view, subscription };
}

/** Closed while somebody changes what is behind it. */
interface Gate {
  changes: number;
  readonly opened: Promise<void>;
  readonly open: () => void;
}

interface Loading {
  readonly view: Promise<UserView>;
  /** A change began after it did. */
  stale: boolean;
}

export class Directory {
  readonly #store: Store;
  readonly #views: BoundedCache<UserId, UserView>;
  readonly #loading = new Map<UserId, Loading>();
  readonly #gates = new Map<UserId | 'everyone', Gate>();
  // What an id belongs to never changes; only whether it still exists does, which the view tells.
  readonly #grants = new BoundedCache<Uid, { readonly user: UserId; readonly app: AppId }>({ most: limits.cachedIds });
  readonly #subscriptions = new BoundedCache<SubscriptionId, UserId>({ most: limits.cachedIds });
  readonly #apps = new BoundedCache<string, AppRecord>({ most: limits.cachedApps });
  /** Changes to everyone, which are the only ones to apps. */
  #appChanges = 0;

  constructor(options: { readonly store: Store }) {
    this.#store = options.store;
    this.#views = new BoundedCache({
      most: limits.cachedUsers,
      onForgotten: (view) => {
        view.live = false;
      },
    });
  }

  /** The user as of now; waits while somebody changes them. An unknown user has neither grants nor subscriptions. */
  async view(user: UserId): Promise<UserView> {
    for (;;) {
      const gate = this.#gates.get(user) ?? this.#gates.get('everyone');
      if (gate !== undefined) {
        await gate.opened;
        continue;
      }
      const known = this.#views.get(user);
      if (known !== undefined) return known;
      let loading = this.#loading.get(user);
      if (loading === undefined) {
        loading = { view: this.#load(user), stale: false };
        this.#loading.set(user, loading);
      }
      try {
        const view = await loading.view;
        if (loading.stale) continue;
        if (this.#loading.get(user) === loading) this.#views.set(user, view);
        return view;
      } finally {
        if (this.#loading.get(user) === loading) this.#loading.delete(user);
      }
    }
  }

  /** The view if it is at hand. */
  peek(user: UserId): UserView | undefined {
    return this.#gates.size > 0 ? undefined : this.#views.get(user);
  }

  /**
   * Runs `operation`, which changes what the store has of the user (or of everyone). Views from before it are not live from its
   * first step on, and new ones are made after its last. Must not wait for a view of the same user.
   */
  async during<Value>(whose: UserId | 'everyone', operation: () => Promise<Value>): Promise<Value> {
    this.#forget(whose);
    const gate = this.#gates.get(whose) ?? createGate();
    this.#gates.set(whose, gate);
    gate.changes += 1;
    try {
      return await operation();
    } finally {
      gate.changes -= 1;
      if (gate.changes === 0) {
        this.#gates.delete(whose);
        gate.open();
      }
    }
  }

  /** Whose the uid is; whether its grant is still active the user's view tells. */
  async grant(uid: Uid): Promise<{ readonly user: UserId; readonly app: AppId } | undefined> {
    const known = this.#grants.get(uid);
    if (known !== undefined || !isId(idPrefixes.uid, uid)) return known;
    const record = await this.#store.grant(uid);
    if (record === undefined) return undefined;
    const owner = { user: record.user, app: record.app };
    this.#grants.set(uid, owner);
    return owner;
  }

  /** The same if it is at hand. */
  peekGrant(uid: Uid): { readonly user: UserId; readonly app: AppId } | undefined {
    return this.#grants.get(uid);
  }

  /** The subscription and its user as of now; undefined when there is none of this id. */
  async subscription(id: SubscriptionId): Promise<FoundSubscription | undefined> {
    const user = await this.#userOfSubscription(id);
    const view = user === undefined ? undefined : await this.view(user);
    return found(view, id);
  }

  /** The same if it is at hand. */
  peekSubscription(id: SubscriptionId): FoundSubscription | undefined {
    const user = this.#subscriptions.get(id);
    const view = user === undefined ? undefined : this.peek(user);
    return found(view, id);
  }

  async #userOfSubscription(id: SubscriptionId): Promise<UserId | undefined> {
    const known = this.#subscriptions.get(id);
    if (known !== undefined || !isId(idPrefixes.subscription, id)) return known;
    const subscription = await this.#store.subscription(id);
    const device = subscription === undefined ? undefined : await this.#store.device(subscription.device);
    if (device !== undefined) this.#subscriptions.set(id, device.user);
    return device?.user;
  }

  async app(id: AppId): Promise<AppRecord | undefined> {
    return this.#apps.get(id) ?? this.#rememberApp(id, () => this.#store.app(id));
  }

  /** What a device means by `app`: an app's id, or its name; undefined when no app has it. */
  async appByIdOrName(app: string): Promise<AppRecord | undefined> {
    if (isId(idPrefixes.app, app)) return this.app(app as AppId);
    const name = checkName(app);
    if (!name.ok) return undefined;
    return this.#apps.get(name.value) ?? this.#rememberApp(name.value, () => this.#store.appByName(name.value));
  }

  /** The same if it is at hand. */
  peekApp(app: string): AppRecord | undefined {
    return this.#gates.has('everyone') ? undefined : this.#apps.get(app);
  }

  async #rememberApp(key: string, read: () => Promise<AppRecord | undefined>): Promise<AppRecord | undefined> {
    for (;;) {
      const gate = this.#gates.get('everyone');
      if (gate !== undefined) {
        await gate.opened;
        continue;
      }
      const changes = this.#appChanges;
      const app = await read();
      if (changes !== this.#appChanges) continue;
      if (app !== undefined) this.#apps.set(key, app);
      return app;
    }
  }

  async #load(user: UserId): Promise<UserView> {
    const [record, grants, devices] = await Promise.all([
      this.#store.user(user), this.#store.grantsOfUser(user), this.#store.devicesOfUser(user),
    ]);
    const subscriptions = await Promise.all(devices.map((device) => this.#store.subscriptionsOfDevice(device.id)));
    return new UserView({ user, record, grants, devices, subscriptions: subscriptions.flat() });
  }

  #forget(whose: UserId | 'everyone'): void {
    if (whose === 'everyone') {
      this.#appChanges += 1;
      this.#views.clear();
      this.#apps.clear();
      for (const loading of this.#loading.values()) loading.stale = true;
      this.#loading.clear();
      return;
    }
    this.#views.delete(whose);
    const loading = this.#loading.get(whose);
    if (loading === undefined) return;
    loading.stale = true;
    this.#loading.delete(whose);
  }
}

function createGate(): Gate {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { changes: 0, opened, open };
}
