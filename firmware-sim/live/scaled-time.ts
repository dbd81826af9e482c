// Time for real sockets that runs faster than real time: hours in a second, and slowly while something is under way.

import { EventQueue, type Timed } from '../engine/event-queue.js';

export interface ScaledTimeOptions {
  /** Milliseconds since the epoch at which it begins. */
  readonly startMs: number;
  /** Seconds of this clock in a second of real time, at most. */
  readonly speed: number;
}

interface Alarm extends Timed {
  /** Undefined when it was cancelled. */
  callback: (() => void) | undefined;
  /** A ticker looks whether something is due; by itself it is nothing that happens. */
  readonly ticker: boolean;
}

/**
 * After anything that happened, packets may be under way. A packet on the loopback needs one turn of the event loop for a
 * hop, so a round trip through a middlebox and a gateway takes about ten, however busy the machine is.
 */
const settlingTurns = 50;
/** What the clock goes on in one turn meanwhile: a round trip takes some tenths of a second, a connect about one. */
const settlingStepMs = 20;
/** A ticker that asks for more gets this: deadlines of a gateway then come up to a second late. */
const shortestTickMs = 1_000;

/**
 * While nothing happens the clock runs at `speed`. From a timer that fires, or a call of `happened`, until the packets
 * that it may have brought about have arrived, the clock goes on a little with every turn of the event loop. So the waits for answers keep
 * their length in scaled time, and a busy machine makes a run longer but changes nothing in it. Timers fire at their instant.
 */
export class ScaledTime {
  /** Seconds of this clock in a second of real time, at most; may be changed at any time. */
  speed: number;
  readonly #alarms = new EventQueue<Alarm>();
  #nowMs: number;
  #quietTurns = 0;
  #realMs = 0;
  #running = false;
  #stopNext: (() => void) | undefined;

  constructor(options: ScaledTimeOptions) {
    this.#nowMs = options.startMs;
    this.speed = options.speed;
  }

  nowMs(): number {
    return Math.floor(this.#nowMs);
  }

  /** Calls back once; the result cancels it. */
  set(delayMs: number, callback: () => void): () => void {
    return this.#add(this.nowMs() + Math.ceil(delayMs), callback, false);
  }

  /** Calls `tick` about every `everyMs` until the result is called. */
  readonly every = (everyMs: number, tick: () => void): (() => void) => {
    const periodMs = Math.max(everyMs, shortestTickMs);
    let cancel: () => void;
    const next = (): void => {
      cancel = this.#add(this.#nowMs + periodMs, () => {
        next();
        tick();
      }, true);
    };
    next();
    return () => cancel();
  };

  /** Something happened outside the timers: a packet, a connection. */
  happened(): void {
    this.#quietTurns = 0;
  }

  start(): void {
    if (this.#running) return;
    this.#running = true;
    this.#realMs = performance.now();
    this.#plan();
  }

  stop(): void {
    this.#running = false;
    this.#stopNext?.();
  }

  #add(atMs: number, callback: () => void, ticker: boolean): () => void {
    const alarm: Alarm = { atMs, callback, ticker };
    this.#alarms.push(alarm);
    return () => {
      alarm.callback = undefined;
    };
  }

  #plan(): void {
    if (!this.#running) return;
    if (this.#quietTurns < settlingTurns) {
      const handle = setImmediate(() => this.#turn());
      this.#stopNext = () => clearImmediate(handle);
    } else {
      const handle = setTimeout(() => this.#turn(), 1);
      this.#stopNext = () => clearTimeout(handle);
    }
  }

  #turn(): void {
    const realMs = performance.now();
    const settling = this.#quietTurns < settlingTurns;
    const stepMs = settling ? settlingStepMs : (realMs - this.#realMs) * this.speed;
    this.#realMs = realMs;
    this.#quietTurns += 1;
    this.#advance(this.#nowMs + stepMs);
    this.#plan();
  }

  /** Up to `untilMs`, or to the first instant at which something happens: what it brings about comes first. */
  #advance(untilMs: number): void {
    let happenedMs: number | undefined;
    while (this.#alarms.nextMs <= (happenedMs ?? untilMs)) {
      const alarm = this.#alarms.pop();
      const callback = alarm?.callback;
      if (alarm === undefined || callback === undefined) continue;
      alarm.callback = undefined;
      this.#nowMs = Math.max(this.#nowMs, alarm.atMs);
      if (!alarm.ticker) happenedMs ??= this.#nowMs;
      callback();
    }
    if (happenedMs === undefined) this.#nowMs = untilMs;
    else this.happened();
  }
}
