// The adapters that the conformance suite runs on.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';
import { openLevelStore } from '../../src/store/level/level-store.js';
import { createMemoryStore } from '../../src/store/memory/memory-store.js';
import { exported, streamed } from '../conformance/store/fixtures.js';
import type { StoreAdapter } from '../conformance/store/fixtures.js';

/** An empty folder that is removed when `t` ends. */
export async function emptyFolder(t: Test): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'lowbeat-store-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export const levelAdapter: StoreAdapter = {
  name: 'level',
  durable: true,
  async open(t) {
    const folder = await emptyFolder(t);
    let store = await openLevelStore({ folder });
    t.teardown(() => store.close());
    return {
      store,
      async reopen() {
        await store.close();
        store = await openLevelStore({ folder });
        return store;
      },
    };
  },
};

export const memoryAdapter: StoreAdapter = {
  name: 'memory',
  durable: false,
  open() {
    const store = createMemoryStore();
    let latest = store;
    return Promise.resolve({
      store,
      async reopen() {
        const copy = createMemoryStore();
        await copy.import(streamed(await exported(latest)));
        latest = copy;
        return copy;
      },
    });
  },
};
