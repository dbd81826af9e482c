import { secretBytes } from '../core/ids.js';
import type { Store } from '../ports/store.js';
import type { RandomBytes } from './secrets.js';

/** The key of that name: made once, kept in the store, the same after a restart. What it gives rejects with StoreError while the key cannot be had. */
export function keptKey(
  { store, randomBytes }: { readonly store: Store; readonly randomBytes: RandomBytes },
  name: string,
): () => Promise<Uint8Array> {
  let key: Uint8Array | undefined;
  return async () => (key ??= await store.keep(name, randomBytes(secretBytes)));
}
