import type { Duplex } from 'node:stream';

import { Timed } from '../gateway/timer-wheel.js';
import type { FrontContext } from './context.js';

/**
 * What reads one connection at present. A connection passes through several in its life (first packet, device or app, closing),
 * so a stream has one set of listeners for good, shared by all streams, and a property that says who is reading now: an idle link owns
 * no listener, closure or parser (docs/decisions/0005-receive-buffers.md).
 */
export interface Endpoint {
  readonly context: FrontContext;
  /** Node never uses the chunk again; a kept part of it keeps all of it. */
  onData(chunk: Buffer): void;
  onDrain(): void;
  /** The connection is gone; comes once. */
  onClose(): void;
  /** The front stops: end in an orderly way. */
  close(): void;
}

const reader = Symbol('endpoint');

interface Carrier extends Duplex {
  [reader]?: Endpoint | undefined;
}

/** Starts to read a fresh stream. */
export function adopt(stream: Duplex, endpoint: Endpoint): void {
  const carrier: Carrier = stream;
  carrier[reader] = endpoint;
  endpoint.context.connections.add(stream);
  stream.on('data', onData);
  stream.on('drain', onDrain);
  stream.on('close', onClose);
  // 'close' follows, and says all there is to say.
  stream.on('error', ignore);
}

/** From here on `endpoint` reads it. */
export function handOver(stream: Duplex, endpoint: Endpoint): void {
  (stream as Carrier)[reader] = endpoint;
}

export function endpointOf(stream: Duplex): Endpoint | undefined {
  return (stream as Carrier)[reader];
}

/** Stops to read it: somebody else takes the stream as a whole, with `unread` in front. */
export function release(stream: Duplex, unread: Buffer): void {
  endpointOf(stream)?.context.connections.delete(stream);
  stream.pause();
  stream.off('data', onData);
  stream.off('drain', onDrain);
  stream.off('close', onClose);
  (stream as Carrier)[reader] = undefined;
  if (unread.length > 0) stream.unshift(unread);
}

/** Sends what is written and `last`, then closes; cut after `limits.closeMs`. Nothing that still comes is read. */
export function closeGracefully(context: FrontContext, stream: Duplex, last?: Uint8Array): void {
  handOver(stream, new Closing(context, stream));
  if (last === undefined) stream.end();
  else stream.end(last);
  // A paused stream would never see that its peer has closed too.
  stream.resume();
}

class Closing extends Timed implements Endpoint {
  readonly context: FrontContext;
  readonly #stream: Duplex;

  constructor(context: FrontContext, stream: Duplex) {
    super();
    this.context = context;
    this.#stream = stream;
    context.deadlines.set(this, context.clock.nowMs() + context.limits.closeMs);
  }

  onData(): void {
    // Read and dropped: unread bytes would turn the close into a reset, which can overtake what was sent last.
  }

  onDrain(): void {
    // Nothing waits for it.
  }

  onClose(): void {
    this.context.deadlines.clear(this);
  }

  override onDue(): void {
    this.#stream.destroy();
  }

  close(): void {
    // Already under way.
  }
}

function onData(this: Carrier, chunk: Buffer): void {
  this[reader]?.onData(chunk);
}

function onDrain(this: Carrier): void {
  this[reader]?.onDrain();
}

function onClose(this: Carrier): void {
  const endpoint = this[reader];
  if (endpoint === undefined) return;
  this[reader] = undefined;
  endpoint.context.connections.delete(this);
  endpoint.onClose();
}

function ignore(): void {
  // Listened to so that it is not thrown.
}
