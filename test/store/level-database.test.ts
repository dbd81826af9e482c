// The database below the store, held against LevelDB's files themselves.

import { readFileSync } from 'node:fs';
import { Level } from 'level';
import t from 'tap';
import { openDatabase } from '../../src/store/level/database.js';
import { emptyFolder } from './adapters.js';

const nothing = new Uint8Array(0);
const everything = { gte: '', lt: '~' };

/** Bytes of this process that its C and C++ code took from the system, memory of other threads apart. Node's own heap is not in there. */
function nativeHeapBytes(): number {
  const found = /\[heap\]\n(?:.*\n)*?Rss:\s+(\d+) kB/.exec(readFileSync('/proc/self/smaps', 'utf8'))?.[1];
  if (found === undefined) throw new Error('no [heap] in /proc/self/smaps');
  return Number(found) * 1_024;
}

await t.test('an empty value is read as one, also where a store of before has it on disk as it is', async (t) => {
  const folder = await emptyFolder(t);
  const before = new Level<string, Uint8Array>(folder, { valueEncoding: 'view' });
  await before.put('of before', nothing);
  await before.close();

  const database = await openDatabase(folder);
  await database.write(new Map([['mark', nothing], ['record', Uint8Array.of(1, 0)]]));
  t.same(database.get('of before'), nothing);
  t.same(database.get('mark'), nothing);
  t.same(database.get('record'), Uint8Array.of(1, 0));
  t.equal(database.get('absent'), undefined);
  const wanted = [
    { key: 'mark', value: nothing }, { key: 'of before', value: nothing }, { key: 'record', value: Uint8Array.of(1, 0) },
  ];
  t.same(await database.entries(everything, 10), wanted);
  const streamed = [];
  for await (const entry of database.stream()) streamed.push(entry);
  t.same(streamed, wanted, 'a backup has them empty');
  await database.close();
});

await t.test('what is written leaves nothing behind in memory, an index entry without a value included', async (t) => {
  const database = await openDatabase(await emptyFolder(t));
  const count = 20_000;
  const write = (): Promise<void> => database.write(new Map(Array.from({ length: count }, (_, index) => [`x!${index}!`, nothing])));
  // What LevelDB keeps for itself it has by then, but for some batches that are not collected yet.
  for (let time = 0; time < 5; time += 1) await write();
  const before = nativeHeapBytes();
  for (let time = 0; time < 10; time += 1) await write();
  const left = (nativeHeapBytes() - before) / (10 * count);
  t.ok(left < 16, `${left.toFixed(1)} bytes of each are left`);
  await database.close();
});
