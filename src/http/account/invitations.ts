// One-time links: to make an account, or to give one that is there a new way to sign in. The store keeps hashes of their tokens.

import type { UserId } from '../../core/ids.js';
import { limits } from '../../core/limits.js';
import { createSecret } from '../../gateway/secrets.js';
import type { RandomBytes } from '../../gateway/secrets.js';
import type { Clock } from '../../ports/clock.js';
import type { Store } from '../../ports/store.js';
import { hashedId } from '../hashed-id.js';
import { Alone } from './alone.js';
import { isOver, readDocument, writtenDocument } from './documents.js';

export interface Invitation {
  /** Whoever takes it does in the pages what the operator may. */
  readonly operator: boolean;
  /** An account that is there. */
  readonly user?: UserId;
}

export interface MadeInvitation {
  /** Shown once. */
  readonly token: string;
  readonly expiresAtMs: number;
}

export interface InvitationsOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly randomBytes: RandomBytes;
}

const kind = 'invitation';
/** The mark that somebody has made an operator's account here. */
const begun = { kind: 'setup', id: 'begun' } as const;
const first = 'first';
/** By which those are found that belong to no account. */
const open = 'open';

export class Invitations {
  readonly #options: InvitationsOptions;
  readonly #alone = new Alone<typeof open>();

  constructor(options: InvitationsOptions) {
    this.#options = options;
  }

  /** 'too-many' are open, 'unknown-user': there is no such account. Rejects with StoreError. */
  async make({ operator, user }: Invitation): Promise<MadeInvitation | 'too-many' | 'unknown-user'> {
    const { store, clock } = this.#options;
    const nowMs = clock.nowMs();
    const { made, document } = this.#fresh({ operator, ...(user !== undefined && { user }) }, user === undefined ? limits.invitationMs : limits.recoveryMs);
    return this.#alone.run(open, async () => {
      if (user !== undefined) {
        const kept = await store.putDocument({ ...document, names: [], owner: user });
        if (kept !== 'kept') return kept === 'full' ? 'too-many' : kept;
        return made;
      }
      const others = await store.documentsNamed(kind, open, limits.invitations);
      if (others.filter((other) => !isOver(other, nowMs)).length >= limits.invitations) return 'too-many';
      await store.putDocument({ ...document, names: [open] });
      return made;
    });
  }

  /**
   * For the operator's own account, as long as no operator has one: the one made before this ends. Undefined: one has. Rejects with
   * StoreError.
   */
  async first(): Promise<MadeInvitation | undefined> {
    const { store } = this.#options;
    if (await store.document(begun.kind, begun.id) !== undefined) return undefined;
    await store.removeDocumentsNamed(kind, first);
    const { made, document } = this.#fresh({ operator: true }, limits.recoveryMs);
    await store.putDocument({ ...document, names: [first] });
    return made;
  }

  /** An operator has an account: there is no first one any more. Rejects with StoreError. */
  async noMoreFirst(): Promise<void> {
    const { store } = this.#options;
    await store.putDocument({ ...begun, names: [], value: new Uint8Array(0) });
    await store.removeDocumentsNamed(kind, first);
  }

  /** Undefined: it never was, was taken, or is over. Rejects with StoreError. */
  async look(token: string): Promise<Invitation | undefined> {
    const { store, clock } = this.#options;
    const document = await store.document(kind, hashedId(token));
    const value = readDocument(kind, document);
    if (document === undefined || value === undefined || isOver(document, clock.nowMs())) return undefined;
    return { operator: value.operator, ...(value.user !== undefined && { user: value.user as UserId }) };
  }

  /** True for one of all that try. Rejects with StoreError. */
  async take(token: string): Promise<boolean> {
    return this.#options.store.removeDocument(kind, hashedId(token));
  }

  #fresh(invitation: Invitation, forMs: number) {
    const { clock, randomBytes } = this.#options;
    const { secret: token } = createSecret(randomBytes);
    const expiresAtMs = clock.nowMs() + forMs;
    return { made: { token, expiresAtMs }, document: { kind, id: hashedId(token), expiresAtMs, value: writtenDocument(invitation) } };
  }
}
