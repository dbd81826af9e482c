// The one way in for notifications, whichever door they came through:
// validate → resolve → keep durably → answer → deliver.

import { urgencies } from '../core/frames.js';
import type { Urgency } from '../core/frames.js';
import type { AppId, DeviceId } from '../core/ids.js';
import { limits } from '../core/limits.js';
import type { Clock } from '../ports/clock.js';
import type { Metrics } from '../ports/metrics.js';
import { StoreError } from '../ports/store.js';
import type { AcceptRequest, AcceptTarget, AppRecord, GrantRecord, NotificationRecord, Store, TouchedSenders } from '../ports/store.js';
import { BoundedCache } from './bounded-cache.js';
import type { Directory, UserView } from './directory.js';
import { isFor, targetOf } from './directory.js';
import type { PublishError, PublishErrorCode, PublishRequest, PublishResult } from './doors.js';
import { isReference } from './publish-options.js';
import type { StoreHealth } from './store-health.js';
import { storeRefusal, storeUnavailable } from './store-health.js';
import { TokenBucket } from './token-bucket.js';

/** The devices that are linked, as far as publishing needs to know them. */
export interface LinkedDevices {
  /** Whether the device is linked and would get a notification of this urgency now. */
  admits(device: DeviceId, urgency: Urgency): boolean;
  /** They are behind what was kept: nothing more should be kept until they have caught up. */
  readonly behind: boolean;
  /** Hands what was just kept to those that are linked, once its sender has the answer. `view` is what it was kept by. */
  deliver(view: UserView, notifications: readonly NotificationRecord[]): void;
  /** Some of what waited for these devices was withdrawn: what is on its way to them is stopped. */
  withdrawn(devices: readonly DeviceId[]): void;
}

export interface PublishingOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly directory: Directory;
  readonly health: StoreHealth;
  readonly linked: LinkedDevices;
  /** Receipts went into the outboxes of these apps. */
  readonly wakeSenders: (apps: TouchedSenders) => void;
}

interface Resolved {
  readonly ok: true;
  readonly view: UserView;
  readonly grant: GrantRecord;
  readonly targets: readonly AcceptTarget[];
}

type Resolution = Resolved | { readonly ok: false; readonly error: PublishError };

export class Publishing {
  readonly #options: PublishingOptions;
  readonly #buckets = new BoundedCache<AppId, TokenBucket>({ most: limits.cachedApps });
  #underWay = 0;
  #stopping = false;
  #onQuiet: (() => void) | undefined;

  constructor(options: PublishingOptions) {
    this.#options = options;
  }

  /** From now on everything is refused; resolves when all that was under way has its answer. */
  async stop(): Promise<void> {
    this.#stopping = true;
    if (this.#underWay === 0) return;
    await new Promise<void>((resolve) => {
      this.#onQuiet = resolve;
    });
  }

  /** Never rejects. */
  async publish(request: PublishRequest): Promise<PublishResult> {
    const startedMs = this.#options.clock.nowMs();
    const early = this.#stopping ? stoppingError : (checkRequest(request) ?? this.#takeToken(request.app));
    if (early !== undefined) return this.#refuse(early);
    if (!this.#options.health.well) return this.#refuse(storeUnavailable);
    if (this.#options.linked.behind) return this.#refuse(behindError);
    const result = await this.#counted(() => this.#accept(request));
    if (!result.ok) return this.#refuse(result.error);
    this.#options.metrics.observe('accept_seconds', (this.#options.clock.nowMs() - startedMs) / 1000);
    return result;
  }

  /** Never rejects. */
  async cancel(app: AppId, reference: string): Promise<PublishResult> {
    if (this.#stopping) return { ok: false, error: stoppingError };
    const limited = this.#takeToken(app);
    if (limited !== undefined) return { ok: false, error: limited };
    return this.#counted(async () => {
      const devices = isReference(reference) ? await this.#options.store.cancel(app, reference) : undefined;
      if (devices === undefined) {
        return failed('unknown-destination', 'no message of this id lives: it expired, was cancelled, or there never was one');
      }
      this.#options.linked.withdrawn(devices);
      return { ok: true, duplicate: false };
    });
  }

  async #counted(run: () => Promise<PublishResult>): Promise<PublishResult> {
    this.#underWay += 1;
    try {
      return await run();
    } catch (error) {
      this.#options.health.failed(error);
      return { ok: false, error: error instanceof StoreError ? storeRefusal(error) : storeUnavailable };
    } finally {
      this.#underWay -= 1;
      if (this.#underWay === 0) this.#onQuiet?.();
    }
  }

  async #accept(request: PublishRequest): Promise<PublishResult> {
    for (let attempt = 0; attempt < limits.resolveAttempts; attempt += 1) {
      const resolved = await this.#resolve(request);
      if (!resolved.ok) return resolved;
      if (!resolved.view.live) continue;
      // From here to the call of the store nothing is awaited: a change that begins later comes later in the store, too.
      return this.#keep(request, resolved);
    }
    return failed('store-busy', 'the user is being changed; nothing was kept, send it again in a moment', 1);
  }

  async #keep(request: PublishRequest, { view, grant, targets }: Resolved): Promise<PublishResult> {
    const { store, clock, metrics, linked, wakeSenders } = this.#options;
    const acceptedAtMs = clock.nowMs();
    const nowOrNever = request.ttlSeconds === 0;
    // Never is decided here: who is not linked, or does not admit it, gets no copy that could push out others.
    const chosen = nowOrNever ? targets.filter(({ device }) => linked.admits(device, request.urgency)) : targets;
    if (chosen.length === 0 && request.reference === '') {
      // The sender waits for a durable write all the same: its time must not tell who is there (facts/presence H3).
      await store.probe();
      return { ok: true, duplicate: false };
    }
    const expiresAtMs = acceptedAtMs + (nowOrNever ? limits.nowOrNeverMs : request.ttlSeconds * 1000);
    const result = await store.accept(acceptRequest(request, grant, chosen, acceptedAtMs, expiresAtMs));
    switch (result.outcome) {
      case 'accepted':
        metrics.count('notifications_accepted_total', chosen.length);
        this.#countOverflow(result.notifications);
        linked.deliver(view, result.notifications);
        wakeSenders(result.touched);
        return { ok: true, duplicate: false };
      case 'duplicate':
        return { ok: true, duplicate: true };
      case 'revoked':
        return { ok: false, error: revokedError };
    }
  }

  #countOverflow(notifications: readonly NotificationRecord[]): void {
    const overflows = notifications.filter(({ missed }) => missed > 0).length;
    if (overflows > 0) this.#options.metrics.count('notifications_dropped_total', overflows, 'overflow');
  }

  async #resolve(request: PublishRequest): Promise<Resolution> {
    const { directory } = this.#options;
    const { to } = request;
    const app = await directory.app(request.app);
    if (app === undefined) return failed('not-allowed', 'this app was removed');
    if ('uid' in to) {
      const owner = await directory.grant(to.uid);
      if (owner?.app !== request.app) return { ok: false, error: unknownDestination };
      const view = await directory.view(owner.user);
      const grant = view.grants.get(to.uid);
      if (grant === undefined) return { ok: false, error: revokedError };
      if (!grant.scopes.includes('notify')) return { ok: false, error: noScope };
      return { ok: true, view, grant, targets: view.targetsOf(app) };
    }
    const user = await directory.userOfSubscription(to.subscription);
    const view = user === undefined ? undefined : await directory.view(user);
    const subscription = view?.subscription(to.subscription);
    if (view === undefined || subscription === undefined || !isFor(subscription, app)) {
      return { ok: false, error: unknownDestination };
    }
    return forSubscription(view, view.grantOf(app.id), targetOf(subscription), app);
  }

  #takeToken(app: AppId): PublishError | undefined {
    const nowMs = this.#options.clock.nowMs();
    let bucket = this.#buckets.get(app);
    if (bucket === undefined) {
      bucket = new TokenBucket({ perSecond: limits.appPublishesPerSecond, burst: limits.appPublishBurst, nowMs });
      this.#buckets.set(app, bucket);
    }
    const retryAfterSeconds = bucket.take(nowMs);
    if (retryAfterSeconds === 0) return undefined;
    return {
      code: 'rate-limited',
      message: `an app may publish ${limits.appPublishesPerSecond} times a second; send it again later`,
      retryAfterSeconds,
    };
  }

  #refuse(error: PublishError): PublishResult {
    this.#options.metrics.count('notifications_refused_total', 1, error.code);
    return { ok: false, error };
  }
}

function forSubscription(
  view: UserView,
  grant: GrantRecord | undefined,
  target: AcceptTarget,
  app: AppRecord,
): Resolution {
  // A subscription is a way to one device, not a right: the right is the grant, and ends with it.
  if (!grant?.scopes.includes('notify')) {
    return failed('not-allowed', `the user has not granted "notify" to ${app.name}`);
  }
  return { ok: true, view, grant, targets: [target] };
}

function acceptRequest(
  request: PublishRequest,
  grant: GrantRecord,
  targets: readonly AcceptTarget[],
  acceptedAtMs: number,
  expiresAtMs: number,
): AcceptRequest {
  const { app, to, data, urgency, topic, reference, receipt } = request;
  const kept = { targets, urgency, topic, acceptedAtMs, expiresAtMs, data, grant: grant.uid };
  if (reference === '') return kept;
  // For one subscription a receipt tells nothing that its holder could not know: the device itself handed it out.
  const message = { sender: app, reference, receiptWanted: receipt, ...('uid' in to ? { uid: to.uid } : {}) };
  return { ...kept, message };
}

const topicPattern = new RegExp(`^[A-Za-z0-9_-]{0,${limits.topicCharacters}}$`);

/** What is wrong with it, if anything. */
function checkRequest(request: PublishRequest): PublishError | undefined {
  const { data, ttlSeconds, urgency, topic, reference, receipt } = request;
  if (data.length > limits.payloadBytes) {
    return {
      code: 'payload-too-large',
      message: `the payload has ${data.length} bytes; ${limits.payloadBytes} is the most`,
    };
  }
  if (!Number.isInteger(ttlSeconds) || ttlSeconds < 0 || ttlSeconds > limits.ttlSeconds) {
    return badOption(`ttl ${ttlSeconds}: whole seconds from 0 to ${limits.ttlSeconds}`);
  }
  if (!urgencies.includes(urgency)) return badOption(`urgency: one of ${urgencies.join(', ')}`);
  if (!topicPattern.test(topic)) {
    return badOption(`topic: at most ${limits.topicCharacters} characters of A-Z a-z 0-9 - _ (RFC 8030 §5.4)`);
  }
  if (reference !== '' && !isReference(reference)) {
    return badOption(`id: 1 to ${limits.referenceCharacters} characters of A-Z a-z 0-9 . _ ~ -`);
  }
  if (receipt && reference === '') return badOption('receipt: needs an id that names the message');
  return undefined;
}

function badOption(message: string): PublishError {
  return { code: 'bad-option', message };
}

function failed(
  code: PublishErrorCode,
  message: string,
  retryAfterSeconds?: number,
): { readonly ok: false; readonly error: PublishError } {
  return { ok: false, error: { code, message, ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) } };
}

// One answer, word for word, for a uid that never was, that is another app's, and that is another user's (facts/presence H2).
const unknownDestination: PublishError = {
  code: 'unknown-destination',
  message: 'there is no such destination for this app',
};

const revokedError: PublishError = {
  code: 'revoked',
  message: 'the user took this grant back; forget the uid, a new grant comes with a new one',
};

const noScope: PublishError = { code: 'not-allowed', message: 'the grant of this uid does not include "notify"' };

const behindError: PublishError = {
  code: 'store-busy',
  message: 'the links are behind what was kept; nothing was kept, send it again in a moment',
  retryAfterSeconds: 1,
};

export const stoppingError: PublishError = {
  code: 'stopping',
  message: 'the gateway is stopping; send it again',
  retryAfterSeconds: 5,
};
