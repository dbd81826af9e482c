// Notifications of apps, over MQTT or HTTP: what they may do, on the one publish path.

import type { AppId, Uid } from '../core/ids.js';
import { limits } from '../core/limits.js';
import type { Clock } from '../ports/clock.js';
import type { Soon } from '../ports/soon.js';
import type { AppRecord, GrantRecord, Store, SubscriptionRecord } from '../ports/store.js';
import type { Directory, UserView } from './directory.js';
import { isFor } from './directory.js';
import type { PublishError, PublishErrorCode, Publisher, PublishRequest, PublishResult } from './doors.js';
import { evenly } from './even-answers.js';
import type { EvenAnswers } from './even-answers.js';
import type { Quiet } from './presence/quiet.js';
import { isReference } from './publish-options.js';
import { badOption, checkDraft, Publish, revokedError, stoppingError } from './publish-path.js';
import type { Draft, LinkedDevices, PathResult, PublishPath, Resolution } from './publish-path.js';
import { TokenBuckets } from './token-buckets.js';

export interface PublishingOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly directory: Directory;
  readonly linked: LinkedDevices;
  readonly quiet: Quiet;
  readonly path: PublishPath;
  /** When answers about users go, so that their time tells nothing; at once if absent. */
  readonly evenAnswers?: EvenAnswers | undefined;
}

export class Publishing {
  readonly #options: PublishingOptions;
  readonly #rates = new TokenBuckets<AppId>({
    perSecond: limits.appPublishesPerSecond, burst: limits.appPublishBurst, most: limits.cachedApps,
  });

  constructor(options: PublishingOptions) {
    this.#options = options;
  }

  /** Never throws. */
  publishFor(publisher: Publisher, request: PublishRequest): void {
    const { path, evenAnswers } = this.#options;
    const early = path.stopping ? stoppingError : (checkRequest(request) ?? this.#takeToken(request.app));
    if (early !== undefined) {
      queueMicrotask(() => publisher.answered(path.refused(early)));
      return;
    }
    // Who knows a subscription has it from the device itself, and may know more.
    const isByUser = 'uid' in request.to;
    path.begin(new AppPublish({ path, publishing: this, request, publisher }), isByUser ? evenAnswers : undefined);
  }

  /** Never rejects. */
  async cancel(app: AppId, reference: string): Promise<PublishResult> {
    const { path, store, linked, evenAnswers } = this.#options;
    const early = path.stopping ? stoppingError : this.#takeToken(app);
    if (early !== undefined) return { ok: false, error: early };
    return path.counted<PublishResult>(() => evenly(evenAnswers, async () => {
      const devices = isReference(reference) ? await store.cancel(app, reference) : undefined;
      if (devices === undefined) {
        return failed('unknown-destination', 'no message of this id lives: it expired, was cancelled, or there never was one');
      }
      linked.withdrawn(devices);
      return { ok: true, duplicate: false };
    }));
  }

  /** Nothing is waited for where all is at hand: thousands of publishes under way are as many suspended steps less. */
  resolve(request: PublishRequest): Soon<Resolution<PublishErrorCode>> {
    const { directory } = this.#options;
    const { to } = request;
    const app = directory.peekApp(request.app);
    if (app === undefined || !('uid' in to)) return this.#lookUp(request);
    const owner = directory.peekGrant(to.uid);
    const view = owner?.app === app.id ? directory.peek(owner.user) : undefined;
    return view === undefined ? this.#lookUp(request) : this.#ofUser(view, to.uid, app);
  }

  async #lookUp(request: PublishRequest): Promise<Resolution<PublishErrorCode>> {
    const { directory, quiet } = this.#options;
    const { to } = request;
    const app = await directory.app(request.app);
    if (app === undefined) return failed('not-allowed', 'this app was removed');
    if ('uid' in to) {
      const owner = await directory.grant(to.uid);
      if (owner?.app !== request.app) return { ok: false, error: unknownDestination };
      return this.#ofUser(await directory.view(owner.user), to.uid, app);
    }
    const found = await directory.subscription(to.subscription);
    if (found === undefined || !isFor(found.subscription, app)) return { ok: false, error: unknownDestination };
    const resolved = forSubscription(found.view, found.subscription, app);
    const grant = found.view.grantOf(app.id);
    const dropped = resolved.ok && grant !== undefined && quiet.drops(found.view, grant);
    return dropped ? { ...resolved, targets: [] } : resolved;
  }

  #ofUser(view: UserView, uid: Uid, app: AppRecord): Resolution<PublishErrorCode> {
    const grant = view.grants.get(uid);
    if (grant === undefined) return { ok: false, error: revokedError };
    if (!grant.scopes.includes('notify')) return { ok: false, error: noScope };
    // As for a user without a device: the answer is the same (facts/presence C8).
    const targets = this.#options.quiet.drops(view, grant) ? [] : view.targetsOf(app);
    return { ok: true, view, grant: grant.uid, targets };
  }

  #takeToken(app: AppId): PublishError | undefined {
    const retryAfterSeconds = this.#rates.take(app, this.#options.clock.nowMs());
    if (retryAfterSeconds === 0) return undefined;
    return {
      code: 'rate-limited',
      message: `an app may publish ${limits.appPublishesPerSecond} times a second; send it again later`,
      retryAfterSeconds,
    };
  }
}

class AppPublish extends Publish<PublishErrorCode> {
  readonly #publishing: Publishing;
  readonly #request: PublishRequest;
  readonly #publisher: Publisher;

  constructor({ path, publishing, request, publisher }: {
    readonly path: PublishPath;
    readonly publishing: Publishing;
    readonly request: PublishRequest;
    readonly publisher: Publisher;
  }) {
    super(path);
    this.#publishing = publishing;
    this.#request = request;
    this.#publisher = publisher;
  }

  override resolve(): Soon<Resolution<PublishErrorCode>> {
    return this.#publishing.resolve(this.#request);
  }

  override draft(): Draft {
    return draftOf(this.#request);
  }

  /** What was kept for whom is not for who sent it. */
  protected override answer(result: PathResult<PublishErrorCode>): void {
    this.#publisher.answered(result.ok ? { ok: true, duplicate: result.duplicate } : result);
  }
}

/** A subscription is a way to one device, not a right: the right is the grant, and ends with it. */
function forSubscription(view: UserView, subscription: SubscriptionRecord, app: AppRecord): Resolution<PublishErrorCode> {
  const grant: GrantRecord | undefined = view.grantOf(app.id);
  if (!grant?.scopes.includes('notify')) {
    return failed('not-allowed', `the user has not granted "notify" to ${app.name}`);
  }
  return { ok: true, view, grant: grant.uid, targets: [view.targetOf(subscription)] };
}

function draftOf(request: PublishRequest): Draft {
  const { app, to, data, urgency, ttlSeconds, topic, reference, receipt } = request;
  const draft = { data, urgency, ttlSeconds, topic };
  if (reference === '') return draft;
  // For one subscription a receipt tells nothing that its holder could not know: the device itself handed it out.
  const message = { sender: app, reference, receiptWanted: receipt, ...('uid' in to ? { uid: to.uid } : {}) };
  return { ...draft, message };
}

/** What is wrong with it, if anything. */
function checkRequest(request: PublishRequest): PublishError | undefined {
  const wrong = checkDraft(request);
  if (wrong !== undefined) return wrong;
  const { reference, receipt } = request;
  if (reference !== '' && !isReference(reference)) {
    return badOption(`id: 1 to ${limits.referenceCharacters} characters of A-Z a-z 0-9 . _ ~ -`);
  }
  if (receipt && reference === '') return badOption('receipt: needs an id that names the message');
  return undefined;
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

const noScope: PublishError = { code: 'not-allowed', message: 'the grant of this uid does not include "notify"' };
