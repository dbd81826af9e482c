import { publishBytes, upFrameBytes } from '../frame-size.js';
import type { Handled, Registration, UpFrame, UpstreamMessage } from '../frames.js';
import type { HeartbeatController, HeartbeatPlan } from '../heartbeat/controller.js';
import { limits } from '../limits.js';
import type { DeviceAgentAction } from './actions.js';
import { composeFrame } from './compose-frame.js';
import type { Dispatch } from './dispatch.js';
import type { Elsewhere } from './elsewhere.js';
import type { Outbox } from './outbox.js';
import type { Registry } from './registry.js';
import type { SelfReport } from './self-report.js';
import { Unanswered, type SentFrame } from './unanswered.js';

export interface UplinkOptions {
  readonly nowMs: number;
  readonly answerWaitMs: number;
  readonly heartbeat: HeartbeatController;
  readonly self: SelfReport;
  readonly dispatch: Dispatch;
  readonly outbox: Outbox;
  readonly registry: Registry;
  readonly elsewhere: Elsewhere;
}

type SendAction = Extract<DeviceAgentAction, { type: 'send' }>;

/**
 * What goes up the link: when, and in which frames. It takes from the other parts what they have
 * ready, and gives back what had no answer when the link is lost.
 */
export class Uplink {
  readonly #heartbeat: HeartbeatController;
  readonly #self: SelfReport;
  readonly #dispatch: Dispatch;
  readonly #outbox: Outbox;
  readonly #registry: Registry;
  readonly #elsewhere: Elsewhere;
  readonly #unanswered: Unanswered;
  #plan: HeartbeatPlan = { beatAtMs: Infinity, promiseSeconds: limits.promiseSeconds };
  /**
   * When the next frame goes if nothing happens before; Infinity: none is due, or it waits for
   * answers.
   */
  #sendAtMs = Infinity;
  /**
   * Until then messages and registrations are not offered: the gateway could not keep one just now.
   */
  #offerAtMs = -Infinity;

  constructor(options: UplinkOptions) {
    const { nowMs, answerWaitMs } = options;
    this.#heartbeat = options.heartbeat;
    this.#self = options.self;
    this.#dispatch = options.dispatch;
    this.#outbox = options.outbox;
    this.#registry = options.registry;
    this.#elsewhere = options.elsewhere;
    this.#unanswered = new Unanswered({ nowMs, answerWaitMs });
  }

  /** Undefined when the frame was sent on an older link. */
  onAnswered(token: number): SentFrame | undefined {
    return this.#unanswered.answered(token);
  }

  /** The gateway could not keep an item; it and others like it are offered again later. */
  onPutBack(nowMs: number): void {
    this.#offerAtMs = nowMs + limits.offerAgainMs;
  }

  /**
   * Gives back what may not have arrived; when the oldest frame without an answer went up, undefined when all were answered.
   */
  onLinkLost(): number | undefined {
    const sinceMs = this.#unanswered.oldestSentAtMs;
    for (const id of this.#unanswered.clear()) this.#dispatch.acknowledgements.add(id);
    this.#registry.onLinkLost();
    this.#outbox.onLinkLost();
    this.#elsewhere.onLinkLost();
    this.#offerAtMs = -Infinity;
    this.#sendAtMs = Infinity;
    return sinceMs;
  }

  /** The oldest frame has had no answer for too long. */
  isDead(nowMs: number): boolean {
    return this.#unanswered.isDead(nowMs);
  }

  /** The controller wants a new connection instead of a heartbeat on this one. */
  wantsReconnect(nowMs: number): boolean {
    const plan = this.#heartbeat.plan(nowMs);
    return plan.reconnect === true && !this.#self.silent && nowMs >= this.#self.dueAtMs(plan);
  }

  /** Sends what is ready; to be called after every input while linked. */
  send(nowMs: number): SendAction[] {
    const actions: SendAction[] = [];
    this.#plan = this.#heartbeat.plan(nowMs);
    this.#self.flowSeconds = this.#heartbeat.flowSeconds?.();
    while (this.#isReady(nowMs)) {
      const atMs = this.#unanswered.full ? Infinity : this.#unanswered.readyAtMs(nowMs);
      if (atMs > nowMs) {
        this.#sendAtMs = atMs;
        return actions;
      }
      actions.push(this.#sendFrame(nowMs));
    }
    const offerAtMs = this.#offerAtMs > nowMs ? this.#offerAtMs : Infinity;
    const dueAtMs = this.#self.dueAtMs(this.#plan);
    this.#sendAtMs = this.#unanswered.full ? Infinity : Math.min(offerAtMs, dueAtMs);
    return actions;
  }

  /** When `send` or `isDead` is due. */
  deadlineMs(): number {
    return Math.min(this.#sendAtMs, this.#unanswered.deadlineMs);
  }

  #isReady(nowMs: number): boolean {
    return this.#self.isUrgent(nowMs, this.#plan) || this.#hasMore(nowMs);
  }

  /** Something other than what the device says of itself. */
  #hasMore(nowMs: number): boolean {
    if (this.#dispatch.acknowledgements.size > 0 || this.#handled().length > 0) return true;
    if (this.#outbox.empty && !this.#registry.waiting) return false;
    if (this.#registry.unsentRemovals().length > 0) return true;
    return this.#registrations(nowMs).length > 0 || this.#messages(nowMs).length > 0;
  }

  #sendFrame(nowMs: number): SendAction {
    const first = this.#self.silent;
    const said = this.#self.items(nowMs, this.#plan);
    // Most frames are a heartbeat and nothing else.
    const more = this.#elsewhere.confirmations.size > 0 || this.#hasMore(nowMs);
    const frame = more ? this.#compose(nowMs, said) : said;
    const { token, answered } = this.#unanswered.sent(nowMs, frame);
    this.#self.onSent(nowMs, frame);
    if (frame !== said) this.#onItemsSent(frame, token);
    this.#tellController(nowMs, frame, { first, answered });
    return { type: 'send', token, frame, answered };
  }

  #compose(nowMs: number, said: Pick<UpFrame, 'heartbeat' | 'settings'>): UpFrame {
    return composeFrame({
      ...said,
      acks: this.#dispatch.acknowledgements,
      removals: this.#registry.unsentRemovals(),
      registrations: this.#registrations(nowMs),
      messages: this.#messages(nowMs),
      handled: this.#handled(),
      cleared: this.#elsewhere.confirmations,
    });
  }

  #onItemsSent(frame: UpFrame, token: number): void {
    for (const id of frame.acks ?? []) this.#dispatch.acknowledgements.delete(id);
    this.#registry.onSent(frame.registrations ?? [], frame.removals ?? []);
    for (const { id } of frame.messages ?? []) this.#outbox.onSent(id, token);
    for (const id of frame.cleared ?? []) this.#elsewhere.confirmations.delete(id);
    this.#elsewhere.onSent(frame.handled ?? [], (alias) => this.#registry.appOf(alias), token);
  }

  #tellController(nowMs: number, frame: UpFrame, { first, answered }: { readonly first: boolean; readonly answered: boolean }): void {
    const bytes = publishBytes(upFrameBytes(frame), answered ? 1 : 0);
    if (frame.heartbeat !== undefined) {
      // What only rides along does not make it another frame.
      const items = Object.keys(frame).filter((item) => item !== 'cleared');
      const dedicated = !first && items.length === 1;
      this.#heartbeat.observe(nowMs, { type: 'heartbeat-sent', dedicated, bytes });
    }
    this.#heartbeat.observe(nowMs, { type: 'traffic', direction: 'up', bytes, answered });
    this.#plan = this.#heartbeat.plan(nowMs);
  }

  #handled(): readonly Handled[] {
    return this.#elsewhere.unsent((app) => this.#registry.aliasOf(app));
  }

  #registrations(nowMs: number): readonly Registration[] {
    return nowMs < this.#offerAtMs ? [] : this.#registry.unsentRegistrations();
  }

  #messages(nowMs: number): readonly UpstreamMessage[] {
    if (nowMs < this.#offerAtMs) return [];
    const messages: UpstreamMessage[] = [];
    const addressable = (app: string): boolean => this.#registry.aliasOf(app) !== undefined;
    for (const { id, app, data } of this.#outbox.sendable(addressable)) {
      messages.push({ id, alias: this.#registry.aliasOf(app) ?? 0, data });
    }
    return messages;
  }
}
