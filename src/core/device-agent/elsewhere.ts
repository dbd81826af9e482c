import { byAlias } from '../by-alias.js';
import type { Handled } from '../frames.js';
import type { Alias, NotificationId } from '../ids.js';
import { limits } from '../limits.js';
import type { DeviceAgentState, HandledByUser } from './actions.js';

interface Report extends HandledByUser {
  /** Token of the frame it went up in, on this link; 0: not sent. */
  token: number;
}

/**
 * What the user handles on one device and another clears. Reports of this one go up until they are
 * answered, also over a restart. What came down to be cleared is confirmed with the next frame up;
 * what is not confirmed when the link ends comes again.
 */
export class Elsewhere {
  readonly #reports: Report[];
  readonly #confirmations = new Set<NotificationId>();
  /** For apps that are not there yet. */
  readonly #parked = new Map<Alias, NotificationId[]>();
  #parkedCount = 0;

  constructor(options: { readonly state: Pick<DeviceAgentState, 'handledByUser'> }) {
    const { handledByUser = [] } = options.state;
    this.#reports = handledByUser.slice(-limits.handledWaiting).map(({ app, id }) => ({ app, id, token: 0 }));
  }

  /** False when it is reported already. Beyond the bound the oldest goes: other devices go on showing it. */
  report(app: string, id: NotificationId): boolean {
    if (this.#reports.some((report) => report.app === app && report.id === id)) return false;
    this.#reports.push({ app, id, token: 0 });
    if (this.#reports.length > limits.handledWaiting) this.#reports.shift();
    return true;
  }

  /** What may go up now, of apps that have an alias. */
  unsent(aliasOf: (app: string) => Alias | undefined): readonly Handled[] {
    const unsent: { readonly alias: Alias; readonly id: NotificationId }[] = [];
    for (const { app, id, token } of this.#reports) {
      if (unsent.length >= limits.frameItems) break;
      const alias = token > 0 ? undefined : aliasOf(app);
      if (alias !== undefined) unsent.push({ alias, id });
    }
    return byAlias(unsent);
  }

  onSent(handled: readonly Handled[], appOf: (alias: Alias) => string | undefined, token: number): void {
    for (const { alias, ids } of handled) {
      const app = appOf(alias);
      for (const report of this.#reports) {
        if (report.token === 0 && report.app === app && ids.includes(report.id)) report.token = token;
      }
    }
  }

  /** True when the gateway has some now. */
  onAnswered(token: number): boolean {
    return this.#removeIf((report) => report.token === token);
  }

  /** True when there were any. */
  onAppRemoved(app: string): boolean {
    return this.#removeIf((report) => report.app === app);
  }

  onLinkLost(): void {
    for (const report of this.#reports) report.token = 0;
    this.#confirmations.clear();
    this.#parked.clear();
    this.#parkedCount = 0;
  }

  /** The alias stands for no app that is there: to be taken out by `unpark` when one is. */
  park(alias: Alias, ids: readonly NotificationId[]): void {
    // Beyond the bound they are not confirmed, and come with the next link.
    const taken = ids.slice(0, Math.max(0, limits.clearsWaiting - this.#parkedCount));
    this.#parkedCount += taken.length;
    this.#parked.set(alias, [...(this.#parked.get(alias) ?? []), ...taken]);
  }

  unpark(alias: Alias): readonly NotificationId[] {
    const parked = this.#parked.get(alias) ?? [];
    this.#parked.delete(alias);
    this.#parkedCount -= parked.length;
    return parked;
  }

  /** What was cleared: told with the next frame up, and worth none of its own. The agent takes out what it sent. */
  get confirmations(): Set<NotificationId> {
    return this.#confirmations;
  }

  confirm(id: NotificationId): void {
    if (this.#confirmations.size < limits.clearsWaiting) this.#confirmations.add(id);
  }

  state(): Pick<DeviceAgentState, 'handledByUser'> {
    if (this.#reports.length === 0) return {};
    return { handledByUser: this.#reports.map(({ app, id }) => ({ app, id })) };
  }

  #removeIf(test: (report: Report) => boolean): boolean {
    const kept = this.#reports.filter((report) => !test(report));
    const some = kept.length < this.#reports.length;
    if (some) this.#reports.splice(0, this.#reports.length, ...kept);
    return some;
  }
}
