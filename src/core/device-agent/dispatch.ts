import type { NotificationItem } from '../frames.js';
import type { Alias, NotificationId } from '../ids.js';
import { limits } from '../limits.js';
import type { DeviceAgentAction, DeviceAgentState } from './actions.js';
import { MissedCounts } from './missed-counts.js';

export type DispatchAction = Extract<DeviceAgentAction, { type: 'deliver' | 'abandoned' | 'clear' }>;

interface Running {
  readonly app: string;
  untilMs: number;
  /** Its time was begun anew because the device was asleep when it ended. */
  extended: boolean;
  /** The user handled it elsewhere meanwhile. */
  cleared?: true;
}

/**
 * Notifications on their way to the apps of this device. One app's handlers are called one after
 * the other in the order of arrival, different apps do not wait for each other.
 *
 * What an id goes through: it arrives and queues; its handler runs; when that succeeded the id is
 * `handled` and must be kept by the shell (`onKeeping`, then `onKept`) before it is acknowledged
 * (`acknowledgements`). When the handler failed or took too long the id is forgotten, the gateway
 * sends it again, and after `limits.handlerAttempts` it is given up, which ends as if it was
 * handled. An id that comes again is dropped, and acknowledged again if it was kept. One that the
 * user handles elsewhere ends as handled too: before its handler was called without that call, and
 * after it with 'clear', so that what the handler shows goes. One that stands for dropped ones tells
 * its app those that it does not know yet, and when there are none it ends as handled, too.
 *
 * A notification whose app is not known yet (the state of this device was lost, its registration is
 * not confirmed, the program has not registered it in this run) is parked. Beyond the bounds
 * notifications are refused, and everything after them as well, or the order would be lost: then
 * `wantsAgain` asks for a new link once there is room, on which the gateway sends all of them
 * again.
 */
export class Dispatch {
  readonly #handled: Set<NotificationId>;
  readonly #missedCounts: MissedCounts;
  /** Handled, and not yet in a state that was handed out to be kept. */
  #unkept: NotificationId[] = [];
  #keeping: NotificationId[] = [];
  readonly #acknowledgements = new Set<NotificationId>();
  /** By app; the ones that run are not in here. */
  readonly #queues = new Map<string, NotificationItem[]>();
  readonly #parked = new Map<Alias, NotificationItem[]>();
  readonly #waitingIds = new Set<NotificationId>();
  readonly #running = new Map<NotificationId, Running>();
  readonly #busyApps = new Set<string>();
  readonly #failures = new Map<NotificationId, number>();
  /** Told to be cleared lately: a handler that was given up as too slow may still show one. */
  readonly #cleared = new Map<NotificationId, string>();
  #refusing = false;
  #parkedCount = 0;
  #parkedRefused = false;
  #unparked = false;

  constructor(options: { readonly state: Pick<DeviceAgentState, 'handled' | 'missedTold'> }) {
    this.#handled = new Set(options.state.handled.slice(-limits.rememberedIds));
    this.#missedCounts = new MissedCounts(options);
  }

  /** `app` is undefined when the alias is not known, or the app not there yet. */
  onNotification(item: NotificationItem, app: string | undefined): void {
    const { id } = item;
    if (this.#handled.has(id)) {
      if (!this.#unkept.includes(id) && !this.#keeping.includes(id)) this.#acknowledge(id);
      return;
    }
    if (this.#waitingIds.has(id) || this.#running.has(id) || this.#refusing) return;
    if (this.#waitingIds.size - this.#parkedCount >= limits.deliveriesWaiting) {
      this.#refusing = true;
      return;
    }
    if (app === undefined) {
      this.#park(item);
      return;
    }
    this.#waitingIds.add(id);
    const queue = this.#queues.get(app);
    if (queue === undefined) this.#queues.set(app, [item]);
    else queue.push(item);
  }

  /** The alias belongs to `app` from now on. */
  onApp(alias: Alias, app: string): void {
    if (this.#parkedRefused) this.#unparked = true;
    const parked = this.#parked.get(alias);
    if (parked === undefined) return;
    this.#parked.delete(alias);
    this.#parkedCount -= parked.length;
    this.#queues.set(app, [...(this.#queues.get(app) ?? []), ...parked]);
  }

  onAppRemoved(app: string): void {
    for (const { id } of this.#queues.get(app) ?? []) this.#waitingIds.delete(id);
    this.#queues.delete(app);
    this.#missedCounts.onAppRemoved(app);
  }

  /** The gateway sends what is parked or was refused again on the next link. */
  onLinkLost(): void {
    for (const items of this.#parked.values()) {
      for (const { id } of items) this.#waitingIds.delete(id);
    }
    this.#parked.clear();
    this.#parkedCount = 0;
    this.#refusing = false;
    this.#parkedRefused = false;
    this.#unparked = false;
  }

  /** Starts what may start; to be called after every input. */
  start(nowMs: number): DispatchAction[] {
    const actions: DispatchAction[] = [];
    for (const [app, queue] of this.#queues) {
      if (this.#busyApps.has(app)) continue;
      const next = this.#next(app, queue);
      if (queue.length === 0) this.#queues.delete(app);
      if (next === undefined) continue;
      const { id, data, encrypted, missed } = next;
      this.#running.set(id, { app, untilMs: nowMs + limits.handlerMs, extended: false });
      this.#busyApps.add(app);
      actions.push({ type: 'deliver', app, id, data, ...(encrypted === true ? { encrypted } : {}), missed });
    }
    return actions;
  }

  onHandled(id: NotificationId, handled: boolean): DispatchAction | undefined {
    const running = this.#running.get(id);
    if (running === undefined) {
      // Later than its time: it counts all the same, and spares the app a second call.
      if (handled && this.#failures.has(id) && !this.#handled.has(id)) this.#finish(id);
      const app = this.#cleared.get(id);
      return handled && app !== undefined ? { type: 'clear', app, ids: [id] } : undefined;
    }
    this.#running.delete(id);
    this.#busyApps.delete(running.app);
    if (handled || running.cleared === true) {
      this.#finish(id);
      return running.cleared === true ? { type: 'clear', app: running.app, ids: [id] } : undefined;
    }
    return this.#fail(id, running.app);
  }

  /** Whether its app is to be told that it was handled elsewhere: now, when its handler is done, or never, for it never got it. */
  onCleared(id: NotificationId, app: string): 'now' | 'later' | 'never' {
    this.#cleared.delete(id);
    this.#cleared.set(id, app);
    for (const oldest of this.#cleared.keys()) {
      if (this.#cleared.size <= limits.clearsWaiting) break;
      this.#cleared.delete(oldest);
    }
    const running = this.#running.get(id);
    if (running !== undefined) {
      running.cleared = true;
      return 'later';
    }
    if (!this.#waitingIds.has(id)) return 'now';
    // Called before, it may show something though it failed.
    const called = this.#failures.has(id);
    this.#finish(id);
    return called ? 'now' : 'never';
  }

  /**
   * Handlers that took too long count as failed. Where the device slept through the end of their
   * time, so did they: they get it once more.
   */
  onTimeout(nowMs: number): DispatchAction[] {
    const actions: DispatchAction[] = [];
    for (const [id, running] of this.#running) {
      if (nowMs < running.untilMs) continue;
      if (!running.extended && nowMs - running.untilMs > limits.lateMs) {
        running.extended = true;
        running.untilMs = nowMs + limits.handlerMs;
        continue;
      }
      const action = this.onHandled(id, false);
      if (action !== undefined) actions.push(action);
    }
    return actions;
  }

  deadlineMs(): number {
    let deadlineMs = Infinity;
    for (const { untilMs } of this.#running.values()) deadlineMs = Math.min(deadlineMs, untilMs);
    return deadlineMs;
  }

  /** Something was refused and there is room again: a new link brings it. */
  get wantsAgain(): boolean {
    const room = this.#waitingIds.size <= limits.deliveriesWaiting / 2;
    return (this.#refusing && room) || this.#unparked;
  }

  /** Kept or not. */
  state(): Pick<DeviceAgentState, 'handled' | 'missedTold'> {
    return { handled: [...this.#handled], ...this.#missedCounts.state() };
  }

  get hasUnkept(): boolean {
    return this.#unkept.length > 0;
  }

  /** The state that is handed out now holds all that is handled. */
  onKeeping(): void {
    this.#keeping.push(...this.#unkept);
    this.#unkept = [];
  }

  onKept(): void {
    for (const id of this.#keeping) this.#acknowledge(id);
    this.#keeping = [];
  }

  /**
   * What may be acknowledged, in no order. The agent takes out what it sent and puts back what had
   * no answer.
   */
  get acknowledgements(): Set<NotificationId> {
    return this.#acknowledgements;
  }

  #park(item: NotificationItem): void {
    if (this.#parkedCount >= limits.inFlight) {
      this.#parkedRefused = true;
      return;
    }
    // One that is refused must not be overtaken by later ones of its app.
    if (this.#parkedRefused) return;
    this.#waitingIds.add(item.id);
    this.#parkedCount += 1;
    const parked = this.#parked.get(item.alias);
    if (parked === undefined) this.#parked.set(item.alias, [item]);
    else parked.push(item);
  }

  /** Taken out of the queue; with `missed`, so many as the app does not know. Counts that it knows are done with. */
  #next(app: string, queue: NotificationItem[]): NotificationItem | undefined {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) {
      this.#waitingIds.delete(item.id);
      if (item.missed === 0) return item;
      const missed = this.#missedCounts.left(app, item);
      if (missed > 0) {
        this.#missedCounts.onOffered(app, item);
        return { ...item, missed };
      }
      this.#finish(item.id);
    }
    return undefined;
  }

  #finish(id: NotificationId): void {
    this.#missedCounts.onHandled(id);
    this.#failures.delete(id);
    this.#dequeue(id);
    this.#handled.add(id);
    this.#unkept.push(id);
    for (const oldest of this.#handled) {
      if (this.#handled.size <= limits.rememberedIds) break;
      this.#handled.delete(oldest);
    }
  }

  #fail(id: NotificationId, app: string): DispatchAction | undefined {
    const failures = (this.#failures.get(id) ?? 0) + 1;
    if (failures >= limits.handlerAttempts) {
      this.#finish(id);
      return { type: 'abandoned', app, id };
    }
    this.#failures.delete(id);
    this.#failures.set(id, failures);
    for (const oldest of this.#failures.keys()) {
      if (this.#failures.size <= limits.rememberedIds) break;
      this.#failures.delete(oldest);
      this.#missedCounts.onForgotten(oldest);
    }
    return undefined;
  }

  /** It came again and waits, and its first call has succeeded after all. */
  #dequeue(id: NotificationId): void {
    if (!this.#waitingIds.delete(id)) return;
    for (const [app, queue] of this.#queues) {
      const rest = queue.filter((item) => item.id !== id);
      if (rest.length === queue.length) continue;
      if (rest.length === 0) this.#queues.delete(app);
      else this.#queues.set(app, rest);
      return;
    }
  }

  #acknowledge(id: NotificationId): void {
    // Beyond the bound the gateway sends it once more.
    if (this.#acknowledgements.size < limits.rememberedIds) this.#acknowledgements.add(id);
  }
}
