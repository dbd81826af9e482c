// Backups: a store as one stream of bytes, the file that keeps it, and the folder it is restored into.

import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Store, StoreEntry } from '../ports/store.js';
import { BackupError, decodeBackup, encodeBackup } from './backup-format.js';
import type { BackupHeader } from './backup-format.js';
import { openLevelStore } from './level/level-store.js';
import { schemaVersion } from './schema.js';

export interface BackupSummary {
  readonly createdAtMs: number;
  readonly schemaVersion: number;
  readonly entries: number;
}

/** The store as it is at the first byte, for an HTTP answer or `saveBackup`. `nowMs` is written into it. */
export function writeBackup(store: Store, nowMs: number): AsyncIterable<Uint8Array> {
  return encodeBackup({ format: 1, schemaVersion, createdAtMs: nowMs }, store.export());
}

/**
 * Fills an empty store. Rejects with BackupError or StoreError 'STORE_UNREADABLE' when the backup is cut off,
 * altered or not understood, and with what `bytes` throws; the store is then as empty as before.
 */
export async function readBackup(store: Store, bytes: AsyncIterable<Uint8Array>): Promise<BackupSummary> {
  const backup = new Reading(bytes);
  await store.import(backup.entries());
  return backup.summary();
}

/**
 * Writes a backup into a file that only its owner may read (it holds keys of the gateway, hashes of secrets and what users are sent), which
 * appears at `path` once it is whole and on disk. Rejects, leaving nothing behind, when `bytes` prove to be
 * no whole backup or something is at `path` already (BackupError), or when the disk refuses (a system error).
 */
export async function saveBackup(bytes: AsyncIterable<Uint8Array>, path: string): Promise<BackupSummary> {
  await assertFree(path);
  const unfinished = `${path}.${randomBytes(6).toString('hex')}.unfinished`;
  const file = await open(unfinished, 'wx', 0o600);
  try {
    const backup = new Reading(writing(bytes, file));
    try {
      await backup.check();
      await file.sync();
    } finally {
      await file.close();
    }
    await assertFree(path);
    await rename(unfinished, path);
    await syncFolder(dirname(path));
    return backup.summary();
  } finally {
    await rm(unfinished, { force: true });
  }
}

/**
 * Makes a store in `folder`, which must not be there or be empty, out of the backup file at `path`. The folder
 * appears once all of it is restored; after a rejection nothing is left of it.
 */
export async function restoreBackup({ path, folder }: {
  readonly path: string;
  readonly folder: string;
}): Promise<BackupSummary> {
  const present = await readdir(folder).catch((error: unknown) => {
    if (isAbsent(error)) return [];
    throw error;
  });
  if (present.length > 0) {
    throw new BackupError(
      'BACKUP_IN_THE_WAY',
      `a backup is restored into an empty folder, and ${folder} is not: move what is there away`,
    );
  }
  const file = await open(path, 'r');
  const unfinished = `${folder}.${randomBytes(6).toString('hex')}.unfinished`;
  try {
    await mkdir(dirname(folder), { recursive: true });
    const store = await openLevelStore({ folder: unfinished });
    let summary: BackupSummary;
    try {
      summary = await readBackup(store, file.createReadStream() as AsyncIterable<Uint8Array>);
    } finally {
      await store.close();
    }
    await rename(unfinished, folder);
    await syncFolder(dirname(folder));
    return summary;
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    throw error;
  } finally {
    await file.close();
  }
}

/** The entries of a backup, and what is known of it once they were read. */
class Reading {
  readonly #bytes: AsyncIterable<Uint8Array>;
  #header: BackupHeader | undefined;
  #count = 0;

  constructor(bytes: AsyncIterable<Uint8Array>) {
    this.#bytes = bytes;
  }

  async* entries(): AsyncIterable<StoreEntry> {
    for await (const part of decodeBackup(this.#bytes)) {
      if ('format' in part) {
        this.#header = part;
      } else {
        this.#count += 1;
        yield part;
      }
    }
  }

  /** Reads to the end, for whoever wants no entries. */
  async check(): Promise<void> {
    const entries = this.entries()[Symbol.asyncIterator]();
    while ((await entries.next()).done !== true);
  }

  summary(): BackupSummary {
    if (this.#header === undefined) throw new BackupError('BACKUP_DAMAGED', 'this backup has no header');
    const { createdAtMs, schemaVersion: version } = this.#header;
    return { createdAtMs, schemaVersion: version, entries: this.#count };
  }
}

interface Appendable {
  readonly appendFile: (bytes: Uint8Array) => Promise<void>;
}

/** Passes on what it has written. */
async function* writing(bytes: AsyncIterable<Uint8Array>, file: Appendable): AsyncIterable<Uint8Array> {
  for await (const chunk of bytes) {
    await file.appendFile(chunk);
    yield chunk;
  }
}

async function assertFree(path: string): Promise<void> {
  const present = await stat(path).catch((error: unknown) => {
    if (isAbsent(error)) return undefined;
    throw error;
  });
  if (present !== undefined) throw new BackupError('BACKUP_IN_THE_WAY', `${path} is there already: give another name`);
}

function isAbsent(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

/** A rename is on disk once its folder is. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
