// The numbers of notifications, in level: one sequence a user, so that the copies of a message have the same one on all
// devices. A device's own head tells what it was given.

import type { DeviceId, NotificationId, UserId } from '../../core/ids.js';
import { joined } from '../../core/joined.js';
import { limits } from '../../core/limits.js';
import { queueHeadCodec, userHeadCodec } from '../../wire/record-codec.js';
import { deviceCodec } from '../../wire/registry-codec.js';
import { fieldsOf, keys, kinds, often, rangeOf, text } from '../keys.js';
import { assertNumbersLeft, idsOfCopies } from '../rules.js';
import type { Transaction } from './transaction.js';

interface Sequence {
  readonly user: UserId;
  next: NotificationId;
}

/** A device and whose it is. */
interface Owned {
  readonly device: DeviceId;
  readonly user: UserId;
}

/** What one accept takes of them. Few devices and fewer users share one: lists are as quick as maps, and cost nothing to make. */
export class Numbers {
  readonly #transaction: Transaction;
  #places: readonly Owned[] = [];
  #sequences: readonly Sequence[] = [];

  private constructor(transaction: Transaction) {
    this.#transaction = transaction;
  }

  /** At once, unless a user of them had no notification since there is one sequence a user. */
  static of(
    transaction: Transaction,
    copies: readonly { readonly target: { readonly device: DeviceId } }[],
  ): Numbers | Promise<Numbers> {
    const numbers = new Numbers(transaction);
    let begun = true;
    for (const { target: { device } } of copies) begun = numbers.#add(device, copies.length) && begun;
    return begun ? numbers : numbers.#withOlder();
  }

  /** That nothing of the device's user has. */
  next(device: DeviceId): NotificationId {
    return this.#sequenceOf(this.#userOf(device)).next;
  }

  /** For a record that is not the message itself. */
  take(device: DeviceId): NotificationId {
    return this.#take(this.#userOf(device));
  }

  /** For the copies of the message, after all others. */
  takeForCopies(): readonly NotificationId[] {
    const ids = idsOfCopies(this.#places, (user) => this.#take(user));
    for (const { user, next } of this.#sequences) this.#transaction.putLater(often.userHead(user), userHeadCodec, { nextId: next });
    return ids;
  }

  #take(user: UserId): NotificationId {
    const sequence = this.#sequenceOf(user);
    const id = sequence.next;
    sequence.next = id + 1;
    return id;
  }

  /** False when it is not known where the user's numbers begin. */
  #add(device: DeviceId, copies: number): boolean {
    const user = this.#transaction.record(often.ofDevice(device).device, deviceCodec)?.user;
    if (user === undefined) throw new Error(`store: there is no device ${device}`);
    this.#places = joined(this.#places, { device, user });
    if (this.#begun(user)) return true;
    const head = this.#transaction.record(often.userHead(user), userHeadCodec);
    if (head !== undefined) this.#begin(user, head.nextId, copies);
    return head !== undefined;
  }

  #begin(user: UserId, next: NotificationId, copies: number): void {
    assertNumbersLeft(user, next, copies);
    this.#sequences = joined(this.#sequences, { user, next });
  }

  async #withOlder(): Promise<this> {
    for (const { user } of this.#places) {
      if (!this.#begun(user)) this.#begin(user, await this.#aboveAllOf(user), this.#places.length);
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

  #begun(user: UserId): boolean {
    return this.#sequences.some((sequence) => sequence.user === user);
  }

  #sequenceOf(user: UserId): Sequence {
    const sequence = this.#sequences.find((one) => one.user === user);
    if (sequence === undefined) throw new Error(`store: no number was asked for ${user}`);
    return sequence;
  }

  #userOf(device: DeviceId): UserId {
    const place = this.#places.find((one) => one.device === device);
    if (place === undefined) throw new Error(`store: no number was asked for ${device}`);
    return place.user;
  }
}
