import type { AppId, Uid } from '../../core/ids.js';
import { limits } from '../../core/limits.js';
import type { VisiblePresence } from '../../core/presence/visible.js';
import type { Clock } from '../../ports/clock.js';
import type { Store } from '../../ports/store.js';
import type { Directory } from '../directory.js';
import type { RandomBytes } from '../secrets.js';
import { Alarm } from '../timer-wheel.js';
import type { Deadlines } from '../timer-wheel.js';
import type { PresenceGateway, PresenceItem, PresenceStream } from './presence-doors.js';
import type { PresenceFanout } from './presence-fanout.js';
import type { PresenceReader, PresenceSink } from './presence-reader.js';
import type { Sight } from './sight.js';

export interface PresenceStreamsOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  readonly directory: Directory;
  readonly sight: Sight;
  readonly fanout: PresenceFanout;
  readonly randomBytes: RandomBytes;
}

const nameBytes = 16;

/** One reader that may come back after its connection broke. */
interface Stream {
  readonly name: string;
  readonly reader: PresenceReader;
  /** It did not. */
  readonly end: Alarm;
}

export class PresenceStreams implements PresenceGateway {
  readonly #options: PresenceStreamsOptions;
  /** Of each app by name, the longest unused first. */
  readonly #streams = new Map<AppId, Map<string, Stream>>();
  #stopped = false;

  constructor(options: PresenceStreamsOptions) {
    this.#options = options;
  }

  async page(app: AppId, { after, limit }: { readonly after?: Uid; readonly limit: number }): Promise<{
    readonly items: readonly PresenceItem[];
    readonly next?: Uid;
  }> {
    const { store } = this.#options;
    const grants = await store.grantsOfApp(app, { limit, ...(after !== undefined && { after }) });
    const items: PresenceItem[] = [];
    for (const { uid, scopes } of grants) {
      const state = scopes.includes('presence') ? await this.of(app, uid) : 'unknown';
      // Revoked since it was listed.
      if (state !== 'unknown' && state !== 'revoked') items.push({ uid, state });
    }
    const last = grants.at(-1);
    return grants.length === limit && last !== undefined ? { items, next: last.uid } : { items };
  }

  async of(app: AppId, uid: string): Promise<VisiblePresence | 'revoked' | 'unknown'> {
    const { directory, sight } = this.#options;
    const owner = await directory.grant(uid as Uid);
    if (owner?.app !== app) return 'unknown';
    const view = await directory.view(owner.user);
    const grant = view.grants.get(uid as Uid);
    // Who was not heard of yet is not there as far as anybody knows: no other answer would look like that of one who hides.
    return grant === undefined ? 'revoked' : sight.of(view, grant) ?? 'offline';
  }

  open(app: AppId, cursor: string | undefined, sink: PresenceSink): PresenceStream | undefined {
    const stream = this.#resumed(app, cursor) ?? this.#begun(app);
    if (stream === undefined) return undefined;
    const { reader, name } = stream;
    this.#options.deadlines.clear(stream.end);
    reader.attach(sink);
    return {
      cursorOf: (sequence) => `${name}.${sequence}`,
      resume: () => reader.resume(),
      detach: () => {
        reader.detach(sink);
        const { clock, deadlines } = this.#options;
        if (!reader.attached && !this.#stopped) deadlines.set(stream.end, clock.nowMs() + limits.presenceResumeMs);
      },
    };
  }

  /** Nothing more is planned. */
  stop(): void {
    this.#stopped = true;
    for (const streams of this.#streams.values()) {
      for (const { end } of streams.values()) this.#options.deadlines.clear(end);
    }
  }

  /** A cursor that cannot be resumed is no error: its reader is told everything (facts/presence R4). */
  #resumed(app: AppId, cursor: string | undefined): Stream | undefined {
    const [name = '', number = ''] = cursor?.split('.') ?? [];
    const streams = this.#streams.get(app);
    const stream = streams?.get(name);
    if (stream === undefined || streams === undefined) return undefined;
    if (!/^\d{1,15}$/.test(number) || !stream.reader.resumeAfter(Number(number))) {
      this.#end(app, stream);
      return undefined;
    }
    streams.delete(name);
    streams.set(name, stream);
    return stream;
  }

  #begun(app: AppId): Stream | undefined {
    const { fanout, randomBytes } = this.#options;
    const streams = this.#streams.get(app) ?? new Map<string, Stream>();
    if (streams.size >= limits.presenceStreamsPerApp) {
      const idle = [...streams.values()].find(({ reader }) => !reader.attached);
      if (idle === undefined) return undefined;
      this.#end(app, idle);
    }
    const name = Buffer.from(randomBytes(nameBytes)).toString('base64url');
    const stream: Stream = { name, reader: fanout.add(app), end: new Alarm(() => this.#end(app, stream)) };
    streams.set(name, stream);
    this.#streams.set(app, streams);
    fanout.begin(stream.reader, 'all');
    return stream;
  }

  #end(app: AppId, stream: Stream): void {
    const streams = this.#streams.get(app);
    streams?.delete(stream.name);
    if (streams?.size === 0) this.#streams.delete(app);
    this.#options.deadlines.clear(stream.end);
    this.#options.fanout.remove(stream.reader);
  }
}
