import type { Test } from 'tap';

import type { Asker, Store, StoreError } from '../../src/ports/store.js';
import { levelAdapter, memoryAdapter } from '../store/adapters.js';

export interface StoreUnderTest {
  readonly name: string;
  /** An empty one, which is closed and removed when `t` ends. */
  readonly open: (t: Test) => Promise<Store>;
}

/** Every rule of the gateway holds on each of them. */
export const stores: readonly StoreUnderTest[] = [memoryAdapter, levelAdapter].map((adapter) => ({
  name: adapter.name,
  open: async (t) => (await adapter.open(t)).store,
}));

/** In place of a store's `acceptFor` or `acknowledgeFor`: as the contract has it, the asker hears of it later. */
export function refusing(error: StoreError): (asker: Pick<Asker<unknown>, 'failed'>) => void {
  return (asker) => queueMicrotask(() => asker.failed(error));
}
