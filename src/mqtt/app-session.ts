import type { Duplex } from 'node:stream';
import { Socket } from 'node:net';

import type { AppId } from '../core/ids.js';
import { limits } from '../core/limits.js';
import type { AppConnection, AppLink, PublishError, PublishErrorCode, PublishRequest, PublishResult } from '../gateway/doors.js';
import type { AppAccount } from './app-account.js';
import { AppStream } from './app-stream.js';
import type { OversizedPublish } from './app-stream.js';
import { filtersOf, parseAppTopic } from './app-topics.js';
import type { AppPublish } from './app-topics.js';
import type { BrokerClient, GrantedFilter, IncomingPublish } from './broker-client.js';
import type { FrontContext } from './context.js';
import { closeGracefully, endpointOf, handOver } from './endpoint.js';
import type { Endpoint } from './endpoint.js';
import { KeepAlive } from './keep-alive.js';
import { encodePublish, encodePubrec, encodeTopic } from './packets.js';
import { pauseUntil } from './pause.js';
import { PublishJob } from './publish-job.js';
import type { Course } from './publish-job.js';
import { PublishQueue } from './publish-queue.js';
import type { Job, PublishOutcome, RefusalConsequence } from './publish-queue.js';

export interface AppSessionOptions {
  readonly context: FrontContext;
  readonly transport: Duplex;
  readonly address: string | undefined;
  readonly app: AppId;
  readonly clientId: string;
  /** The CONNECT packet as it came. */
  readonly connectBytes: Buffer;
  /** What came behind it. */
  readonly unread: Buffer;
}

const consequences: Readonly<Record<PublishErrorCode, RefusalConsequence | 'retry'>> = {
  'unknown-destination': 'acknowledge',
  revoked: 'acknowledge',
  'not-allowed': 'acknowledge',
  'bad-option': 'close-if-first',
  'payload-too-large': 'close-if-first',
  'store-busy': 'retry',
  'store-unavailable': 'retry',
  stopping: 'retry',
  // Waited for in #publish: reading more slowly is what MQTT has for it.
  'rate-limited': 'retry',
};

type PublishTopic = AppPublish & { readonly kind: 'publish' };
type KnownTopic = PublishTopic | (AppPublish & { readonly kind: 'cancel' });

/** Longest wait for a rate that the gateway refused by, before it is asked again. */
const longestRateWaitMs = 10_000;
const largestPacketId = 65_535;

/**
 * One connection of an app server. The broker (aedes) speaks MQTT with it; what the app publishes is read here, or taken before the broker's
 * PUBREC, and what it is owed is written from here, so that the broker queues nothing.
 *
 * MQTT 3.1.1 has no negative PUBACK [MQTT-3.3.5-2], so a refusal is told on `error/<subject>` and then, by kind:
 * - a foreign topic closes the connection; a bad option or an oversized payload does so only while nothing was accepted on it;
 *   either only once for the same message of the same client id, so that one that is resent does not close it for ever;
 * - what concerns one user (unknown, revoked) is acknowledged;
 * - what may pass (store busy or unavailable, stopping) closes the connection without an error, to be sent again.
 */
export class AppSession implements AppConnection, BrokerClient, Endpoint {
  readonly context: FrontContext;
  readonly app: AppId;
  readonly clientId: string;
  readonly stream: AppStream;
  readonly unreleased = new Set<number>();
  readonly #transport: Duplex;
  readonly #address: string | undefined;
  readonly #connectBytes: Buffer;
  readonly #account: AppAccount;
  readonly #queue: PublishQueue;
  readonly #filters = new Map<string, number>();
  readonly #inFlight = new Map<number, number>();
  readonly #course: Course = {
    begin: (job) => this.#publish(job),
    answered: (job, result) => this.#answered(job, result),
    done: (job, outcome) => this.#queue.done(job, outcome),
    settle: ({ publish }, outcome) => this.#settle(publish, outcome, () => this.#acknowledgeOwn(publish)),
  };
  #keepAlive: KeepAlive | undefined;
  #link: AppLink | undefined;
  #lastPacketId = 0;
  #accepted = false;
  #closing = false;
  #over = false;

  constructor(options: AppSessionOptions) {
    const { context, transport, app } = options;
    this.context = context;
    this.app = app;
    this.clientId = options.clientId;
    this.#transport = transport;
    this.#address = options.address;
    this.#connectBytes = options.connectBytes;
    this.#account = context.broker.accounts.join(app);
    this.#queue = new PublishQueue({ context, account: this.#account });
    this.stream = new AppStream(
      {
        transport,
        maximumPacketBytes: context.limits.appPacketBytes,
        maximumPublishes: context.limits.appPublishesInFlight,
        onPublish: (publish) => this.#queue.submit(new PublishJob(publish, this.#course)),
        onOversized: (publish) => this.#refuseOversized(publish),
        onViolation: (message) => this.#violated(message),
        onGone: () => this.#leave(),
      },
      options.unread,
    );
  }

  get address(): string {
    if (this.#address !== undefined) return this.#address;
    return (this.#transport instanceof Socket ? this.#transport.remoteAddress : undefined) ?? 'unknown';
  }

  /** False when the gateway takes no app any more. */
  open(): boolean {
    const link = this.context.gateway.attachApp(this.app, this);
    if (link === undefined) {
      this.#over = true;
      this.context.broker.accounts.leave(this.app);
      return false;
    }
    this.#link = link;
    // A phone's radio is spared TCP's own probes; an app server that vanished is found by them.
    if (this.#transport instanceof Socket) this.#transport.setKeepAlive(true, 60_000);
    handOver(this.#transport, this);
    this.context.broker.accept(this);
    this.stream.introduce(this.#connectBytes);
    return true;
  }

  connected(): void {
    this.stream.start();
  }

  send(topic: string, payload: Uint8Array, token: number): boolean {
    const qos = this.#grantedFor(topic);
    if (qos === undefined || this.#closing) return false;
    if (qos === 0) {
      this.stream.write(encodePublish(encodeTopic(topic), payload, 0), (error) => {
        if (error === null || error === undefined) this.#link?.delivered(token);
      });
      return true;
    }
    // The gateway keeps at most `limits.outboxInFlight` unacknowledged, so a free one is near [MQTT-2.3.1-2].
    do this.#lastPacketId = this.#lastPacketId === largestPacketId ? 1 : this.#lastPacketId + 1;
    while (this.#inFlight.has(this.#lastPacketId));
    this.#inFlight.set(this.#lastPacketId, token);
    this.stream.write(encodePublish(encodeTopic(topic), payload, this.#lastPacketId));
    return true;
  }

  close(): void {
    if (this.#closing) return;
    this.#closing = true;
    this.#queue.close();
    this.stream.halt();
    // What was written leaves first, then `_destroy` lets the transport go.
    this.stream.end(() => this.stream.destroy());
    void this.#pause(this.context.limits.closeMs).then(() => this.stream.destroy());
  }

  maySubscribe(filter: string): boolean {
    return this.#filters.size < limits.appFilters || this.#filters.has(filter);
  }

  subscribed(filters: readonly GrantedFilter[]): void {
    for (const { filter, qos } of filters) this.#filters.set(filter, Math.min(qos, 1));
    if (filters.length > 0) this.#link?.subscribed(filters.map(({ filter }) => filter));
  }

  unsubscribed(filters: readonly string[]): void {
    for (const filter of filters) this.#filters.delete(filter);
  }

  acknowledged(packetId: number): void {
    const token = this.#inFlight.get(packetId);
    if (token === undefined) return;
    this.#inFlight.delete(packetId);
    this.#link?.delivered(token);
  }

  publish(publish: IncomingPublish, acknowledge: () => void): void {
    const settle: Course['settle'] = (_job, outcome) => this.#settle(publish, outcome, acknowledge);
    this.#queue.submit(new PublishJob(publish, { ...this.#course, settle }));
    this.stream.handedOn();
  }

  acknowledgeAgain(acknowledge: () => void): void {
    const job: Job = {
      outcome: undefined,
      start: () => queueMicrotask(() => this.#queue.done(job, 'acknowledge')),
      settle: () => this.#acknowledge(acknowledge),
    };
    this.#queue.submit(job);
    this.stream.handedOn();
  }

  keepAlive(seconds: number): void {
    if (seconds > 0) this.#keepAlive = new KeepAlive({ context: this.context, seconds, onSilent: () => this.stream.destroy() });
  }

  async publishWill(topic: string, payload: Uint8Array): Promise<void> {
    await new Promise<void>((resolve) => {
      new PublishJob({ topic, payload, packetId: 0, duplicate: false }, { ...this.#course, done: () => resolve() }).start();
    });
  }

  onData(chunk: Buffer): void {
    this.#keepAlive?.heard();
    this.stream.feed(chunk);
  }

  onDrain(): void {
    // The broker's stream hears of it through its write's callback.
  }

  onClose(): void {
    this.#detach();
    this.stream.finish();
  }

  #acknowledgeOwn({ packetId }: IncomingPublish): void {
    if (packetId > 0) this.stream.acknowledge(packetId);
  }

  #publish(job: PublishJob): void {
    const { topic, payload } = job.publish;
    const target = parseAppTopic(topic);
    switch (target.kind) {
      case 'foreign':
        void this.#refuse(topic, target, 'close').then((outcome) => job.done(outcome));
        return;
      case 'bad':
        void this.#refuse(topic, target).then((outcome) => job.done(outcome));
        return;
      case 'cancel':
        this.#ask(target, payload).then((result) => job.answered(result), (error: unknown) => job.done(this.#broken(error)));
        return;
      case 'publish':
        this.#askFor(job, target, payload);
        return;
    }
  }

  #askFor(job: PublishJob, target: PublishTopic, data: Uint8Array): void {
    try {
      this.context.gateway.publishFor(job, requestOf(this.app, target, data));
    } catch (error) {
      queueMicrotask(() => job.done(this.#broken(error)));
    }
  }

  #answered(job: PublishJob, result: PublishResult): void {
    if (result.ok) job.done('accepted');
    else void this.#insist(job.publish, result.error).then((outcome) => job.done(outcome));
  }

  /** It was not taken: never rejects; what is refused by the rate is asked again, anything else is told. */
  async #insist({ topic, payload }: IncomingPublish, first: PublishError): Promise<PublishOutcome> {
    try {
      const target = parseAppTopic(topic);
      let error = first;
      while (error.code === 'rate-limited' && !this.#over && isKnown(target)) {
        await this.#pause(Math.min((error.retryAfterSeconds ?? 1) * 1_000, longestRateWaitMs));
        const result = await this.#ask(target, payload);
        if (result.ok) return 'accepted';
        error = result.error;
      }
      return await this.#refuse(topic, { subject: target.subject, error });
    } catch (error) {
      return this.#broken(error);
    }
  }

  #broken(error: unknown): PublishOutcome {
    this.context.log.error({ err: error }, 'a publish failed against the contract of the gateway');
    return 'retry';
  }

  #ask(target: KnownTopic, data: Uint8Array): Promise<PublishResult> {
    const { gateway } = this.context;
    if (target.kind === 'cancel') return gateway.cancel(this.app, target.reference);
    return gateway.publish(requestOf(this.app, target, data));
  }

  /** Never rejects. */
  async #refuse(
    topic: string,
    { error, subject }: { readonly error: PublishError; readonly subject: string },
    outcome: PublishOutcome = consequences[error.code],
  ): Promise<PublishOutcome> {
    const { gateway, log } = this.context;
    if (outcome === 'retry') return outcome;
    try {
      await gateway.reportError(this.app, subject, error, topic);
      return outcome;
    } catch (failure) {
      // A PUBACK would say that the reason is kept.
      log.warn({ err: failure, code: error.code }, 'an app could not be told of its error');
      return 'retry';
    }
  }

  /** In the order of the publishes: everything before this one has been settled. */
  #settle(publish: IncomingPublish, outcome: PublishOutcome, acknowledge: () => void): void {
    if (outcome === 'accepted') this.#accepted = true;
    // QoS 0 is never sent again: nothing would be won by closing.
    const closes = outcome === 'retry' ? publish.packetId > 0 : this.#closesFor(publish, outcome);
    if (closes) this.close();
    else this.#acknowledge(acknowledge);
  }

  #closesFor(publish: IncomingPublish, outcome: PublishOutcome): boolean {
    const closes = outcome === 'close' || (outcome === 'close-if-first' && !this.#accepted);
    return closes && !publish.duplicate && this.#account.refuseOnce(this.clientId, publish.packetId, publish.topic);
  }

  #acknowledge(acknowledge: () => void): void {
    acknowledge();
    this.stream.settled();
  }

  #refuseOversized(publish: OversizedPublish): void {
    const { topic, qos, packetId, duplicate, packetBytes } = publish;
    const error: PublishError = {
      code: 'payload-too-large',
      message: `a packet of ${packetBytes} bytes: at most ${this.context.limits.appPacketBytes} are read`,
    };
    const empty: IncomingPublish = { topic, payload: new Uint8Array(), packetId, duplicate };
    const job: Job = {
      outcome: undefined,
      start: () => void this.#refuse(topic, { error, subject: parseAppTopic(topic).subject }).then((outcome) => this.#queue.done(job, outcome)),
      settle: (outcome) => this.#settle(empty, outcome, () => {
        if (qos === 2) this.stream.write(encodePubrec(packetId));
        else this.#acknowledgeOwn(empty);
      }),
    };
    this.#queue.submit(job);
  }

  #violated(message: string): void {
    if (this.#closing) return;
    this.context.metrics.count('app_packets_refused_total', 1, 'malformed');
    this.context.log.debug({ address: this.address }, `app connection closed: ${message}`);
    this.close();
  }

  /** The highest QoS of the filters that match [MQTT-3.3.5-1]; undefined when none does. */
  #grantedFor(topic: string): number | undefined {
    const [exact, wild] = filtersOf(topic).map((filter) => this.#filters.get(filter));
    return exact === undefined || wild === undefined ? exact ?? wild : Math.max(exact, wild);
  }

  /** The broker let the stream go: the transport goes too, when what was written has left. */
  #leave(): void {
    this.#detach();
    if (endpointOf(this.#transport) === this) closeGracefully(this.context, this.#transport);
  }

  #pause(waitMs: number): Promise<void> {
    return pauseUntil(this.context.deadlines, this.context.clock.nowMs() + waitMs);
  }

  #detach(): void {
    if (this.#over) return;
    this.#over = true;
    this.#closing = true;
    this.#keepAlive?.stop();
    this.#filters.clear();
    this.#inFlight.clear();
    this.context.broker.accounts.leave(this.app);
    const link = this.#link;
    this.#link = undefined;
    link?.closed();
  }
}

function requestOf(app: AppId, { to, options }: PublishTopic, data: Uint8Array): PublishRequest {
  const { urgency, ttlSeconds, topic, reference, receipt } = options;
  return { app, to, data, urgency, ttlSeconds, topic, reference, receipt };
}

function isKnown(target: AppPublish): target is KnownTopic {
  return target.kind === 'publish' || target.kind === 'cancel';
}
