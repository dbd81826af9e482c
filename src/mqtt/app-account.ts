import { createHash } from 'node:crypto';

import type { AppId } from '../core/ids.js';
import type { Clock } from '../ports/clock.js';

export interface AppAccountsOptions {
  readonly clock: Clock;
  readonly publishesPerSecond: number;
  readonly burst: number;
}

/** Messages remembered for one app, that closed its connection. */
const rememberedRefusals = 64;

/** What all connections of one app share: its rate, and which of its messages closed a connection. */
export class AppAccount {
  readonly #options: AppAccountsOptions;
  readonly #refused = new Set<string>();
  #tokens: number;
  #filledAtMs: number;
  connections = 0;

  constructor(options: AppAccountsOptions) {
    this.#options = options;
    this.#tokens = options.burst;
    this.#filledAtMs = options.clock.nowMs();
  }

  /** Takes one publish out of the rate; above 0: not yet, ask again after so many milliseconds. */
  take(): number {
    this.#fill();
    if (this.#tokens >= 1) {
      this.#tokens -= 1;
      return 0;
    }
    return Math.ceil(((1 - this.#tokens) / this.#options.publishesPerSecond) * 1_000);
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

  /** Nothing in it that a fresh one would not have, too. */
  get isFresh(): boolean {
    this.#fill();
    return this.#refused.size === 0 && this.#tokens >= this.#options.burst;
  }

  #fill(): void {
    const { clock, burst, publishesPerSecond } = this.#options;
    const nowMs = clock.nowMs();
    this.#tokens = Math.min(burst, this.#tokens + (Math.max(0, nowMs - this.#filledAtMs) / 1_000) * publishesPerSecond);
    this.#filledAtMs = nowMs;
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
        if (idle.connections === 0 && idle.isFresh) this.#accounts.delete(other);
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
