import { createHash } from 'node:crypto';

import type { AppId } from '../core/ids.js';
import { TokenBucket } from '../gateway/token-bucket.js';
import type { Clock } from '../ports/clock.js';

export interface AppAccountsOptions {
  readonly clock: Clock;
  readonly publishesPerSecond: number;
  readonly burst: number;
}

/** Messages remembered for one app, that closed its connection. */
const rememberedRefusals = 64;
/** An account that nobody used for so long is like a new one: its rate is full again, and nobody sends again what was refused. */
const forgottenAfterMs = 600_000;

/** What all connections of one app share: its rate, and which of its messages closed a connection. */
export class AppAccount {
  readonly #clock: Clock;
  readonly #bucket: TokenBucket;
  readonly #refused = new Set<string>();
  #usedAtMs: number;
  connections = 0;

  constructor(options: AppAccountsOptions) {
    this.#clock = options.clock;
    this.#usedAtMs = options.clock.nowMs();
    this.#bucket = new TokenBucket({
      perSecond: options.publishesPerSecond,
      burst: options.burst,
      nowMs: this.#usedAtMs,
    });
  }

  /** Takes one publish out of the rate; false: not yet. */
  take(): boolean {
    this.#usedAtMs = this.#clock.nowMs();
    return this.#bucket.take(this.#usedAtMs) === 0;
  }

  /**
   * Notes that this message closed its connection; false when it already did. A client that sends it again on its next connection
   * (the mqtt package does, without DUP) would otherwise be closed for ever.
   */
  refuseOnce(clientId: string, packetId: number, topic: string): boolean {
    // QoS 0 is never sent again, and a client without an id of its own has no session to send it from.
    if (clientId === '' || packetId === 0) return true;
    const key = createHash('sha256').update(JSON.stringify([clientId, packetId, topic])).digest('base64');
    if (this.#refused.has(key)) return false;
    this.#refused.add(key);
    if (this.#refused.size > rememberedRefusals) {
      for (const oldest of this.#refused) {
        this.#refused.delete(oldest);
        break;
      }
    }
    return true;
  }

  get isForgotten(): boolean {
    return this.connections === 0 && this.#clock.nowMs() - this.#usedAtMs >= forgottenAfterMs;
  }
}

/** The accounts of the apps that are connected, or were lately: no more than there are registered apps. */
export class AppAccounts {
  readonly #options: AppAccountsOptions;
  readonly #accounts = new Map<AppId, AppAccount>();

  constructor(options: AppAccountsOptions) {
    this.#options = options;
  }

  join(app: AppId): AppAccount {
    let account = this.#accounts.get(app);
    if (account === undefined) {
      for (const [other, idle] of this.#accounts) {
        if (idle.isForgotten) this.#accounts.delete(other);
      }
      account = new AppAccount(this.#options);
      this.#accounts.set(app, account);
    }
    account.connections += 1;
    return account;
  }

  leave(app: AppId): void {
    const account = this.#accounts.get(app);
    if (account !== undefined) account.connections -= 1;
  }
}
