// Documents in level: each stands under its kind and id, an entry for each of its names and one for its owner find it. An entry may
// be left of a document that was damaged, so whoever comes by an entry asks the document whether it is so.

import type { UserId } from '../../core/ids.js';
import { limits } from '../../core/limits.js';
import type { DocumentRecord } from '../../ports/store.js';
import { documentCodec } from '../../wire/record-codec.js';
import { fieldsOf, keys, kinds, rangeOf, text } from '../keys.js';
import type { Reads } from './reads.js';
import type { Transaction } from './transaction.js';

export async function put(
  transaction: Transaction,
  own: DocumentRecord,
): Promise<'kept' | 'full' | 'unknown-user'> {
  const { kind, id, owner } = own;
  if (owner !== undefined && !transaction.has(keys.user(owner))) return 'unknown-user';
  const key = keys.document(kind, id);
  const older = transaction.record(key, documentCodec);
  if (owner !== undefined && older?.owner !== owner) {
    const others = await transaction.keys(
      rangeOf(kinds.documentOfOwner, text(owner), text(kind)),
      limits.documentsPerOwner,
    );
    if (others.length >= limits.documentsPerOwner) return 'full';
  }
  if (older !== undefined) forget(transaction, older);
  transaction.put(key, documentCodec, own);
  if (owner !== undefined) transaction.mark(keys.documentOfOwner(owner, kind, id));
  for (const name of own.names) transaction.mark(keys.documentOfName(kind, name, id));
  if (own.expiresAtMs !== undefined) transaction.markExpiry(own.expiresAtMs, key);
  return 'kept';
}

export async function named(reads: Reads, { kind, name, limit }: {
  readonly kind: string;
  readonly name: string;
  readonly limit: number;
}): Promise<readonly DocumentRecord[]> {
  const range = rangeOf(kinds.documentOfName, text(kind), text(name));
  const found = await reads.listed(range, limit, documentCodec, ({ key }) => documentKeyOfName(key));
  return found.filter(({ names }) => names.includes(name));
}

export async function ofOwner(reads: Reads, owner: UserId, kind: string): Promise<readonly DocumentRecord[]> {
  const range = rangeOf(kinds.documentOfOwner, text(owner), text(kind));
  const found = await reads.listed(range, limits.documentsPerOwner, documentCodec, ({ key }) => documentKeyOfOwner(key));
  return found.filter((document) => document.owner === owner);
}

/** Also one that cannot be read: it is gone for good. False when there is none. */
export function remove(transaction: Transaction, key: string): boolean {
  if (!transaction.has(key)) return false;
  const document = transaction.readable(key, documentCodec);
  if (document !== undefined) forget(transaction, document);
  transaction.delete(key);
  return true;
}

export async function removeNamed(transaction: Transaction, kind: string, name: string): Promise<number> {
  let removed = 0;
  for (const entry of await transaction.keys(rangeOf(kinds.documentOfName, text(kind), text(name)), Infinity)) {
    const key = documentKeyOfName(entry);
    const document = transaction.readable(key, documentCodec);
    // One that cannot be read is taken for what its entry says.
    if (document === undefined || document.names.includes(name)) removed += remove(transaction, key) ? 1 : 0;
    transaction.delete(entry);
  }
  return removed;
}

/** All of a user, of whatever kind. */
export async function removeOwned(transaction: Transaction, owner: UserId): Promise<void> {
  for (const entry of await transaction.keys(rangeOf(kinds.documentOfOwner, text(owner)), Infinity)) {
    const key = documentKeyOfOwner(entry);
    const document = transaction.readable(key, documentCodec);
    if (document === undefined || document.owner === owner) remove(transaction, key);
    transaction.delete(entry);
  }
}

/** Its time has come, unless it took the place of one whose entry this is. */
export function end(transaction: Transaction, key: string, nowMs: number): void {
  const document = transaction.readable(key, documentCodec);
  if (document === undefined || (document.expiresAtMs ?? Infinity) <= nowMs) remove(transaction, key);
}

/** What finds it; the document itself stays. */
function forget(transaction: Transaction, { kind, id, owner, names, expiresAtMs }: DocumentRecord): void {
  if (owner !== undefined) transaction.delete(keys.documentOfOwner(owner, kind, id));
  for (const name of names) transaction.delete(keys.documentOfName(kind, name, id));
  if (expiresAtMs !== undefined) transaction.unmarkExpiry(expiresAtMs, keys.document(kind, id));
}

function documentKeyOfName(entry: string): string {
  const [, kind = '', , id = ''] = fieldsOf(entry);
  return keys.document(kind, id);
}

function documentKeyOfOwner(entry: string): string {
  const [, , kind = '', id = ''] = fieldsOf(entry);
  return keys.document(kind, id);
}
