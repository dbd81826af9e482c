// The store is killed at random moments under load, many times over, and opened again: what it had answered is
// there, what it had removed is gone, its numbers go on, and its indexes fit its records.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import t from 'tap';
import type { Test } from 'tap';
import { createPrng } from '../../src/core/prng.js';
import type { Store } from '../../src/ports/store.js';
import { openLevelStore } from '../../src/store/level/level-store.js';
import { createMemoryStore } from '../../src/store/memory/memory-store.js';
import { exported, now, streamed } from '../conformance/store/fixtures.js';
import { emptyFolder } from './adapters.js';

const seed = Number(process.env['LOWBEAT_SEED'] ?? (process.env['CI'] === undefined ? Date.now() % 1_000_000_007 : 1));
const rounds = 6;
const prng = createPrng(seed);
t.comment(`LOWBEAT_SEED=${seed}`);

/** What the killed process had told of one notification. */
type State = 'accepted' | 'acknowledging' | 'acknowledged';

await t.test('what was answered before a SIGKILL is kept', async (t) => {
  t.setTimeout(60_000);
  const folder = await emptyFolder(t);
  const highest = new Map<string, number>();
  for (let round = 1; round <= rounds; round += 1) {
    const told = await killedAfter(t, { folder, round, lines: 20 + Math.floor(prng.next() * 1_500) });
    const store = await openLevelStore({ folder });
    await check(t, { store, told, highest });
    await drain(store);
    await store.close();
  }
});

async function killedAfter(t: Test, { folder, round, lines }: {
  readonly folder: string;
  readonly round: number;
  readonly lines: number;
}): Promise<Map<string, State>> {
  const script = new URL('./crash-child.js', import.meta.url).pathname;
  const child = spawn(process.execPath, [script, folder, String(round)], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.teardown(() => child.kill('SIGKILL'));
  const exit = once(child, 'exit');
  const told = new Map<string, State>();
  let count = -1;
  for await (const line of createInterface({ input: child.stdout })) {
    const [what, device, id, ...rest] = line.split(' ');
    count += 1;
    if (count === 0 || id === undefined) continue;
    if (rest.length > 0) throw new Error(`the child told: ${line}`);
    told.set(`${device} ${id}`, what as State);
    if (count === lines) child.kill('SIGKILL');
  }
  const [, signal] = await exit as [number | null, string | null];
  t.equal(signal, 'SIGKILL', `round ${round}: killed after ${count} lines`);
  return told;
}

async function check(t: Test, { store, told, highest }: {
  readonly store: Store;
  readonly told: ReadonlyMap<string, State>;
  readonly highest: Map<string, number>;
}): Promise<void> {
  const waiting = new Set<string>();
  for (const { id: user } of await store.users({ limit: 100 })) {
    for (const { id } of await store.documentsOf(user, 'code')) waiting.add(`document ${id}`);
  }
  for (const { id: device } of await store.devices({ limit: 100 })) {
    for (const { id, missed } of await store.waiting(device, 0, 10_000)) {
      waiting.add(`${device} ${id}`);
      if (missed > 0) t.fail('the child let a subscription overflow, so this test shows nothing');
    }
    for (const { id } of await store.clears(device, now)) waiting.add(`clears:${device} ${id}`);
  }
  const lost = [...told].filter(([key, state]) => state === 'accepted' && !waiting.has(key));
  const undead = [...told].filter(([key, state]) => state === 'acknowledged' && waiting.has(key));
  t.strictSame(lost, [], `none of ${told.size} is lost`);
  t.strictSame(undead, [], 'none that was acknowledged is back');
  const before = new Map(highest);
  const reused: string[] = [];
  for (const key of told.keys()) {
    const [device = '', id] = key.split(' ');
    // The child gives these numbers itself.
    if (device === 'document') continue;
    if (Number(id) <= (before.get(device) ?? 0)) reused.push(key);
    highest.set(device, Math.max(highest.get(device) ?? 0, Number(id)));
  }
  t.strictSame(reused, [], 'no number is used twice');
  // The model takes entries only when every index fits its record.
  await t.resolves(createMemoryStore().import(streamed(await exported(store))));
}

/** So that the next round finds room. */
async function drain(store: Store): Promise<void> {
  for (const { id: device } of await store.devices({ limit: 100 })) {
    const ids = (await store.waiting(device, 0, 10_000)).map(({ id }) => id);
    await store.acknowledge({ device, ids, nowMs: now, hiddenUids: [] });
    await store.cleared(device, (await store.clears(device, now)).map(({ id }) => id));
  }
  for (const { id: user } of await store.users({ limit: 100 })) {
    for (const { kind, id } of await store.documentsOf(user, 'code')) await store.removeDocument(kind, id);
  }
}
