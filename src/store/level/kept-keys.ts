// Keys that the gateway makes once, in level: whoever comes first decides what they are.

import { limits } from '../../core/limits.js';
import { keptKeyCodec } from '../../wire/record-codec.js';
import type { KeptKey } from '../../wire/record-codec.js';
import { keys, kinds, rangeOf } from '../keys.js';
import { tooManyKept } from '../rules.js';
import type { Transaction } from './transaction.js';

/** What is kept under `name` now; not the caller's to change. */
export async function keep(transaction: Transaction, name: string, own: KeptKey): Promise<Uint8Array> {
  const key = keys.keptKey(name);
  // One that is damaged rejects: another in its place would lose what was made with it.
  const standing = transaction.record(key, keptKeyCodec);
  if (standing !== undefined) return standing.value;
  const others = await transaction.keys(rangeOf(kinds.keptKey), limits.keptKeys);
  if (others.length >= limits.keptKeys) throw tooManyKept();
  transaction.put(key, keptKeyCodec, own);
  return own.value;
}
