// One key for what the console signs: made once, kept in the store, the same after a restart.

import { createHmac } from 'node:crypto';

import { keptKey } from '../../gateway/kept-key.js';
import type { RandomBytes } from '../../gateway/secrets.js';
import type { Store } from '../../ports/store.js';

/** Rejects with StoreError while the key cannot be had. */
export type Sign = (purpose: string, ...parts: readonly (string | Uint8Array)[]) => Promise<Buffer>;

export function consoleSign(options: { readonly store: Store; readonly randomBytes: RandomBytes }): Sign {
  const key = keptKey(options, 'console');
  return async (purpose, ...parts) => {
    const hmac = createHmac('sha256', await key()).update(purpose);
    // Each with its length before it: no two lists of parts look the same.
    for (const part of parts) hmac.update(`\0${part.length}\0`).update(part);
    return hmac.digest();
  };
}
