// What every adapter does alike: what it refuses, what a receipt says.

import { reportAgeMs } from '../core/heartbeat/fleet.js';
import type { FleetReport } from '../core/heartbeat/fleet.js';
import { idPrefixes } from '../core/ids.js';
import type { DeviceId, NotificationId, SenderId, UserId } from '../core/ids.js';
import { limits } from '../core/limits.js';
import type { Mutable } from '../core/mutable.js';
import type {
  AcceptRequest, AcceptTarget, AppChange, ClearRecord, AppRecord, DeviceRecord, GrantChange, GrantRecord,
  HandledCopies, HandleRequest, MessageReference, OutboxItem,
  PushSubscription, SubscriptionRecord, UserChange, UserRecord,
} from '../ports/store.js';
import { subscriptionCodec } from '../wire/registry-codec.js';
import type { MessageTarget, OutboxHead, StoredMessage } from '../wire/record-codec.js';
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

/** An app and a receipt subscription must not share an outbox. */
export function assertApp(app: AppRecord): void {
  assertRecord(app);
  if (isReceiptSubscription(app.id)) {
    throw new RangeError(`store: the id of an app must not begin with ${idPrefixes.receiptSubscription}`);
  }
}

export function assertKeptName(name: string): void {
  assertText(name);
  if (name.length < 1 || name.length > limits.nameCharacters) {
    throw new RangeError(`store: the name of a kept key has 1 to ${limits.nameCharacters} characters, not ${name.length}`);
  }
}

export function tooManyKept(): RangeError {
  return new RangeError(`store: ${limits.keptKeys} keys are kept, and there must not be more`);
}

export function assertAccept(request: AcceptRequest): void {
  const { urgency, topic, acceptedAtMs, expiresAtMs, grant } = request;
  // Field by field: what `assertRecord` does for any record costs a list of them, with each of very many.
  assertText(urgency);
  assertText(topic);
  number(acceptedAtMs);
  number(expiresAtMs);
  if (grant !== undefined) assertText(grant);
  if (request.message !== undefined) assertRecord(request.message);
  const { targets } = request;
  if (targets.length === 0 && request.message === undefined) {
    throw new RangeError('store: accept takes one target or more, unless the message is named');
  }
  if (targets.length > 1 && new Set(targets.map((target) => target.subscription)).size < targets.length) {
    throw new RangeError('store: accept takes each target once');
  }
}

/** A copy of the request, checked. */
export function ownHandle({ copies, nowMs, expiresAtMs }: HandleRequest): HandleRequest {
  number(nowMs);
  number(expiresAtMs);
  return {
    nowMs,
    expiresAtMs,
    copies: copies.map(({ device, subscription, alias, ids }) => {
      assertText(device);
      for (const id of ids) number(id);
      return { device, subscription, alias, ids: [...ids] };
    }),
  };
}

/** What the device is to be told once some more was handled: `ids` that it may have, after what stands and is not too old. */
export function withClears(
  standing: readonly ClearRecord[],
  { alias, ids }: Pick<HandledCopies, 'alias' | 'ids'>,
  { nowMs, expiresAtMs }: Omit<HandleRequest, 'copies'>,
): readonly ClearRecord[] {
  const added = [...new Set(ids)].map((id) => ({ alias, id, expiresAtMs }));
  const others = standing.filter((one) => one.expiresAtMs > nowMs && !ids.includes(one.id));
  return [...others, ...added].slice(-limits.clearsWaiting);
}

/** When the last of them is too old. */
export function clearsExpireAtMs(clears: readonly ClearRecord[]): number {
  return Math.max(0, ...clears.map(({ expiresAtMs }) => expiresAtMs));
}

/** `record` as it reads back when it was written: a copy, checked. Throws RangeError when it cannot be written. */
export function kept<Kept>(codec: RecordCodec<Kept>, record: Kept): Kept {
  const result = codec.decode(codec.encode(record));
  if (!result.ok) throw new RangeError(result.error.message);
  return result.record;
}

/** A registration as it is kept, checked; its alias is known once it is its turn, and its endpoint is open. */
export function registration(
  { id, device, app, createdAtMs, applicationServerKey }: Omit<SubscriptionRecord, 'alias'>,
): SubscriptionRecord {
  const record = { id, device, app, createdAtMs, alias: 1 };
  assertRecord(record);
  return kept(subscriptionCodec, applicationServerKey === undefined ? record : { ...record, applicationServerKey });
}

export function ownPush({ endpoint, p256dh, auth }: PushSubscription): PushSubscription {
  return { endpoint, p256dh: new Uint8Array(p256dh), auth: new Uint8Array(auth) };
}

export function withPush(device: DeviceRecord, push: PushSubscription | undefined): DeviceRecord {
  if (push !== undefined) return { ...device, push };
  const without: Mutable<DeviceRecord> = { ...device };
  delete without.push;
  return without;
}

export function changedUser(
  { manualStatus, operator, ...user }: UserRecord,
  { name = user.name, manualStatus: status = manualStatus, zone = user.zone, operator: grants = operator }: UserChange,
): UserRecord {
  return {
    ...user,
    name,
    ...(status === undefined || status === 'available' ? {} : { manualStatus: status }),
    ...(zone === undefined ? {} : { zone }),
    ...(grants === true ? { operator: true } : {}),
  };
}

export function changedApp({ redirectUris, domain, webhook, deactivated, ...app }: AppRecord, change: AppChange): AppRecord {
  const {
    secretHash = app.secretHash, redirectUris: uris = redirectUris, domain: proven = domain, webhook: hook = webhook,
    deactivated: off = deactivated,
  } = change;
  return {
    ...app,
    secretHash,
    ...(uris === undefined || uris.length === 0 ? {} : { redirectUris: uris }),
    ...(proven == null ? {} : { domain: proven }),
    ...(hook == null ? {} : { webhook: hook }),
    ...(off === true ? { deactivated: true } : {}),
  };
}

export function changedGrant({ schedule, followsPhone, outside, ...grant }: GrantRecord, change: GrantChange): GrantRecord {
  const {
    scopes = grant.scopes, paused = grant.paused, schedule: windows = schedule, followsPhone: follows = followsPhone,
    outside: without = outside,
  } = change;
  return {
    ...grant,
    scopes,
    paused,
    ...(windows == null ? {} : { schedule: windows }),
    ...(follows === true ? { followsPhone: true } : {}),
    ...(without === 'drop' ? { outside: 'drop' } : {}),
  };
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
      expiresAtMs: nowMs + outboxMs,
    },
  };
}

export function owesReceipt(message: StoredMessage): boolean {
  return message.receiptWanted && !message.receiptSent;
}

/** In place of a sender, for what links the copies of a message that nobody named; no sender has it. */
export const noSender = '' as SenderId;

/** Whose outbox begins and ends with its messages; that of an app is there as long as the app. */
export function isReceiptSubscription(sender: SenderId): boolean {
  return sender.startsWith(idPrefixes.receiptSubscription);
}

/** What links the copies of a message that nobody named: no other has `id`, the first number that it takes of its user's. */
export function linkOfCopies(device: DeviceId, id: NotificationId): MessageReference {
  return { sender: noSender, reference: `${id} ${device}`, receiptWanted: false };
}

/** schemas/record.proto keeps them in 32 bits. */
export const largestId = 0xffff_ffff;

/**
 * The ids of a message's copies: the same on all devices of a user, of which `take` gives the next; a further copy on one
 * device has one of its own.
 */
export function idsOfCopies(
  places: readonly { readonly device: DeviceId; readonly user: UserId }[],
  take: (user: UserId) => NotificationId,
): readonly NotificationId[] {
  const [only] = places;
  if (only !== undefined && places.length === 1) return [take(only.user)];
  const common = new Map<UserId, NotificationId>();
  const served = new Set<DeviceId>();
  return places.map(({ device, user }) => {
    const id = (served.has(device) ? undefined : common.get(user)) ?? take(user);
    served.add(device);
    if (!common.has(user)) common.set(user, id);
    return id;
  });
}

/** Throws RangeError unless `user` has ids for so many copies and for a count of missed ones with each. */
export function assertNumbersLeft(user: UserId, nextId: NotificationId, copies: number): void {
  if (nextId + 2 * copies > largestId) throw new RangeError(`store: user ${user} has used up the notification ids`);
}

/** Whether taking one copy says something of another. */
export function needsLink(targets: readonly AcceptTarget[]): boolean {
  return targets.some(({ fallback }) => fallback) && !targets.every(({ fallback }) => fallback);
}

/** Whether a message with these copies waiting is there only to link them, and there are none to link any more. */
export function linksNothing(message: StoredMessage, left: readonly MessageTarget[]): boolean {
  return message.sender === noSender && !left.some(({ fallback }) => fallback);
}

/** The message after a device took `target`: without copies for when none does, unless that was one. */
export function whenTaken(message: StoredMessage, target: MessageTarget): StoredMessage {
  const { targets } = message;
  if (!targets.some(({ fallback }) => fallback)) return message;
  const own = targets.find(({ device, id }) => device === target.device && id === target.id);
  if (own === undefined || own.fallback === true) return message;
  return { ...message, targets: targets.map(({ device, id }) => ({ device, id })) };
}

export const newAppHead: OutboxHead = { nextSequence: 1, waiting: 0, firstSequence: 1 };

/**
 * The head of a receipt subscription. Its numbers begin at the time in milliseconds: those of one that begins anew
 * are above all that its readers saw before, unless it was owed a thousand receipts in each second or the clock went back.
 */
export function newReceiptHead(nowMs: number): OutboxHead {
  const first = Math.max(1, nowMs);
  return { nextSequence: first, waiting: 0, firstSequence: first, expiresAtMs: 1 };
}

/** `head` once its sender has a message that lives until then, and whose receipt may wait for as long as receipts do. */
export function withMessage(head: OutboxHead, expiresAtMs: number): OutboxHead {
  return withUse(head, expiresAtMs + outboxMs);
}

/** `head` with `item` behind all others. */
export function withItem(head: OutboxHead, item: OutboxItem): OutboxHead {
  return {
    ...withUse(head, item.expiresAtMs), nextSequence: head.nextSequence + 1, waiting: head.waiting + 1,
  };
}

/** `head` without one of its items. */
export function withoutItem(head: OutboxHead, sequence: number): OutboxHead {
  const waiting = head.waiting - 1;
  const firstSequence = sequence === head.firstSequence ? sequence + 1 : head.firstSequence;
  return { ...head, waiting, firstSequence: waiting === 0 ? head.nextSequence : firstSequence };
}

/** A head that ends lives for `outboxMs` after the last that may be left of it, on a full hour: so few writes move its end. */
function withUse(head: OutboxHead, lastMs: number): OutboxHead {
  if (head.expiresAtMs === undefined) return head;
  const expiresAtMs = Math.min(Number.MAX_SAFE_INTEGER, Math.ceil((lastMs + outboxMs) / hourMs) * hourMs);
  return expiresAtMs > head.expiresAtMs ? { ...head, expiresAtMs } : head;
}

const outboxMs = limits.outboxSeconds * 1_000;
const hourMs = 3_600_000;

/** When the last of its reports is too old. */
export function networkExpiresAtMs(reports: readonly FleetReport[]): number {
  return Math.max(0, ...reports.map(({ atMs }) => atMs)) + reportAgeMs;
}
