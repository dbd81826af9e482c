// How often may be pushed: to one endpoint, by one key, from one address. Who is over it is told when to come again, and loses nothing.

import ipaddr from 'ipaddr.js';

import { limits } from '../../core/limits.js';
import { BoundedCache } from '../../gateway/bounded-cache.js';
import { TokenBucket } from '../../gateway/token-bucket.js';
import type { Problem } from '../problem.js';

export class PushLimits {
  readonly #addresses = new Rates('an address', limits.senderPushesPerSecond, limits.senderPushBurst);
  readonly #endpoints = new Rates('an endpoint', limits.endpointPushesPerSecond, limits.endpointPushBurst);
  readonly #keys = new Rates('an application server key', limits.senderPushesPerSecond, limits.senderPushBurst);

  /** Undefined: go on. */
  fromAddress(address: string, nowMs: number): Problem | undefined {
    return this.#addresses.take(networkOf(address), nowMs);
  }

  toEndpoint(subscription: string, nowMs: number): Problem | undefined {
    return this.#endpoints.take(subscription, nowMs);
  }

  byKey(key: Uint8Array, nowMs: number): Problem | undefined {
    return this.#keys.take(Buffer.from(key).toString('latin1'), nowMs);
  }
}

class Rates {
  readonly #whose: string;
  readonly #perSecond: number;
  readonly #burst: number;
  readonly #buckets = new BoundedCache<string, TokenBucket>({ most: limits.pushRates });

  constructor(whose: string, perSecond: number, burst: number) {
    this.#whose = whose;
    this.#perSecond = perSecond;
    this.#burst = burst;
  }

  take(name: string, nowMs: number): Problem | undefined {
    let bucket = this.#buckets.get(name);
    if (bucket === undefined) {
      bucket = new TokenBucket({ perSecond: this.#perSecond, burst: this.#burst, nowMs });
      this.#buckets.set(name, bucket);
    }
    const retryAfterSeconds = bucket.take(nowMs);
    if (retryAfterSeconds === 0) return undefined;
    return {
      status: 429,
      code: 'rate-limited',
      detail: `${this.#whose} may push ${this.#perSecond} times a second, ${this.#burst} at once; send it again later`,
      retryAfterSeconds,
    };
  }
}

/** IPv6 hands out networks of 64 bits: who has one has all addresses in it. */
function networkOf(address: string): string {
  if (!ipaddr.isValid(address)) return 'unknown';
  const parsed = ipaddr.process(address);
  return parsed.kind() === 'ipv6' ? parsed.toByteArray().slice(0, 8).join('.') : parsed.toString();
}
