import type { BackoffOptions } from '../backoff.js';
import type { DevicePresence, DownFrame, Power, Rejection, RejectionCode, Urgency } from '../frames.js';
import { alarmWindowsProblem, type AlarmWindow } from '../heartbeat/alarm-windows.js';
import type { ConnectionEnd, HeartbeatController, HeartbeatEvent } from '../heartbeat/controller.js';
import type { Alias, NotificationId } from '../ids.js';
import { limits } from '../limits.js';
import type { Prng } from '../prng.js';
import type { DeviceAgentAction, DeviceAgentState, DeviceStatus, NetworkChange } from './actions.js';
import { Connection } from './connection.js';
import { Dispatch, type DispatchAction } from './dispatch.js';
import { Elsewhere } from './elsewhere.js';
import { Outbox } from './outbox.js';
import { Registry } from './registry.js';
import { SelfReport } from './self-report.js';
import { Uplink } from './uplink.js';

export interface DeviceAgentOptions {
  readonly nowMs: number;
  readonly random: Prng;
  readonly heartbeat: HeartbeatController;
  /** What the last 'persist' action said; absent on a new device. */
  readonly state?: DeviceAgentState;
  /** `limits.answerWaitMs` if absent. */
  readonly answerWaitMs?: number;
  /** `limits.reconnectBaseMs` and `limits.reconnectCapMs` if absent. */
  readonly reconnect?: BackoffOptions;
}

export type SendMessageResult =
  | { readonly ok: true; readonly id: number }
  | { readonly ok: false; readonly code: 'queue-full' | 'too-large' | 'unknown-app' };

const emptyState: DeviceAgentState = {
  version: 1, apps: [], handled: [], removals: [], nextMessageId: 1, messages: [],
};

/**
 * The device's side of the link. It has no clock and does no I/O: every input brings the time, and
 * what is to be done comes out of `poll()`.
 *
 * Calling order: `start`, then any input; after each one call `poll()` until it returns undefined,
 * doing each action in order, then plan `onTimeout` for `nextTimeoutMs()`. Nothing of an older
 * connection may be reported once a 'connect' or a 'disconnect' was polled. Until the first
 * `onNetworkChanged` the network counts as reachable and unknown. What the shell is told between
 * `stop` and `start` is kept for the next link.
 *
 * - Stopped: no connection and no timer, apart from those of handlers that still run. Left by
 *   `start`.
 * - Waiting: for an instant (backoff, or what the gateway said), or, without a network, for the
 *   network.
 * - Connecting: one attempt is under way, for `limits.connectAttemptMs` at most.
 * - Linked: the first frame says everything there is to say, in one. Later ones go up when a
 *   heartbeat is due (by the controller's plan, and never later than the last promise), when
 *   something is to be told, acknowledged, registered or sent; whatever else is ready goes along, a
 *   heartbeat when it would say something new. Every frame is answered that does more than acknowledge;
 *   one that is not within the answer wait means a dead link, which is dropped and made anew at once.
 *
 * A link that another one takes over stops the device, unless an attempt was given up within
 * `limits.ghostMs` before its own began: then the newer one may be that attempt, arrived late, and
 * the device comes back.
 *
 * A change of the network drops the link and connects anew, and blames nobody. The gateway's close
 * reasons say whether to come back. Credentials that it refuses: see `Reconnect.afterRefusalAt`.
 */
export class DeviceAgent {
  readonly #heartbeat: HeartbeatController;
  readonly #connection: Connection;
  readonly #dispatch: Dispatch;
  readonly #outbox: Outbox;
  readonly #registry: Registry;
  readonly #elsewhere: Elsewhere;
  readonly #self = new SelfReport();
  /**
   * Apps that were registered since this program began: nobody could handle what comes for another
   * one.
   */
  readonly #present = new Set<string>();
  readonly #uplink: Uplink;
  #actions: DeviceAgentAction[] = [];
  #polled = 0;

  /** Frames down on this link that could not be read. */
  #malformed = 0;
  #changed = false;
  #persisting = false;
  #memoryKeptMs: number;

  constructor(options: DeviceAgentOptions) {
    const { nowMs, state = emptyState, answerWaitMs = limits.answerWaitMs } = options;
    const { reconnectBaseMs: baseMs, reconnectCapMs: capMs } = limits;
    const backoff = options.reconnect ?? { baseMs, capMs };
    const { random } = options;
    this.#heartbeat = options.heartbeat;
    this.#connection = new Connection({ random, backoff, emit: (action) => this.#emit(action) });
    this.#dispatch = new Dispatch({ state });
    this.#outbox = new Outbox({ state });
    this.#registry = new Registry({ state });
    this.#elsewhere = new Elsewhere({ state });
    this.#uplink = new Uplink({
      nowMs,
      answerWaitMs,
      heartbeat: this.#heartbeat,
      self: this.#self,
      dispatch: this.#dispatch,
      outbox: this.#outbox,
      registry: this.#registry,
      elsewhere: this.#elsewhere,
    });
    this.#memoryKeptMs = nowMs;
  }

  // --- what the shell's owner wants --------------------------------------------------------------

  start(nowMs: number): void {
    if (!this.#connection.stopped) return;
    this.#connection.start(nowMs);
    this.#settle(nowMs);
  }

  stop(nowMs: number): void {
    if (this.#connection.stopped) return;
    // What is ready goes before the goodbye.
    this.#settle(nowMs);
    this.#change(nowMs, 'left', (connection) => connection.stop(nowMs, 'asked'));
    this.#settle(nowMs);
  }

  /**
   * Answered by 'registered' or 'registration-failed'. Ask for every app at every start of the
   * program: it costs one item, and before that nothing is delivered to the app, for there may be
   * no handler yet.
   */
  register(nowMs: number, app: string, applicationServerKey?: Uint8Array): void {
    const code = this.#registry.register(app, applicationServerKey);
    if (code === undefined) this.#welcome(app);
    else this.#emit({ type: 'registration-failed', app, code });
    this.#settle(nowMs);
  }

  /** Its messages that had no answer fail; nothing is delivered to it any more. */
  remove(nowMs: number, app: string): void {
    this.#present.delete(app);
    if (!this.#registry.remove(app)) return;
    this.#dispatch.onAppRemoved(app);
    this.#elsewhere.onAppRemoved(app);
    this.#failMessages(app, 'unknown-alias');
    this.#changed = true;
    this.#settle(nowMs);
  }

  /** Answered by 'message-sent' or 'message-failed', perhaps after a restart. */
  sendMessage(nowMs: number, app: string, data: Uint8Array): SendMessageResult {
    if (!this.#registry.has(app)) return { ok: false, code: 'unknown-app' };
    if (data.length > limits.messageBytes) return { ok: false, code: 'too-large' };
    if (this.#outbox.full) return { ok: false, code: 'queue-full' };
    const id = this.#outbox.add(app, data);
    this.#changed = true;
    this.#settle(nowMs);
    return { ok: true, id };
  }

  /**
   * The user opened, answered or dismissed a notification of the app: it is cleared on their other
   * devices. Kept until the gateway has it. False when this device has no such app.
   */
  reportHandled(nowMs: number, app: string, id: NotificationId): boolean {
    if (!this.#registry.has(app)) return false;
    if (this.#elsewhere.report(app, id)) this.#changed = true;
    this.#settle(nowMs);
    return true;
  }

  /** Goes up at once, unless the gateway said that nobody is watching: then with the next frame. */
  setPresence(nowMs: number, presence: DevicePresence): void {
    if (presence === this.#self.presence) return;
    this.#self.presence = presence;
    this.#observe(nowMs, { type: 'presence', presence });
  }

  setPower(nowMs: number, power: Power): void {
    if (power === this.#self.power) return;
    this.#self.power = power;
    this.#observe(nowMs, { type: 'power', power });
  }

  setMinimumUrgency(nowMs: number, urgency: Urgency): void {
    this.#self.minimumUrgency = urgency;
    this.#settle(nowMs);
  }

  setForeground(nowMs: number, foreground: boolean): void {
    this.#observe(nowMs, { type: 'foreground', foreground });
  }

  // --- the connection ----------------------------------------------------------------------------

  onConnected(nowMs: number): void {
    if (!this.#connection.connecting) return;
    this.#connection.onConnected(nowMs);
    this.#self.onLinked(nowMs);
    const { key, kind } = this.#self.network;
    this.#observe(nowMs, { type: 'connected', networkKey: key, network: kind });
  }

  /**
   * 'refused': the credentials (CONNACK 4 or 5). 'unavailable': the gateway cannot serve now
   * (CONNACK 3). 'failed': anything else.
   */
  onConnectFailed(nowMs: number, why: 'refused' | 'unavailable' | 'failed'): void {
    if (!this.#connection.connecting) return;
    this.#connection.onConnectFailed(nowMs, why);
    this.#observe(nowMs, { type: 'connect-failed' });
  }

  /** The connection ended without being asked to. */
  onDisconnected(nowMs: number, end: ConnectionEnd): void {
    if (!this.#connection.linked) return;
    this.#change(nowMs, end, (connection) => connection.onLost(nowMs, end));
    this.#settle(nowMs);
  }

  /** `bytes` of the whole packet, here and in `onAnswered`. */
  onFrame(nowMs: number, frame: DownFrame, bytes: number): void {
    if (!this.#connection.linked) return;
    this.#heartbeat.observe(nowMs, { type: 'traffic', direction: 'down', bytes });
    for (const item of frame.notifications ?? []) {
      this.#dispatch.onNotification(item, this.#presentApp(item.alias));
    }
    for (const { alias, ids } of frame.clears ?? []) this.#clear(alias, ids);
    for (const confirmation of frame.confirmations ?? []) {
      const registered = this.#registry.onConfirmed(confirmation);
      this.#changed = true;
      if (registered === undefined) continue;
      this.#arrived(registered.alias, registered.app);
      this.#emit({ type: 'registered', ...registered });
    }
    for (const rejection of frame.rejections ?? []) this.#onRejection(nowMs, rejection);
    if (frame.advice !== undefined) {
      const { freshnessSeconds } = frame.advice;
      if (freshnessSeconds !== undefined) this.#self.freshnessSeconds = freshnessSeconds;
      this.#heartbeat.observe(nowMs, { type: 'advice', advice: frame.advice });
    }
    const { close } = frame;
    if (close !== undefined) {
      this.#change(nowMs, 'closed-by-gateway', (connection) => connection.onClose(nowMs, close));
    }
    this.#settle(nowMs);
  }

  /** A frame down that could not be read. */
  onMalformed(nowMs: number): void {
    if (!this.#connection.linked) return;
    this.#malformed += 1;
    if (this.#malformed > limits.malformedFrames) {
      this.#change(nowMs, 'left', (connection) => connection.backOff(nowMs));
    }
    this.#settle(nowMs);
  }

  /** The gateway has taken the frame of the 'send' with this token. */
  onAnswered(nowMs: number, token: number, bytes: number): void {
    const sent = this.#uplink.onAnswered(token);
    if (sent === undefined || !this.#connection.linked) return;
    this.#connection.onAnswered();
    this.#heartbeat.observe(nowMs, { type: 'traffic', direction: 'down', bytes });
    this.#heartbeat.observe(nowMs, { type: 'answered', sentAtMs: sent.sentAtMs });
    for (const { id } of sent.frame.messages ?? []) {
      if (!this.#outbox.onAnswered(id, token)) continue;
      this.#changed = true;
      this.#emit({ type: 'message-sent', id });
    }
    if (this.#elsewhere.onAnswered(token)) this.#changed = true;
    if (this.#registry.onRemovalsAnswered(sent.frame.removals ?? [])) this.#changed = true;
    if (nowMs - this.#memoryKeptMs >= limits.memoryMs) this.#keepMemory(nowMs);
    this.#settle(nowMs);
  }

  // --- the device --------------------------------------------------------------------------------

  onHandled(nowMs: number, id: NotificationId, handled: boolean): void {
    const action = this.#dispatch.onHandled(id, handled);
    if (action !== undefined) this.#emitOf(action);
    this.#settle(nowMs);
  }

  onPersisted(nowMs: number): void {
    if (!this.#persisting) return;
    this.#persisting = false;
    this.#dispatch.onKept();
    this.#outbox.onKept();
    this.#settle(nowMs);
  }

  onNetworkChanged(nowMs: number, change: NetworkChange): void {
    const { key, reachable } = this.#self.network;
    this.#self.network = { ...change };
    if (change.key !== key || change.reachable !== reachable) {
      this.#change(nowMs, 'left', (connection) => connection.onNetwork(nowMs, change.reachable));
    }
    this.#settle(nowMs);
  }

  /** The radio is on for another's traffic, as far as the system lets the shell see. */
  onRadioOn(nowMs: number): void {
    this.#observe(nowMs, { type: 'radio-on' });
  }

  /**
   * The system lets an alarm ring in these windows only; none: at any time. To be told when that changes, and after each
   * alarm that used up a quota: what follows is planned by it. Throws a RangeError for what cannot be windows.
   */
  onAlarmWindows(nowMs: number, windows: readonly AlarmWindow[]): void {
    const problem = alarmWindowsProblem(windows);
    if (problem !== undefined) throw new RangeError(problem);
    this.#observe(nowMs, { type: 'alarm-windows', windows });
  }

  onTimeout(nowMs: number): void {
    const gaveUp = this.#connection.onTimeout(nowMs);
    if (gaveUp) this.#heartbeat.observe(nowMs, { type: 'connect-failed' });
    if (this.#connection.linked && this.#uplink.isDead(nowMs)) this.#renew(nowMs, 'answer-timeout');
    for (const action of this.#dispatch.onTimeout(nowMs)) this.#emitOf(action);
    this.#settle(nowMs);
  }

  /** Infinity when nothing is due. */
  nextTimeoutMs(): number {
    const link = this.#connection.linked ? this.#uplink : this.#connection;
    return Math.min(link.deadlineMs(), this.#dispatch.deadlineMs());
  }

  poll(): DeviceAgentAction | undefined {
    const action = this.#actions[this.#polled];
    this.#polled += 1;
    if (action === undefined) {
      this.#actions = [];
      this.#polled = 0;
    }
    return action;
  }

  status(): DeviceStatus {
    return this.#connection.status();
  }

  /** What a 'persist' action would say now. */
  state(): DeviceAgentState {
    const heartbeat = this.#heartbeat.memory();
    return {
      version: 1,
      ...this.#registry.state(),
      ...this.#dispatch.state(),
      ...this.#outbox.state(),
      ...this.#elsewhere.state(),
      ...(heartbeat !== undefined && { heartbeat }),
    };
  }

  #observe(nowMs: number, event: HeartbeatEvent): void {
    this.#heartbeat.observe(nowMs, event);
    this.#settle(nowMs);
  }

  /**
   * After every input: starts handlers, asks the controller, sends what is ready, keeps what
   * changed.
   */
  #settle(nowMs: number): void {
    for (const action of this.#dispatch.start(nowMs)) this.#emit(action);
    if (this.#connection.linked) {
      const renew = this.#dispatch.wantsAgain || this.#uplink.wantsReconnect(nowMs);
      if (renew) this.#renew(nowMs, 'left');
    }
    if (this.#connection.linked) for (const action of this.#uplink.send(nowMs)) this.#emit(action);
    if ((this.#changed || this.#dispatch.hasUnkept) && !this.#persisting) this.#persist();
  }

  #welcome(app: string): void {
    this.#present.add(app);
    const alias = this.#registry.aliasOf(app);
    if (alias !== undefined) this.#arrived(alias, app);
  }

  /** What came for the alias while it stood for no app that was there. */
  #arrived(alias: Alias, app: string): void {
    this.#dispatch.onApp(alias, app);
    const cleared = this.#elsewhere.unpark(alias);
    if (cleared.length > 0) this.#clear(alias, cleared);
  }

  #clear(alias: Alias, ids: readonly NotificationId[]): void {
    const app = this.#presentApp(alias);
    if (app === undefined) {
      this.#elsewhere.park(alias, ids);
      return;
    }
    const told = ids.filter((id) => {
      const when = this.#dispatch.onCleared(id, app);
      // Its handler is told when it is done; then it is confirmed, too.
      if (when !== 'later') this.#elsewhere.confirm(id);
      return when === 'now';
    });
    if (told.length > 0) this.#emit({ type: 'clear', app, ids: told });
  }

  #emitOf(action: DispatchAction): void {
    if (action.type === 'clear') for (const id of action.ids) this.#elsewhere.confirm(id);
    this.#emit(action);
  }

  /** Undefined as well for an app that this program has not registered yet. */
  #presentApp(alias: Alias): string | undefined {
    const app = this.#registry.appOf(alias);
    return app !== undefined && this.#present.has(app) ? app : undefined;
  }

  #onRejection(nowMs: number, { request, message, code }: Rejection): void {
    // The gateway's disk is full or slow: everything else is the caller's to decide.
    const again = code === 'store-unavailable';
    if (again) this.#uplink.onPutBack(nowMs);
    if (message !== undefined && again) {
      this.#outbox.onPutBack(message);
    } else if (message !== undefined && this.#outbox.remove(message)) {
      this.#changed = true;
      this.#emit({ type: 'message-failed', id: message, code });
    }
    const app = request === undefined ? undefined : this.#registry.onRejected(request, again);
    if (app === undefined || again) return;
    this.#emit({ type: 'registration-failed', app, code });
    if (this.#registry.has(app)) return;
    this.#present.delete(app);
    this.#elsewhere.onAppRemoved(app);
    this.#failMessages(app, code);
  }

  #failMessages(app: string, code: RejectionCode): void {
    for (const id of this.#outbox.removeApp(app)) {
      this.#changed = true;
      this.#emit({ type: 'message-failed', id, code });
    }
  }

  #renew(nowMs: number, end: ConnectionEnd): void {
    this.#change(nowMs, end, (connection) => connection.renew(nowMs, end));
  }

  /**
   * Changes the connection; if a link ended by that, what had no answer will go up on the next one.
   */
  #change(nowMs: number, end: ConnectionEnd, change: (connection: Connection) => void): void {
    const { linked } = this.#connection;
    change(this.#connection);
    if (!linked || this.#connection.linked) return;
    const unansweredSinceMs = this.#uplink.onLinkLost();
    this.#dispatch.onLinkLost();
    this.#malformed = 0;
    const since = unansweredSinceMs === undefined ? {} : { unansweredSinceMs };
    this.#heartbeat.observe(nowMs, { type: 'disconnected', end, ...since });
    this.#keepMemory(nowMs);
  }

  #keepMemory(nowMs: number): void {
    if (this.#heartbeat.memory() === undefined) return;
    this.#memoryKeptMs = nowMs;
    this.#changed = true;
  }

  #persist(): void {
    this.#changed = false;
    this.#persisting = true;
    this.#dispatch.onKeeping();
    this.#outbox.onKeeping();
    this.#emit({ type: 'persist', state: this.state() });
  }

  #emit(action: DeviceAgentAction): void {
    this.#actions.push(action);
  }
}
