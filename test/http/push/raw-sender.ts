// A connection to the door as bytes: what a well-behaved HTTP client does not do.

import { createECDH, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';

export interface RawAnswer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly body: string;
}

export class RawConnection {
  /** In the order they came. */
  readonly answers: RawAnswer[] = [];
  readonly #socket: Socket;
  #unread = '';
  #ended = false;
  #wake = (): void => undefined;

  static async open(port: number): Promise<RawConnection> {
    const socket = connect({ port, host: '127.0.0.1' });
    await once(socket, 'connect');
    return new RawConnection(socket);
  }

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('error', () => undefined);
    socket.on('data', (bytes: Buffer) => this.#read(bytes.toString('latin1')));
    socket.on('close', () => {
      this.#ended = true;
      this.#wake();
    });
  }

  get ended(): boolean {
    return this.#ended;
  }

  write(bytes: string | Buffer): void {
    this.#socket.write(bytes);
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** The answer after so many others; undefined when the connection ends without it. */
  async answer(index: number): Promise<RawAnswer | undefined> {
    while (this.answers.length <= index && !this.#ended) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.answers[index];
  }

  /** Sends it, and waits for the answer to it. */
  async ask(bytes: Buffer): Promise<RawAnswer | undefined> {
    const index = this.answers.length;
    this.write(bytes);
    return this.answer(index);
  }

  async end(): Promise<void> {
    while (!this.#ended) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  #read(text: string): void {
    this.#unread += text;
    for (;;) {
      const end = this.#unread.indexOf('\r\n\r\n');
      if (end < 0) return;
      const head = this.#unread.slice(0, end);
      const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
      const next = end + 4 + length;
      if (this.#unread.length < next) return;
      this.answers.push({
        status: Number(head.slice(9, 12)),
        retryAfter: /\r\nretry-after: *(\d+)/i.exec(head)?.[1],
        body: this.#unread.slice(end + 4, next),
      });
      this.#unread = this.#unread.slice(next);
      this.#wake();
    }
  }
}

/** Looks like what was encrypted for a device (RFC 8188). */
export const someBody = ((): Buffer => {
  const ecdh = createECDH('prime256v1');
  return Buffer.concat([randomBytes(16), Buffer.of(0, 0, 16, 0, 65), ecdh.generateKeys(), randomBytes(60)]);
})();

export interface RawPush {
  readonly endpoint: string;
  /** Whom the proxy names. */
  readonly from?: string;
  readonly authorization?: string;
  /** Seconds. */
  readonly ttl?: number;
}

/** All of a push but its body, which is `someBody`. */
export function pushHead({ endpoint, from = '192.0.2.1', authorization, ttl = 3_600 }: RawPush): string {
  const signed = authorization === undefined ? '' : `Authorization: ${authorization}\r\n`;
  return `POST ${new URL(endpoint).pathname} HTTP/1.1\r\nHost: push.example.org\r\nX-Forwarded-For: ${from}\r\nTTL: ${ttl}\r\n${signed}`
    + `Content-Encoding: aes128gcm\r\nContent-Length: ${someBody.length}\r\n\r\n`;
}

export function pushBytes(push: RawPush): Buffer {
  return Buffer.concat([Buffer.from(pushHead(push), 'latin1'), someBody]);
}
