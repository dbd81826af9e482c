// A box between phones and their gateway that keeps the flows of TCP connections, and forgets those that are idle.

import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';

export interface MiddleboxOptions {
  readonly targetPort: number;
  /** A flow is forgotten when no packet passed for longer. */
  readonly timeoutMs: number;
  /** A phone's packet on a forgotten flow is answered with RST; otherwise it is dropped. */
  readonly resets: boolean;
  readonly nowMs: () => number;
  /** Called for whatever passes, or would. */
  readonly onPacket: () => void;
}

/** What a real box does between two real sockets; its ends are on this machine. */
export class Middlebox {
  readonly #options: MiddleboxOptions;
  readonly #server: Server;
  readonly #flows = new Set<Flow>();
  #forgotten = 0;
  #plugged = true;

  private constructor(options: MiddleboxOptions) {
    this.#options = options;
    this.#server = createServer({ noDelay: true }, (near) => this.#open(near));
  }

  static async listen(options: MiddleboxOptions): Promise<Middlebox> {
    const middlebox = new Middlebox(options);
    middlebox.#server.listen(0, '127.0.0.1');
    await once(middlebox.#server, 'listening');
    return middlebox;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Flows whose packets found them forgotten. */
  get forgotten(): number {
    return this.#forgotten;
  }

  /** Nothing passes, and nobody is told: a phone in a tunnel. */
  unplug(): void {
    this.#plugged = false;
  }

  /** What comes from now on passes; flows that were there before do not come back. */
  plug(): void {
    this.reboot();
    this.#plugged = true;
  }

  /** Forgets every flow. */
  reboot(): void {
    for (const flow of this.#flows) flow.forget();
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const flow of this.#flows) flow.end();
    await closed;
  }

  #open(near: Socket): void {
    this.#options.onPacket();
    const far = connect({ port: this.#options.targetPort, host: '127.0.0.1', noDelay: true });
    const flow = new Flow({
      ...this.#options,
      plugged: () => this.#plugged,
      near,
      far,
      onForgotten: () => {
        this.#forgotten += 1;
      },
      onOver: () => this.#flows.delete(flow),
    });
    this.#flows.add(flow);
  }
}

interface FlowOptions extends MiddleboxOptions {
  /** Towards the phone. */
  readonly near: Socket;
  /** Towards the gateway. */
  readonly far: Socket;
  readonly onForgotten: () => void;
  readonly onOver: () => void;
  readonly plugged: () => boolean;
}

class Flow {
  readonly #options: FlowOptions;
  #refreshedMs: number;
  /** A packet has found it forgotten. */
  #forgotten = false;

  constructor(options: FlowOptions) {
    this.#options = options;
    this.#refreshedMs = options.nowMs();
    const { near, far } = options;
    this.#join(near, far);
    this.#join(far, near);
    near.on('data', (bytes) => {
      if (this.#passes()) far.write(bytes);
      else if (options.resets) near.resetAndDestroy();
    });
    far.on('data', (bytes) => {
      // Every packet down is followed by its acknowledgement up: boxes that only heed what goes up are refreshed as well.
      if (this.#passes()) near.write(bytes);
    });
  }

  forget(): void {
    this.#refreshedMs = -Infinity;
  }

  end(): void {
    this.#options.near.destroy();
    this.#options.far.destroy();
  }

  /** An end that says goodbye, or resets, on a forgotten flow is not heard at the other. */
  #join(socket: Socket, other: Socket): void {
    socket.on('error', () => undefined);
    socket.on('end', () => {
      if (this.#passes()) other.end();
    });
    socket.on('close', () => {
      if (this.#passes()) other.destroy();
      if (this.#options.near.destroyed && this.#options.far.destroyed) this.#options.onOver();
    });
  }

  /** Whether a packet passes now; one that does refreshes the flow. */
  #passes(): boolean {
    const { nowMs, timeoutMs, onPacket, onForgotten } = this.#options;
    onPacket();
    if (this.#forgotten || !this.#options.plugged()) return false;
    const atMs = nowMs();
    if (atMs - this.#refreshedMs > timeoutMs) {
      this.#forgotten = true;
      onForgotten();
      return false;
    }
    this.#refreshedMs = atMs;
    return true;
  }
}
