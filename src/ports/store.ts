// The store: everything the gateway must not forget. One adapter for one process (level), one for
// tests (memory), and room for a shared engine: every record is keyed by its device, user or app, and
// whatever must happen as a whole is one call here.
//
// Contract, the same for every adapter (test/conformance/store.ts holds them to it):
// - Durable: a resolved write survives the process being killed. (memory: as long as the object lives.)
// - Atomic: a call happens as a whole or not at all; concurrent calls behave as if one after the other.
// - Ordered: two writes resolve in the order in which they were called.
// - Copied: what is passed in may be changed afterwards, what is handed out may be kept.
// - Bounded: above `limits.storeWaiting` pending writes a call rejects with StoreError 'STORE_BUSY'.
// - Time comes in: the store has no clock.
// - Expected outcomes are returned values; a rejected promise means nothing was written.
// - Text is well-formed Unicode, numbers of time are whole milliseconds from 0 up: anything else rejects with
//   RangeError. So does a record whose id is in use: ids are random and never used twice.
// - Lists ascend by id (bytes of its UTF-8), subscriptions of a device by alias, grants of a user by app.

import type { Urgency } from '../core/frames.js';
import type { FleetReport } from '../core/heartbeat/fleet.js';
import type {
  Alias, AppId, DeviceId, NotificationId, SenderId, SubscriptionId, Uid, UserId,
} from '../core/ids.js';
import type { ManualStatus } from '../core/presence/visible.js';
import type { Schedule } from '../core/presence/windows.js';
import type { Soon } from './soon.js';

export type StoreErrorCode =
  /** Too many writes are waiting; try again. */
  | 'STORE_BUSY'
  /** The disk refused (full, read-only, failing). Nothing was written. */
  | 'STORE_UNAVAILABLE'
  /** Another process has the folder. */
  | 'STORE_LOCKED'
  /** Written by a newer version, or damaged. */
  | 'STORE_UNREADABLE'
  | 'STORE_CLOSED';

export class StoreError extends Error {
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = 'StoreError';
    this.code = code;
  }
}

export interface UserRecord {
  readonly id: UserId;
  /** Unique. */
  readonly name: string;
  readonly createdAtMs: number;
  /** What the user says of themself; absent: their devices speak. */
  readonly manualStatus?: Exclude<ManualStatus, 'available'>;
  /**
   * IANA name of the zone of the user's phone, as last told, at most `limits.zoneCharacters`: windows that follow the phone
   * are read in it. Whether there is such a zone is not looked at.
   */
  readonly zone?: string;
  /** May do in the pages what the operator may. */
  readonly operator?: true;
}

/** What is absent stays. */
export interface UserChange {
  readonly name?: string;
  /** 'available': nothing is said any more. */
  readonly manualStatus?: ManualStatus;
  readonly zone?: string;
  readonly operator?: boolean;
}

export interface DeviceRecord {
  readonly id: DeviceId;
  readonly user: UserId;
  readonly name: string;
  /** SHA-256 of the token, 32 bytes. */
  readonly tokenHash: Uint8Array;
  readonly createdAtMs: number;
  readonly minimumUrgency: Urgency;
  /** Where it is reached through somebody else's push service when it has no link. */
  readonly push?: PushSubscription;
}

/** A `PushSubscription` of the Push API: what its browser, or any other Web Push client, gave out. */
export interface PushSubscription {
  /** An https URL, at most `limits.endpointCharacters`. */
  readonly endpoint: string;
  /** RFC 8291 §3: an uncompressed point on P-256, 65 bytes. */
  readonly p256dh: Uint8Array;
  /** RFC 8291 §3.2: 16 bytes. */
  readonly auth: Uint8Array;
}

export interface AppRecord {
  readonly id: AppId;
  /** Unique. */
  readonly name: string;
  /** SHA-256 of the secret, 32 bytes. */
  readonly secretHash: Uint8Array;
  readonly createdAtMs: number;
  /**
   * Where it may send its users back to after authorization, as they are compared, character by character: at most
   * `limits.redirectUrisPerApp` of at most `limits.urlCharacters`. None: the field is absent.
   */
  readonly redirectUris?: readonly string[];
  /** Proven by `/.well-known/lowbeat-app`; at most `limits.domainCharacters`. */
  readonly domain?: string;
  /** Who registered it, also when that user is gone since; absent: the operator. */
  readonly owner?: UserId;
  /** URL that signed webhooks go to, at most `limits.urlCharacters`; absent: nowhere. */
  readonly webhook?: string;
  readonly deactivated?: true;
}

/** What is absent stays; null, an empty list and false remove. */
export interface AppChange {
  readonly secretHash?: Uint8Array;
  readonly redirectUris?: readonly string[];
  readonly domain?: string | null;
  readonly webhook?: string | null;
  readonly deactivated?: boolean;
}

export type Scope = 'notify' | 'presence' | 'presence.idle';

export interface GrantRecord {
  readonly uid: Uid;
  readonly user: UserId;
  readonly app: AppId;
  readonly scopes: readonly Scope[];
  readonly paused: boolean;
  /** Set once revoked; the record stays, so that its uid is known to be gone. */
  readonly revokedAtMs?: number;
  readonly createdAtMs: number;
  /** When the app may see and ring; absent: always. Its form is checked, not whether there is such a zone. */
  readonly schedule?: Schedule;
  /** The schedule's zone is the user's own (`UserRecord.zone`), as it changes. */
  readonly followsPhone?: true;
  /** What becomes of notifications outside the windows; absent: they are held until the next opening or their TTL. */
  readonly outside?: 'drop';
}

/** What is absent stays. */
export interface GrantChange {
  readonly scopes?: readonly Scope[];
  readonly paused?: boolean;
  /** null: always. */
  readonly schedule?: Schedule | null;
  readonly followsPhone?: boolean;
  readonly outside?: 'hold' | 'drop';
}

export interface SubscriptionRecord {
  readonly id: SubscriptionId;
  readonly device: DeviceId;
  /** The app's id, or the name the device gave. */
  readonly app: string;
  readonly alias: Alias;
  readonly createdAtMs: number;
  readonly applicationServerKey?: Uint8Array;
  /**
   * The user revoked the grant of this app: what still posts to the endpoint is answered that it is gone. A new
   * registration under a new grant replaces the record, and with it the endpoint.
   */
  readonly endpointClosed?: true;
}

/**
 * A small record of the HTTP side: a credential, a session, an invitation, an authorization code, a token. A store looks at
 * nothing of `value`, so who keeps secrets in it keeps their hashes.
 */
export interface DocumentRecord {
  /** 1 to `limits.documentKindCharacters` of a-z and `-`. */
  readonly kind: string;
  /** Unique within its kind; 1 to `limits.documentNameCharacters`. */
  readonly id: string;
  /** It goes with this user; absent: whoever makes such ones bounds them, by an expiry at least. */
  readonly owner?: UserId;
  /**
   * Other names that it is found by, within its kind and not for itself alone: at most `limits.documentNames`, none twice, each of 1 to
   * `limits.documentNameCharacters`.
   */
  readonly names: readonly string[];
  /** `expire` removes it then. It may be found until that happened: a reader looks itself. */
  readonly expiresAtMs?: number;
  /** At most `limits.documentBytes`. */
  readonly value: Uint8Array;
}

/** One notification waiting for one device. */
export interface NotificationRecord {
  readonly id: NotificationId;
  readonly device: DeviceId;
  readonly subscription: SubscriptionId;
  readonly alias: Alias;
  readonly urgency: Urgency;
  /** Collapse key; empty: none. */
  readonly topic: string;
  readonly acceptedAtMs: number;
  readonly expiresAtMs: number;
  readonly data: Uint8Array;
  /** `data` is a body of RFC 8291 (aes128gcm), which only the device can read. */
  readonly encrypted?: true;
  /** Above 0: stands for so many dropped ones of its subscription, and has no data. */
  readonly missed: number;
  /**
   * With `missed`: the id of the record with which this count began, below its own; absent: with this one. It may have been sent
   * down, and told, and the count of this one includes its.
   */
  readonly missedFrom?: NotificationId;
}

export interface AcceptTarget {
  readonly device: DeviceId;
  readonly subscription: SubscriptionId;
  readonly alias: Alias;
  /** This copy is for when no other device takes the message: the first acknowledgement of a copy without this removes it. */
  readonly fallback?: true;
}

/** A sender's own name for a message: needed for a receipt or for cancelling. */
export interface MessageReference {
  readonly sender: SenderId;
  /** Unique for the sender while the message lives: until it expires, is cancelled, or its grant is revoked. */
  readonly reference: string;
  /** Receipts and cancelling end with this grant; absent for a message to one subscription. */
  readonly uid?: Uid;
  readonly receiptWanted: boolean;
}

/**
 * Who waits for what became of a write, where very many do at once and a promise for each would be a good part of what it costs. One of the two
 * is called, once, later. Neither throws.
 */
export interface Asker<Result> {
  succeeded(result: Result): void;
  /** With what a promise would reject with. */
  failed(error: unknown): void;
}

/** Who waits for what becomes of an accept. */
export interface AcceptAsker extends Asker<AcceptResult> {
  /**
   * What will wait, before it is durable: at most once, and before `succeeded` with the same list. If the disk fails instead, `failed` comes, or
   * `succeeded` with another list or outcome. `mayGoAhead`: whatever becomes of the write, a crash included, no other notification of
   * their users gets the ids that are told here, so a device that was sent one of these takes no later one for it. Does not throw.
   */
  foretold?(notifications: readonly NotificationRecord[], mayGoAhead: boolean): void;
}

/** Whoever asks leaves it as it is until the answer: of the thousands that wait no copies are made. */
export interface AcceptRequest {
  /**
   * Copies of one message, one a device's subscription. At least one, unless the message is named: then it lives and ends
   * with a receipt like any other, and nobody has it.
   */
  readonly targets: readonly AcceptTarget[];
  readonly urgency: Urgency;
  readonly topic: string;
  readonly acceptedAtMs: number;
  readonly expiresAtMs: number;
  readonly data: Uint8Array;
  readonly encrypted?: true;
  /** The grant it is sent under: nothing is written any more once that is revoked. */
  readonly grant?: Uid;
  readonly message?: MessageReference;
  /** Its sender is answered later anyway: the write may be put off for `limits.storePatienceMs`, to share it with others. */
  readonly patient?: true;
}

export type AcceptResult =
  | {
      readonly outcome: 'accepted';
      /**
       * What now waits: one for each target whose subscription still exists, in their order. Where the bound
       * `limits.waitingPerSubscription` dropped older ones, the record that tells how many comes
       * in front of the target's own.
       */
      readonly notifications: readonly NotificationRecord[];
      /** Senders that were owed an 'expired' receipt for an older message of the same reference. */
      readonly touched: TouchedSenders;
    }
  /** The app has a living message of that reference: nothing was written, it is as if accepted. */
  | { readonly outcome: 'duplicate' }
  /** The grant, the message's `uid` or its app is gone, or the `uid` is not one for that app: nothing was written. */
  | { readonly outcome: 'revoked' };

/** Whoever asks leaves it as it is until the answer. */
export interface AcknowledgeRequest {
  readonly device: DeviceId;
  readonly ids: readonly NotificationId[];
  readonly nowMs: number;
  /** Grants whose senders must not learn of this acknowledgement (facts/presence H3). */
  readonly hiddenUids: readonly Uid[];
}

/** Copies, on one device, of what its user handled on another. */
export interface HandledCopies {
  readonly device: DeviceId;
  /** Of the same app as what was handled. */
  readonly subscription: SubscriptionId;
  readonly alias: Alias;
  readonly ids: readonly NotificationId[];
}

export interface HandleRequest {
  readonly copies: readonly HandledCopies[];
  readonly nowMs: number;
  /** A device that was not told until then is not told any more. */
  readonly expiresAtMs: number;
}

/** What a device is to be told of: its user handled it elsewhere. */
export interface ClearRecord {
  readonly alias: Alias;
  readonly id: NotificationId;
  readonly expiresAtMs: number;
}

/** What an app server is owed: an upstream message, a receipt, an error. */
export interface OutboxItem {
  readonly topic: string;
  readonly payload: Uint8Array;
  /** The grant it depends on; it goes when that is revoked. */
  readonly uid?: Uid;
  readonly expiresAtMs: number;
}

export interface OutboxRecord extends OutboxItem {
  /** Ascending for one app. */
  readonly sequence: number;
}

/** What one call of `expire` or `acknowledge` put into outboxes: the senders that have something new. */
export type TouchedSenders = readonly SenderId[];

export interface ListRange<Id extends string> {
  /** Only ids after this one. */
  readonly after?: Id;
  readonly limit: number;
}

export interface Store {
  // --- registry: who is known -------------------------------------------------------------------
  /** False when the name is taken: nothing was written. */
  addUser(user: UserRecord): Promise<boolean>;
  user(id: UserId): Promise<UserRecord | undefined>;
  userByName(name: string): Promise<UserRecord | undefined>;
  users(range: ListRange<UserId>): Promise<readonly UserRecord[]>;
  /** What it tells of a user stands together or not at all: with 'unknown-user' and 'name-taken' nothing was written. */
  changeUser(id: UserId, change: UserChange): Promise<'changed' | 'unknown-user' | 'name-taken'>;
  /** Removes the user with devices, grants (their uids stay gone), subscriptions, documents and all that waits. */
  removeUser(id: UserId, nowMs: number): Promise<boolean>;

  /** 'full' when the user has `limits.devicesPerUser`, 'unknown-user': nothing was written. */
  addDevice(device: DeviceRecord): Promise<'added' | 'full' | 'unknown-user'>;
  device(id: DeviceId): Soon<DeviceRecord | undefined>;
  devicesOfUser(user: UserId): Promise<readonly DeviceRecord[]>;
  devices(range: ListRange<DeviceId>): Promise<readonly DeviceRecord[]>;
  setMinimumUrgency(id: DeviceId, urgency: Urgency): Promise<boolean>;
  /** Names of devices need not be unique. False when it is unknown. */
  renameDevice(id: DeviceId, name: string): Promise<boolean>;
  /** Sets or, with undefined, ends how the device is reached without a link. False when it is unknown. */
  setPush(id: DeviceId, push: PushSubscription | undefined): Promise<boolean>;
  /** Those that have `push`. */
  pushDevices(range: ListRange<DeviceId>): Promise<readonly DeviceRecord[]>;
  /** Removes the device with its subscriptions and all that waits for it. */
  removeDevice(id: DeviceId): Promise<boolean>;

  /** False when the name is taken. */
  addApp(app: AppRecord): Promise<boolean>;
  app(id: AppId): Promise<AppRecord | undefined>;
  appByName(name: string): Promise<AppRecord | undefined>;
  apps(range: ListRange<AppId>): Promise<readonly AppRecord[]>;
  /** The app as it stands now; undefined when it is unknown. */
  changeApp(id: AppId, change: AppChange): Promise<AppRecord | undefined>;
  /** Removes the app, revokes its grants, empties its outbox. */
  removeApp(id: AppId, nowMs: number): Promise<boolean>;

  /**
   * One active grant for a (user, app): a second one changes scopes and `paused`, and keeps the uid and the time
   * of the first (facts/presence A6), and whatever of `schedule`, `followsPhone` and `outside` it does not give itself. One after
   * a revoke has nothing of the revoked one. The grant that now stands, or undefined when user or app is unknown.
   * A grant with `revokedAtMs` rejects with RangeError: `revokeGrant` revokes.
   */
  putGrant(grant: GrantRecord): Promise<GrantRecord | undefined>;
  grant(uid: Uid): Promise<GrantRecord | undefined>;
  /** Active ones; a revoked one is found by its uid only. */
  grantsOfUser(user: UserId): Promise<readonly GrantRecord[]>;
  /** Active ones. */
  grantsOfApp(app: AppId, range: ListRange<Uid>): Promise<readonly GrantRecord[]>;
  /** Active ones of all users and apps. */
  grants(range: ListRange<Uid>): Promise<readonly GrantRecord[]>;
  /** The grant as it stands now; undefined, and nothing written, when it is not active. */
  changeGrant(uid: Uid, change: GrantChange): Promise<GrantRecord | undefined>;
  /** Marks it revoked and removes, in the same step, what waits under it: notifications of the user's devices
   * for the app (by its id or its name), messages and outbox items; the endpoints of those subscriptions are closed.
   * False when it was not active. */
  revokeGrant(uid: Uid, nowMs: number): Promise<boolean>;

  /**
   * Registers an app on a device and gives it the device's next alias; an app that is registered there
   * keeps its record when the key is the same, and gets a new one in its place when it is not, or when
   * `reopen` is set and its endpoint was closed. In the place of a closed one it stays closed without
   * `reopen`, whatever its key.
   * 'full' above `limits.subscriptionsPerDevice`, undefined when the device is unknown.
   */
  addSubscription(
    subscription: Omit<SubscriptionRecord, 'alias' | 'endpointClosed'> & { readonly reopen?: true },
  ): Promise<SubscriptionRecord | 'full' | undefined>;
  subscription(id: SubscriptionId): Promise<SubscriptionRecord | undefined>;
  subscriptionsOfDevice(device: DeviceId): Promise<readonly SubscriptionRecord[]>;
  /** Removes it and what waits for it. */
  removeSubscription(id: SubscriptionId): Promise<boolean>;

  // --- notifications: the only queue --------------------------------------------------------------
  /**
   * Keeps one message for all its targets. Each user has one sequence of ids: the copies of a message take the same one on all
   * their devices, and nothing else of that user ever has it; so ids ascend for each device, too, and a start may leave a small gap. It replaces the waiting one of the
   * same subscription and topic (whose message gives no receipt any more), drops the oldest of
   * a subscription above its bound and counts it in the one record with `missed`, which is collapsed too (a new id
   * with each new count) and comes right before the notification that did not fit. That record lives as long, and is
   * as urgent, as the most of what it stands for. It says by `missedFrom` with which record its count began: the first since one was
   * acknowledged or expired.
   */
  accept(request: AcceptRequest): Promise<AcceptResult>;
  /** The same. Never throws. */
  acceptFor(asker: AcceptAsker, request: AcceptRequest): void;
  /** Waiting ones with an id above `afterId`, ascending, at most `limit`; expired ones may still be among them. */
  waiting(device: DeviceId, afterId: NotificationId, limit: number): Soon<readonly NotificationRecord[]>;
  /**
   * Removes them; unknown ids are passed over. The first acknowledgement of a message that wants a receipt puts
   * topic `receipt/<reference>`, `{"id":…,"state":"acknowledged"}` into its app's outbox, unless its uid is hidden.
   * A receipt lives `limits.outboxSeconds`; an app with `limits.outboxItems` waiting loses it.
   */
  acknowledge(request: AcknowledgeRequest): Promise<TouchedSenders>;
  /** The same. Never throws. */
  acknowledgeFor(asker: Asker<TouchedSenders>, request: AcknowledgeRequest): void;
  /**
   * Removes every waiting copy, and the message gives no receipt. The devices it was for, each once; undefined when no
   * such message lives.
   */
  cancel(sender: SenderId, reference: string): Promise<readonly DeviceId[] | undefined>;
  /**
   * Removes one waiting notification. Its message gives no receipt any more once no copy of it waits. False when it does
   * not wait.
   */
  withdraw(device: DeviceId, id: NotificationId): Promise<boolean>;
  /**
   * Removes the copies that wait, which tells no sender anything and leaves receipts as they are, and keeps that their devices
   * are to be told, in the same step; the oldest go above `limits.clearsWaiting` a device. Passed over is what a
   * device cannot have: a subscription that is gone, an id from before it came, one that its user was not given yet. The devices with something new.
   */
  handle(request: HandleRequest): Promise<readonly DeviceId[]>;
  /** What the device is still to be told, oldest first; they go with their subscription. */
  clears(device: DeviceId, nowMs: number): Soon<readonly ClearRecord[]>;
  /** The device was told; unknown ids are passed over. */
  cleared(device: DeviceId, ids: readonly NotificationId[]): Promise<void>;
  /**
   * Removes up to `limit` notifications, messages, outbox items and documents that expired at or before `nowMs`. A message that
   * wanted a receipt and gave none now puts `{"id":…,"state":"expired"}` into its app's outbox. Earliest first, but what
   * waits for one subscription goes together; a message after its copies. `more` when there may be others.
   */
  expire(nowMs: number, limit: number): Promise<{ readonly removed: number; readonly touched: TouchedSenders; readonly more: boolean }>;

  // --- outbox: what waits for senders ----------------------------------------------------------------
  // An app's begins with `addApp`. The one of a receipt subscription (`rcp_`) begins with the first message that names
  // it and ends, with an `expire`, once nothing of it was left for `limits.outboxSeconds`. One that begins anew goes on above
  // the numbers that it gave before, unless those were more than a thousand a second or the clock was set back.
  /** False when the app has `limits.outboxItems` waiting, is unknown, or the item's `uid` is no active grant of it: nothing was written. */
  appendOutbox(app: AppId, item: OutboxItem): Promise<boolean>;
  /** Ascending, with a sequence above `afterSequence`; expired ones may still be among them. */
  outbox(sender: SenderId, afterSequence: number, limit: number): Promise<readonly OutboxRecord[]>;
  removeOutbox(sender: SenderId, sequences: readonly number[]): Promise<void>;

  // --- fleet: what devices learned of networks -------------------------------------------------------
  /**
   * Keeps one device's word on a network, in place of its last one; `withReport` of core says what stays. A network
   * goes when its newest report is older than `reportAgeMs`. False, and nothing written, for a new one above
   * `limits.fleetNetworks`. `network` is the gateway's own hash of what devices call it.
   */
  reportNetwork(network: string, report: FleetReport): Promise<boolean>;
  /** Oldest first; those that are too old may still be among them. */
  networkReports(network: string): Promise<readonly FleetReport[]>;

  // --- documents: what the HTTP side remembers --------------------------------------------------------
  /**
   * Keeps it in the place of the one of this kind and id, whoever owned that and whatever it was found by. 'full': its owner has
   * `limits.documentsPerOwner` others of this kind; 'unknown-user': nobody is its owner. Nothing was written then.
   */
  putDocument(document: DocumentRecord): Promise<'kept' | 'full' | 'unknown-user'>;
  document(kind: string, id: string): Promise<DocumentRecord | undefined>;
  /** Those that have `name` among their names, ascending by id. */
  documentsNamed(kind: string, name: string, limit: number): Promise<readonly DocumentRecord[]>;
  /** Ascending by id. */
  documentsOf(owner: UserId, kind: string): Promise<readonly DocumentRecord[]>;
  /** True for one caller of all that try, whether it had expired or not: what may be used once is taken by it. */
  removeDocument(kind: string, id: string): Promise<boolean>;
  /** All that have `name` among their names, in one step; how many there were. */
  removeDocumentsNamed(kind: string, name: string): Promise<number>;

  // --- keys of the gateway --------------------------------------------------------------------------
  /**
   * Keeps `value` under `name` unless something is kept there, and answers what is: keys that a gateway makes once, and
   * that a backup carries along. At most `limits.keptKeys` names of 1 to `limits.nameCharacters`, 1 to `limits.keptKeyBytes`
   * bytes each: beyond, RangeError.
   */
  keep(name: string, value: Uint8Array): Promise<Uint8Array>;

  // --- the whole -------------------------------------------------------------------------------
  /** A small durable write: whether the store can keep things right now. Rejects when it cannot. `patient` as in an accept. */
  probe(patient?: boolean): Promise<void>;
  /** Counts for /metrics; may be some seconds old. */
  counts(): Promise<StoreCounts>;
  /** Every record as it is kept, for a backup; a consistent picture of one instant. */
  export(): AsyncIterable<StoreEntry>;
  /** Fills an empty store from a backup. Rejects with 'STORE_UNREADABLE' when it is not empty or an entry is not understood. */
  import(entries: AsyncIterable<StoreEntry>): Promise<number>;
  /** Waits for pending writes; later calls reject with 'STORE_CLOSED'. */
  close(): Promise<void>;
}

export interface StoreEntry {
  readonly key: string;
  readonly value: Uint8Array;
}

export interface StoreCounts {
  readonly users: number;
  readonly devices: number;
  readonly apps: number;
  readonly waitingNotifications: number;
  readonly outboxItems: number;
  readonly networks: number;
}
