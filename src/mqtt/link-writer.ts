import type { Duplex } from 'node:stream';

/**
 * Gathers what one turn of the event loop writes to a link into one write of its socket: an acknowledgement and the
 * notifications that ride along with it leave in one segment, which is what the phone's radio pays for.
 */
export class LinkWriter {
  readonly #frames = new Corked((uncork) => process.nextTick(uncork));
  readonly #welcomes = new Corked((uncork) => setImmediate(uncork));

  write(stream: Duplex, bytes: Uint8Array): void {
    if (stream.writableCorked === 0) this.#frames.add(stream);
    stream.write(bytes);
  }

  /**
   * The first that is written to a link, and what is written to it in the same turn. In a crowd that connects these leave one right after the
   * other, when everything that came in was read: a write that finds its reader asleep has to wake it, which costs several times what the
   * write does.
   */
  welcome(stream: Duplex, bytes: Uint8Array): void {
    if (stream.writableCorked === 0) this.#welcomes.add(stream);
    stream.write(bytes);
  }
}

/** Streams that hold back what is written to them until `later` comes. */
class Corked {
  readonly #later: (uncork: () => void) => void;
  #streams: Duplex[] = [];
  readonly #uncork = (): void => {
    const streams = this.#streams;
    this.#streams = [];
    for (const stream of streams) stream.uncork();
  };

  constructor(later: (uncork: () => void) => void) {
    this.#later = later;
  }

  add(stream: Duplex): void {
    stream.cork();
    if (this.#streams.push(stream) === 1) this.#later(this.#uncork);
  }
}
