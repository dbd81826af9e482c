// Accepts until the store refuses, says how far it came, and tries again for each line it is given.
// Argument: the store's folder.

import { createInterface } from 'node:readline';
import { limits } from '../../src/core/limits.js';
import type { SubscriptionRecord } from '../../src/ports/store.js';
import { openLevelStore } from '../../src/store/level/level-store.js';
import { household, request, subscribed, subscription } from '../conformance/store/fixtures.js';

/** With room for all, one turn ends here. */
const enough = 300;

const store = await openLevelStore({ folder: process.argv[2] ?? '' });
const home = await household(store);
const [device] = home.devices;
const subscriptions: SubscriptionRecord[] = [];
for (let n = 0; n < 10; n += 1) {
  subscriptions.push(await subscribed(store, subscription(`app ${n}`, device!.id, `app ${n}`)));
}
const data = new Uint8Array(limits.payloadBytes).map((_, index) => (index * 7919) % 251);
let next = 0;

async function acceptUntilRefused(): Promise<void> {
  let accepted = 0;
  let refused: unknown;
  while (refused === undefined && accepted < enough) {
    const to = subscriptions[Math.floor(next / limits.waitingPerSubscription)]!;
    try {
      await store.accept(request([to], { data }));
      accepted += 1;
      next += 1;
    } catch (error) {
      refused = (error as { readonly code?: unknown }).code;
    }
  }
  const readable = (await store.waiting(device!.id, 0, 10_000)).length;
  console.log(JSON.stringify({ accepted, refused, readable }));
}

await acceptUntilRefused();
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
while ((await lines.next()).done !== true) await acceptUntilRefused();
