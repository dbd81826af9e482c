import type { Store } from '../../src/ports/store.js';
import { createMemoryStore } from '../../src/store/memory/memory-store.js';

export interface StoreUnderTest {
  readonly name: string;
  readonly open: () => Promise<Store>;
}

/** Every rule of the gateway holds on each of them. */
export const stores: readonly StoreUnderTest[] = [
  { name: 'memory', open: () => Promise.resolve(createMemoryStore()) },
];
