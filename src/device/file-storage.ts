// For Node and Electron; a browser uses local-storage.ts.

import { constants } from 'node:fs';
import { access, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

import type { DeviceStorage } from './storage.js';

/**
 * Keeps the state in one file that only its owner may read. A crash leaves the old text or the new one: a new
 * file is written, flushed and renamed over the old. Its folder must exist. One process at a time may use it.
 */
export function fileStorage(path: string): DeviceStorage {
  const folder = dirname(path);
  const next = `${path}.next`;
  return {
    async load() {
      // Said at the start, where somebody is looking, rather than at the first notification.
      await access(folder, constants.W_OK | constants.X_OK);
      try {
        return await readFile(path, 'utf8');
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
    },
    async save(text) {
      const file = await open(next, 'w', 0o600);
      try {
        // The mode above counts only for a file that was not there yet.
        await file.chmod(0o600);
        await file.writeFile(text);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(next, path);
      await syncFolder(folder);
    },
    async setAside() {
      const aside = `${path}.damaged`;
      await rename(path, aside);
      return aside;
    },
  };
}

/** Makes the rename itself durable. */
async function syncFolder(folder: string): Promise<void> {
  // Windows opens no folders, and renames durably enough.
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
