import type { Socket } from 'node:net';

import { Timed } from '../gateway/timer-wheel.js';
import type { FrontContext } from './context.js';
import { adopt, closeGracefully, release } from './endpoint.js';
import type { Endpoint } from './endpoint.js';
import { readProxyHeader } from './proxy-header.js';

export interface ProxyOpeningOptions {
  readonly context: FrontContext;
  readonly socket: Socket;
  /** Goes on with the connection; `address` is the client's when the header names one. */
  readonly next: (socket: Socket, address: string | undefined) => void;
}

/** Reads the PROXY protocol header in front of a connection, then lets go of it with the rest unread. */
export class ProxyOpening extends Timed implements Endpoint {
  readonly context: FrontContext;
  readonly #socket: Socket;
  readonly #next: ProxyOpeningOptions['next'];
  #bytes: Buffer = Buffer.alloc(0);

  constructor(options: ProxyOpeningOptions) {
    super();
    this.context = options.context;
    this.#socket = options.socket;
    this.#next = options.next;
    adopt(this.#socket, this);
    this.context.deadlines.set(this, this.context.clock.nowMs() + this.context.limits.connectMs);
  }

  onData(chunk: Buffer): void {
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
    const read = readProxyHeader(this.#bytes, this.context.limits.proxyHeaderBytes);
    switch (read.state) {
      case 'incomplete':
        return;
      case 'refused':
        this.#refuse('proxy-header', read.message);
        return;
      case 'header':
        this.context.deadlines.clear(this);
        release(this.#socket, this.#bytes.subarray(read.end));
        this.#next(this.#socket, read.address);
        return;
    }
  }

  onDrain(): void {
    // Nothing is written.
  }

  onClose(): void {
    this.context.deadlines.clear(this);
    this.context.metrics.count('connections_refused_total', 1, 'closed-early');
  }

  override onDue(): void {
    this.#refuse('connect-timeout', 'no PROXY protocol header in time');
  }

  close(): void {
    this.#refuse('stopping', 'the gateway stops');
  }

  #refuse(reason: string, message: string): void {
    this.context.deadlines.clear(this);
    this.context.metrics.count('connections_refused_total', 1, reason);
    this.context.log.debug({ reason }, `connection refused: ${message}`);
    closeGracefully(this.context, this.#socket);
  }
}
