import type { BackoffOptions } from '../backoff.js';
import type { DevicePresence, DownFrame, NetworkKind, Power, Urgency } from '../frames.js';
import type { ConnectionEnd, HeartbeatController } from '../heartbeat/controller.js';
import type { NotificationId } from '../ids.js';
import type { Prng } from '../prng.js';
import type { DeviceAgentAction, DeviceAgentState, DeviceStatus } from './actions.js';

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

export interface NetworkChange {
  /** Names the network among those this device has seen; equal keys are the same network. Stays on the device. */
  readonly key: string;
  readonly kind: NetworkKind;
  /** False: there is no network, and no attempt is made. */
  readonly reachable: boolean;
  /** What the gateway may know this network by: 1 to `limits.networkKeyBytes` bytes that tell no location; absent: nothing is told. */
  readonly sharedKey?: Uint8Array;
}

export type SendMessageResult =
  | { readonly ok: true; readonly id: number }
  | { readonly ok: false; readonly code: 'queue-full' | 'too-large' | 'unknown-app' };

/* eslint-disable @typescript-eslint/no-unused-vars, @typescript-eslint/class-methods-use-this */
export class DeviceAgent {
  constructor(_options: DeviceAgentOptions) {}

  start(_nowMs: number): void {}
  stop(_nowMs: number): void {}
  register(_nowMs: number, _app: string, _applicationServerKey?: Uint8Array): void {}
  remove(_nowMs: number, _app: string): void {}
  sendMessage(_nowMs: number, _app: string, _data: Uint8Array): SendMessageResult {
    return { ok: false, code: 'unknown-app' };
  }
  setPresence(_nowMs: number, _presence: DevicePresence): void {}
  setPower(_nowMs: number, _power: Power): void {}
  setMinimumUrgency(_nowMs: number, _urgency: Urgency): void {}
  setForeground(_nowMs: number, _foreground: boolean): void {}
  onConnected(_nowMs: number): void {}
  onConnectFailed(_nowMs: number, _why: 'refused' | 'unavailable' | 'failed'): void {}
  onDisconnected(_nowMs: number, _end: ConnectionEnd): void {}
  onFrame(_nowMs: number, _frame: DownFrame, _bytes: number): void {}
  onMalformed(_nowMs: number): void {}
  onAnswered(_nowMs: number, _token: number, _bytes: number): void {}
  onHandled(_nowMs: number, _id: NotificationId, _handled: boolean): void {}
  onPersisted(_nowMs: number): void {}
  onNetworkChanged(_nowMs: number, _change: NetworkChange): void {}
  onRadioOn(_nowMs: number): void {}
  onAlarmSlots(_nowMs: number, _slotsMs: readonly number[]): void {}
  onTimeout(_nowMs: number): void {}

  nextTimeoutMs(): number {
    return Infinity;
  }

  poll(): DeviceAgentAction | undefined {
    return undefined;
  }

  status(): DeviceStatus {
    return { state: 'stopped', reason: 'asked' };
  }

  state(): DeviceAgentState {
    return { version: 1, apps: [], handled: [], removals: [], nextMessageId: 1, messages: [] };
  }
}
