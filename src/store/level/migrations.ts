// Older stores are brought to the present layout when they are opened: one migration after the other, each in
// bounded batches. A batch is written together with how far it got, so a migration that was
// interrupted goes on where it stopped.

import { limits } from '../../core/limits.js';
import { StoreError } from '../../ports/store.js';
import type { StoreCounts } from '../../ports/store.js';
import { countsCodec } from '../../wire/record-codec.js';
import { fieldsOf, keys, kinds, rangeAfter } from '../keys.js';
import { migrations } from '../migrations.js';
import type { Migration } from '../migrations.js';
import { readSchemaVersion, schemaVersion, schemaVersionValue } from '../schema.js';
import type { Database } from './database.js';
import { noCounts } from './transaction.js';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * Sets a new folder up, or brings an older one to the newest layout. Rejects with StoreError 'STORE_UNREADABLE' for a
 * newer, a foreign and a half-filled one.
 */
export async function prepare(
  database: Database,
  list: readonly Migration[] = migrations,
): Promise<void> {
  assertInOrder(list);
  if (database.get(keys.restoring) !== undefined) {
    throw new StoreError(
      'STORE_UNREADABLE',
      'a restore into this store was interrupted; empty its folder and restore the backup again',
    );
  }
  if (database.get(keys.schemaVersion) === undefined) {
    const [foreign] = await database.keys({ gte: '', lt: '\u{10ffff}' }, 1);
    if (foreign !== undefined) {
      throw new StoreError('STORE_UNREADABLE', 'the folder holds a database that is not a store of Lowbeat');
    }
    await database.write(emptyStore(list));
  }
  await migrate(database, list);
  await mendCounts(database);
}

/** Every write needs the counts: damaged ones are counted anew. */
async function mendCounts(database: Database): Promise<void> {
  const kept = database.get(keys.counts);
  if (kept !== undefined && countsCodec.decode(kept).ok) return;
  const counts = { ...noCounts };
  const fields: Readonly<Record<string, keyof StoreCounts>> = {
    [kinds.user]: 'users',
    [kinds.device]: 'devices',
    [kinds.app]: 'apps',
    [kinds.notification]: 'waitingNotifications',
    [kinds.outboxItem]: 'outboxItems',
    [kinds.network]: 'networks',
  };
  for await (const { key } of database.stream()) {
    const field = fields[fieldsOf(key)[0] ?? ''];
    if (field !== undefined) counts[field] += 1;
  }
  await database.write(new Map([[keys.counts, countsCodec.encode(counts)]]));
}

/** The entries of a store that has no records. */
export function emptyStore(list: readonly Migration[]): ReadonlyMap<string, Uint8Array> {
  return new Map([
    [keys.schemaVersion, schemaVersionValue(newest(list))],
    [keys.counts, countsCodec.encode(noCounts)],
  ]);
}

/** Throws StoreError 'STORE_UNREADABLE' when the store is newer than this program. */
export async function migrate(database: Database, list: readonly Migration[]): Promise<void> {
  const value = database.get(keys.schemaVersion);
  if (value === undefined) throw new StoreError('STORE_UNREADABLE', 'the store tells no schema version');
  const version = readSchemaVersion(value, newest(list));
  for (const migration of list) {
    if (migration.version > version) await run(database, migration);
  }
}

async function run(database: Database, migration: Migration): Promise<void> {
  const reached = database.get(keys.migrated);
  let range = reached === undefined ? migration.range : rangeAfter(migration.range, decoder.decode(reached));
  for (;;) {
    const entries = await database.entries(range, limits.storeBatchEntries);
    const last = entries.at(-1);
    if (last === undefined) break;
    const changes = new Map(entries.flatMap((entry) => [...migration.change(entry)]));
    changes.set(keys.migrated, encoder.encode(last.key));
    await database.write(changes);
    range = rangeAfter(range, last.key);
  }
  await database.write(new Map([
    [keys.schemaVersion, schemaVersionValue(migration.version)],
    [keys.migrated, undefined],
  ]));
}

function newest(list: readonly Migration[]): number {
  return list.at(-1)?.version ?? 1;
}

function assertInOrder(list: readonly Migration[]): void {
  if (list.some(({ version }, index) => version !== index + 2)) {
    throw new Error('store: migrations must lead from version 1 up, one version each');
  }
  if (list === migrations && newest(list) !== schemaVersion) {
    throw new Error(`store: schemaVersion must be ${newest(list)}, where the migrations lead`);
  }
}
