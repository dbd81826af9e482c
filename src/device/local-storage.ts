import type { DeviceStorage } from './storage.js';

/** The part of a browser's `Storage` that is used. */
export interface KeyedStorage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/** Keeps the state under `key` of the page's `localStorage`, or of another `Storage`. */
export function localStorageStorage(key: string, storage: KeyedStorage = localStorage): DeviceStorage {
  return {
    load: () => attempt(() => storage.getItem(key) ?? undefined),
    save: (text) => attempt(() => storage.setItem(key, text)),
    setAside: () => attempt(() => {
      const aside = `${key}.damaged`;
      storage.setItem(aside, storage.getItem(key) ?? '');
      storage.removeItem(key);
      return aside;
    }),
  };
}

/** A full or forbidden storage throws; the caller expects a rejection. */
async function attempt<Value>(action: () => Value): Promise<Value> {
  await Promise.resolve();
  return action();
}
