// Subscriptions in level: they stand under their device and alias, and an index finds them by id.

import type { DeviceId, SubscriptionId } from '../../core/ids.js';
import { limits } from '../../core/limits.js';
import type { SubscriptionRecord } from '../../ports/store.js';
import { queueHeadCodec } from '../../wire/record-codec.js';
import { subscriptionCodec } from '../../wire/registry-codec.js';
import { fieldsOf, keys, kinds, numberOf, rangeOf, text } from '../keys.js';
import { taken } from '../rules.js';
import type { Transaction } from './transaction.js';
import { removeWaitingOf } from './waiting.js';

export async function addSubscription(
  transaction: Transaction,
  wanted: SubscriptionRecord,
  reopen: boolean,
): Promise<SubscriptionRecord | 'full' | undefined> {
  const { id, device } = wanted;
  if (!transaction.has(keys.queueHead(device))) return undefined;
  const places = await transaction.keys(rangeOf(kinds.subscription, text(device)), limits.subscriptionsPerDevice);
  const standing = places
    .map((place) => ({ place, record: transaction.readable(place, subscriptionCodec) }))
    .find(({ record }) => record?.app === wanted.app);
  const closed = standing?.record?.endpointClosed === true;
  if (standing?.record !== undefined && !(reopen && closed) && sameKey(standing.record, wanted)) return standing.record;
  if (transaction.has(keys.subscriptionOfId(id))) throw taken(id);
  if (standing !== undefined) await removePlace(transaction, standing.place, standing.record?.id);
  else if (places.length >= limits.subscriptionsPerDevice) return 'full';
  const head = transaction.record(keys.queueHead(device), queueHeadCodec);
  if (head === undefined) throw new Error(`store: device ${device} has no queue head`);
  const alias = head.nextAlias;
  // A new key alone does not open what the user closed.
  const added: SubscriptionRecord = { ...wanted, alias, ...(closed && !reopen ? { endpointClosed: true } : {}) };
  const place = keys.subscription(device, alias);
  transaction.put(place, subscriptionCodec, added);
  transaction.point(keys.subscriptionOfId(id), place);
  transaction.putLater(keys.queueHead(device), queueHeadCodec, { ...head, nextAlias: alias + 1 });
  return added;
}

function sameKey(
  one: Pick<SubscriptionRecord, 'applicationServerKey'>,
  other: Pick<SubscriptionRecord, 'applicationServerKey'>,
): boolean {
  const [left, right] = [one.applicationServerKey, other.applicationServerKey];
  return left === undefined || right === undefined ? left === right : Buffer.compare(left, right) === 0;
}

export async function removeSubscription(transaction: Transaction, id: SubscriptionId): Promise<boolean> {
  const place = transaction.pointer(keys.subscriptionOfId(id));
  if (place === undefined) return false;
  await removePlace(transaction, place, id);
  return true;
}

/** The subscription at `place` and what waits for it; its id is not known if its record is damaged. */
export async function removePlace(
  transaction: Transaction,
  place: string,
  id: SubscriptionId | undefined,
): Promise<void> {
  const [, device = '', alias = ''] = fieldsOf(place);
  await removeWaitingOf(transaction, device as DeviceId, numberOf(alias));
  transaction.delete(place);
  if (id !== undefined) transaction.delete(keys.subscriptionOfId(id));
}
