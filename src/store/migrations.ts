// What makes an older layout into the next: one migration for each version, entry by entry. Level runs them in bounded batches
// (src/store/level/migrations.ts), memory over the backup that it takes.

import type { DeviceId } from '../core/ids.js';
import type { StoreEntry } from '../ports/store.js';
import { subscriptionQueueCodec } from '../wire/record-codec.js';
import { grantCodec } from '../wire/registry-codec.js';
import { fieldsOf, isNotification, keys, kinds, noKeys, numberOf, rangeOf, recordOfExpiry } from './keys.js';
import type { KeyRange } from './keys.js';

/** From the layout before `version` to that of `version`. */
export interface Migration {
  readonly version: number;
  /** The entries that it looks at, ascending. */
  readonly range: KeyRange;
  /**
   * What becomes of one entry: new values of this and other keys, undefined for what is removed. It may see an entry again that
   * it has changed or made itself, and then must change nothing more.
   */
  change(entry: StoreEntry): ReadonlyMap<string, Uint8Array | undefined>;
}

/** In order, one for each version from 2 up. */
export const migrations: readonly Migration[] = [
  // Records of version 2, kept keys, outboxes that expire: all of version 1 stays as it is, but no program that reads
  // only that may go on with the store.
  { version: 2, range: noKeys, change: () => new Map() },
  // Records of version 3, documents, and the list of all active grants.
  { version: 3, range: rangeOf(kinds.grant), change: list },
  // Lists of what waits may name what does not wait any more: all of version 3 is right as it stands.
  { version: 4, range: noKeys, change: () => new Map() },
  // One expiry entry for all that waits for a subscription, in place of one for each notification.
  { version: 5, range: { gte: rangeOf(kinds.subscriptionQueue).gte, lt: rangeOf(kinds.expiry).lt }, change: expireTogether },
];

function list({ value }: StoreEntry): ReadonlyMap<string, Uint8Array> {
  const grant = grantCodec.decode(value);
  // A damaged one can be in no list; whoever asks for it is told.
  if (!grant.ok || grant.record.revokedAtMs !== undefined) return new Map();
  return new Map([[keys.activeGrant(grant.record.uid), new Uint8Array(0)]]);
}

/** Long past: the next sweep looks at the list, and finds when the first of it really expires. */
const overdueMs = 1;

function expireTogether({ key, value }: StoreEntry): ReadonlyMap<string, Uint8Array | undefined> {
  const [kind, device = '', alias = ''] = fieldsOf(key);
  if (kind === kinds.expiry) return new Map(isNotification(recordOfExpiry(key)) ? [[key, undefined]] : []);
  const queue = subscriptionQueueCodec.decode(value);
  if (queue.ok && queue.record.expiresAtMs !== undefined) return new Map();
  const entry = keys.expiry(overdueMs, keys.waiting(device as DeviceId, numberOf(alias)));
  // A damaged one is made anew by the sweep.
  const marked = queue.ok ? [[key, subscriptionQueueCodec.encode({ ...queue.record, expiresAtMs: overdueMs })] as const] : [];
  return new Map([...marked, [entry, new Uint8Array(0)]]);
}
