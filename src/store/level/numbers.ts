// The numbers of notifications, in level: one sequence a user, so that the copies of a message have the same one on all
// devices. A device's own head tells what it was given.

import type { DeviceId, NotificationId, UserId } from '../../core/ids.js';
import { limits } from '../../core/limits.js';
import { queueHeadCodec, userHeadCodec } from '../../wire/record-codec.js';
import { deviceCodec } from '../../wire/registry-codec.js';
import { fieldsOf, keys, kinds, rangeOf, text } from '../keys.js';
import { assertNumbersLeft, idsOfCopies } from '../rules.js';
import type { Transaction } from './transaction.js';

/** What one accept takes of them. */
export class Numbers {
  readonly #transaction: Transaction;
  readonly #users = new Map<DeviceId, UserId>();
  readonly #next = new Map<UserId, NotificationId>();

  private constructor(transaction: Transaction) {
    this.#transaction = transaction;
  }

  /** At once, unless a user of them had no notification since there is one sequence a user. */
  static of(transaction: Transaction, devices: readonly DeviceId[]): Numbers | Promise<Numbers> {
    const numbers = new Numbers(transaction);
    const older = devices.filter((device) => !numbers.#add(device, devices.length));
    return older.length === 0 ? numbers : numbers.#withOlder(older, devices.length);
  }

  /** That nothing of the device's user has. */
  next(device: DeviceId): NotificationId {
    return this.#next.get(this.#userOf(device)) ?? 1;
  }

  /** For a record that is not the message itself. */
  take(device: DeviceId): NotificationId {
    return this.#take(this.#userOf(device));
  }

  /** For the copies of the message, after all others. */
  takeForCopies(devices: readonly DeviceId[]): readonly NotificationId[] {
    const places = devices.map((device) => ({ device, user: this.#userOf(device) }));
    const ids = idsOfCopies(places, (user) => this.#take(user));
    for (const [user, nextId] of this.#next) this.#transaction.putLater(keys.userHead(user), userHeadCodec, { nextId });
    return ids;
  }

  #take(user: UserId): NotificationId {
    const id = this.#next.get(user) ?? 1;
    this.#next.set(user, id + 1);
    return id;
  }

  /** False when it is not known where the user's numbers begin. */
  #add(device: DeviceId, copies: number): boolean {
    const user = this.#transaction.record(keys.device(device), deviceCodec)?.user;
    if (user === undefined) throw new Error(`store: there is no device ${device}`);
    this.#users.set(device, user);
    if (this.#next.has(user)) return true;
    const head = this.#transaction.record(keys.userHead(user), userHeadCodec);
    if (head !== undefined) this.#begin(user, head.nextId, copies);
    return head !== undefined;
  }

  #begin(user: UserId, next: NotificationId, copies: number): void {
    assertNumbersLeft(user, next, copies);
    this.#next.set(user, next);
  }

  async #withOlder(devices: readonly DeviceId[], copies: number): Promise<this> {
    for (const device of devices) {
      const user = this.#userOf(device);
      if (!this.#next.has(user)) this.#begin(user, await this.#aboveAllOf(user), copies);
    }
    return this;
  }

  /** In a store from before there was one sequence a user, each device had its own. */
  async #aboveAllOf(user: UserId): Promise<NotificationId> {
    let next = 1;
    for (const key of await this.#transaction.keys(rangeOf(kinds.deviceOfUser, text(user)), limits.devicesPerUser)) {
      const [, , device = ''] = fieldsOf(key);
      const head = this.#transaction.readable(keys.queueHead(device as DeviceId), queueHeadCodec);
      next = Math.max(next, head?.nextId ?? 1);
    }
    return next;
  }

  #userOf(device: DeviceId): UserId {
    const user = this.#users.get(device);
    if (user === undefined) throw new Error(`store: no number was asked for ${device}`);
    return user;
  }
}
