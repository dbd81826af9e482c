// Bringing older stores to the present layout: in order, in batches, and again after a crash.

import t from 'tap';
import { limits } from '../../src/core/limits.js';
import type { StoreEntry } from '../../src/ports/store.js';
import { keys, kinds, rangeOf } from '../../src/store/keys.js';
import { openLevelStore } from '../../src/store/level/level-store.js';
import type { Migration } from '../../src/store/migrations.js';
import { schemaVersion } from '../../src/store/schema.js';
import { userCodec } from '../../src/wire/registry-codec.js';
import { exported, household, now, streamed, user } from '../conformance/store/fixtures.js';
import { emptyFolder } from './adapters.js';
import { FaultyDatabase } from './faulty-database.js';

/** Renames every user, by something that must not be done twice. */
function renaming(version: number, seen: string[] = []): Migration {
  const suffix = ` v${version}`;
  return {
    version,
    range: rangeOf(kinds.user),
    change({ key, value }: StoreEntry) {
      seen.push(key);
      const result = userCodec.decode(value);
      if (!result.ok) throw new Error(result.error.message);
      const record = { ...result.record, name: result.record.name + suffix };
      return new Map([
        [key, userCodec.encode(record)],
        [keys.userOfName(result.record.name), undefined],
        [keys.userOfName(record.name), Buffer.from(key)],
      ]);
    },
  };
}

const users = Array.from({ length: 2 * limits.storeBatchEntries + 500 }, (_, n) => user(n, `user ${n}`));

async function filledFolder(t: Parameters<typeof emptyFolder>[0]): Promise<string> {
  const folder = await emptyFolder(t);
  const store = await openLevelStore({ folder }, { migrations: [] });
  await Promise.all(users.map((record) => store.addUser(record)));
  await store.close();
  return folder;
}

await t.test('a new store has the newest layout, and runs no migration', async (t) => {
  const folder = await emptyFolder(t);
  const seen: string[] = [];
  const list = Array.from({ length: schemaVersion }, (_, n) => renaming(n + 2, seen));
  const store = await openLevelStore({ folder }, { migrations: list });
  await store.addUser(user(1));
  await store.probe();
  await store.close();
  const again = await openLevelStore({ folder }, { migrations: list });
  t.equal((await again.user(user(1).id))?.name, 'user 1');
  t.strictSame(seen, []);
  await again.close();
  await t.rejects(openLevelStore({ folder }), { code: 'STORE_UNREADABLE', message: /newer/ }, 'there is no way back');
});

await t.test('an older one is brought up version by version, once', async (t) => {
  const folder = await filledFolder(t);
  let database: FaultyDatabase | undefined;
  const list = [renaming(2), renaming(3)];
  const parts = {
    migrations: list,
    async openDatabase(path: string) {
      database = await FaultyDatabase.open(path);
      return database;
    },
  };
  for (let time = 0; time < 2; time += 1) {
    const store = await openLevelStore({ folder }, parts);
    const name = `user ${users.length - 1} v2 v3`;
    t.equal((await store.userByName(name))?.id, users.at(-1)!.id);
    t.equal((await store.users({ limit: 10_000 })).every((record) => record.name.endsWith(' v2 v3')), true);
    if (time === 0) {
      t.equal(database!.writes.length, 2 * (3 + 1), 'three batches each, and the version');
      t.ok(Math.max(...database!.writes) <= 3 * limits.storeBatchEntries + 1);
    } else {
      t.strictSame(database!.writes, []);
    }
    await store.close();
  }
});

await t.test('one that is interrupted at any batch goes on where it stopped', async (t) => {
  // 1 to 3: its batches; 4: the version, after the last of them.
  for (const failing of [1, 2, 3, 4]) {
    const folder = await filledFolder(t);
    const seen: string[] = [];
    const list = [renaming(2, seen)];
    const interrupted = openLevelStore({ folder }, {
      migrations: list,
      async openDatabase(path) {
        const database = await FaultyDatabase.open(path);
        database.faults = [...Array<undefined>(failing - 1), 'lost'];
        return database;
      },
    });
    await t.rejects(interrupted, { code: 'STORE_UNAVAILABLE' });
    const seenBefore = seen.length;
    const store = await openLevelStore({ folder }, { migrations: list });
    const names = (await store.users({ limit: 10_000 })).map(({ name }) => name).sort();
    t.strictSame(names, users.map(({ name }) => `${name} v2`).sort(), 'each was changed once');
    const written = Math.min((failing - 1) * limits.storeBatchEntries, users.length);
    t.equal(seen.length - seenBefore, users.length - written, 'what was written was not looked at again');
    t.strictSame((await exported(store)).filter(({ key }) => key === keys.migrated), []);
    await store.close();
  }
});

await t.test('a backup of an older layout is brought up as it is restored', async (t) => {
  const old = await openLevelStore({ folder: await emptyFolder(t) }, { migrations: [] });
  const home = await household(old);
  const entries = await exported(old);
  await old.close();
  const list = [renaming(2)];
  const folder = await emptyFolder(t);
  const store = await openLevelStore({ folder }, { migrations: list });
  t.equal(await store.import(streamed(entries)), entries.length);
  t.equal((await store.userByName(`${home.user.name} v2`))?.id, home.user.id);
  await store.removeUser(home.user.id, now);
  await store.close();
});

await t.test('migrations must lead from version to version', async (t) => {
  for (const list of [[renaming(3)], [renaming(2), renaming(4)], [renaming(2), renaming(2)]]) {
    await t.rejects(openLevelStore({ folder: await emptyFolder(t) }, { migrations: list }), /one version each/);
  }
});
