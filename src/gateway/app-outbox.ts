// What waits for app servers, on its way to those that are connected. The store is the queue; this keeps only which
// sequence numbers are on their way.

import type { AppId, SenderId } from '../core/ids.js';
import { limits } from '../core/limits.js';
import type { Clock } from '../ports/clock.js';
import type { Metrics } from '../ports/metrics.js';
import type { OutboxItem, OutboxRecord, Store, TouchedSenders } from '../ports/store.js';
import type { AppConnection, AppLink, PublishError } from './doors.js';
import { RetryLater } from './retry-later.js';
import type { StoreHealth } from './store-health.js';
import type { Deadlines } from './timer-wheel.js';
import { TokenBuckets } from './token-buckets.js';

export interface AppOutboxOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly deadlines: Deadlines;
  readonly health: StoreHealth;
}

/** Of an item that tells an app what it did wrong. */
const errorTopic = 'error/';

export class AppOutbox {
  readonly #options: AppOutboxOptions;
  readonly #queues = new Map<SenderId, AppQueue>();
  readonly #removed = new Set<AppId>();
  readonly #retries: RetryLater<AppQueue>;
  /** Room for errors: taken by each that is put in, given back by each that is acknowledged, and by time as they expire. */
  readonly #errorRoom = new TokenBuckets<AppId>({
    perSecond: limits.outboxErrors / limits.errorSeconds, burst: limits.outboxErrors, most: limits.cachedApps,
  });
  #connections = 0;
  #stopping = false;
  #onAllClosed: (() => void) | undefined;

  constructor(options: AppOutboxOptions) {
    this.#options = options;
    this.#retries = new RetryLater({ ...options, retry: (queue) => queue.retry() });
  }

  get connections(): number {
    return this.#connections;
  }

  /** Undefined when the app was removed or the gateway stops. */
  attach(app: AppId, connection: AppConnection): AppLink | undefined {
    if (this.#stopping || this.#removed.has(app)) return undefined;
    let queue = this.#queues.get(app);
    if (queue === undefined) {
      const { store, clock, health } = this.#options;
      const created: AppQueue = new AppQueue({
        app,
        store,
        clock,
        health,
        retryLater: () => this.#retries.add(created),
        errorAcknowledged: () => this.#errorRoom.giveBack(app),
      });
      queue = created;
      this.#queues.set(app, queue);
    }
    this.#count(1);
    return queue.connect(connection, () => this.#closed(app));
  }

  /**
   * Keeps an error for the app. One that never reads its errors loses those beyond `limits.outboxErrors`. False when it was
   * not kept. Rejects when the store fails.
   */
  async reportError(app: AppId, subject: string, error: PublishError, topic: string | undefined): Promise<boolean> {
    const nowMs = this.#options.clock.nowMs();
    if (this.#errorRoom.take(app, nowMs) > 0) return false;
    const kept = await this.#options.store.appendOutbox(app, errorItem(subject, error, topic, nowMs));
    if (kept) this.wake([app]);
    return kept;
  }

  /** Something new waits for these apps. */
  readonly wake = (senders: TouchedSenders): void => {
    for (const sender of senders) this.#queues.get(sender)?.wake();
  };

  /** What a read of the store that is under way brings may have been withdrawn since. */
  withdrawn(): void {
    for (const queue of this.#queues.values()) queue.withdrawn();
  }

  /** Ids are never used twice: what was removed stays so. */
  remove(app: AppId): void {
    this.#removed.add(app);
    const oldest = this.#removed.size > limits.cachedApps ? this.#removed.values().next().value : undefined;
    if (oldest !== undefined) this.#removed.delete(oldest);
    const queue = this.#queues.get(app);
    this.#queues.delete(app);
    queue?.close();
  }

  /** Closes its connections; what waits for it waits. */
  disconnect(app: AppId): void {
    this.#queues.get(app)?.close();
  }

  /** Resolves when every connection is closed. */
  async stop(): Promise<void> {
    this.#stopping = true;
    for (const queue of this.#queues.values()) queue.close();
    if (this.#connections === 0) return;
    await new Promise<void>((resolve) => {
      this.#onAllClosed = resolve;
    });
  }

  #closed(app: AppId): void {
    this.#count(-1);
    if (this.#queues.get(app)?.idle === true) this.#queues.delete(app);
  }

  #count(change: number): void {
    this.#connections += change;
    this.#options.metrics.set('app_connections', this.#connections);
    if (this.#connections === 0) this.#onAllClosed?.();
  }
}

/** Not so few that passing over what nobody subscribed to costs a read each. */
const leastRead = 16;

interface AppQueueOptions {
  readonly app: AppId;
  readonly store: Store;
  readonly clock: Clock;
  readonly health: StoreHealth;
  readonly retryLater: () => void;
  readonly errorAcknowledged: () => void;
}

/** One connection of an app server. */
class AppServerLink implements AppLink {
  readonly connection: AppConnection;
  /** Sent on it and not acknowledged on it. */
  readonly inFlight = new Set<number>();
  readonly #queue: AppQueue;
  readonly #onClosed: () => void;
  #open = true;

  constructor(options: { readonly queue: AppQueue; readonly connection: AppConnection; readonly onClosed: () => void }) {
    this.#queue = options.queue;
    this.connection = options.connection;
    this.#onClosed = options.onClosed;
  }

  /** Items that may still be sent on it before it acknowledges some. */
  get room(): number {
    return Math.max(0, limits.outboxInFlight - this.inFlight.size);
  }

  delivered(token: number): void {
    if (this.#open && this.inFlight.delete(token)) this.#queue.acknowledged(token);
  }

  // eslint-disable-next-line @typescript-eslint/no-unused-vars -- whatever it subscribed to, the queue is looked through again
  subscribed(_filters: readonly string[]): void {
    if (this.#open) this.#queue.restart();
  }

  closed(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#queue.disconnected(this);
    this.#onClosed();
  }
}

/**
 * The items of one app, in the order of their sequence numbers. Each goes to every connection whose subscriptions match and
 * that is not full of unacknowledged ones; the first acknowledgement removes it. Items that nobody wants are passed over, and
 * looked at again when somebody subscribes or a connection goes.
 */
class AppQueue {
  readonly #options: AppQueueOptions;
  readonly #links = new Set<AppServerLink>();
  /** On their way or about to be removed: how many connections have each. */
  readonly #sent = new Map<number, number>();
  /** Those on their way that tell of an error. */
  readonly #errors = new Set<number>();
  /** Acknowledged, and not removed from the store yet. */
  readonly #acknowledged = new Set<number>();
  /** Everything up to here was looked at. */
  #cursor = 0;
  #draining = false;
  #again = false;
  /** Something waits for room on a connection. */
  #stalled = false;
  #removing = false;
  #withdrawals = 0;

  constructor(options: AppQueueOptions) {
    this.#options = options;
  }

  /** Nobody is connected, and nothing is left to do. */
  get idle(): boolean {
    return this.#links.size === 0 && this.#acknowledged.size === 0;
  }

  connect(connection: AppConnection, onClosed: () => void): AppLink {
    const link = new AppServerLink({ queue: this, connection, onClosed });
    this.#links.add(link);
    this.restart();
    return link;
  }

  /** Nothing is sent any more, whatever a read that is under way still brings. */
  close(): void {
    for (const link of this.#links) link.connection.close();
    this.#links.clear();
  }

  wake(): void {
    this.#again = true;
    if (!this.#draining) void this.#drain();
  }

  /** From the beginning: what was passed over may be wanted now. */
  restart(): void {
    this.#cursor = 0;
    this.wake();
  }

  withdrawn(): void {
    this.#withdrawals += 1;
  }

  acknowledged(sequence: number): void {
    if (this.#sent.has(sequence)) this.#acknowledged.add(sequence);
    if (this.#errors.delete(sequence)) this.#options.errorAcknowledged();
    void this.#removeAcknowledged();
    if (this.#stalled) this.wake();
  }

  disconnected(link: AppServerLink): void {
    this.#links.delete(link);
    let left = false;
    for (const sequence of link.inFlight) {
      const others = (this.#sent.get(sequence) ?? 1) - 1;
      if (others > 0 || this.#acknowledged.has(sequence)) {
        this.#sent.set(sequence, others);
      } else {
        this.#sent.delete(sequence);
        this.#errors.delete(sequence);
        left = true;
      }
    }
    if (left) this.restart();
    else this.wake();
  }

  async retry(): Promise<void> {
    await this.#removeAcknowledged();
    this.wake();
  }

  async #drain(): Promise<void> {
    this.#draining = true;
    try {
      while (this.#again && this.#links.size > 0) {
        this.#again = false;
        while (await this.#sendSome());
      }
    } catch (error) {
      this.#options.health.failed(error);
      this.#options.retryLater();
    } finally {
      this.#draining = false;
    }
  }

  /** True when there may be more that can go at once. */
  async #sendSome(): Promise<boolean> {
    const { app, store, clock } = this.#options;
    const room = this.#room();
    this.#stalled = room === 0;
    if (this.#stalled) return false;
    const after = this.#cursor;
    const withdrawals = this.#withdrawals;
    const limit = Math.max(room, leastRead);
    const records = await store.outbox(app, after, limit);
    if (this.#cursor !== after || this.#withdrawals !== withdrawals) return true;
    for (const record of records) {
      if (record.expiresAtMs > clock.nowMs() && !this.#sent.has(record.sequence)) {
        this.#stalled = !this.#send(record);
        if (this.#stalled) return false;
      }
      this.#cursor = record.sequence;
    }
    return records.length === limit;
  }

  /** False when it has to wait for a connection that is full. */
  #send({ sequence, topic, payload }: OutboxRecord): boolean {
    let full = false;
    let sent = 0;
    for (const link of this.#links) {
      if (link.room === 0) {
        full = true;
      } else if (link.connection.send(topic, payload, sequence)) {
        link.inFlight.add(sequence);
        sent += 1;
      }
    }
    if (sent > 0) this.#sent.set(sequence, sent);
    if (sent > 0 && topic.startsWith(errorTopic)) this.#errors.add(sequence);
    return sent > 0 || !full;
  }

  /** What the connection with the most room still takes. */
  #room(): number {
    let room = 0;
    for (const link of this.#links) room = Math.max(room, link.room);
    return room;
  }

  /** One removal at a time; what is acknowledged meanwhile goes with the next. */
  async #removeAcknowledged(): Promise<void> {
    if (this.#removing) return;
    this.#removing = true;
    try {
      while (this.#acknowledged.size > 0) {
        const sequences = [...this.#acknowledged];
        await this.#options.store.removeOutbox(this.#options.app, sequences);
        for (const sequence of sequences) {
          this.#acknowledged.delete(sequence);
          this.#sent.delete(sequence);
        }
      }
    } catch (error) {
      this.#options.health.failed(error);
      this.#options.retryLater();
    } finally {
      this.#removing = false;
    }
  }
}

/** What a topic level may not hold. */
const strange = /[^A-Za-z0-9._~-]/g;
/** Longer than any id or reference. */
const subjectCharacters = 2 * limits.referenceCharacters;
/** Enough of a topic to know it by. */
const topicCharacters = 256;

function errorItem(
  subject: string,
  { code, message, retryAfterSeconds }: PublishError,
  topic: string | undefined,
  nowMs: number,
): OutboxItem {
  const told = {
    code,
    message,
    ...(topic === undefined ? {} : { topic: topic.slice(0, topicCharacters) }),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  };
  return {
    topic: `${errorTopic}${subject.replace(strange, '_').slice(0, subjectCharacters) || '_'}`,
    payload: Buffer.from(JSON.stringify(told)),
    expiresAtMs: nowMs + limits.errorSeconds * 1000,
  };
}
