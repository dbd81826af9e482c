// How often may be pushed: to one endpoint, by one key, from one address. Who is over it is told when to come again, and loses nothing.

import ipaddr from 'ipaddr.js';

import { limits } from '../../core/limits.js';
import { TokenBuckets } from '../../gateway/token-buckets.js';
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
  readonly #buckets: TokenBuckets<string>;

  constructor(whose: string, perSecond: number, burst: number) {
    this.#whose = whose;
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#buckets = new TokenBuckets({ perSecond, burst, most: limits.pushRates });
  }

  take(name: string, nowMs: number): Problem | undefined {
    const retryAfterSeconds = this.#buckets.take(name, nowMs);
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
