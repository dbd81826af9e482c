import type { DevicePresence, Heartbeat, Power, Settings, UpFrame, Urgency } from '../frames.js';
import type { HeartbeatPlan } from '../heartbeat/controller.js';
import { limits } from '../limits.js';
import type { NetworkChange } from './actions.js';

/**
 * What the device says of itself on the link: what holds now, what was said already, and when it
 * must be said again.
 */
export class SelfReport {
  presence: DevicePresence = 'online';
  power: Power = 'unknown';
  network: NetworkChange = { key: 'unknown', kind: 'unknown', reachable: true };
  /** Undefined: the gateway keeps what it knows. */
  minimumUrgency: Urgency | undefined;
  /** As the controller learned it for this network. */
  flowSeconds: number | undefined;
  /** By the gateway's advice; undefined before any, 0: nobody is watching. */
  freshnessSeconds: number | undefined;
  #told: Heartbeat | undefined;
  #toldMinimum: Urgency | undefined;
  #toldFlowSeconds: number | undefined;
  #lastUpMs = -Infinity;

  /** On a new link nothing has been said. */
  onLinked(nowMs: number): void {
    this.freshnessSeconds = undefined;
    this.#told = undefined;
    this.#toldMinimum = undefined;
    this.#toldFlowSeconds = undefined;
    this.#lastUpMs = nowMs;
  }

  onSent(nowMs: number, frame: UpFrame): void {
    this.#lastUpMs = nowMs;
    this.#told = frame.heartbeat ?? this.#told;
    this.#toldMinimum = frame.settings?.minimumUrgency ?? this.#toldMinimum;
    this.#toldFlowSeconds = frame.settings?.flowSeconds ?? this.#toldFlowSeconds;
  }

  /** Nothing was said yet: the first frame of a link says everything. */
  get silent(): boolean {
    return this.#told === undefined;
  }

  /** By the plan, and never later than the last promise. */
  dueAtMs(plan: HeartbeatPlan): number {
    if (this.#told === undefined) return this.#lastUpMs;
    const promisedMs = this.#lastUpMs + this.#told.promiseSeconds * 1000;
    return Math.max(this.#lastUpMs + limits.beatGapMs, Math.min(plan.beatAtMs, promisedMs));
  }

  /** Something of this must go up now, and not only with the next frame. */
  isUrgent(nowMs: number, plan: HeartbeatPlan): boolean {
    if (this.#told === undefined || nowMs >= this.dueAtMs(plan)) return true;
    if (this.minimumUrgency !== this.#toldMinimum) return true;
    return this.#told.presence !== this.presence && this.freshnessSeconds !== 0;
  }

  /**
   * For a frame that goes up now: a heartbeat when it is due or would say something new, settings
   * that were not said.
   */
  items(nowMs: number, plan: HeartbeatPlan): Pick<UpFrame, 'heartbeat' | 'settings'> {
    const heartbeat = this.#heartbeat(plan);
    const due =
      this.#told === undefined || nowMs >= this.dueAtMs(plan) || !sameHeartbeat(heartbeat, this.#told);
    const settings = this.#settings();
    if (settings === undefined) return due ? { heartbeat } : {};
    return due ? { heartbeat, settings } : { settings };
  }

  #heartbeat(plan: HeartbeatPlan): Heartbeat {
    const { promiseSeconds: longest, shortestPromiseSeconds: shortest } = limits;
    const promiseSeconds = Math.min(longest, Math.max(shortest, Math.ceil(plan.promiseSeconds)));
    const { presence, power, network } = this;
    return { presence, power, network: network.kind, promiseSeconds };
  }

  #settings(): Settings | undefined {
    const { minimumUrgency, flowSeconds } = this;
    const { sharedKey } = this.network;
    const minimumNew = minimumUrgency !== undefined && minimumUrgency !== this.#toldMinimum;
    // What was learned means nothing without the network it was learned on.
    const flowNew = flowSeconds !== undefined && flowSeconds !== this.#toldFlowSeconds;
    const networkNew = sharedKey !== undefined && (this.silent || flowNew);
    if (!minimumNew && !networkNew) return undefined;
    return {
      ...(minimumNew && { minimumUrgency }),
      ...(networkNew && { network: sharedKey, ...(flowSeconds !== undefined && { flowSeconds }) }),
    };
  }
}

function sameHeartbeat(a: Heartbeat, b: Heartbeat): boolean {
  const same = a.presence === b.presence && a.power === b.power && a.network === b.network;
  return same && a.promiseSeconds === b.promiseSeconds;
}
