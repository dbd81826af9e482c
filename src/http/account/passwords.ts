// Passwords: argon2id, a few at a time, since each takes a core and 19 MiB for some tens of milliseconds.

import { hash, verify } from '@node-rs/argon2';

import { limits } from '../../core/limits.js';
import { FairTurns } from '../fair-turns.js';

// OWASP Password Storage Cheat Sheet, argon2id: 19 MiB, two passes, one lane.
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;
/** Of nobody's password: looking for somebody who is not there costs what a wrong password costs. */
const nobody = '$argon2id$v=19$m=19456,t=2,p=1$U1njjHQr9rgrDFViOfWv3A$8WZZjXWL3bzmEJ+3IEgvyUFA0oBbDSHbJqZXpi4SezM';

/** Too many wait for it. */
export class TooManyWaitError extends Error {}

export class Passwords {
  readonly #turns = new FairTurns({ atOnce: limits.passwordChecks });

  /** What is kept. `from`: who asks, for the order of turns. Rejects with TooManyWaitError. */
  async hashOf(password: string, from: string): Promise<string> {
    return this.#inTurn(from, () => hash(composed(password), cost));
  }

  /** In the same time whether there is a hash or not. Rejects with TooManyWaitError. */
  async matches(password: string, known: string | undefined, from: string): Promise<boolean> {
    const equal = await this.#inTurn(from, () => verify(known ?? nobody, composed(password)));
    return equal && known !== undefined;
  }

  async #inTurn<Result>(from: string, work: () => Promise<Result>): Promise<Result> {
    if (this.#turns.size >= limits.passwordChecksWaiting) throw new TooManyWaitError('too many passwords wait to be checked');
    return this.#turns.run(from, work);
  }
}

/** Keyboards differ in how they write the same character (NIST SP 800-63B §5.1.1.2). */
function composed(password: string): string {
  return password.normalize('NFKC');
}
