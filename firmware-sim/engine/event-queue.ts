/** Something that happens at a time; events of one instant keep the order in which they were put in. */
export interface Timed {
  readonly atMs: number;
}

/** A binary heap by time. */
export class EventQueue<Event extends Timed> {
  readonly #heap: { readonly event: Event; readonly order: number }[] = [];
  #order = 0;

  push(event: Event): void {
    const heap = this.#heap;
    const entry = { event, order: this.#order++ };
    let at = heap.length;
    heap.push(entry);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent];
      if (!above || !before(entry, above)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = entry;
  }

  /** Time of the next event, Infinity when there is none. */
  get nextMs(): number {
    return this.#heap[0]?.event.atMs ?? Infinity;
  }

  pop(): Event | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (!first || !last) return undefined;
    if (heap.length === 0) return first.event;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      let below = heap[child];
      const right = heap[child + 1];
      if (right && below && before(right, below)) {
        child += 1;
        below = right;
      }
      if (!below || !before(below, last)) break;
      heap[at] = below;
      at = child;
    }
    heap[at] = last;
    return first.event;
  }
}

function before(
  a: { readonly event: Timed; readonly order: number },
  b: { readonly event: Timed; readonly order: number },
): boolean {
  return a.event.atMs < b.event.atMs || (a.event.atMs === b.event.atMs && a.order < b.order);
}
