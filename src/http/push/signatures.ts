// The signatures of pushes, as far as a sender may have them checked: one that was not seen before costs as much as all
// the rest of a push, and whoever sends wrong ones gets that for nothing.

import type { Soon } from '../../ports/soon.js';
import { networkOf } from '../client-address.js';
import type { Problem } from '../problem.js';
import { FairTurns } from '../fair-turns.js';
import type { PushLimits } from './push-limits.js';
import { Vapid } from './vapid.js';
import type { UncheckedClaim, VapidHeaders, VapidResult } from './vapid.js';

export interface SignaturesOptions {
  readonly rates: Pick<PushLimits, 'refusedSignature' | 'signatureHeld'>;
  /** Checks that go on at a time. */
  readonly atOnce: number;
  /** Tokens that are remembered. */
  readonly tokens: number;
}

export interface Asked {
  readonly headers: VapidHeaders;
  /** That of the endpoint: what the token must be for. */
  readonly origin: string;
  readonly address: string;
  readonly nowMs: number;
}

interface Limited {
  readonly outcome: 'limited';
  readonly problem: Problem;
}

export class Signatures {
  readonly #rates: SignaturesOptions['rates'];
  readonly #turns: FairTurns;
  readonly #vapid: Vapid;

  constructor(options: SignaturesOptions) {
    this.#rates = options.rates;
    this.#turns = new FairTurns(options);
    this.#vapid = new Vapid({ most: options.tokens });
  }

  /** Checks that go on or wait. */
  get underWay(): number {
    return this.#turns.size;
  }

  /** Tokens that are remembered. */
  get known(): number {
    return this.#vapid.known;
  }

  of(asked: Asked): Soon<VapidResult | Limited> {
    const read = this.#vapid.read(asked.headers, asked.origin, asked.nowMs);
    return read.outcome === 'unchecked' ? this.#check(read.claim, asked) : read;
  }

  async #check(claim: UncheckedClaim, { address, nowMs }: Asked): Promise<VapidResult | Limited> {
    // Counted as refused until it holds: what waits for its check is bounded by this, too.
    const problem = this.#rates.refusedSignature(address, nowMs);
    if (problem !== undefined) return { outcome: 'limited', problem };
    const result = await this.#turns.run(networkOf(address), () => this.#vapid.check(claim, nowMs));
    if (result.outcome === 'signed') this.#rates.signatureHeld(address);
    return result;
  }
}
