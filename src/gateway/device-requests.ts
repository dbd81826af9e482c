// What devices ask that needs the store: apps registered and removed, messages for app servers, what the user handled.

import type { Confirmation, Handled, Registration, Rejection, RejectionCode, UpstreamMessage } from '../core/frames.js';
import { encodeId, idBytes, idPrefixes, isId } from '../core/ids.js';
import type { Alias, AppId, DeviceId, SubscriptionId, UserId } from '../core/ids.js';
import { limits } from '../core/limits.js';
import type { Clock } from '../ports/clock.js';
import type { Metrics } from '../ports/metrics.js';
import { StoreError } from '../ports/store.js';
import type { GrantRecord, HandledCopies, Store, SubscriptionRecord } from '../ports/store.js';
import type { Directory, UserView } from './directory.js';
import type { EndpointUrls } from './endpoint-urls.js';
import { checkName } from './names.js';
import { isPublicKey } from './public-key.js';
import type { RandomBytes } from './secrets.js';
import type { StoreHealth } from './store-health.js';

export interface DeviceRequestsOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly directory: Directory;
  readonly health: StoreHealth;
  readonly randomBytes: RandomBytes;
  readonly endpoints: EndpointUrls;
  readonly wakeApp: (app: AppId) => void;
}

/** A device and whose it is. */
export interface Owned {
  readonly device: DeviceId;
  readonly user: UserId;
}

export type RegistrationAnswer =
  /** `replaced`: an older registration of the app gave way, and what waited for that is gone. */
  | { readonly confirmed: Confirmation; readonly replaced: boolean }
  | { readonly rejected: Rejection };

export class DeviceRequests {
  readonly #options: DeviceRequestsOptions;

  constructor(options: DeviceRequestsOptions) {
    this.#options = options;
  }

  /** Never rejects: a store that fails is a rejection of the registration. */
  async register({ device, user }: Owned, registration: Registration): Promise<RegistrationAnswer> {
    const { request, applicationServerKey } = registration;
    const reject = (code: RejectionCode): RegistrationAnswer => ({ rejected: { request, code } });
    try {
      const app = await this.#appName(registration.app);
      if (app === undefined) return reject('bad-app-name');
      if (applicationServerKey !== undefined && !isPublicKey(applicationServerKey)) {
        return reject('bad-application-server-key');
      }
      // A device registers what it has each time it starts; most often nothing is new, and then nothing is written.
      const older = (await this.#options.store.subscriptionsOfDevice(device)).find((one) => one.app === app);
      const known = older !== undefined && equalKeys(older.applicationServerKey, applicationServerKey)
        && !(older.endpointClosed && await this.#isGranted(user, app));
      const subscription = known ? older : await this.#subscribe({ device, user }, app, applicationServerKey);
      if (subscription === 'full') return reject('too-many-subscriptions');
      // The device itself was removed; its link is about to be closed.
      if (subscription === undefined) return reject('other');
      const endpoint = await this.#options.endpoints.of(subscription);
      const confirmed = {
        request, alias: subscription.alias, subscription: subscription.id, ...(endpoint !== undefined && { endpoint }),
      };
      return { confirmed, replaced: !known && older !== undefined };
    } catch (error) {
      this.#options.health.failed(error);
      return reject('store-unavailable');
    }
  }

  /** Rejects when the store fails. */
  async remove({ device, user }: Owned, alias: Alias): Promise<void> {
    const { store, directory } = this.#options;
    await directory.during(user, async () => {
      const subscriptions = await store.subscriptionsOfDevice(device);
      const subscription = subscriptions.find((one) => one.alias === alias);
      if (subscription !== undefined) await store.removeSubscription(subscription.id);
    });
  }

  /** Keeps a message for its app server, or says why not. Never rejects. */
  async upstream({ device, user }: Owned, message: UpstreamMessage): Promise<Rejection | undefined> {
    const { metrics, health } = this.#options;
    let code: RejectionCode | undefined;
    try {
      code = message.data.length > limits.messageBytes ? 'message-too-large' : await this.#append({ device, user }, message);
    } catch (error) {
      health.failed(error);
      code = 'store-unavailable';
    }
    if (code === undefined) {
      metrics.count('upstream_accepted_total');
      return undefined;
    }
    metrics.count('upstream_refused_total', 1, code);
    return { message: message.id, code };
  }

  /**
   * Takes what the user handled on this device off their others, of the same app. Resolves, once it is durable, to
   * those that have something new to be told. Rejects when the store fails.
   */
  async handled({ device, user }: Owned, items: readonly Handled[]): Promise<readonly DeviceId[]> {
    const { store, clock, directory } = this.#options;
    for (let attempt = 0; attempt < limits.resolveAttempts; attempt += 1) {
      const view = await directory.view(user);
      const copies: HandledCopies[] = [];
      for (const { alias, ids } of items) {
        const own = view.subscriptionOf(device, alias);
        if (own === undefined) continue;
        for (const other of view.othersOf(own, await directory.appByIdOrName(own.app))) {
          copies.push({ device: other.device, subscription: other.id, alias: other.alias, ids });
        }
      }
      if (!stillLive(view)) continue;
      if (copies.length === 0) return [];
      const nowMs = clock.nowMs();
      return store.handle({ copies, nowMs, expiresAtMs: nowMs + limits.clearSeconds * 1000 });
    }
    throw new StoreError('STORE_BUSY', 'the user is being changed; nothing was kept');
  }

  /**
   * For a plain client, or a device behind a push service, which register nothing: every app that its user granted `notify`. One
   * that has registered an app by name knows how to do it, and is left alone. Rejects when the store fails.
   */
  async registerGranted({ device, user }: Owned): Promise<void> {
    const { store, directory } = this.#options;
    await directory.during(user, async () => {
      const present = await store.subscriptionsOfDevice(device);
      if (present.some((subscription) => !isAutomatic(subscription))) return;
      for (const grant of await store.grantsOfUser(user)) {
        if (grant.scopes.includes('notify')) await this.#addSubscription(device, grant.app, undefined, true);
      }
    });
  }

  /** Takes them back from a device that nothing reaches any more, with what waits. While the user is being changed. */
  async removeGranted(device: DeviceId): Promise<void> {
    const { store } = this.#options;
    for (const subscription of await store.subscriptionsOfDevice(device)) {
      if (isAutomatic(subscription)) await store.removeSubscription(subscription.id);
    }
  }

  /** As `registerGranted`, for a grant that was just given, while the user is being changed. Rejects when the store fails. */
  async registerGrant(device: DeviceId, grant: GrantRecord): Promise<void> {
    const present = await this.#options.store.subscriptionsOfDevice(device);
    if (present.every(isAutomatic)) await this.#addSubscription(device, grant.app, undefined, true);
  }

  async #subscribe(
    { device, user }: Owned,
    app: string,
    key: Uint8Array | undefined,
  ): Promise<SubscriptionRecord | 'full' | undefined> {
    const reopen = await this.#isGranted(user, app);
    return this.#options.directory.during(user, () => this.#addSubscription(device, app, key, reopen));
  }

  #addSubscription(
    device: DeviceId,
    app: string,
    key: Uint8Array | undefined,
    reopen: boolean,
  ): Promise<SubscriptionRecord | 'full' | undefined> {
    const { store, clock, randomBytes } = this.#options;
    return store.addSubscription({
      id: encodeId(idPrefixes.subscription, randomBytes(idBytes)) as SubscriptionId,
      device,
      app,
      createdAtMs: clock.nowMs(),
      // Who registers under a grant that stands is not held to an older one that was revoked.
      ...(reopen && { reopen }),
      ...(key === undefined ? {} : { applicationServerKey: key }),
    });
  }

  /** Whether the user lets the app send, as far as it is one that the operator registered. */
  async #isGranted(user: UserId, app: string): Promise<boolean> {
    const { directory } = this.#options;
    const registered = await directory.appByIdOrName(app);
    if (registered === undefined) return false;
    return (await directory.view(user)).grantOf(registered.id)?.scopes.includes('notify') ?? false;
  }

  async #append({ device, user }: Owned, message: UpstreamMessage): Promise<RejectionCode | undefined> {
    const { store, clock, directory, wakeApp } = this.#options;
    for (let attempt = 0; attempt < limits.resolveAttempts; attempt += 1) {
      const view = await directory.view(user);
      const subscription = view.subscriptionOf(device, message.alias);
      if (subscription === undefined) return 'unknown-alias';
      const app = await directory.appByIdOrName(subscription.app);
      const grant = app === undefined ? undefined : view.grantOf(app.id);
      if (!view.live) continue;
      if (app === undefined || grant === undefined) return 'no-grant';
      const kept = await store.appendOutbox(app.id, {
        topic: `upstream/${grant.uid}`,
        payload: message.data,
        uid: grant.uid,
        expiresAtMs: clock.nowMs() + limits.outboxSeconds * 1000,
      });
      if (kept) {
        wakeApp(app.id);
        return undefined;
      }
      // Full, or revoked at this very moment: the next look tells.
      if (stillLive(view)) return 'outbox-full';
    }
    return 'store-unavailable';
  }

  /** What the store keeps for the app that a device names; undefined when that cannot be one. */
  async #appName(app: string): Promise<string | undefined> {
    if (isId(idPrefixes.app, app)) return (await this.#options.directory.app(app as AppId))?.id;
    const name = checkName(app);
    return name.ok ? name.value : undefined;
  }
}

/** Made by `registerGranted`, as far as can be told: those of real devices carry a name or a key. */
function isAutomatic(subscription: SubscriptionRecord): boolean {
  return isId(idPrefixes.app, subscription.app) && subscription.applicationServerKey === undefined;
}

function equalKeys(one: Uint8Array | undefined, other: Uint8Array | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return Buffer.compare(one, other) === 0;
}

/** Looked at anew after something was awaited. */
function stillLive(view: UserView): boolean {
  return view.live;
}
