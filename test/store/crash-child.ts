// Accepts and acknowledges as fast as it may until it is killed, and tells of each call before and after it.
// Arguments: the store's folder, a number that parts the references of one run from those of another.

import { writeSync } from 'node:fs';
import type { ReceiptSubscriptionId } from '../../src/core/ids.js';
import type { NotificationRecord } from '../../src/ports/store.js';
import { openLevelStore } from '../../src/store/level/level-store.js';
import { household, named, now, request } from '../conformance/store/fixtures.js';
import type { Household } from '../conformance/store/fixtures.js';

const [folder = '', run = ''] = process.argv.slice(2);
const store = await openLevelStore({ folder });
const homes: Household[] = [];
for (let n = 0; n < 4; n += 1) homes.push(await existing(n) ?? await household(store, n, 2));

async function existing(n: number): Promise<Household | undefined> {
  const user = await store.userByName(`user ${n}`);
  const app = await store.appByName(`app ${n}`);
  if (user === undefined || app === undefined) return undefined;
  const devices = await store.devicesOfUser(user.id);
  const [grant] = await store.grantsOfUser(user.id);
  const lists = await Promise.all(devices.map(({ id }) => store.subscriptionsOfDevice(id)));
  if (grant === undefined) throw new Error(`${user.name} has no grant`);
  return { user, app, devices, grant, subscriptions: lists.flat() };
}

/** What it says of documents has this in place of a device, and a number that no other has. */
const documents = 'document';

/** Keeps what may be used once, and takes it; what stands under one id, and under what name, changes all the time. */
async function keeper(home: Household, worker: number): Promise<never> {
  const owner = home.user.id;
  for (let n = 0; ; n += 1) {
    const id = (Number(run) * 1_000 + worker) * 1_000_000 + n;
    const document = { kind: 'code', id: String(id), owner, names: [`of ${worker}`], value: new Uint8Array(n % 300) };
    if (await store.putDocument(document) !== 'kept') throw new Error('a document was refused');
    tell('accepted', documents, id);
    await store.putDocument({ kind: 'latest', id: String(worker), names: [`${n}`, `of ${owner}`], expiresAtMs: now + n, value: document.value });
    if (n % 3 === 0) continue;
    tell('acknowledging', documents, id);
    if (!await store.removeDocument('code', document.id)) throw new Error('a document was not there');
    tell('acknowledged', documents, id);
  }
}

function tell(what: string, device: string, id: number): void {
  writeSync(1, `${what} ${device} ${id}\n`);
}

/** What one sender leaves waiting on a home's devices: of all senders together less than a subscription holds. */
const leftWaiting = 20;

/** Accepts for all devices of one home, and acknowledges part of it at once and the rest later. */
async function sender(home: Household, worker: number): Promise<never> {
  const left: NotificationRecord[] = [];
  for (let n = 0; ; n += 1) {
    const reference = `${run}-${worker}-${n}`;
    const receiptWanted = n % 3 === 0;
    const message = n % 4 === 0
      ? { sender: `rcp_${home.app.id}` as ReceiptSubscriptionId, reference, receiptWanted }
      : named(home, reference, { receiptWanted });
    const topic = n % 5 === 0 ? `topic ${worker}` : '';
    const wanted = request(home.subscriptions, { topic, ...(n % 2 === 0 ? { message } : {}) });
    const last = wanted.targets.at(-1);
    const depends = n % 7 < 2;
    const targets = wanted.targets.map((target) => (depends && target === last ? { ...target, fallback: true as const } : target));
    const result = await store.accept({ ...wanted, targets });
    if (result.outcome !== 'accepted') throw new Error(result.outcome);
    for (const { device, id, missed } of result.notifications) {
      // A copy for when nobody takes another goes with that, unasked.
      if (topic === '' && missed === 0 && !(depends && device === last?.device)) tell('accepted', device, id);
    }
    left.push(...result.notifications);
    const acks = n % 2 === 0 ? left.splice(-1) : left.splice(0, Math.max(0, left.length - leftWaiting));
    for (const { device, id } of acks) {
      tell('acknowledging', device, id);
      await store.acknowledge({ device, ids: [id], nowMs: now, hiddenUids: [] });
      tell('acknowledged', device, id);
    }
  }
}

/** What stands for a device's clears in what it says. */
const clearsOf = (device: string): string => `clears:${device}`;

/** Handles on the first device what both have, and lets the second be told of every third. */
async function reader(home: Household): Promise<never> {
  const [first, second] = home.subscriptions;
  if (first === undefined || second === undefined) throw new Error('a home has two devices');
  const { device } = second;
  for (let n = 0; ; n += 1) {
    const result = await store.accept(request([first, second]));
    if (result.outcome !== 'accepted') throw new Error(result.outcome);
    for (const copy of result.notifications) tell('acknowledging', copy.device, copy.id);
    const id = result.notifications.at(-1)?.id ?? 0;
    await store.acknowledge({ device: first.device, ids: [id], nowMs: now, hiddenUids: [] });
    const copies = [{ device, subscription: second.id, alias: second.alias, ids: [id] }];
    await store.handle({ copies, nowMs: now, expiresAtMs: now + 1 });
    for (const copy of result.notifications) tell('acknowledged', copy.device, copy.id);
    tell('accepted', clearsOf(device), id);
    if (n % 3 !== 0) continue;
    tell('acknowledging', clearsOf(device), id);
    await store.cleared(device, [id]);
    tell('acknowledged', clearsOf(device), id);
  }
}

writeSync(1, 'ready\n');
await Promise.all([
  ...homes.flatMap((home) => [0, 1, 2].map((worker) => sender(home, worker))),
  ...homes.map((home, worker) => keeper(home, worker)),
  ...homes.map((home) => reader(home)),
]);
