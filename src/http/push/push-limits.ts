// How often may be pushed: to one endpoint, by one key, from one address. Who is over it is told when to come again, and loses nothing.

import { TokenBuckets } from '../../gateway/token-buckets.js';
import { networkOf } from '../client-address.js';
import type { Problem } from '../problem.js';

export type RateLimits = Readonly<Record<
  | 'endpointPushesPerSecond' | 'endpointPushBurst' | 'senderPushesPerSecond' | 'senderPushBurst'
  | 'refusedSignaturesPerSecond' | 'refusedSignatureBurst' | 'pushRates',
  number
>>;

export class PushLimits {
  readonly #addresses: Rates;
  readonly #endpoints: Rates;
  readonly #keys: Rates;
  readonly #refused: Rates;

  constructor(bounds: RateLimits) {
    const most = bounds.pushRates;
    const sender = { perSecond: bounds.senderPushesPerSecond, burst: bounds.senderPushBurst, most };
    this.#addresses = new Rates('an address may push', sender);
    this.#keys = new Rates('an application server key may push', sender);
    this.#endpoints = new Rates('an endpoint may be pushed to', {
      perSecond: bounds.endpointPushesPerSecond, burst: bounds.endpointPushBurst, most,
    });
    this.#refused = new Rates('an address may send a signature that is refused', {
      perSecond: bounds.refusedSignaturesPerSecond, burst: bounds.refusedSignatureBurst, most,
    });
  }

  /** Addresses, endpoints, keys whose rate is remembered, of the kind that has most. */
  get remembered(): number {
    return Math.max(this.#addresses.size, this.#endpoints.size, this.#keys.size, this.#refused.size);
  }

  /** Endpoints whose rate is remembered. */
  get endpoints(): number {
    return this.#endpoints.size;
  }

  /** Undefined: go on. */
  fromAddress(address: string, nowMs: number): Problem | undefined {
    return this.#addresses.take(networkOf(address), nowMs);
  }

  toEndpoint(subscription: string, nowMs: number): Problem | undefined {
    return this.#endpoints.take(subscription, nowMs);
  }

  /** `key`: in one spelling. */
  byKey(key: string, nowMs: number): Problem | undefined {
    return this.#keys.take(key, nowMs);
  }

  /** For a signature that is about to be checked; `signatureHeld` takes it back. */
  refusedSignature(address: string, nowMs: number): Problem | undefined {
    return this.#refused.take(networkOf(address), nowMs);
  }

  signatureHeld(address: string): void {
    this.#refused.giveBack(networkOf(address));
  }
}

class Rates {
  readonly #what: string;
  readonly #perSecond: number;
  readonly #burst: number;
  readonly #buckets: TokenBuckets<string>;

  constructor(what: string, options: { readonly perSecond: number; readonly burst: number; readonly most: number }) {
    this.#what = what;
    this.#perSecond = options.perSecond;
    this.#burst = options.burst;
    this.#buckets = new TokenBuckets(options);
  }

  get size(): number {
    return this.#buckets.size;
  }

  take(name: string, nowMs: number): Problem | undefined {
    const retryAfterSeconds = this.#buckets.take(name, nowMs);
    if (retryAfterSeconds === 0) return undefined;
    return {
      status: 429,
      code: 'rate-limited',
      detail: `${this.#what} ${this.#perSecond} times a second, ${this.#burst} at once; send it again later`,
      retryAfterSeconds,
    };
  }

  giveBack(name: string): void {
    this.#buckets.giveBack(name);
  }
}
