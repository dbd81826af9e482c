// How often somebody may try to sign in. Nobody can lock somebody else out: a browser that has signed in as this user before has
// tries of its own.

import { limits } from '../../core/limits.js';
import { TokenBuckets } from '../../gateway/token-buckets.js';
import { networkOf } from '../client-address.js';
import { hashedId } from '../hashed-id.js';
import type { Problem } from '../problem.js';

const most = limits.signInRates;

export class SignInLimits {
  readonly #addresses = new TokenBuckets<string>({ perSecond: limits.signInsPerAddressPerSecond, burst: limits.signInBurstPerAddress, most });
  // By their hashes: names come from anybody, as long as a body may be.
  readonly #names = new TokenBuckets<string>({ perSecond: limits.signInsPerNamePerSecond, burst: limits.signInBurstPerName, most });
  readonly #browsers = new TokenBuckets<string>({ perSecond: limits.signInsPerNamePerSecond, burst: limits.signInBurstPerName, most });

  /** Undefined: it may be tried. `browser`: one that has signed in by this name before. */
  attempt({ name, address, browser }: {
    readonly name: string;
    readonly address: string;
    readonly browser: string | undefined;
  }, nowMs: number): Problem | undefined {
    const ofAddress = this.#addresses.take(networkOf(address), nowMs);
    if (ofAddress > 0) return tooOften(ofAddress);
    const waitSeconds = browser === undefined ? this.#names.take(hashedId(name), nowMs) : this.#browsers.take(browser, nowMs);
    return waitSeconds > 0 ? tooOften(waitSeconds) : undefined;
  }

  /** It was the right password: what it took comes back. */
  succeeded({ name, address, browser }: { readonly name: string; readonly address: string; readonly browser: string | undefined }): void {
    this.#addresses.giveBack(networkOf(address));
    if (browser === undefined) this.#names.giveBack(hashedId(name));
    else this.#browsers.giveBack(browser);
  }

  /** For whatever else costs work and comes from anybody. */
  fromAddress(address: string, nowMs: number): Problem | undefined {
    const waitSeconds = this.#addresses.take(networkOf(address), nowMs);
    return waitSeconds > 0 ? tooOften(waitSeconds) : undefined;
  }
}

function tooOften(retryAfterSeconds: number): Problem {
  return { status: 429, code: 'rate-limited', detail: 'too many attempts to sign in; wait, then try again', retryAfterSeconds };
}
