// One wheel carries the deadlines of every link, so that an idle link costs no timer. It is a hierarchical wheel
// (Varghese and Lauck 1987): four rings of 64 slots, each slot a list that runs through its holders themselves.

/** Something with one deadline. The wheel keeps its place in the list in the holder: no map, no node, no closure. */
export abstract class Timed {
  /** The wheel's: when `onDue` is wanted; Infinity: not at all. */
  declare dueMs: number;
  /** The wheel's. */
  declare wheelNext: Timed | undefined;
  /** The wheel's. */
  declare wheelPrevious: Timed | undefined;

  constructor() {
    // Set, not defined as fields: V8 defines fields slowly in a class that many others extend, and each connection makes two of them.
    this.dueMs = Infinity;
    this.wheelNext = undefined;
    this.wheelPrevious = undefined;
  }

  /** Its deadline has come, and is cleared. It may set another. Must not throw. */
  abstract onDue(nowMs: number): void;
}

/** Calls `onTime` when its deadline has come. */
export class Alarm extends Timed {
  readonly #onTime: () => void;

  constructor(onTime: () => void) {
    super();
    this.#onTime = onTime;
  }

  override onDue(): void {
    this.#onTime();
  }
}

/** What holders of deadlines need of the wheel. */
export interface Deadlines {
  /** Replaces the holder's deadline; a time that is past comes with the next tick; Infinity clears. O(1). */
  set(holder: Timed, atMs: number): void;
  clear(holder: Timed): void;
}

const slotsPerRing = 64;
const rings = 4;
/** Ticks that one slot of a ring spans. */
const spans = Array.from({ length: rings }, (_, ring) => slotsPerRing ** ring);
const horizonTicks = slotsPerRing ** rings;

class ListEnd extends Timed {
  override onDue(): void {
    throw new Error('timer wheel: the end of a list is never due');
  }
}

/**
 * Pure: time comes in with `advance`. A deadline never fires early, and fires at most one tick after its time as far as
 * `advance` is called that often. Within one `advance` they fire in the order of their ticks.
 */
export class TimerWheel implements Deadlines {
  readonly #tickMs: number;
  readonly #slots: readonly ListEnd[];
  /** The last tick that was worked off. */
  #tick: number;
  #size = 0;

  constructor(options: { readonly nowMs: number; readonly tickMs: number }) {
    this.#tickMs = options.tickMs;
    this.#tick = Math.floor(options.nowMs / options.tickMs);
    this.#slots = Array.from({ length: rings * slotsPerRing }, () => emptyList());
  }

  /** Holders with a deadline. */
  get size(): number {
    return this.#size;
  }

  set(holder: Timed, atMs: number): void {
    if (Number.isNaN(atMs)) throw new RangeError('timer wheel: a deadline must be a number');
    if (holder.wheelNext !== undefined) {
      if (holder.dueMs === atMs) return;
      unlink(holder);
      this.#size -= 1;
    }
    holder.dueMs = atMs;
    if (atMs === Infinity) return;
    this.#size += 1;
    this.#place(holder, this.#tick + 1);
  }

  clear(holder: Timed): void {
    this.set(holder, Infinity);
  }

  /** Fires what is due at `nowMs`; the number of those. A clock that was set back or far ahead is followed. */
  advance(nowMs: number): number {
    const target = Math.floor(nowMs / this.#tickMs);
    // One tick back is a clock's ordinary correction; waiting for it to catch up costs nothing.
    if (target < this.#tick - 1 || target - this.#tick > slotsPerRing ** 2) return this.#jump(target, nowMs);
    let fired = 0;
    while (this.#tick < target) {
      this.#tick += 1;
      for (let ring = 1; ring < rings && this.#tick % (spans[ring] ?? 1) === 0; ring += 1) {
        const list = takeAll(this.#slotOf(ring, this.#tick));
        for (let holder = pop(list); holder; holder = pop(list)) this.#place(holder, this.#tick);
      }
      fired += this.#fire(takeAll(this.#slotOf(0, this.#tick)), nowMs);
    }
    return fired;
  }

  #fire(due: ListEnd, nowMs: number): number {
    let fired = 0;
    try {
      for (let holder = pop(due); holder; holder = pop(due)) {
        if (holder.dueMs > nowMs) {
          this.#place(holder, this.#tick + 1);
          continue;
        }
        holder.dueMs = Infinity;
        this.#size -= 1;
        fired += 1;
        holder.onDue(nowMs);
      }
    } finally {
      // One that threw all the same must not take the others with it.
      for (let holder = pop(due); holder; holder = pop(due)) this.#place(holder, this.#tick + 1);
    }
    return fired;
  }

  /** Sorts everything anew around `target`. */
  #jump(target: number, nowMs: number): number {
    const all: Timed[] = [];
    for (const slot of this.#slots) {
      for (let holder = pop(slot); holder; holder = pop(slot)) all.push(holder);
    }
    this.#tick = target;
    all.sort((a, b) => a.dueMs - b.dueMs);
    const due = emptyList();
    for (const holder of all) {
      if (holder.dueMs <= nowMs) append(due, holder);
      else this.#place(holder, target + 1);
    }
    return this.#fire(due, nowMs);
  }

  #place(holder: Timed, earliestTick: number): void {
    const wanted = Math.max(earliestTick, Math.ceil(holder.dueMs / this.#tickMs));
    const distance = Math.min(wanted - this.#tick, horizonTicks - 1);
    let ring = 0;
    while (distance >= (spans[ring + 1] ?? Infinity)) ring += 1;
    append(this.#slotOf(ring, this.#tick + distance), holder);
  }

  #slotOf(ring: number, tick: number): ListEnd {
    const slot = Math.floor(tick / (spans[ring] ?? 1)) % slotsPerRing;
    const list = this.#slots[ring * slotsPerRing + slot];
    if (list === undefined) throw new Error(`timer wheel: no slot for ring ${ring}, tick ${tick}`);
    return list;
  }
}

function emptyList(): ListEnd {
  const end = new ListEnd();
  end.wheelNext = end;
  end.wheelPrevious = end;
  return end;
}

function append(list: ListEnd, holder: Timed): void {
  const last = list.wheelPrevious ?? list;
  holder.wheelPrevious = last;
  holder.wheelNext = list;
  last.wheelNext = holder;
  list.wheelPrevious = holder;
}

function unlink(holder: Timed): void {
  const { wheelNext, wheelPrevious } = holder;
  if (wheelNext !== undefined) wheelNext.wheelPrevious = wheelPrevious;
  if (wheelPrevious !== undefined) wheelPrevious.wheelNext = wheelNext;
  holder.wheelNext = undefined;
  holder.wheelPrevious = undefined;
}

function pop(list: ListEnd): Timed | undefined {
  const first = list.wheelNext;
  if (first === undefined || first === list) return undefined;
  unlink(first);
  return first;
}

/** The holders of `list` in a list of their own, so that what is added meanwhile waits for its turn. */
function takeAll(list: ListEnd): ListEnd {
  const taken = emptyList();
  const first = list.wheelNext;
  const last = list.wheelPrevious;
  if (first === undefined || last === undefined || first === list) return taken;
  taken.wheelNext = first;
  taken.wheelPrevious = last;
  first.wheelPrevious = taken;
  last.wheelNext = taken;
  list.wheelNext = list;
  list.wheelPrevious = list;
  return taken;
}
