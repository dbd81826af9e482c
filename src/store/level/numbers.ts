// The numbers of notifications, in level: one sequence a user, so that the copies of a message have the same one on all
// devices. A device's own head tells what it was given.
//
// The head of a user who is spoken to often is not written for each number: it reserves some, and how many of those were given is known
// in memory alone. Whoever reads it from disk goes on above all that it reserves, so a start, or a place in the cache that others needed,
// leaves a gap, and no number is given twice.

import type { DeviceId, NotificationId, UserId } from '../../core/ids.js';
import { joined } from '../../core/joined.js';
import { limits } from '../../core/limits.js';
import { queueHeadCodec, userHeadCodec } from '../../wire/record-codec.js';
import type { UserHead } from '../../wire/record-codec.js';
import { deviceCodec } from '../../wire/registry-codec.js';
import { fieldsOf, keys, kinds, often, rangeOf, text } from '../keys.js';
import { assertNumbersLeft, idsOfCopies, largestId } from '../rules.js';
import type { Transaction } from './transaction.js';

/** As it is known since it was written here: below what it reserves. */
interface KnownHead extends UserHead {
  /** The number that is given next. */
  readonly givenNext: NotificationId;
  /** What it reserved before it was written last: below, nothing is given twice even if that write fails. */
  readonly reservedBefore: NotificationId;
}

interface Sequence {
  readonly user: UserId;
  /** Undefined: it has none yet. */
  readonly head: UserHead | KnownHead | undefined;
  next: NotificationId;
}

/** A device and whose it is. */
interface Owned {
  readonly device: DeviceId;
  readonly user: UserId;
}

/** The number that the user's next notification gets; undefined when there was none since there is one sequence a user. */
export function nextNumberOf(transaction: Transaction, user: UserId): NotificationId | undefined {
  const head = transaction.record(often.userHead(user), userHeadCodec);
  return head === undefined ? undefined : nextOf(head);
}

function nextOf(head: UserHead | KnownHead): NotificationId {
  return 'givenNext' in head ? head.givenNext : head.nextId;
}

/** What one accept takes of them. Few devices and fewer users share one: lists are as quick as maps, and cost nothing to make. */
export class Numbers {
  readonly #transaction: Transaction;
  #places: readonly Owned[] = [];
  #sequences: readonly Sequence[] = [];
  /** Of those that were taken: whatever becomes of this group and the one that is being written, nothing else gets them. */
  areCertain = true;

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
    for (const sequence of this.#sequences) this.#keep(sequence);
    return ids;
  }

  #keep({ user, head, next }: Sequence): void {
    const transaction = this.#transaction;
    const key = often.userHead(user);
    const known = head !== undefined && 'givenNext' in head ? head : undefined;
    const writer = transaction.writer(key);
    const onDisk = (writer === undefined ? head?.nextId : known?.reservedBefore) ?? 0;
    if (next > onDisk) this.areCertain = false;
    const { numbersReserved } = transaction;
    // Some time before they are used up: a number goes ahead of the disk only when it was reserved there before.
    const isReserved = known !== undefined && next + numbersReserved / 2 <= known.nextId;
    // Whom nobody has spoken to since the start, or for long, may be forgotten again before the next one: no gap for each.
    const nextId = isReserved ? known.nextId : known === undefined ? next : Math.min(next + numbersReserved, largestId);
    const now: KnownHead = { nextId, givenNext: next, reservedBefore: isReserved ? known.reservedBefore : onDisk };
    if (isReserved && writer !== 'this') transaction.remember(key, now);
    else transaction.putLater(key, userHeadCodec, now);
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
    if (head !== undefined) this.#begin({ user, head, next: nextOf(head) }, copies);
    return head !== undefined;
  }

  #begin(sequence: Sequence, copies: number): void {
    assertNumbersLeft(sequence.user, sequence.next, copies);
    this.#sequences = joined(this.#sequences, sequence);
  }

  async #withOlder(): Promise<this> {
    for (const { user } of this.#places) {
      if (!this.#begun(user)) this.#begin({ user, head: undefined, next: await this.#aboveAllOf(user) }, this.#places.length);
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
