import type { Prng } from '../../src/core/prng.js';

/**
 * Virtual time: what is to happen, in order. Two things at one instant happen in the order in which
 * they were planned.
 */
export class EventLoop {
  nowMs = 0;
  /** Events that have happened. */
  events = 0;
  readonly #heap: { readonly atMs: number; readonly order: number; readonly act: () => void }[] = [];
  #planned = 0;

  at(atMs: number, act: () => void): void {
    this.#planned += 1;
    const heap = this.#heap;
    const entry = { atMs: Math.max(atMs, this.nowMs), order: this.#planned, act };
    let index = heap.length;
    heap.push(entry);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!before(entry, heap[parent]!)) break;
      heap[index] = heap[parent]!;
      index = parent;
    }
    heap[index] = entry;
  }

  after(ms: number, act: () => void): void {
    this.at(this.nowMs + ms, act);
  }

  /**
   * Lets everything happen up to and at `untilMs`; `afterInstant` is called when all that happens
   * at one instant has happened.
   */
  run(untilMs: number, afterInstant: () => void): void {
    while (this.#heap.length > 0 && this.#heap[0]!.atMs <= untilMs) {
      const entry = this.#pop();
      this.nowMs = entry.atMs;
      this.events += 1;
      entry.act();
      if (this.#heap.length === 0 || this.#heap[0]!.atMs > this.nowMs || this.events % 10_000 === 0) afterInstant();
    }
    this.nowMs = untilMs;
  }

  #pop(): { readonly atMs: number; readonly act: () => void } {
    const heap = this.#heap;
    const top = heap[0]!;
    const last = heap.pop()!;
    if (heap.length > 0) {
      let index = 0;
      for (;;) {
        let child = 2 * index + 1;
        if (child >= heap.length) break;
        if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child += 1;
        if (!before(heap[child]!, last)) break;
        heap[index] = heap[child]!;
        index = child;
      }
      heap[index] = last;
    }
    return top;
  }
}

function before(a: { atMs: number; order: number }, b: { atMs: number; order: number }): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}

export type Packet =
  | { readonly type: 'connect' }
  | { readonly type: 'connack'; readonly code: 0 | 3 | 5 }
  /** Without a token it has QoS 0. */
  | { readonly type: 'publish'; readonly token?: number; readonly bytes: Uint8Array }
  | { readonly type: 'puback'; readonly token: number }
  | { readonly type: 'disconnect' };

export type Side = 'device' | 'gateway';

/** One end of a connection, as its program sees it. */
export interface Endpoint {
  onPacket(packet: Packet): void;
  /** Not called after the program itself has left. */
  onEnd(how: 'closed' | 'reset'): void;
  /** Whether what was written lies unsent. */
  onBacklog(behind: boolean): void;
}

/** What lies between one device and the gateway. */
export class Path {
  minDelayMs = 20;
  maxDelayMs = 400;
  /** Share of segments that are lost and sent again. */
  lossRate = 0;
  readonly #connections = new Set<Connection>();
  #up = true;
  #downSinceMs = 0;

  constructor(
    readonly loop: EventLoop,
    readonly random: Prng,
  ) {}

  get up(): boolean {
    return this.#up;
  }

  /** Nothing gets through, in neither direction, and nobody is told. */
  cut(): void {
    if (!this.#up) return;
    this.#up = false;
    this.#downSinceMs = this.loop.nowMs;
  }

  /** TCP sends again what it holds; a connection whose patience ended meanwhile is gone. */
  mend(): void {
    if (this.#up) return;
    this.#up = true;
    for (const connection of [...this.#connections]) connection.onMended(this.loop.nowMs - this.#downSinceMs);
  }

  delayMs(): number {
    const delayMs = this.minDelayMs + this.random.next() * (this.maxDelayMs - this.minDelayMs);
    // A retransmission time-out of 0.2 to 3 s.
    return this.random.next() < this.lossRate ? delayMs + 200 + this.random.next() * 2800 : delayMs;
  }

  add(connection: Connection): void {
    this.#connections.add(connection);
  }

  remove(connection: Connection): void {
    this.#connections.delete(connection);
  }

  /**
   * The middlebox forgets every flow, and answers what still comes with a reset or with nothing.
   */
  forgetFlows(answer: 'reset' | 'nothing'): void {
    for (const connection of this.#connections) connection.forget(answer);
  }
}

interface Segment {
  readonly sequence: number;
  readonly content: Packet | 'closed' | 'reset';
}

interface Direction {
  readonly stalled: Segment[];
  /** Arrived, and waiting for what was sent before. */
  readonly early: Map<number, Segment['content']>;
  nextSequence: number;
  nextArrival: number;
  lastArrivalMs: number;
  /** The sender has left. */
  ended: boolean;
}

/**
 * A TCP connection: ordered both ways; loss is delay; a long outage or a middlebox that forgets
 * ends it without a word. What is under way when one side leaves still arrives at the other,
 * perhaps long after a newer connection stands.
 */
export class Connection {
  readonly #path: Path;
  readonly #ends: Record<Side, Endpoint | undefined> = { device: undefined, gateway: undefined };
  readonly #directions: Record<Side, Direction> = { device: newDirection(), gateway: newDirection() };
  readonly #patienceMs: number;
  #forgotten: 'no' | 'reset' | 'nothing' = 'no';
  #behind = false;

  constructor(path: Path) {
    this.#path = path;
    this.#patienceMs = 15_000 + path.random.next() * 100_000;
    path.add(this);
  }

  attach(side: Side, endpoint: Endpoint): void {
    this.#ends[side] = endpoint;
  }

  /** `from` is the sender. */
  send(from: Side, packet: Packet): void {
    if (!this.#directions[from].ended) this.#write(from, packet);
  }

  /** The program at `from` leaves. 'vanished': its machine fell silent, nothing more goes out. */
  leave(from: Side, how: 'closed' | 'reset' | 'vanished'): void {
    const direction = this.#directions[from];
    if (direction.ended) return;
    if (how !== 'vanished') this.#write(from, how);
    direction.ended = true;
    this.#ends[from] = undefined;
    if (this.#directions.device.ended && this.#directions.gateway.ended) this.#path.remove(this);
  }

  forget(answer: 'reset' | 'nothing'): void {
    this.#forgotten = answer;
  }

  onMended(downMs: number): void {
    for (const from of ['device', 'gateway'] as const) {
      const { stalled } = this.#directions[from];
      const held = stalled.splice(0);
      // A sender that had nothing unsent has noticed nothing.
      if (held.length > 0 && downMs > this.#patienceMs) {
        this.forget('nothing');
        this.#ends[from]?.onEnd('reset');
        this.leave(from, 'vanished');
      } else {
        for (const segment of held) this.#transmit(from, segment);
      }
    }
    if (this.#behind) {
      this.#behind = false;
      this.#ends.gateway?.onBacklog(false);
    }
  }

  #write(from: Side, content: Packet | 'closed' | 'reset'): void {
    const direction = this.#directions[from];
    this.#transmit(from, { sequence: direction.nextSequence, content });
    direction.nextSequence += 1;
  }

  #transmit(from: Side, segment: Segment): void {
    const { loop, random } = this.#path;
    const direction = this.#directions[from];
    if (this.#forgotten !== 'no') {
      if (this.#forgotten === 'reset' && from === 'device') loop.after(this.#path.delayMs(), () => this.#reset('device'));
      return;
    }
    if (!this.#path.up) {
      direction.stalled.push(segment);
      if (from === 'gateway' && direction.stalled.length === 4 && !this.#behind) {
        this.#behind = true;
        this.#ends.gateway?.onBacklog(true);
      }
      return;
    }
    // The last bytes of a connection that was left lie somewhere, once in a while for long.
    const late = segment.content !== 'closed' || random.next() < 0.8 ? 0 : random.next() * 20_000;
    direction.lastArrivalMs = Math.max(direction.lastArrivalMs, loop.nowMs + this.#path.delayMs() + late);
    loop.at(direction.lastArrivalMs, () => this.#arrive(from, segment));
  }

  #arrive(from: Side, segment: Segment): void {
    if (this.#forgotten !== 'no') return;
    if (!this.#path.up) {
      this.#directions[from].stalled.push(segment);
      return;
    }
    const direction = this.#directions[from];
    direction.early.set(segment.sequence, segment.content);
    for (;;) {
      const content = direction.early.get(direction.nextArrival);
      if (content === undefined) return;
      direction.early.delete(direction.nextArrival);
      direction.nextArrival += 1;
      const to = from === 'device' ? 'gateway' : 'device';
      if (content === 'closed' || content === 'reset') this.#reset(to, content);
      else this.#ends[to]?.onPacket(content);
    }
  }

  #reset(side: Side, how: 'closed' | 'reset' = 'reset'): void {
    const end = this.#ends[side];
    if (end === undefined) return;
    this.leave(side, 'vanished');
    end.onEnd(how);
  }
}

function newDirection(): Direction {
  return { stalled: [], early: new Map(), nextSequence: 0, nextArrival: 0, lastArrivalMs: 0, ended: false };
}
