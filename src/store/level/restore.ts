// Filling an empty store from a backup. It takes many batches, so a mark stands in the store until all of it is
// there and understood: without the rest it is never taken for a store.

import { limits } from '../../core/limits.js';
import { StoreError } from '../../ports/store.js';
import type { StoreEntry } from '../../ports/store.js';
import {
  countsCodec, documentCodec, keptKeyCodec, messageCodec, networkCodec, notificationCodec, outboxHeadCodec, outboxItemCodec,
  queueHeadCodec, subscriptionQueueCodec, clearsCodec, userHeadCodec,
} from '../../wire/record-codec.js';
import { appCodec, deviceCodec, grantCodec, subscriptionCodec, userCodec } from '../../wire/registry-codec.js';
import type { RecordCodec } from '../../wire/versioned-codec.js';
import { allKeys, fieldsOf, keys, kinds, recordOfExpiry, text } from '../keys.js';
import type { Migration } from '../migrations.js';
import type { Database } from './database.js';
import { emptyStore, migrate } from './migrations.js';
import { decoded, pointed } from './record-cache.js';

const nothing = new Uint8Array(0);

/** How many entries were restored. After a rejection the store is as empty as before, unless it is HalfRestored. */
export async function restore(
  database: Database,
  entries: AsyncIterable<StoreEntry>,
  list: readonly Migration[],
): Promise<number> {
  const present = await database.keys(allKeys, emptyStore(list).size + 1);
  if (present.some((key) => !emptyStore(list).has(key))) {
    throw new StoreError('STORE_UNREADABLE', 'a backup fills an empty store only; this one holds records');
  }
  await database.write(new Map([
    [keys.restoring, nothing], [keys.schemaVersion, undefined], [keys.counts, undefined],
  ]));
  try {
    const count = await fill(database, entries);
    await migrate(database, list);
    for await (const entry of database.stream()) assertUnderstood(entry);
    if (database.get(keys.counts) === undefined) throw unreadable(keys.counts, 'it is missing');
    await database.write(new Map([[keys.restoring, undefined]]));
    return count;
  } catch (error) {
    await undo(database, list, error);
    throw error;
  }
}

/** What was written could not be removed again: nothing more may be read from or written to the store. */
export class HalfRestored extends StoreError {
  constructor(cause: unknown) {
    super('STORE_UNAVAILABLE', 'a restore failed, and so did removing what it had written: empty the store\'s folder', {
      cause,
    });
  }
}

async function undo(database: Database, list: readonly Migration[], error: unknown): Promise<void> {
  try {
    if (error instanceof StoreError && error.code === 'STORE_UNAVAILABLE') await database.recover(new Map());
    await empty(database, list);
  } catch {
    throw new HalfRestored(error);
  }
}

async function fill(database: Database, entries: AsyncIterable<StoreEntry>): Promise<number> {
  let count = 0;
  let batch = new Map<string, Uint8Array>();
  for await (const { key, value } of entries) {
    batch.set(key, new Uint8Array(value));
    count += 1;
    if (batch.size < limits.storeBatchEntries) continue;
    await database.write(batch);
    batch = new Map();
  }
  await database.write(batch);
  return count;
}

async function empty(database: Database, list: readonly Migration[]): Promise<void> {
  const everything = { gte: '', lt: '\u{10ffff}' };
  for (;;) {
    const found = await database.keys(everything, limits.storeBatchEntries);
    const left = found.filter((key) => key !== keys.restoring);
    if (left.length === 0) break;
    await database.write(new Map(left.map((key) => [key, undefined])));
  }
  await database.write(new Map([...emptyStore(list), [keys.restoring, undefined]]));
}

/** What stands under the keys of one kind: a record, the key of one, or nothing. */
interface Form {
  readonly fields: number;
  readonly value: RecordCodec<unknown> | 'key' | 'nothing';
}

/** One for each kind there is but those that say of the store itself, and of expiry. */
const forms: Readonly<Record<Exclude<keyof typeof kinds, 'meta' | 'waiting' | 'expiry'>, Form>> = {
  app: record(1, appCodec),
  appOfName: { fields: 1, value: 'key' },
  device: record(1, deviceCodec),
  deviceOfUser: { fields: 2, value: 'nothing' },
  document: record(2, documentCodec),
  documentOfName: { fields: 3, value: 'nothing' },
  documentOfOwner: { fields: 3, value: 'nothing' },
  pushDevice: { fields: 1, value: 'nothing' },
  grant: record(1, grantCodec),
  activeGrant: { fields: 1, value: 'nothing' },
  grantOfApp: { fields: 2, value: 'nothing' },
  grantOfUser: { fields: 2, value: 'key' },
  notification: record(2, notificationCodec),
  outboxItem: record(2, outboxItemCodec),
  outboxHead: record(1, outboxHeadCodec),
  queueHead: record(1, queueHeadCodec),
  userHead: record(1, userHeadCodec),
  clears: record(1, clearsCodec),
  keptKey: record(1, keptKeyCodec),
  message: record(2, messageCodec),
  messageOfGrant: { fields: 2, value: 'key' },
  subscription: record(2, subscriptionCodec),
  subscriptionOfId: { fields: 1, value: 'key' },
  topic: { fields: 3, value: 'key' },
  user: record(1, userCodec),
  userOfName: { fields: 1, value: 'key' },
  subscriptionQueue: record(2, subscriptionQueueCodec),
  network: record(1, networkCodec),
};
const understood: ReadonlyMap<string, Form> = new Map(
  Object.entries(forms).map(([name, form]) => [kinds[name as keyof typeof forms], form]),
);

function record<Kept>(fields: number, codec: RecordCodec<Kept>): Form {
  return { fields, value: codec as RecordCodec<unknown> };
}

const metaKeys: readonly string[] = [keys.schemaVersion, keys.counts, keys.restoring];
/** Notifications in stores of before version 5. */
const expiring: readonly string[] = [
  kinds.notification, kinds.outboxItem, kinds.outboxHead, kinds.message, kinds.network, kinds.document,
  kinds.clears,
];

/** Throws StoreError 'STORE_UNREADABLE' with the key unless the entry is one that this program writes. */
function assertUnderstood({ key, value }: StoreEntry): void {
  const [kind = '', ...fields] = fieldsOf(key);
  if (kind === kinds.meta) {
    if (!metaKeys.includes(key)) throw unreadable(key, 'it is of no known kind');
    if (key === keys.counts) decoded(key, countsCodec, value);
    return;
  }
  if ([kind, ...fields].map((field) => `${text(field)}!`).join('') !== key) {
    throw unreadable(key, 'it is not written as keys are');
  }
  if (kind === kinds.expiry) {
    assertExpiring(key, recordOfExpiry(key));
    assertNothing(key, value);
    return;
  }
  const form = understood.get(kind);
  if (form?.fields !== fields.length) throw unreadable(key, 'it is of no known kind');
  if (form.value === 'nothing') assertNothing(key, value);
  else if (form.value === 'key') assertKeyOf(key, pointed(value), [...understood.keys()]);
  else decoded(key, form.value, value);
}

function assertNothing(key: string, value: Uint8Array): void {
  if (value.length > 0) throw unreadable(key, 'it has a value, and an index entry of its kind has none');
}

function assertExpiring(key: string, target: string): void {
  const [kind = '', ...fields] = fieldsOf(target);
  // What waits for a subscription has no record but its list, whose key has the same fields.
  if (kind === kinds.waiting && fields.length === forms.subscriptionQueue.fields) return;
  assertKeyOf(key, target, expiring);
}

function assertKeyOf(key: string, target: string, allowed: readonly string[]): void {
  const [kind = '', ...fields] = fieldsOf(target);
  if (!allowed.includes(kind) || understood.get(kind)?.fields !== fields.length) {
    throw unreadable(key, `it points to ${JSON.stringify(target)}, which is no record's key`);
  }
}

function unreadable(key: string, problem: string): StoreError {
  return new StoreError('STORE_UNREADABLE', `entry ${JSON.stringify(key)}: ${problem}`);
}
