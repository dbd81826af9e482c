import type { Duplex } from 'node:stream';

/**
 * Gathers what is written to a link until `later` comes into one write of its socket: an acknowledgement and the
 * notifications that ride along with it leave in one segment, which is what the phone's radio pays for.
 */
export class LinkWriter {
  readonly #later: (flush: () => void) => void;
  #corked: Duplex[] = [];
  readonly #flush = (): void => {
    const streams = this.#corked;
    this.#corked = [];
    for (const stream of streams) stream.uncork();
  };

  constructor(later: (flush: () => void) => void) {
    this.#later = later;
  }

  write(stream: Duplex, bytes: Uint8Array): void {
    if (stream.writableCorked === 0) {
      stream.cork();
      if (this.#corked.push(stream) === 1) this.#later(this.#flush);
    }
    stream.write(bytes);
  }
}
