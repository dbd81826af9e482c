// One key for what the console signs: made once, kept in the store, the same after a restart.

import { createHmac } from 'node:crypto';

import { secretBytes } from '../../core/ids.js';
import type { RandomBytes } from '../../gateway/secrets.js';
import type { Store } from '../../ports/store.js';

/** Rejects with StoreError while the key cannot be had. */
export type Sign = (purpose: string, ...parts: readonly (string | Uint8Array)[]) => Promise<Buffer>;

export function consoleSign({ store, randomBytes }: { readonly store: Store; readonly randomBytes: RandomBytes }): Sign {
  let key: Uint8Array | undefined;
  return async (purpose, ...parts) => {
    key ??= await store.keep('console', randomBytes(secretBytes));
    const hmac = createHmac('sha256', key).update(purpose);
    // Each with its length before it: no two lists of parts look the same.
    for (const part of parts) hmac.update(`\0${part.length}\0`).update(part);
    return hmac.digest();
  };
}
