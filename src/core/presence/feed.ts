import type { Uid } from '../ids.js';
import { UniqueQueue } from '../unique-queue.js';
import type { VisiblePresence } from './visible.js';

/** What an app is told of one uid. 'revoked' is the last of it. */
export interface PresenceEvent {
  /** Ascending by one for each event of one feed that was written: what is not written has no number (facts/presence H4). */
  readonly sequence: number;
  readonly uid: Uid;
  readonly state: VisiblePresence | 'revoked';
}

/** Looks when it is called: what is hidden by then is not seen. Undefined: nothing can be said yet. */
export type Sight = (uid: Uid) => VisiblePresence | undefined;

/**
 * What one reader of an app has been told, and which uids may have changed since. It holds no state of anybody that was not told: an
 * event is made when its bytes can be written, from what is visible at that moment. So of a uid only the newest is ever
 * told, there and back again is nothing (R2), and what is over is not replayed (R3).
 *
 * Bounded by the number of the app's grants: one entry each, and one for each that was revoked until `received` has passed it.
 */
export class PresenceFeed {
  /** Last told; a uid that is not here counts as offline. */
  readonly #told = new Map<Uid, { readonly state: VisiblePresence; readonly sequence: number }>();
  /** Told that they were revoked, by which event, until the reader has had it; ascending. */
  readonly #parted = new Map<Uid, number>();
  readonly #changed = new UniqueQueue<Uid>();
  /** To be told whatever they are: the reader knows nothing of them. */
  readonly #untold = new UniqueQueue<Uid>();
  /** The same, once anything is known of them. */
  readonly #unknown = new Set<Uid>();
  readonly #revoked = new UniqueQueue<Uid>();
  #sequence = 0;
  #receivedSequence = 0;

  /** Number of the last event. */
  get sequence(): number {
    return this.#sequence;
  }

  get idle(): boolean {
    return this.#changed.size === 0 && this.#untold.size === 0 && this.#revoked.size === 0;
  }

  /** The reader knows nothing of these: each is told as it is, offline ones too. */
  begin(uids: Iterable<Uid>): void {
    for (const uid of uids) this.#untold.add(uid);
  }

  /** What is visible of the uid may be another. */
  changed(uid: Uid): void {
    if (this.#unknown.delete(uid)) this.#untold.add(uid);
    else if (!this.#untold.has(uid)) this.#changed.add(uid);
  }

  /** From now on nothing is told of the uid but that it was revoked, once. */
  revoked(uid: Uid): void {
    this.#changed.delete(uid);
    this.#untold.delete(uid);
    this.#unknown.delete(uid);
    this.#told.delete(uid);
    this.#parted.delete(uid);
    this.#revoked.add(uid);
  }

  /** The reader has had all events up to `sequence`. */
  received(sequence: number): void {
    this.#receivedSequence = Math.max(this.#receivedSequence, sequence);
    // Of each event, so not a look at everybody.
    for (const [uid, toldBy] of this.#parted) {
      if (toldBy > sequence) break;
      this.#parted.delete(uid);
    }
  }

  /**
   * A reader that came back has had all up to `sequence`; what was written after it may be lost and is told again, as it is now.
   * False when this feed has not come so far, or the reader said before that it had more: it begins anew.
   */
  resume(sequence: number): boolean {
    if (!Number.isInteger(sequence) || sequence < this.#receivedSequence || sequence > this.#sequence) return false;
    this.received(sequence);
    for (const [uid, told] of this.#told) {
      if (told.sequence <= sequence) continue;
      this.#changed.delete(uid);
      this.#untold.add(uid);
    }
    // All that are left: `received` let go of the others.
    for (const uid of [...this.#parted.keys()]) this.revoked(uid);
    return true;
  }

  /** Whom the next events may be about, in their order. What changes meanwhile may be missed, or come twice. */
  *pending(): Generator<Uid> {
    yield* this.#revoked;
    yield* this.#untold;
    yield* this.#changed;
  }

  /** Whom the next event may be about. */
  upcoming(): Uid | undefined {
    return this.#revoked.first ?? this.#untold.first ?? this.#changed.first;
  }

  /** The uids that nothing could be said of. */
  get unknown(): ReadonlySet<Uid> {
    return this.#unknown;
  }

  /** Whether all that is left to tell of the uid is that it was revoked. */
  isRevoked(uid: Uid): boolean {
    return this.#revoked.has(uid);
  }

  /** Whether the reader was told of the uid, or is about to be. */
  knows(uid: Uid): boolean {
    return this.#told.has(uid) || this.#parted.has(uid) || this.#untold.has(uid) || this.#unknown.has(uid);
  }

  /**
   * Works off what `upcoming` named: the event to write, which counts as told, or undefined when there is nothing to say of it.
   * `sight` is asked unless all that is left to say is that it was revoked.
   */
  tell(uid: Uid, sight: Sight): PresenceEvent | undefined {
    const state = this.#news(uid, sight);
    return state && this.#tell(uid, state);
  }

  /** Whether `tell` would say something now; what it has nothing to say of is worked off. */
  hasNews(uid: Uid, sight: Sight): boolean {
    return this.#news(uid, sight) !== undefined;
  }

  /** The next event to write, or undefined when there is none now. What it returns counts as told. */
  next(sight: Sight): PresenceEvent | undefined {
    for (let uid = this.upcoming(); uid !== undefined; uid = this.upcoming()) {
      const event = this.tell(uid, sight);
      if (event !== undefined) return event;
    }
    return undefined;
  }

  #news(uid: Uid, sight: Sight): PresenceEvent['state'] | undefined {
    if (this.#revoked.has(uid)) return 'revoked';
    const untold = this.#untold.has(uid);
    if (!untold && !this.#changed.has(uid)) return undefined;
    const state = sight(uid);
    if (state !== undefined && (untold || this.#parted.has(uid) || state !== (this.#told.get(uid)?.state ?? 'offline'))) return state;
    this.#untold.delete(uid);
    this.#changed.delete(uid);
    if (untold) this.#unknown.add(uid);
    return undefined;
  }

  #tell(uid: Uid, state: PresenceEvent['state']): PresenceEvent {
    this.#revoked.delete(uid);
    this.#untold.delete(uid);
    this.#changed.delete(uid);
    this.#parted.delete(uid);
    this.#sequence += 1;
    if (state === 'revoked') this.#parted.set(uid, this.#sequence);
    else this.#told.set(uid, { state, sequence: this.#sequence });
    return { sequence: this.#sequence, uid, state };
  }
}
