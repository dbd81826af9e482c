// The keys of a store: ASCII text that sorts as its fields do, whatever an id holds. An entry's kind comes
// first; each field ends with '!', the lowest character there is in a key, so no id is the beginning of
// another's range. docs/decisions/0006-the-store-on-level.md explains the choice and lists what stands where.

import { BoundedCache } from '../core/bounded-cache.js';
import { limits } from '../core/limits.js';
import type { Alias, AppId, DeviceId, NotificationId, SenderId, SubscriptionId, Uid, UserId } from '../core/ids.js';

/** No character of a key is lower. */
const lowest = '!';
/** Above every character of a key: closes a range. */
const above = '~';

export const kinds = {
  meta: 'meta',
  app: 'a',
  appOfName: 'an',
  device: 'd',
  document: 'c',
  documentOfName: 'cn',
  documentOfOwner: 'co',
  clears: 'h',
  deviceOfUser: 'du',
  pushDevice: 'dp',
  grant: 'g',
  activeGrant: 'gs',
  grantOfApp: 'ga',
  grantOfUser: 'gu',
  notification: 'n',
  outboxItem: 'o',
  outboxHead: 'oh',
  queueHead: 'q',
  keptKey: 'k',
  network: 'f',
  message: 'r',
  messageOfGrant: 'rg',
  subscription: 's',
  subscriptionOfId: 'si',
  topic: 't',
  user: 'u',
  userHead: 'uh',
  userOfName: 'un',
  subscriptionQueue: 'w',
  waiting: 'nw',
  expiry: 'x',
} as const;

export const keys = {
  schemaVersion: 'meta!version!',
  counts: 'meta!counts!',
  /** There while a restore fills the store. */
  restoring: 'meta!restoring!',
  /** The last entry that the migration under way has looked at. */
  migrated: 'meta!migrated!',
  app: (id: AppId) => `a!${text(id)}!`,
  appOfName: (name: string) => `an!${text(name)}!`,
  device: (id: DeviceId) => `d!${text(id)}!`,
  deviceOfUser: (user: UserId, device: DeviceId) => `du!${text(user)}!${text(device)}!`,
  /** Those that have `push` only. */
  pushDevice: (device: DeviceId) => `dp!${text(device)}!`,
  clears: (device: DeviceId) => `h!${text(device)}!`,
  document: (kind: string, id: string) => `c!${text(kind)}!${text(id)}!`,
  documentOfName: (kind: string, name: string, id: string) => `cn!${text(kind)}!${text(name)}!${text(id)}!`,
  documentOfOwner: (owner: UserId, kind: string, id: string) => `co!${text(owner)}!${text(kind)}!${text(id)}!`,
  grant: (uid: Uid) => `g!${text(uid)}!`,
  /** Active grants only. */
  activeGrant: (uid: Uid) => `gs!${text(uid)}!`,
  /** Active grants only. */
  grantOfApp: (app: AppId, uid: Uid) => `ga!${text(app)}!${text(uid)}!`,
  /** Active grants only. */
  grantOfUser: (user: UserId, app: AppId) => `gu!${text(user)}!${text(app)}!`,
  notification: (device: DeviceId, id: NotificationId) => `n!${text(device)}!${number(id)}!`,
  network: (network: string) => `f!${text(network)}!`,
  outboxItem: (sender: SenderId, sequence: number) => `o!${text(sender)}!${number(sequence)}!`,
  outboxHead: (sender: SenderId) => `oh!${text(sender)}!`,
  keptKey: (name: string) => `k!${text(name)}!`,
  queueHead: (device: DeviceId) => `q!${text(device)}!`,
  message: (sender: SenderId, reference: string) => `r!${text(sender)}!${text(reference)}!`,
  messageOfGrant: (uid: Uid, reference: string) => `rg!${text(uid)}!${text(reference)}!`,
  subscription: (device: DeviceId, alias: Alias) => `s!${text(device)}!${number(alias)}!`,
  subscriptionOfId: (id: SubscriptionId) => `si!${text(id)}!`,
  topic: (device: DeviceId, alias: Alias, topic: string) =>
    `t!${text(device)}!${number(alias)}!${text(topic)}!`,
  user: (id: UserId) => `u!${text(id)}!`,
  userHead: (id: UserId) => `uh!${text(id)}!`,
  userOfName: (name: string) => `un!${text(name)}!`,
  subscriptionQueue: (device: DeviceId, alias: Alias) => `w!${text(device)}!${number(alias)}!`,
  /** In expiry entries: all that waits for a subscription. It comes before the messages that expire in the same moment. */
  waiting: (device: DeviceId, alias: Alias) => `nw!${text(device)}!${number(alias)}!`,
  /**
   * Of an outbox item, a message, a network, an outbox, a document or a device's clears: `record` is its key; of what waits for a
   * subscription: `waiting`. Ascends by time, then by that key.
   */
  expiry: (expiresAtMs: number, record: string) => `x!${number(expiresAtMs)}!${record}`,
} as const;

/** Half-open range of keys. */
export interface KeyRange {
  readonly gte: string;
  readonly lt: string;
}

/** All keys of `kind` whose first fields are `fields`, already as key text (`text`, `number`). */
export function rangeOf(kind: string, ...fields: readonly string[]): KeyRange {
  const start = [kind, ...fields, ''].join('!');
  return { gte: start, lt: start + above };
}

/** The part of `range` that comes after `key`. */
export function rangeAfter(range: KeyRange, key: string): KeyRange {
  return { gte: key + lowest, lt: range.lt };
}

/** Every key there is. */
export const allKeys: KeyRange = { gte: '', lt: above };

export const noKeys: KeyRange = { gte: above, lt: above };

/** Expiry entries from one time to another, both included; the later one may be Infinity. */
export function rangeOfExpiry(fromMs: number, toMs: number): KeyRange {
  const all = rangeOf(kinds.expiry);
  return {
    gte: `${all.gte}${number(fromMs)}!`,
    lt: toMs === Infinity ? all.lt : `${all.gte}${number(toMs)}!${above}`,
  };
}

export function timeOfExpiry(key: string): number {
  return numberOf(key.slice('x!'.length, 'x!'.length + numberCharacters));
}

/** The fields of a key, its kind first, as they were before they became key text. */
export function fieldsOf(key: string): readonly string[] {
  return key.slice(0, -1).split('!').map(plainText);
}

/** The record's key in an expiry entry's key. */
export function recordOfExpiry(key: string): string {
  return key.slice('x!'.length + numberCharacters + '!'.length);
}

// 11 digits of base 36 hold every whole number up to 2^53.
const numberCharacters = 11;

/** Of a number's last two digits there are so many. */
const pairs = 36 * 36;

function digits(value: number, characters: number): string {
  return value.toString(36).padStart(characters, '0');
}

const lastTwo = Array.from({ length: pairs }, (_, value) => digits(value, 2));
const smallFirst = Array.from({ length: 256 }, (_, value) => digits(value, numberCharacters - 2));

/** The first nine digits of the last large number: they are those of all times within one second. */
const recentFirst = { value: 0, text: digits(0, numberCharacters - 2) };

function firstNine(value: number): string {
  const small = smallFirst[value];
  if (small !== undefined) return small;
  if (value !== recentFirst.value) {
    recentFirst.value = value;
    recentFirst.text = digits(value, numberCharacters - 2);
  }
  return recentFirst.text;
}

const notificationKind = kinds.notification.charCodeAt(0);
const fieldEnd = lowest.charCodeAt(0);

/** Whether a notification stands under it. */
export function isNotification(key: string): boolean {
  return key.charCodeAt(0) === notificationKind && key.charCodeAt(1) === fieldEnd;
}

/** The keys of a device that every accept and acknowledgement needs: one text each, made once. */
class DeviceKeys {
  readonly device: string;
  readonly queueHead: string;
  readonly #notification: string;
  readonly #subscription: string;
  readonly #subscriptionQueue: string;
  readonly #subscriptions: string[] = [];
  readonly #subscriptionQueues: string[] = [];

  constructor(device: DeviceId) {
    const field = text(device);
    this.device = keys.device(device);
    this.queueHead = keys.queueHead(device);
    this.#notification = rangeOf(kinds.notification, field).gte;
    this.#subscription = rangeOf(kinds.subscription, field).gte;
    this.#subscriptionQueue = rangeOf(kinds.subscriptionQueue, field).gte;
  }

  notification(id: NotificationId): string {
    return `${this.#notification}${number(id)}!`;
  }

  subscription(alias: Alias): string {
    return ofAlias(this.#subscriptions, this.#subscription, alias);
  }

  subscriptionQueue(alias: Alias): string {
    return ofAlias(this.#subscriptionQueues, this.#subscriptionQueue, alias);
  }
}

/** Aliases begin at 1, and few devices ever get to one of three digits. */
const rememberedAliases = 128;

function ofAlias(made: string[], prefix: string, alias: Alias): string {
  const known = made[alias];
  if (known !== undefined) return known;
  const key = `${prefix}${number(alias)}!`;
  if (alias < rememberedAliases) made[alias] = key;
  return key;
}

/** What is made of an id, kept for those that were spoken of lately. */
function remembered<Id extends string, Made>(make: (id: Id) => Made): (id: Id) => Made {
  const lately = new BoundedCache<Id, Made>({ most: limits.storeRememberedKeys });
  return (id) => {
    const known = lately.get(id);
    if (known !== undefined) return known;
    const made = make(id);
    lately.set(id, made);
    return made;
  };
}

/** As of `keys`, for those that are needed often. */
export const often = {
  ofDevice: remembered((device: DeviceId) => new DeviceKeys(device)),
  grant: remembered(keys.grant),
  userHead: remembered(keys.userHead),
} as const;

/** A whole number from 0 up, so that text order is number order. */
export function number(value: number): string {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new RangeError(`store: expected a whole number from 0 up, got ${value}`);
  }
  const first = Math.floor(value / pairs);
  return firstNine(first) + (lastTwo[value - first * pairs] ?? '');
}

export function numberOf(field: string): number {
  return Number.parseInt(field, 36);
}

// Bytes of UTF-8 between '#' and '|' stand for themselves, lower ones become '"' and two hexadecimal
// digits, higher ones '}' and two digits: '!' < '"' < '#'…'|' < '}' < '~', so order is kept.
const plain = /^[#-|]*$/;
const lowestPlain = 0x23;
const highestPlain = 0x7c;
const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** `value` as a field of a key. */
export function text(value: string): string {
  if (plain.test(value)) return value;
  assertText(value);
  let escaped = '';
  for (const byte of encoder.encode(value)) {
    if (byte >= lowestPlain && byte <= highestPlain) escaped += String.fromCharCode(byte);
    else escaped += (byte < lowestPlain ? '"' : '}') + byte.toString(16).padStart(2, '0');
  }
  return escaped;
}

/** Throws RangeError unless `value` is well-formed Unicode: UTF-8 would make different texts the same. */
export function assertText(value: string): void {
  if (!value.isWellFormed()) {
    throw new RangeError(`store: expected well-formed Unicode, got ${JSON.stringify(value)}`);
  }
}

const escapes = /["}]([0-9a-f]{2})/g;

function plainText(field: string): string {
  if (!field.includes('"') && !field.includes('}')) return field;
  const bytes: number[] = [];
  let end = 0;
  for (const match of field.matchAll(escapes)) {
    bytes.push(...encoder.encode(field.slice(end, match.index)), Number.parseInt(match[1] ?? '', 16));
    end = match.index + match[0].length;
  }
  bytes.push(...encoder.encode(field.slice(end)));
  return decoder.decode(Uint8Array.from(bytes));
}
