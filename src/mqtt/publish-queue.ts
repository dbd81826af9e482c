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

interface Job {
  readonly run: (done: (outcome: PublishOutcome) => void) => void;
  readonly settle: (outcome: PublishOutcome) => void;
  outcome: PublishOutcome | undefined;
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

  /** `run` calls `done` once, later. `settle` is called once, unless the queue is closed before. */
  submit(run: Job['run'], settle: Job['settle']): void {
    if (this.#closed) return;
    this.#held.push({ run, settle, outcome: undefined });
    if (this.#held.length === 1) this.#start();
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
    let started = 0;
    for (const job of this.#held) {
      if (!this.#account.take()) {
        deadlines.set(this, clock.nowMs() + 1);
        break;
      }
      started += 1;
      this.#running.push(job);
      job.run((outcome) => {
        job.outcome = outcome;
        this.#settle();
      });
    }
    this.#held.splice(0, started);
  }

  #settle(): void {
    let settled = 0;
    for (const job of this.#running) {
      if (job.outcome === undefined || this.#closed) break;
      settled += 1;
      job.settle(job.outcome);
    }
    this.#running.splice(0, settled);
  }
}
