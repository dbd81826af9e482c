// What a page is told without asking again: apps, devices and status of its user, whenever something of them is different.

import type { UserId } from '../../core/ids.js';
import { limits } from '../../core/limits.js';
import { Alarm } from '../../gateway/timer-wheel.js';
import type { Deadlines } from '../../gateway/timer-wheel.js';
import type { UserControl } from '../../gateway/user-control.js';
import type { Clock } from '../../ports/clock.js';
import type { SignedIn, Sessions } from '../account/sessions.js';
import { EventStream } from '../event-stream.js';

export interface ConsoleEventsOptions {
  readonly users: UserControl;
  readonly sessions: Sessions;
  readonly clock: Clock;
  readonly deadlines: Deadlines;
}

/** All streams; bounded for each user, and ended with their session. */
export class ConsoleStreams {
  readonly #options: ConsoleEventsOptions;
  readonly #streams = new Map<UserId, Set<ConsoleEvents>>();

  constructor(options: ConsoleEventsOptions) {
    this.#options = options;
    options.sessions.onEnd((session) => {
      for (const events of this.#all()) if (events.session === session) events.destroy();
    });
  }

  /** Undefined: the user has too many. */
  open(signedIn: SignedIn): EventStream | undefined {
    const { user } = signedIn;
    const own = this.#streams.get(user) ?? new Set<ConsoleEvents>();
    if (own.size >= limits.consoleStreamsPerUser) return undefined;
    const events = new ConsoleEvents({ ...this.#options, signedIn });
    own.add(events);
    this.#streams.set(user, own);
    events.once('close', () => {
      own.delete(events);
      if (own.size === 0 && this.#streams.get(user) === own) this.#streams.delete(user);
    });
    return events;
  }

  close(): void {
    for (const events of this.#all()) events.destroy();
  }

  #all(): readonly ConsoleEvents[] {
    return [...this.#streams.values()].flatMap((own) => [...own]);
  }
}

/** Server-sent events `apps`, `devices` and `status`: all at the beginning, then those that are different. */
class ConsoleEvents extends EventStream {
  readonly session: string;
  readonly #options: ConsoleEventsOptions & { readonly signedIn: SignedIn };
  readonly #told = new Map<string, string>();
  readonly #next = new Alarm(() => this.#look());
  readonly #stopListening: () => void;
  #looking = false;
  /** Something changed since the last look began. */
  #stale = false;

  constructor(options: ConsoleEventsOptions & { readonly signedIn: SignedIn }) {
    super({ ...options, highWaterMark: 16_384 });
    this.#options = options;
    this.session = options.signedIn.session;
    this.#stopListening = options.users.onChange(options.signedIn.user, () => this.#changed());
    this.open();
    this.#look();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#stopListening();
    this.#options.deadlines.clear(this.#next);
    super._destroy(error, done);
  }

  protected override onRoom(): void {
    if (this.#stale) this.#changed();
  }

  /** A session that ran out of time is told by nobody: it is looked at before each beat. */
  protected override beat(): void {
    const beat = (): void => super.beat();
    this.#options.sessions.byId(this.session).then(
      (signedIn) => (signedIn === undefined ? this.destroy() : beat()),
      () => this.destroy(),
    ).catch(() => this.destroy());
  }

  /** A moment later: what changes once often changes twice. */
  #changed(): void {
    this.#stale = true;
    if (this.#looking || !this.room) return;
    const { clock, deadlines } = this.#options;
    deadlines.set(this.#next, Math.min(this.#next.dueMs, clock.nowMs() + limits.consoleGapMs));
  }

  #look(): void {
    if (this.#looking || this.destroyed) return;
    this.#looking = true;
    this.#stale = false;
    this.#tell()
      // The page comes back, and is told everything.
      .catch(() => this.destroy())
      .finally(() => {
        this.#looking = false;
        if (this.#stale) this.#changed();
      })
      .catch(() => this.destroy());
  }

  async #tell(): Promise<void> {
    const { users, signedIn: { user }, clock, deadlines } = this.#options;
    const apps = await users.apps(user);
    this.#event('apps', { apps });
    this.#event('devices', { devices: await users.devices(user) });
    this.#event('status', await users.status(user));
    // Windows open and close without anybody changing anything.
    const untilMs = Math.min(...apps.map((app) => app.untilMs ?? Infinity));
    if (untilMs !== Infinity && !this.destroyed) deadlines.set(this.#next, Math.max(untilMs, clock.nowMs() + limits.consoleGapMs));
  }

  #event(name: string, value: object): void {
    const data = JSON.stringify(value);
    if (this.#told.get(name) === data || this.destroyed) return;
    this.#told.set(name, data);
    this.say(`event: ${name}\ndata: ${data}\n\n`);
  }
}
