import { Timed } from '../gateway/timer-wheel.js';
import type { AppAccount } from './app-account.js';
import type { FrontContext } from './context.js';

/** What the gateway made of a publish. */
export type PublishOutcome =
  | 'accepted'
  /** Refused, and told on `error/…`: what that does to the connection. */
  | RefusalConsequence
  /** Not now: the connection is closed without PUBACK and without an error, and the client's library sends it again. */
  | 'retry';

export type RefusalConsequence =
  /** PUBACK: it concerns one user or message, and a server that serves many is not cut off for it. */
  | 'acknowledge'
  /** Closed without PUBACK, so that a person with mosquitto_pub sees it fail, while nothing of this connection was accepted yet. */
  | 'close-if-first'
  /** Closed without PUBACK [MQTT-3.3.5-2]. */
  | 'close';

/** One publish in its queue: one object, since there may be hundreds of them in each. */
export interface Job {
  /** Set by the queue; undefined until it is done. */
  outcome: PublishOutcome | undefined;
  /** `PublishQueue.done` follows once, later. */
  start(): void;
  /** All before it are settled. Not called any more when the queue was closed. */
  settle(outcome: PublishOutcome): void;
}

export interface PublishQueueOptions {
  readonly context: FrontContext;
  readonly account: AppAccount;
}

/**
 * The publishes of one app connection: they start in their order, as fast as the app's rate allows, become durable
 * side by side, and are settled in their order again [MQTT-4.6.0-2].
 */
export class PublishQueue extends Timed {
  readonly #context: FrontContext;
  readonly #account: AppAccount;
  /** Above the rate: not started yet. */
  #held: Job[] = [];
  /** Started, not settled. */
  #running: Job[] = [];
  #closed = false;

  constructor(options: PublishQueueOptions) {
    super();
    this.#context = options.context;
    this.#account = options.account;
  }

  submit(job: Job): void {
    if (this.#closed) return;
    this.#held.push(job);
    if (this.#held.length === 1) this.#start();
  }

  done(job: Job, outcome: PublishOutcome): void {
    job.outcome = outcome;
    this.#settle();
  }

  /** What runs goes on, and nobody hears of it. */
  close(): void {
    this.#closed = true;
    this.#context.deadlines.clear(this);
    this.#held = [];
    this.#running = [];
  }

  override onDue(): void {
    this.#start();
  }

  #start(): void {
    const { clock, deadlines } = this.#context;
    for (let job = this.#held[0]; job !== undefined; job = this.#held[0]) {
      if (!this.#account.take()) {
        deadlines.set(this, clock.nowMs() + 1);
        return;
      }
      this.#held.shift();
      this.#running.push(job);
      job.start();
    }
  }

  #settle(): void {
    for (let job = this.#running[0]; job?.outcome !== undefined; job = this.#running[0]) {
      this.#running.shift();
      job.settle(job.outcome);
    }
  }
}
