import type { Duplex } from 'node:stream';

/**
 * Gathers what one turn of the event loop writes to a link into one write of its socket: an acknowledgement and the
 * notifications that ride along with it leave in one segment, which is what the phone's radio pays for.
 */
export class LinkWriter {
  #corked: Duplex[] = [];
  readonly #flush = (): void => {
    const streams = this.#corked;
    this.#corked = [];
    for (const stream of streams) stream.uncork();
  };

  write(stream: Duplex, bytes: Uint8Array): void {
    if (stream.writableCorked === 0) {
      stream.cork();
      if (this.#corked.push(stream) === 1) process.nextTick(this.#flush);
    }
    stream.write(bytes);
  }
}
