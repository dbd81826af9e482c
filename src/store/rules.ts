// What every adapter does alike: what it refuses, what a receipt says.

import { reportAgeMs } from '../core/heartbeat/fleet.js';
import type { FleetReport } from '../core/heartbeat/fleet.js';
import { idPrefixes } from '../core/ids.js';
import type { DeviceId, NotificationId, ReceiptSubscriptionId, SenderId } from '../core/ids.js';
import { limits } from '../core/limits.js';
import type { AcceptRequest, GrantRecord, OutboxItem } from '../ports/store.js';
import type { StoredMessage } from '../wire/record-codec.js';
import type { RecordCodec } from '../wire/versioned-codec.js';
import { assertText, number } from './keys.js';

/** Throws RangeError unless every text of a flat record is well-formed and every number whole and from 0 up. */
export function assertRecord(record: object): void {
  for (const value of Object.values(record) as unknown[]) {
    if (typeof value === 'string') assertText(value);
    else if (typeof value === 'number') number(value);
  }
}

export function assertActive(grant: GrantRecord): void {
  assertRecord(grant);
  if (grant.revokedAtMs !== undefined) {
    throw new RangeError('store: putGrant takes an active grant; revokeGrant is what revokes one');
  }
}

export function assertAccept(request: AcceptRequest): void {
  assertRecord(request);
  if (request.message !== undefined) assertRecord(request.message);
  const subscriptions = new Set(request.targets.map((target) => target.subscription));
  if (subscriptions.size === 0 && request.message === undefined) {
    throw new RangeError('store: accept takes one target or more, unless the message is named');
  }
  if (subscriptions.size < request.targets.length) {
    throw new RangeError('store: accept takes each target once');
  }
}

/** `record` as it reads back when it was written: a copy, checked. Throws RangeError when it cannot be written. */
export function kept<Kept>(codec: RecordCodec<Kept>, record: Kept): Kept {
  const result = codec.decode(codec.encode(record));
  if (!result.ok) throw new RangeError(result.error.message);
  return result.record;
}

/** For a record whose id another one has. */
export function taken(id: string): RangeError {
  return new RangeError(`store: ${JSON.stringify(id)} is in use; ids are random and never used twice`);
}

export interface Receipt {
  readonly sender: SenderId;
  readonly item: OutboxItem;
}

const encoder = new TextEncoder();

/** What the sender of `message` is told of it. */
export function receipt(
  message: StoredMessage,
  state: 'acknowledged' | 'expired',
  nowMs: number,
): Receipt {
  return {
    sender: message.sender,
    item: {
      topic: `receipt/${message.reference}`,
      payload: encoder.encode(JSON.stringify({ id: message.reference, state })),
      ...(message.uid === undefined ? {} : { uid: message.uid }),
      expiresAtMs: nowMs + limits.outboxSeconds * 1000,
    },
  };
}

export function owesReceipt(message: StoredMessage): boolean {
  return message.receiptWanted && !message.receiptSent;
}

/** When the last of its reports is too old. */
export function networkExpiresAtMs(reports: readonly FleetReport[]): number {
  return Math.max(0, ...reports.map(({ atMs }) => atMs)) + reportAgeMs;
}

/** Whether a receipt subscription of Web Push, whose outbox begins with its first message, and not an app. */
export function isReceiptSubscription(sender: SenderId): sender is ReceiptSubscriptionId {
  return sender.startsWith(idPrefixes.receiptSubscription);
}

/** When a receipt subscription may end whose last message ends at `messageExpiresAtMs`: its receipt waits so long. */
export function receiptsExpireAtMs(messageExpiresAtMs: number): number {
  return messageExpiresAtMs + limits.outboxSeconds * 1000;
}

/** What links the copies of a message that its sender did not name: no id of a sender looks like it. */
export function linkOfCopies(device: DeviceId, id: NotificationId): Pick<StoredMessage, 'sender' | 'reference'> {
  return { sender: 'copies' as SenderId, reference: `${device}.${id}` };
}

/** Throws RangeError unless `value` may be kept under `name`. */
export function assertKept(name: string, value: Uint8Array): void {
  if (name === '' || name.length > limits.nameCharacters) {
    throw new RangeError(`store: a kept key has a name of 1 to ${limits.nameCharacters} characters`);
  }
  assertText(name);
  if (value.length === 0 || value.length > limits.keptKeyBytes) {
    throw new RangeError(`store: a kept key has 1 to ${limits.keptKeyBytes} bytes, not ${value.length}`);
  }
}

export function tooManyKept(): RangeError {
  return new RangeError(`store: ${limits.keptKeys} keys are kept, which is the most`);
}
