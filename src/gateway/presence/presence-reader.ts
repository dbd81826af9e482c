import type { AppId, Uid } from '../../core/ids.js';
import { PresenceFeed } from '../../core/presence/feed.js';
import type { PresenceEvent } from '../../core/presence/feed.js';
import type { VisiblePresence } from '../../core/presence/visible.js';
import type { GrantRecord } from '../../ports/store.js';
import type { UserView } from '../directory.js';

/** Where the events of one reader are written. */
export interface PresenceSink {
  /** Whether one more can be written right now; once there is room again, `PresenceReader.resume` is called. */
  readonly room: boolean;
  write(event: PresenceEvent): void;
}

/** A grant as of now. */
export interface Seen {
  readonly view: UserView;
  readonly grant: GrantRecord;
}

export interface PresenceReaderOptions {
  readonly app: AppId;
  /** Undefined when the app has no such grant any more. Rejects with StoreError. */
  readonly look: (uid: Uid) => Seen | undefined | Promise<Seen | undefined>;
  readonly sight: (seen: Seen) => VisiblePresence | undefined;
  /** The store refused; `resume` is to be called when it may answer. */
  readonly failed: (reader: PresenceReader, error: unknown) => void;
  /** Lets others have their turn. */
  readonly defer: (run: () => void) => void;
  /** There may be something to tell: for a reader without a sink, which asks `pending` and then `take`. */
  readonly stirred?: () => void;
}

/** Whom there was something to tell of; `seen` is absent when all of it is that the grant was revoked. */
export interface News {
  readonly uid: Uid;
  readonly seen: Seen | undefined;
}

/** Events after which others have their turn. */
const stint = 256;

/**
 * One reader of an app's presence: a connection, or a stream that may come back. What is visible is looked at when there is room for the
 * bytes, so what became hidden meanwhile was never written.
 */
export class PresenceReader {
  readonly app: AppId;
  readonly #options: PresenceReaderOptions;
  readonly #feed = new PresenceFeed();
  #sink: PresenceSink | undefined;
  #running = false;
  #closed = false;

  constructor(options: PresenceReaderOptions) {
    this.app = options.app;
    this.#options = options;
  }

  /** Number of the last event that was written. */
  get sequence(): number {
    return this.#feed.sequence;
  }

  get attached(): boolean {
    return this.#sink !== undefined;
  }

  get closed(): boolean {
    return this.#closed;
  }

  attach(sink: PresenceSink): void {
    this.#sink = sink;
    this.resume();
  }

  /** What comes from now on waits for the next `attach`. */
  detach(sink: PresenceSink): void {
    if (this.#sink === sink) this.#sink = undefined;
  }

  close(): void {
    this.#closed = true;
    this.#sink = undefined;
  }

  /** The reader knows nothing of these: each is told as it is. */
  begin(uids: Iterable<Uid>): void {
    this.#feed.begin(uids);
    this.resume();
  }

  /** The app was given this grant, or it was changed. */
  granted(uid: Uid): void {
    if (this.#feed.knows(uid)) this.changed(uid);
    else this.begin([uid]);
  }

  changed(uid: Uid): void {
    this.#feed.changed(uid);
    this.resume();
  }

  revoked(uid: Uid): void {
    this.#feed.revoked(uid);
    this.resume();
  }

  received(sequence: number): void {
    this.#feed.received(sequence);
  }

  /** As `PresenceFeed.resume`. */
  resumeAfter(sequence: number): boolean {
    return this.#feed.resume(sequence);
  }

  /** What nothing could be said of may be known by now. */
  relearned(): void {
    for (const uid of [...this.#feed.unknown]) this.#feed.changed(uid);
    this.resume();
  }

  /**
   * Up to `most` of whom there is something to tell at this moment; who changed and looks as before is worked off. Costs the app's
   * reader nothing that could be seen. Rejects with StoreError.
   */
  async pending(most: number): Promise<readonly News[]> {
    const news: News[] = [];
    let count = 0;
    for (const uid of this.#feed.pending()) {
      const seen = await this.#lookAt(uid);
      if (this.#closed) return [];
      if (this.#feed.hasNews(uid, () => seen && this.#options.sight(seen))) news.push({ uid, seen });
      if (news.length === most) break;
      count += 1;
      if (count % stint === 0) await new Promise<void>((resolve) => this.#options.defer(resolve));
    }
    return news;
  }

  /**
   * The events about these as of this very moment, which count as told: their bytes are to be written before anything is awaited. Who
   * was changed since `pending` looked is left for its next look.
   */
  take(news: readonly News[]): readonly PresenceEvent[] {
    if (this.#closed) return [];
    return news.flatMap(({ uid, seen }) => {
      if (seen?.view.live === false && !this.#feed.isRevoked(uid)) return [];
      return this.#feed.tell(uid, () => seen && this.#options.sight(seen)) ?? [];
    });
  }

  /** There may be something to write, and room for it. */
  resume(): void {
    this.#options.stirred?.();
    if (!this.#running && !this.#closed) void this.#run();
  }

  async #run(): Promise<void> {
    this.#running = true;
    try {
      for (let count = 1; this.#sink?.room === true; count += 1) {
        const uid = this.#feed.upcoming();
        if (uid === undefined) break;
        const told = this.#tell(uid);
        if (told !== undefined) await told;
        if (count % stint === 0) await new Promise<void>((resolve) => this.#options.defer(resolve));
      }
    } catch (error) {
      this.#options.failed(this, error);
    } finally {
      this.#running = false;
    }
  }

  async #lookAt(uid: Uid): Promise<Seen | undefined> {
    for (;;) {
      if (this.#feed.isRevoked(uid)) return undefined;
      const looked = this.#options.look(uid);
      const seen = looked instanceof Promise ? await looked : looked;
      if (seen?.view.live !== false || this.#closed) return seen;
    }
  }

  /** At once where everything is at hand. */
  #tell(uid: Uid): Promise<void> | undefined {
    // A revoke waits for nothing: what is left to say of it does not depend on anybody.
    const looked = this.#feed.isRevoked(uid) ? undefined : this.#options.look(uid);
    if (looked instanceof Promise) return looked.then((seen) => this.#write(uid, seen));
    this.#write(uid, looked);
    return undefined;
  }

  /** From the look at what is visible to the bytes nothing is awaited. */
  #write(uid: Uid, seen: Seen | undefined): void {
    const sink = this.#sink;
    // What is not live any more is looked at again.
    if (sink?.room !== true || seen?.view.live === false) return;
    const event = this.#feed.tell(uid, () => seen && this.#options.sight(seen));
    if (event !== undefined) sink.write(event);
  }
}
