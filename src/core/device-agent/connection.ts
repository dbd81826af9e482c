import type { BackoffOptions } from '../backoff.js';
import { closeReasons, type Close } from '../frames.js';
import type { ConnectionEnd } from '../heartbeat/controller.js';
import { limits } from '../limits.js';
import type { Prng } from '../prng.js';
import type { DeviceAgentAction, DeviceStatus } from './actions.js';
import { Reconnect } from './reconnect.js';

export type StopReason = Extract<DeviceStatus, { state: 'stopped' }>['reason'];

type Mode =
  | { readonly name: 'stopped'; readonly reason: StopReason }
  /** Until `untilMs`; without a network for ever, that is for the network. */
  | { readonly name: 'waiting'; readonly untilMs: number }
  | { readonly name: 'connecting'; readonly sinceMs: number; readonly untilMs: number }
  | { readonly name: 'linked'; readonly sinceMs: number };

type ConnectionAction = Extract<DeviceAgentAction, { type: 'connect' | 'disconnect' | 'status' }>;

export interface ConnectionOptions {
  readonly random: Prng;
  readonly backoff: BackoffOptions;
  readonly emit: (action: ConnectionAction) => void;
}

/**
 * Whether the device is connected and, when it is not, whether and when it tries: the modes of the
 * agent.
 */
export class Connection {
  readonly #reconnect: Reconnect;
  readonly #emit: (action: ConnectionAction) => void;
  #mode: Mode = { name: 'stopped', reason: 'asked' };
  #reachable = true;
  /** The gateway has answered on this link. */
  #answered = false;
  /** When an attempt ended without a connection, or one of the program's last life may have. */
  #attemptLeftMs = -Infinity;
  /** What takes this link over may be an older attempt of this device whose bytes arrive late. */
  #ghostPossible = false;

  constructor(options: ConnectionOptions) {
    this.#reconnect = new Reconnect({ random: options.random, backoff: options.backoff });
    this.#emit = options.emit;
  }

  get stopped(): boolean {
    return this.#mode.name === 'stopped';
  }

  get connecting(): boolean {
    return this.#mode.name === 'connecting';
  }

  get linked(): boolean {
    return this.#mode.name === 'linked';
  }

  status(): DeviceStatus {
    const mode = this.#mode;
    switch (mode.name) {
      case 'stopped':
        return { state: 'stopped', reason: mode.reason };
      case 'waiting':
        return { state: 'waiting', untilMs: mode.untilMs };
      case 'connecting':
      case 'linked':
        return { state: mode.name };
    }
  }

  /** When a wait or an attempt ends. */
  deadlineMs(): number {
    return 'untilMs' in this.#mode ? this.#mode.untilMs : Infinity;
  }

  start(nowMs: number): void {
    this.#reconnect.onStart();
    this.#attemptLeftMs = nowMs;
    this.#comeBack(nowMs, this.#reconnect.atOnceAt(nowMs));
  }

  stop(nowMs: number, reason: StopReason): void {
    this.#leave(reason === 'asked');
    this.#setMode({ name: 'stopped', reason }, nowMs);
  }

  onConnected(nowMs: number): void {
    if (this.#mode.name !== 'connecting') return;
    // It ends by itself, so two devices with the same credentials do not take turns for ever.
    this.#ghostPossible = this.#mode.sinceMs - this.#attemptLeftMs < limits.ghostMs;
    this.#answered = false;
    this.#reconnect.onLinked();
    this.#setMode({ name: 'linked', sinceMs: nowMs }, nowMs);
  }

  onConnectFailed(nowMs: number, why: 'refused' | 'unavailable' | 'failed'): void {
    const atMs = why === 'refused'
      ? this.#reconnect.afterRefusalAt(nowMs)
      : this.#reconnect.afterFailureAt(nowMs);
    if (atMs === undefined) this.#setMode({ name: 'stopped', reason: 'refused' }, nowMs);
    else this.#comeBack(nowMs, atMs);
  }

  onAnswered(): void {
    this.#answered = true;
  }

  /** The link ended by itself. */
  onLost(nowMs: number, end: ConnectionEnd): void {
    const linkedAtMs = this.#mode.name === 'linked' && this.#answered ? this.#mode.sinceMs : nowMs;
    const alone = end === 'answer-timeout' || end === 'left';
    this.#comeBack(nowMs, this.#reconnect.afterLossAt(nowMs, linkedAtMs, alone));
  }

  /** Leaves the link, which is dead or of no more use, and makes another one. */
  renew(nowMs: number, end: ConnectionEnd): void {
    this.#leave(false);
    this.onLost(nowMs, end);
  }

  /** Leaves the link, whose other end talks nonsense. */
  backOff(nowMs: number): void {
    this.#leave(false);
    this.#comeBack(nowMs, this.#reconnect.afterFailureAt(nowMs));
  }

  /** The gateway's word. */
  onClose(nowMs: number, { reason, notBeforeSeconds }: Close): void {
    const code = closeReasons[reason];
    const ghost = reason === 'taken-over' && this.#ghostPossible;
    if (code >= 200 && !ghost) {
      this.stop(nowMs, code >= 300 ? 'removed' : 'taken-over');
      return;
    }
    this.#leave(false);
    this.#comeBack(nowMs, this.#reconnect.afterCloseAt(nowMs, notBeforeSeconds));
  }

  /** Another network, or none. */
  onNetwork(nowMs: number, reachable: boolean): void {
    this.#reachable = reachable;
    if (this.stopped) return;
    this.#leave(false);
    this.#comeBack(nowMs, this.#reconnect.atOnceAt(nowMs));
  }

  /** True when an attempt took too long and was given up. */
  onTimeout(nowMs: number): boolean {
    if (nowMs < this.deadlineMs()) return false;
    if (this.#mode.name === 'waiting') {
      this.#connect(nowMs);
      return false;
    }
    this.#leave(false);
    this.onConnectFailed(nowMs, 'failed');
    return true;
  }

  #leave(goodbye: boolean): void {
    if (!this.linked && !this.connecting) return;
    this.#emit({ type: 'disconnect', goodbye: goodbye && this.linked });
  }

  #comeBack(nowMs: number, atMs: number): void {
    if (!this.#reachable) this.#setMode({ name: 'waiting', untilMs: Infinity }, nowMs);
    else if (atMs > nowMs) this.#setMode({ name: 'waiting', untilMs: atMs }, nowMs);
    else this.#connect(nowMs);
  }

  #connect(nowMs: number): void {
    this.#reconnect.onAttempt(nowMs);
    const untilMs = nowMs + limits.connectAttemptMs;
    this.#setMode({ name: 'connecting', sinceMs: nowMs, untilMs }, nowMs);
    this.#emit({ type: 'connect' });
  }

  #setMode(mode: Mode, nowMs: number): void {
    if (this.#mode.name === 'connecting' && mode.name !== 'linked') this.#attemptLeftMs = nowMs;
    this.#mode = mode;
    this.#emit({ type: 'status', status: this.status() });
  }
}
