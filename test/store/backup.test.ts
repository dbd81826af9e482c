// A backup as bytes, as a file, and as a store that it became.

import t from 'tap';
import type { Test } from 'tap';
import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createReadStream } from 'node:fs';
import { dirname, join } from 'node:path';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createPrng } from '../../src/core/prng.js';
import type { Store } from '../../src/ports/store.js';
import { readBackup, restoreBackup, saveBackup, writeBackup } from '../../src/store/backup.js';
import { BackupError, decodeBackup, encodeBackup } from '../../src/store/backup-format.js';
import { openLevelStore } from '../../src/store/level/level-store.js';
import { createMemoryStore } from '../../src/store/memory/memory-store.js';
import { schemaVersion } from '../../src/store/schema.js';
import { accepted, exported, household, item, named, now, request, streamed } from '../conformance/store/fixtures.js';
import { emptyFolder, levelAdapter } from './adapters.js';

const seed = Number(process.env['LOWBEAT_SEED'] ?? (process.env['CI'] === undefined ? Date.now() % 1_000_000_007 : 1));
t.comment(`LOWBEAT_SEED=${seed}`);

async function filled(notifications = 5): Promise<Store> {
  const store = createMemoryStore();
  const home = await household(store, 'ü', 2);
  for (let n = 0; n < notifications; n += 1) {
    await accepted(store, request(home.subscriptions, { topic: `t${n}`, message: named(home, `r${n}`) }));
  }
  await store.appendOutbox(home.app.id, item());
  return store;
}

async function bytesOf(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return Buffer.concat(parts);
}

/** In chunks of `size`. */
// eslint-disable-next-line @typescript-eslint/require-await -- a stream of what is at hand
async function* chunked(bytes: Uint8Array, size: number): AsyncIterable<Uint8Array> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

await t.test('a backup of one store becomes another, in chunks of any size', async (t) => {
  const store = await filled(200);
  const entries = await exported(store);
  const bytes = await bytesOf(writeBackup(store, now));
  for (const size of [1, 7, 4_096, bytes.length]) {
    const { store: other } = await levelAdapter.open(t);
    t.strictSame(await readBackup(other, chunked(bytes, size)), {
      createdAtMs: now, schemaVersion, entries: entries.length,
    });
    t.strictSame(await exported(other), entries);
  }
});

await t.test('it goes through streams', async (t) => {
  const store = await filled(50);
  const through = new PassThrough();
  const other = createMemoryStore();
  await Promise.all([pipeline(writeBackup(store, now), through), readBackup(other, through)]);
  t.strictSame(await exported(other), await exported(store));
});

await t.test('one that is cut off anywhere is refused whole', async (t) => {
  const bytes = await bytesOf(writeBackup(await filled(1), now));
  for (let length = 0; length < bytes.length; length += 1) {
    await refused(t, bytes.subarray(0, length), `cut at ${length}`, length % 50 === 0);
  }
  await refused(t, Buffer.concat([bytes, Buffer.of(0)]), 'with a byte more');
  await refused(t, Buffer.concat([bytes, bytes]), 'twice');
});

await t.test('one that is altered anywhere is refused whole', async (t) => {
  const bytes = await bytesOf(writeBackup(await filled(1), now));
  const prng = createPrng(seed);
  for (let position = 0; position < bytes.length; position += 1) {
    const altered = Buffer.from(bytes);
    const bit = Math.floor(prng.next() * 8);
    altered.writeUInt8(bytes.readUInt8(position) ^ (1 << bit), position);
    await refused(t, altered, `bit ${bit} of byte ${position}`, position % 50 === 0);
  }
});

/** By who reads the bytes; and, which takes longer, by a store that stays empty. */
async function refused(t: Test, bytes: Uint8Array, what: string, byStore = true): Promise<void> {
  const error = await failure(readThrough(bytes));
  if (!(error instanceof BackupError)) t.fail(`${what}: ${String(error)}`);
  if (!byStore) return;
  const store = createMemoryStore();
  await t.rejects(readBackup(store, chunked(bytes, 4_096)), { code: /BACKUP|STORE_UNREADABLE/ }, what);
  t.equal((await exported(store)).length, 2, 'an empty store has two entries');
}

async function readThrough(bytes: Uint8Array): Promise<void> {
  const parts = decodeBackup(chunked(bytes, 4_096))[Symbol.asyncIterator]();
  while ((await parts.next()).done !== true);
}

function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(() => undefined, (reason: unknown) => reason);
}

await t.test('level is as empty as before when a backup is refused', async (t) => {
  const bytes = await bytesOf(writeBackup(await filled(700), now));
  const { store, reopen } = await levelAdapter.open(t);
  const fresh = await exported(store);
  await t.rejects(readBackup(store, chunked(bytes.subarray(0, -1), 4_096)), { code: 'BACKUP_DAMAGED' });
  t.strictSame(await exported(store), fresh);
  t.strictSame(await exported(await reopen()), fresh);
});

await t.test('each refusal says what is wrong', async (t) => {
  const store = createMemoryStore();
  await t.rejects(readBackup(store, chunked(Buffer.from('hello, this is text'), 99)), {
    code: 'BACKUP_FOREIGN', message: /no backup of Lowbeat/,
  });
  await t.rejects(readBackup(store, chunked(Buffer.alloc(0), 99)), { code: 'BACKUP_FOREIGN' });
  const newerForm = { format: 2 as 1, schemaVersion, createdAtMs: now };
  await t.rejects(readBackup(store, encodeBackup(newerForm, streamed([]))), {
    code: 'BACKUP_NEWER', message: /newer Lowbeat/,
  });
  const entries = (await exported(await filled())).map((entry) =>
    (entry.key === 'meta!version!' ? { ...entry, value: Buffer.from('99') } : entry));
  const newerSchema = encodeBackup({ format: 1, schemaVersion: 99, createdAtMs: now }, streamed(entries));
  await t.rejects(readBackup(store, newerSchema), {
    code: 'STORE_UNREADABLE', message: /newer Lowbeat/,
  });
});

await t.test('a file is for its owner only, and whole or not there', async (t) => {
  const folder = await emptyFolder(t);
  const path = join(folder, 'lowbeat.backup');
  const store = await filled();
  const summary = await saveBackup(writeBackup(store, now), path);
  t.strictSame(summary, { createdAtMs: now, schemaVersion, entries: (await exported(store)).length });
  t.equal((await stat(path)).mode & 0o777, 0o600);
  t.strictSame(await readFile(path), await bytesOf(writeBackup(store, now)));
  t.strictSame(await readdir(folder), ['lowbeat.backup'], 'nothing beside it');

  await t.rejects(saveBackup(writeBackup(store, now), path), { code: 'BACKUP_IN_THE_WAY' });
  t.equal((await readFile(path)).length, (await bytesOf(writeBackup(store, now))).length, 'what was there stays');
  const bytes = await readFile(path);
  const cut = chunked(bytes.subarray(0, -9), 4_096);
  await t.rejects(saveBackup(cut, join(folder, 'cut.backup')), { code: 'BACKUP_DAMAGED' });
  await t.rejects(saveBackup(writeBackup(store, now), join(folder, 'none', 'x')), { code: 'ENOENT' });
  t.strictSame(await readdir(folder), ['lowbeat.backup']);
});

await t.test('a file is restored into a folder that is whole or not there', async (t) => {
  const root = await emptyFolder(t);
  const path = join(root, 'lowbeat.backup');
  const store = await filled(50);
  await saveBackup(writeBackup(store, now), path);

  const folder = join(root, 'data', 'store');
  t.match(await restoreBackup({ path, folder }), { createdAtMs: now });
  const restored = await openLevelStore({ folder });
  t.strictSame(await exported(restored), await exported(store));
  await restored.close();
  t.equal((await stat(folder)).mode & 0o077, 0, 'for its owner only');

  await t.rejects(restoreBackup({ path, folder }), { code: 'BACKUP_IN_THE_WAY', message: new RegExp(folder) });
  const broken = join(root, 'broken.backup');
  await writeFile(broken, (await readFile(path)).subarray(0, -1));
  const other = join(root, 'data', 'other');
  await t.rejects(restoreBackup({ path: broken, folder: other }), { code: 'BACKUP_DAMAGED' });
  await t.rejects(restoreBackup({ path: join(root, 'none'), folder: other }), { code: 'ENOENT' });
  t.strictSame(await readdir(dirname(other)), ['store'], 'nothing half-filled is left');
});

await t.test('a file from elsewhere is read whatever its mode', async (t) => {
  const folder = await emptyFolder(t);
  const path = join(folder, 'lowbeat.backup');
  await saveBackup(writeBackup(await filled(), now), path);
  await chmod(path, 0o400);
  t.match(await readBackup(createMemoryStore(), createReadStream(path)), { createdAtMs: now });
});
