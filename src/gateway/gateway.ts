// The running whole, wired by hand: what the doors are given, what an operator asks, how it starts and how it stops.

import { idPrefixes, isId } from '../core/ids.js';
import type { AppId, DeviceId, Uid, UserId } from '../core/ids.js';
import { limits } from '../core/limits.js';
import type { DeviceKnown } from '../core/presence/visible.js';
import type { Clock } from '../ports/clock.js';
import type { Log } from '../ports/log.js';
import type { Metrics } from '../ports/metrics.js';
import type { PushSender } from '../ports/push-sender.js';
import { mended } from '../ports/soon.js';
import type { Soon } from '../ports/soon.js';
import type { GrantRecord, Store, TouchedSenders } from '../ports/store.js';
import type { WebhookSender } from '../ports/webhook-sender.js';
import { AppOutbox } from './app-outbox.js';
import { authenticate } from './authentication.js';
import { DeviceRequests } from './device-requests.js';
import { DeviceSessions } from './device-sessions.js';
import { Directory } from './directory.js';
import type {
  AppConnection,
  AppLink,
  DeviceConnection,
  DeviceLink,
  Gateway,
  Identity,
  PublishError,
  Publisher,
  PublishRequest,
  PublishResult,
} from './doors.js';
import { EndpointUrls } from './endpoint-urls.js';
import type { EvenAnswers } from './even-answers.js';
import { ExpirySweep } from './expiry-sweep.js';
import { Fallback } from './fallback.js';
import { Fleet } from './fleet.js';
import type { LinkFacts } from './link-facts.js';
import type { GatewayStatus, Operations, OperatorMessage, UnreadyReason } from './operations.js';
import { DevicePresences } from './presence/device-presences.js';
import type { DevicePresenceListener } from './presence/device-presences.js';
import { AppPresence } from './presence/app-presence.js';
import type { PresenceGateway } from './presence/presence-doors.js';
import { PresenceFanout } from './presence/presence-fanout.js';
import { PresenceStreams } from './presence/presence-streams.js';
import { Quiet } from './presence/quiet.js';
import { createSight } from './presence/sight.js';
import { Webhooks } from './presence/webhooks.js';
import type { WindowJitterOptions } from './presence/window-jitter.js';
import { PublishPath } from './publish-path.js';
import { Publishing } from './publishing.js';
import type { PushGateway } from './push-doors.js';
import type { EndpointProblem } from './push-subscription.js';
import { Push } from './push.js';
import type { RegistryChanges } from './registry.js';
import { Registry } from './registry.js';
import { fractionOf } from './secrets.js';
import type { RandomBytes } from './secrets.js';
import { StoreHealth, storeUnavailable } from './store-health.js';
import { Ticker } from './ticker.js';
import type { Every } from './ticker.js';
import { Timed } from './timer-wheel.js';
import type { Deadlines } from './timer-wheel.js';
import { UserControl } from './user-control.js';
import { WebhookSecrets } from './webhook.js';

export interface GatewayOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly randomBytes: RandomBytes;
  /** Longest an admitted, unhurried notification is held; `limits.holdMs` if absent. */
  readonly holdMs?: number;
  /** What devices learn of networks is shared among them under this; absent: it is not. The same after a restart. */
  readonly fleetSecret?: Uint8Array;
  /** Longest that each app hears of a change later, by a time of its own (facts/presence I2); absent: at once. */
  readonly presenceDelayMs?: number;
  /** Moves the edges of windows inward (facts/presence C7); absent: they are at the minute. */
  readonly windowJitter?: WindowJitterOptions;
  /** When apps have the answers to what they send to users; at once if absent. */
  readonly evenAnswers?: EvenAnswers;
  /**
   * Under what URL, without a slash at its end, the HTTP side is reached from outside: endpoints begin with it. Undefined
   * while that is not known yet. Absent: devices get no endpoints.
   */
  readonly publicUrl?: () => string | undefined;
  /**
   * Other people's push services, for devices without a link; rejects with StoreError while the key it signs with cannot be had.
   * Absent: no such device can be added, and what waits for one waits.
   */
  readonly pushSender?: () => Promise<PushSender>;
  /** App servers that are told of presence by requests of ours; absent: none is. */
  readonly webhookSender?: WebhookSender;
  /** Why nothing is sent to an address; everything may be if absent. */
  readonly endpointProblem?: EndpointProblem;
  /** Drives the timer wheel; real time if absent. */
  readonly every?: Every;
  /** Runs later, in order, before any timer; `setImmediate` if absent. */
  readonly defer?: (run: () => void) => void;
}

export interface RunningGateway extends Gateway, Operations {
  /** Shared with doors that want deadlines of their own. */
  readonly deadlines: Deadlines;
  /** For senders of Web Push. */
  readonly push: PushGateway;
  /** What users may do about themselves. */
  readonly users: UserControl;
  /** For apps without an MQTT connection. */
  readonly presence: PresenceGateway;
  /** What browsers subscribe with, so that this gateway may send to them (65 bytes). Rejects with StoreError; absent without `pushSender`. */
  readonly applicationServerKey?: () => Promise<Uint8Array>;
  /** Nothing is known of anybody before; call it before the doors open. */
  onDevicePresence(listener: DevicePresenceListener): void;
  presenceOf(device: DeviceId): DeviceKnown;
  /**
   * Refuses what is new, tells devices when to come back, waits for what is under way, and ends within `withinMs`
   * whatever still hangs. The store stays open: whoever opened it closes it.
   */
  stop(withinMs?: number): Promise<void>;
}

/** Resolves when the store was asked whether it can keep things; a store that cannot is no reason not to start. */
export async function createGateway(options: GatewayOptions): Promise<RunningGateway> {
  const gateway = new LowbeatGateway(options);
  await gateway.start();
  return gateway;
}

class LowbeatGateway implements RunningGateway {
  readonly registry: Registry;
  readonly deadlines: Deadlines;
  readonly push: Push;
  readonly presence: PresenceStreams;
  readonly users: UserControl;
  readonly applicationServerKey?: () => Promise<Uint8Array>;
  readonly #options: GatewayOptions;
  readonly #health: StoreHealth;
  readonly #presences = new DevicePresences();
  readonly #fanout: PresenceFanout;
  readonly #path: PublishPath;
  readonly #publishing: Publishing;
  readonly #sessions: DeviceSessions;
  readonly #outbox: AppOutbox;
  readonly #sweep: ExpirySweep;
  readonly #fallback: Fallback | undefined;
  readonly #webhooks: Webhooks | undefined;
  readonly #startedAtMs: number;
  #state: 'starting' | 'running' | 'stopping' = 'starting';
  #stopped: Promise<void> | undefined;
  /** The store's health hears of a failure that is the caller's to answer. */
  readonly #failed = (error: unknown): never => {
    this.#health.failed(error);
    throw error;
  };

  constructor(options: GatewayOptions) {
    const { store, clock, log, metrics, randomBytes, holdMs = limits.holdMs, defer = setImmediate } = options;
    this.#options = options;
    this.#startedAtMs = clock.nowMs();
    this.deadlines = new Ticker(options);
    const shared = { store, clock, log, metrics, randomBytes, holdMs, defer, deadlines: this.deadlines };
    const directory = new Directory(shared);
    this.#health = new StoreHealth(shared);
    const health = this.#health;
    this.#outbox = new AppOutbox({ ...shared, health });
    const wakeSenders = (senders: TouchedSenders): void => {
      this.#outbox.wake(senders);
      this.push.wake(senders);
    };
    const wakeApp = (app: AppId): void => this.#outbox.wake([app]);
    const endpoints = new EndpointUrls(options);
    const requests = new DeviceRequests({ ...shared, directory, health, endpoints, wakeApp });
    const presences = this.#presences;
    const lookAgain = (uid: Uid): void => this.#fanout.lookAgain(uid);
    const sight = createSight({ ...options, ...shared, presences, lookAgain });
    const quiet = new Quiet({ directory, sight });
    const { fleetSecret } = options;
    const fleet = new Fleet({ store, clock, health, ...(fleetSecret !== undefined && { secret: fleetSecret }) });
    const attached = (user: UserId): void => this.#fanout.userChanged(user);
    this.#sessions = new DeviceSessions({
      ...shared, directory, health, requests, presences, sight, quiet, fleet, wakeSenders, attached,
    });
    const linked = this.#sessions;
    this.#fanout = new PresenceFanout({
      ...shared, health, directory, sight, onWatched: ({ devices }, watched) => linked.watched(devices, watched),
    });
    this.presence = new PresenceStreams({ ...shared, directory, sight, fanout: this.#fanout });
    presences.onChange(({ user }) => {
      this.#fanout.userChanged(user);
      this.users.changed(user);
    });
    const { pushSender: sender } = options;
    const fallback = sender && new Fallback({ ...shared, directory, linked, requests, health, sight, quiet, wakeSenders, sender });
    this.#fallback = fallback;
    if (fallback !== undefined) this.applicationServerKey = () => fallback.applicationServerKey();
    const keptForPush: Fallback['kept'] = (...kept) => fallback?.kept(...kept);
    const path = new PublishPath({ ...shared, health, linked, keptForPush, wakeSenders });
    this.#path = path;
    this.#publishing = new Publishing({ ...shared, directory, linked, quiet, path, evenAnswers: options.evenAnswers });
    this.push = new Push({ ...shared, directory, linked, quiet, path, endpoints });
    this.#sweep = new ExpirySweep({ ...shared, health, wakeSenders });
    const { endpointProblem, webhookSender } = options;
    const changes = this.#changes(directory, defer);
    this.registry = new Registry({ store, clock, randomBytes, changes, ...(endpointProblem && { endpointProblem }) });
    this.#webhooks = webhookSender && new Webhooks({
      ...shared, health, fanout: this.#fanout, secrets: new WebhookSecrets(shared), sender: webhookSender,
      gone: (app, url) => this.registry.endWebhook({ app, url }),
    });
    const factsOf = (device: DeviceId): LinkFacts | undefined => linked.factsOf(device);
    this.users = new UserControl({ store, directory, registry: this.registry, sight, presences, factsOf });
  }

  async start(): Promise<void> {
    await this.#health.start();
    this.#sweep.start();
    void this.#fallback?.start();
    void this.#webhooks?.start();
    this.#state = 'running';
  }

  // --- for the doors ----------------------------------------------------------------------------------

  authenticate(username: string, password: Uint8Array): Soon<Identity | undefined> {
    return mended(authenticate(this.#options.store, username, password), this.#failed);
  }

  attachDevice(device: DeviceId, connection: DeviceConnection): Soon<DeviceLink | undefined> {
    if (this.#state === 'stopping') return undefined;
    return mended(this.#sessions.attach(device, connection), this.#failed);
  }

  attachApp(app: AppId, connection: AppConnection): AppLink | undefined {
    const outbox = this.#state === 'stopping' ? undefined : this.#outbox.attach(app, connection);
    if (outbox === undefined) return undefined;
    const presence = new AppPresence({ app, connection, fanout: this.#fanout });
    return {
      delivered: (token) => (token < 0 ? presence : outbox).delivered(token),
      subscribed: (filters) => {
        outbox.subscribed(filters);
        presence.subscribed(filters);
      },
      closed: () => {
        presence.closed();
        outbox.closed();
      },
    };
  }

  publish(request: PublishRequest): Promise<PublishResult> {
    return new Promise((resolve) => this.publishFor({ answered: resolve }, request));
  }

  publishFor(publisher: Publisher, request: PublishRequest): void {
    this.#publishing.publishFor(publisher, request);
  }

  cancel(app: AppId, reference: string): Promise<PublishResult> {
    return this.#publishing.cancel(app, reference);
  }

  async reportError(app: AppId, subject: string, error: PublishError, topic?: string): Promise<void> {
    this.#options.metrics.count('app_packets_refused_total', 1, error.code);
    const kept = await this.#outbox.reportError(app, subject, error, topic).catch(this.#failed);
    // The app is gone, or does not read its errors.
    if (!kept) this.#options.metrics.count('notifications_dropped_total', 1, 'error');
  }

  onDevicePresence(listener: DevicePresenceListener): void {
    this.#presences.onChange(listener);
  }

  presenceOf(device: DeviceId): DeviceKnown {
    return this.#presences.of(device);
  }

  // --- for the operator ---------------------------------------------------------------------------------

  unready(): readonly UnreadyReason[] {
    const reasons: UnreadyReason[] = this.#state === 'running' ? [] : [this.#state];
    if (!this.#health.well) reasons.push('store-unavailable');
    return reasons;
  }

  async status(): Promise<GatewayStatus> {
    const { store, clock } = this.#options;
    const counts = await store.counts().catch((error: unknown) => {
      this.#health.failed(error);
      return undefined;
    });
    return {
      startedAtMs: this.#startedAtMs,
      uptimeSeconds: Math.floor((clock.nowMs() - this.#startedAtMs) / 1000),
      links: this.#sessions.connections,
      appConnections: this.#outbox.connections,
      unready: this.unready(),
      ...(counts === undefined ? {} : { store: counts }),
    };
  }

  async send(message: OperatorMessage): Promise<PublishResult> {
    const uid = message.uid as Uid;
    let grant: GrantRecord | undefined;
    try {
      grant = isId(idPrefixes.uid, uid) ? await this.#options.store.grant(uid) : undefined;
    } catch (error) {
      this.#health.failed(error);
      return { ok: false, error: storeUnavailable };
    }
    if (grant === undefined) {
      return { ok: false, error: { code: 'unknown-destination', message: `there is no grant of ${JSON.stringify(uid.slice(0, 80))}` } };
    }
    const { data, urgency, ttlSeconds, topic } = message;
    return this.publish({ app: grant.app, to: { uid }, data, urgency, ttlSeconds, topic, reference: '', receipt: false });
  }

  // --- the end --------------------------------------------------------------------------------------------

  stop(withinMs: number = limits.stopMs): Promise<void> {
    this.#stopped ??= this.#stop(withinMs);
    return this.#stopped;
  }

  async #stop(withinMs: number): Promise<void> {
    this.#state = 'stopping';
    const { clock, log, randomBytes, defer = setImmediate } = this.#options;
    const laterStep = (): Promise<void> => new Promise((resolve) => defer(resolve));
    const deadline = new Deadline();
    this.deadlines.set(deadline, clock.nowMs() + withinMs);
    const quiet = Promise.all([
      this.#sessions.stop(() => fractionOf(randomBytes)),
      this.#sweep.stop(),
      this.#fallback?.stop(),
      this.#webhooks?.stop(),
      // App servers are let go once they have the answers to what they published.
      this.#path.stop().then(laterStep).then(() => this.#outbox.stop()),
    ]);
    const how = await Promise.race([quiet.then(() => 'quiet' as const), deadline.passed]);
    if (how === 'passed') {
      log.warn({ links: this.#sessions.connections, withinMs }, 'not everything ended in time; stopping all the same');
    }
    this.#health.stop();
    this.#fanout.stop();
    this.presence.stop();
    this.deadlines.clear(deadline);
  }

  // --- inside ---------------------------------------------------------------------------------------------

  #changes(directory: Directory, defer: (run: () => void) => void): RegistryChanges {
    return {
      during: async (whose, operation) => {
        try {
          return await directory.during(whose, operation);
        } finally {
          if (whose !== 'everyone') await this.#changed(directory, whose);
        }
      },
      devicesRemoved: (devices) => {
        this.#sessions.remove(devices);
        this.#fallback?.removed(devices);
      },
      pushDeviceAdded: async (device) => this.#fallback?.added(device),
      appRemoved: (app) => {
        this.#outbox.remove(app);
        this.#webhooks?.removed(app);
        this.#fanout.appRemoved(app);
      },
      appChanged: (app) => {
        if (app.deactivated === true) {
          this.#outbox.disconnect(app.id);
          this.#fanout.appRemoved(app.id);
        }
        this.#webhooks?.changed(app);
      },
      grantAdded: async (grant) => {
        this.#fanout.granted(grant);
        await this.#sessions.granted(grant);
        await this.#fallback?.granted(grant);
      },
      grantsRevoked: async (grants) => {
        this.#outbox.withdrawn();
        for (const grant of grants) this.#fanout.revoked(grant);
        this.#sessions.withdrawnFrom(new Set(grants.map((grant) => grant.user)));
        // What was handed to a door before this is on the wire before the operator has the answer.
        await new Promise<void>((resolve) => defer(resolve));
      },
    };
  }

  /** What hangs on the user's grants and settings follows. Never rejects. */
  async #changed(directory: Directory, user: UserId): Promise<void> {
    this.#fanout.userChanged(user);
    this.users.changed(user);
    try {
      const { devices, pushDevices } = await directory.view(user);
      this.#sessions.quietOver(devices);
      this.#fallback?.quietOver(user, pushDevices);
    } catch (error) {
      this.#health.failed(error);
    }
  }
}

/** Resolves `passed` when its time has come. */
class Deadline extends Timed {
  readonly passed: Promise<'passed'>;
  #pass: () => void = () => undefined;

  constructor() {
    super();
    this.passed = new Promise((resolve) => {
      this.#pass = () => resolve('passed');
    });
  }

  override onDue(): void {
    this.#pass();
  }
}
