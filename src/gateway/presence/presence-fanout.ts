// From what changes about users to the readers of the apps that may see them. What a change costs depends on the user's own grants
// and on who reads those apps, and on nobody else.

import type { AppId, Uid, UserId } from '../../core/ids.js';
import { limits } from '../../core/limits.js';
import type { Clock } from '../../ports/clock.js';
import type { GrantRecord, Store } from '../../ports/store.js';
import type { Directory, UserView } from '../directory.js';
import { RetryLater } from '../retry-later.js';
import type { StoreHealth } from '../store-health.js';
import { Alarm, Timed } from '../timer-wheel.js';
import type { Deadlines } from '../timer-wheel.js';
import { PresenceReader } from './presence-reader.js';
import type { Seen } from './presence-reader.js';
import type { Sight } from './sight.js';
import { WindowEdges } from './window-edges.js';

export interface PresenceFanoutOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  readonly health: StoreHealth;
  readonly directory: Directory;
  readonly sight: Sight;
  /** Runs later, in order. */
  readonly defer: (run: () => void) => void;
  /** Whether somebody who may see the user reads right now: told at least whenever that may have changed. */
  readonly onWatched: (view: UserView, watched: boolean) => void;
}

type Work = () => Promise<void>;

interface Loading {
  /** The user changed since the load began. */
  again: boolean;
}

export class PresenceFanout extends Timed {
  readonly #options: PresenceFanoutOptions;
  readonly #readers = new Map<AppId, Set<PresenceReader>>();
  readonly #edges: WindowEdges;
  readonly #retries: RetryLater<Work>;
  /** Users whose view is being loaded to tell of them; told again after it if they change meanwhile. */
  readonly #loading = new Map<UserId, Loading>();
  /** Readers that cannot be reached for long. */
  readonly #resting = new Set<PresenceReader>();
  /** Apps whose last reader left a moment ago. */
  readonly #leaving = new Map<AppId, Alarm>();

  constructor(options: PresenceFanoutOptions) {
    super();
    this.#options = options;
    this.#edges = new WindowEdges({ ...options, onEdge: (uid) => this.lookAgain(uid) });
    this.#retries = new RetryLater<Work>({ ...options, retry: (work) => this.#attempt(work) });
    options.deadlines.set(this, options.sight.relearnedAtMs);
  }

  /** Now whoever was not heard of is offline. */
  override onDue(): void {
    for (const readers of this.#readers.values()) for (const reader of readers) reader.relearned();
  }

  /** Nothing more is planned. */
  stop(): void {
    const { deadlines } = this.#options;
    deadlines.clear(this);
    for (const leaving of this.#leaving.values()) deadlines.clear(leaving);
    this.#leaving.clear();
    this.#edges.clear();
    this.#options.sight.stop();
  }

  get readers(): number {
    let count = 0;
    for (const readers of this.#readers.values()) count += readers.size;
    return count;
  }

  /** A reader that knows nothing; `begin` tells it what there is. */
  add(app: AppId, stirred?: () => void): PresenceReader {
    const { defer, sight } = this.#options;
    const reader = new PresenceReader({
      app, defer, ...(stirred && { stirred }),
      look: (uid) => this.#look(app, uid),
      sight: ({ view, grant }) => sight.of(view, grant),
      failed: (one, error) => {
        this.#options.health.failed(error);
        this.#retries.add(() => {
          one.resume();
          return Promise.resolve();
        });
      },
    });
    const readers = this.#readers.get(app);
    if (readers === undefined) this.#readers.set(app, new Set([reader]));
    else readers.add(reader);
    this.#stay(app);
    return reader;
  }

  remove(reader: PresenceReader): void {
    reader.close();
    this.#resting.delete(reader);
    const { app } = reader;
    const readers = this.#readers.get(app);
    if (readers?.delete(reader) !== true) return;
    if (readers.size === 0) this.#readers.delete(app);
    if (!this.#watches(app)) this.#leave(app);
  }

  /** What it would be told reaches nobody: until `watch` no phone needs to give signs of life for it. */
  rest(reader: PresenceReader): void {
    if (reader.closed || this.#resting.has(reader)) return;
    this.#resting.add(reader);
    if (!this.#watches(reader.app)) this.#leave(reader.app);
  }

  watch(reader: PresenceReader): void {
    if (!this.#resting.delete(reader)) return;
    const { app } = reader;
    this.#stay(app);
    this.#run(() => this.#eachGrant(app, async ({ user }) => this.#consider(await this.#options.directory.view(user))));
  }

  /** Tells the reader of every grant of its app, or of those among `uids`. */
  begin(reader: PresenceReader, uids: 'all' | readonly Uid[]): void {
    this.#run(async () => {
      if (uids === 'all') await this.#eachGrant(reader.app, (grant) => reader.begin([grant.uid]));
      else for (const uid of uids) if (await this.#look(reader.app, uid) !== undefined) reader.begin([uid]);
    });
  }

  /** Something about the user may have changed: a device, what the user set, a grant. */
  userChanged(user: UserId): void {
    this.#options.sight.changed(user);
    if (this.#readers.size === 0 && this.#leaving.size === 0) return;
    const view = this.#options.directory.peek(user);
    if (view !== undefined) {
      this.#tellOf(view);
      return;
    }
    this.#run(() => this.#load(user));
  }

  /** One that lost the scope is looked at where it was told of, and is nowhere begun. */
  granted({ app, uid, scopes }: GrantRecord): void {
    for (const reader of this.#readers.get(app) ?? []) {
      if (scopes.includes('presence')) reader.granted(uid);
      else reader.changed(uid);
    }
  }

  revoked({ app, uid }: GrantRecord): void {
    this.#edges.forget(uid);
    this.#options.sight.forget(uid);
    for (const reader of this.#readers.get(app) ?? []) reader.revoked(uid);
  }

  /** What is seen of the uid may be another by now: a window opened or closed, a change has waited long enough. */
  lookAgain(uid: Uid): void {
    this.#run(() => this.#lookAgain(uid));
  }

  appRemoved(app: AppId): void {
    for (const reader of [...this.#readers.get(app) ?? []]) this.remove(reader);
  }

  // --- inside -------------------------------------------------------------------------------------------

  #watches(app: AppId): boolean {
    for (const reader of this.#readers.get(app) ?? []) if (!this.#resting.has(reader)) return true;
    return false;
  }

  #stay(app: AppId): void {
    const leaving = this.#leaving.get(app);
    if (leaving !== undefined) this.#options.deadlines.clear(leaving);
    this.#leaving.delete(app);
  }

  /** An app server that restarts is back before its users' phones need to hear of it. */
  #leave(app: AppId): void {
    if (this.#leaving.has(app)) return;
    const { clock, deadlines } = this.#options;
    const leaving = new Alarm(() => {
      this.#leaving.delete(app);
      this.#run(() => this.#left(app));
    });
    this.#leaving.set(app, leaving);
    deadlines.set(leaving, clock.nowMs() + limits.watchLingerMs);
  }

  async #load(user: UserId): Promise<void> {
    const others = this.#loading.get(user);
    if (others !== undefined) {
      others.again = true;
      return;
    }
    const loading: Loading = { again: true };
    this.#loading.set(user, loading);
    try {
      while (loading.again) {
        loading.again = false;
        this.#tellOf(await this.#options.directory.view(user));
      }
    } finally {
      this.#loading.delete(user);
    }
  }

  #tellOf(view: UserView): void {
    this.#consider(view);
    for (const { app, uid, scopes } of view.grants.values()) {
      if (!scopes.includes('presence')) continue;
      for (const reader of this.#readers.get(app) ?? []) reader.granted(uid);
    }
  }

  /** Whether anybody watches the user, now that she was looked at anyway. */
  #consider(view: UserView): void {
    let watched = false;
    for (const grant of view.grants.values()) {
      if (!this.#watches(grant.app) || !this.#options.sight.isVisible(view, grant)) continue;
      watched = true;
      break;
    }
    this.#options.onWatched(view, watched);
  }

  #look(app: AppId, uid: Uid): Seen | undefined | Promise<Seen | undefined> {
    const { directory } = this.#options;
    const owner = directory.peekGrant(uid);
    const view = owner && directory.peek(owner.user);
    if (view === undefined) return this.#lookUp(app, uid);
    return this.#found(view, app, uid);
  }

  async #lookUp(app: AppId, uid: Uid): Promise<Seen | undefined> {
    const { directory } = this.#options;
    const owner = await directory.grant(uid);
    return owner && this.#found(await directory.view(owner.user), app, uid);
  }

  #found(view: UserView, app: AppId, uid: Uid): Seen | undefined {
    const grant = view.grants.get(uid);
    if (grant?.app !== app) return undefined;
    this.#edges.plan(uid, this.#options.sight.stretch(view, grant));
    this.#consider(view);
    return { view, grant };
  }

  async #lookAgain(uid: Uid): Promise<void> {
    const owner = await this.#options.directory.grant(uid);
    const readers = owner && this.#readers.get(owner.app);
    if (owner === undefined || readers === undefined) {
      this.#edges.forget(uid);
      return;
    }
    // What was over is looked at, and its next edge planned, when it is told.
    for (const reader of readers) reader.changed(uid);
    await this.#look(owner.app, uid);
  }

  async #left(app: AppId): Promise<void> {
    await this.#eachGrant(app, async ({ uid, user }) => {
      if (!this.#readers.has(app)) this.#edges.forget(uid);
      this.#consider(await this.#options.directory.view(user));
    });
  }

  async #eachGrant(app: AppId, run: (grant: GrantRecord) => void | Promise<void>): Promise<void> {
    let after: Uid | undefined;
    for (;;) {
      const range = { limit: limits.pageItems, ...(after !== undefined && { after }) };
      const page = await this.#options.store.grantsOfApp(app, range);
      for (const grant of page) if (grant.scopes.includes('presence')) await run(grant);
      after = page.at(-1)?.uid;
      if (page.length < limits.pageItems) return;
    }
  }

  /** Now, and again later while the store refuses. */
  #run(work: Work): void {
    void this.#attempt(work);
  }

  async #attempt(work: Work): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#options.health.failed(error);
      this.#retries.add(work);
    }
  }
}
