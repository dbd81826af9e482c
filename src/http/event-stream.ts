// Server-sent events to one reader, whatever they tell.

import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';

import { limits } from '../core/limits.js';
import { Alarm } from '../gateway/timer-wheel.js';
import type { Deadlines } from '../gateway/timer-wheel.js';
import type { Clock } from '../ports/clock.js';

export interface EventStreamOptions {
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  /** Bytes that may wait for the reader before there is no room. */
  readonly highWaterMark: number;
}

/** Says that it lives, and ends for a reader that takes nothing: that one comes back. */
export abstract class EventStream extends Readable {
  readonly #clock: Clock;
  readonly #deadlines: Deadlines;
  readonly #beat = new Alarm(() => this.#onBeat());
  #room = true;
  #fullSinceMs: number | undefined;

  constructor({ clock, deadlines, highWaterMark }: EventStreamOptions) {
    super({ highWaterMark });
    this.#clock = clock;
    this.#deadlines = deadlines;
  }

  get room(): boolean {
    return this.#room && !this.destroyed;
  }

  override _read(): void {
    if (this.#room) return;
    this.#room = true;
    this.#fullSinceMs = undefined;
    this.onRoom();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#deadlines.clear(this.#beat);
    done(error);
  }

  /** There is room again. */
  protected abstract onRoom(): void;

  /** Before anything else is said. */
  protected open(): void {
    this.push(`retry: ${limits.receiptRetryMs}\n\n`);
    this.#planBeat();
  }

  protected say(text: string): void {
    this.#room = this.push(text);
    if (!this.#room) this.#fullSinceMs ??= this.#clock.nowMs();
  }

  /** Says that it lives, if the reader takes anything. */
  protected beat(): void {
    if (this.destroyed) return;
    if (this.#room) this.say(': still here\n\n');
    this.#planBeat();
  }

  #onBeat(): void {
    if (this.#fullSinceMs !== undefined && this.#clock.nowMs() - this.#fullSinceMs >= limits.blockedMs) this.destroy();
    else this.beat();
  }

  #planBeat(): void {
    this.#deadlines.set(this.#beat, this.#clock.nowMs() + limits.receiptBeatMs);
  }
}

export function streamed(reply: FastifyReply, events: EventStream): FastifyReply {
  // nginx holds back what it does not know to be a stream.
  return reply.type('text/event-stream; charset=utf-8').header('x-accel-buffering', 'no').send(events);
}
