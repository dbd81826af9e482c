import { connect } from 'mqtt';
import type { MqttClient } from 'mqtt';

import { limits } from '../../src/core/limits.js';
import type { Prng } from '../../src/core/prng.js';
import type { Credentials } from '../cli/cast.js';
import type { Ledger, Message } from './ledger.js';

export interface PublisherOptions {
  readonly name: string;
  readonly app: Credentials & { readonly name: string };
  /** Of each user: the uid by which this app knows her. */
  readonly uids: ReadonlyMap<string, string>;
  readonly url: string;
  readonly ledger: Ledger;
  readonly random: Prng;
  /** Publishes without PUBACK at a time. */
  readonly inFlight: number;
  readonly pauseMs: number;
  /** Every message has an id and wants a receipt. */
  readonly named: boolean;
}

/** An app server that publishes until it is told to stop, and goes on over every crash of the gateway. */
export class Publisher {
  readonly #options: PublisherOptions;
  readonly #client: MqttClient;
  readonly #sequences = new Map<string, number>();
  readonly #pending = new Set<Promise<unknown>>();
  #stopping = false;
  #count = 0;
  #loop: Promise<void> | undefined;

  constructor(options: PublisherOptions) {
    const { name, app, url } = options;
    this.#options = options;
    this.#client = connect(url, {
      clientId: name,
      username: app.id,
      password: app.secret,
      reconnectPeriod: 100,
      connectTimeout: 2_000,
    });
    // A refused connection is tried again.
    this.#client.on('error', () => undefined);
  }

  /** Calls `onItem` for what comes for this app server below `room`: 'upstream', 'receipt'. */
  listen(room: string, onItem: (payload: string) => void): void {
    this.#client.subscribe(`${room}/+`, { qos: 1 });
    this.#client.on('message', (topic, payload) => {
      if (topic.startsWith(`${room}/`)) onItem(payload.toString());
    });
  }

  start(): void {
    this.#loop = this.#run();
  }

  /** Publishes no more, and waits for the PUBACKs of what is under way. */
  async drain(): Promise<void> {
    this.#stopping = true;
    await this.#loop;
    await Promise.all(this.#pending);
  }

  async end(): Promise<void> {
    await this.#client.endAsync(true);
  }

  async #run(): Promise<void> {
    const { inFlight, pauseMs } = this.#options;
    while (!this.#stopping) {
      while (this.#pending.size >= inFlight) await Promise.race(this.#pending);
      const user = this.#user();
      if (user !== undefined) {
        const publish = this.#publish(this.#next(user));
        this.#pending.add(publish);
        void publish.finally(() => this.#pending.delete(publish));
      }
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }

  /** One whose devices are not so far behind that the gateway would drop something. */
  #user(): string | undefined {
    const { app, uids, random, ledger } = this.#options;
    const users = [...uids.keys()];
    const user = users[Math.floor(random.next() * users.length)] ?? '';
    return ledger.backlog(app.name, user) < limits.waitingPerSubscription / 2 ? user : undefined;
  }

  #next(user: string): Message {
    const { name, app, random, named, inFlight } = this.#options;
    const sequence = (this.#sequences.get(user) ?? 0) + 1;
    this.#sequences.set(user, sequence);
    this.#count += 1;
    const ttlSeconds = named || random.next() < 0.8 ? 600 : 1;
    return {
      name: `${name}.${this.#count}`, app: app.name, user, sequence, publisher: name, ttlSeconds,
      ordered: inFlight === 1, named,
    };
  }

  async #publish(message: Message): Promise<void> {
    const { uids, ledger, random } = this.#options;
    const { name, user, ttlSeconds, named } = message;
    const id = named ? `&id=${name}&receipt=true` : '';
    const topic = `notify/${uids.get(user)}?ttl=${ttlSeconds}${id}`;
    // Some are as large as allowed, so that a crash also falls into their middle.
    const padding = 'x'.repeat(random.next() < 0.1 ? 3_800 : 0);
    ledger.publish(message);
    // The library sends again what had no PUBACK, but not what a lost connection kept it from sending at all.
    for (let sent = false; !sent; ) {
      sent = await this.#client.publishAsync(topic, JSON.stringify({ ...message, padding }), { qos: 1 }).then(
        () => true,
        () => new Promise((resolve) => setTimeout(() => resolve(false), 50)),
      );
    }
    ledger.accept(message);
  }
}
