// The ways in which one user signs in, as they are kept.

import type { UserId } from '../../core/ids.js';
import { limits } from '../../core/limits.js';
import type { Store } from '../../ports/store.js';
import { hashedId } from '../hashed-id.js';
import type { AccountDocuments } from './documents.js';
import { readDocument, writtenDocument } from './documents.js';

type Passkey = AccountDocuments['passkey'];

/** Rejects with StoreError throughout. */
export class Credentials {
  readonly #store: Store;

  constructor({ store }: { readonly store: Store }) {
    this.#store = store;
  }

  async passwordHash(user: UserId): Promise<string | undefined> {
    return readDocument('password', await this.#store.document('password', user))?.hash;
  }

  async setPassword(user: UserId, hash: string, changedAtMs: number): Promise<void> {
    await this.#store.putDocument({ kind: 'password', id: user, owner: user, names: [], value: writtenDocument({ hash, changedAtMs }) });
  }

  /** By id. */
  async passkeys(user: UserId): Promise<ReadonlyMap<string, Passkey>> {
    const documents = await this.#store.documentsOf(user, 'passkey');
    return new Map(documents.flatMap((document) => {
      const value = readDocument('passkey', document);
      return value === undefined ? [] : [[document.id, value] as const];
    }));
  }

  /** Whose it is, by what the authenticator calls it. */
  async passkey(credential: string): Promise<{ readonly user: UserId; readonly passkey: Passkey } | undefined> {
    const document = await this.#store.document('passkey', hashedId(credential));
    const passkey = readDocument('passkey', document);
    return document?.owner !== undefined && passkey !== undefined ? { user: document.owner, passkey } : undefined;
  }

  async putPasskey(user: UserId, passkey: Passkey): Promise<void> {
    const id = hashedId(passkey.credential);
    await this.#store.putDocument({ kind: 'passkey', id, owner: user, names: [], value: writtenDocument(passkey) });
  }

  /** Adds one that nobody has. */
  async addPasskey(user: UserId, passkey: Passkey): Promise<'added' | 'full' | 'taken'> {
    if (await this.passkey(passkey.credential) !== undefined) return 'taken';
    if ((await this.passkeys(user)).size >= limits.passkeysPerUser) return 'full';
    await this.putPasskey(user, passkey);
    return 'added';
  }

  async removePasskey(id: string): Promise<boolean> {
    return this.#store.removeDocument('passkey', id);
  }
}
