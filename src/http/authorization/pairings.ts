// What users say to devices that ask to be theirs (RFC 8628). Who says yes to a code is kept beside it, until the device asks again
// and becomes one: before that there is no device, and no token that would have to be kept for it.

import type { UserId } from '../../core/ids.js';
import { limits } from '../../core/limits.js';
import type { Clock } from '../../ports/clock.js';
import type { Store } from '../../ports/store.js';
import { Alone } from '../account/alone.js';
import { isOver, readDocument, writtenDocument } from '../account/documents.js';
import { hashedId } from '../hashed-id.js';

const kind = 'pairing';

/** Undefined: nobody has decided yet; a name: it is to be called that. */
export type PairingDecision = { readonly allowed: false } | { readonly allowed: true; readonly user: UserId; readonly name: string };

export class Pairings {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #alone = new Alone<string>();

  constructor({ store, clock }: { readonly store: Store; readonly clock: Clock }) {
    this.#store = store;
    this.#clock = clock;
  }

  /** `code` as `normalizedCode` gives it. Rejects with StoreError. */
  async decision(code: string): Promise<PairingDecision | undefined> {
    const document = await this.#store.document(kind, hashedId(code));
    if (document === undefined || isOver(document, this.#clock.nowMs())) return undefined;
    const name = readDocument(kind, document)?.name;
    return name === undefined || document.owner === undefined ? { allowed: false } : { allowed: true, user: document.owner, name };
  }

  /** The first who decides has decided: false for everybody after. `name` absent: it is not to be a device. Rejects with StoreError. */
  async decide(code: string, user: UserId, name?: string): Promise<boolean> {
    return this.#alone.run(code, async () => {
      if (await this.decision(code) !== undefined) return false;
      return await this.#store.putDocument({
        kind,
        id: hashedId(code),
        names: [],
        owner: user,
        value: writtenDocument({ name }),
        // The code itself ends before.
        expiresAtMs: this.#clock.nowMs() + limits.pairingSeconds * 1000,
      }) === 'kept';
    });
  }
}

/** As people write it, with or without what stands between, in capitals or not (RFC 8628 §6.1). */
export function normalizedCode(typed: string): string {
  return typed.toUpperCase().replaceAll(/[^A-Z0-9]/g, '');
}
