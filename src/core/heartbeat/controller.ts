// The port between the device agent and whoever decides when to beat. The agent reports what happened
// to the link; the controller answers with a plan. It has no clock: every call brings `nowMs`.

import type { Advice, DevicePresence, NetworkKind, Power } from '../frames.js';
import type { AlarmWindow } from './alarm-windows.js';

/** Why a connection ended, as far as the device can tell. */
export type ConnectionEnd =
  /** The peer or a middlebox reset it. */
  | 'reset'
  /** The gateway ended it, with or without a reason. */
  | 'closed-by-gateway'
  /** A frame had no answer in time: the path is dead or forgotten. */
  | 'answer-timeout'
  /** The device itself left: network change, airplane mode, stop. Tells nothing about the network. */
  | 'left';

export type HeartbeatEvent =
  /** `networkKey` names the network among those this device has seen; equal keys are the same network. */
  | { readonly type: 'connected'; readonly networkKey: string; readonly network: NetworkKind }
  /**
   * `unansweredSinceMs`: when the oldest frame without an answer went out; absent when all were answered. The silence
   * before it is what a middlebox may not have survived.
   */
  | { readonly type: 'disconnected'; readonly end: ConnectionEnd; readonly unansweredSinceMs?: number }
  /** A connection attempt failed. */
  | { readonly type: 'connect-failed' }
  /** A heartbeat went out, alone or in a frame with others; `dedicated` when nothing else was the reason. */
  | { readonly type: 'heartbeat-sent'; readonly dedicated: boolean; readonly bytes: number }
  /** A frame up was answered: both directions of the path were alive at this instant. */
  | { readonly type: 'answered'; readonly sentAtMs: number }
  /** Bytes of the link came down. */
  | { readonly type: 'traffic'; readonly direction: 'down'; readonly bytes: number }
  /** Bytes of the link went up; whether the gateway answers them, by which both directions are known to be alive. */
  | { readonly type: 'traffic'; readonly direction: 'up'; readonly bytes: number; readonly answered: boolean }
  /** The radio is on for another's traffic, as far as the system lets us see. */
  | { readonly type: 'radio-on' }
  | { readonly type: 'power'; readonly power: Power }
  | { readonly type: 'presence'; readonly presence: DevicePresence }
  | { readonly type: 'foreground'; readonly foreground: boolean }
  /**
   * The system lets an alarm ring in these windows only (Doze), ascending and apart, at most `limits.alarmWindows`; none: at
   * any time. It replaces what was told before, and comes again after each alarm that used up a quota.
   */
  | { readonly type: 'alarm-windows'; readonly windows: readonly AlarmWindow[] }
  /** As it came from the gateway. */
  | { readonly type: 'advice'; readonly advice: Advice };

export interface HeartbeatPlan {
  /** When the next heartbeat is due if nothing else goes up before; Infinity while there is no link. */
  readonly beatAtMs: number;
  /**
   * What to promise if a heartbeat goes up at `nowMs`: the next sign of life comes within so many seconds.
   * Never below the distance to the beat that would follow, as long as the protocol has a promise for it.
   */
  readonly promiseSeconds: number;
  /**
   * The flow will be forgotten by `beatAtMs`: open a new connection then instead of asking the old one and waiting in
   * vain for its answer.
   */
  readonly reconnect?: boolean;
}

export interface HeartbeatController {
  observe(nowMs: number, event: HeartbeatEvent): void;
  /** Pure in its effect: asking twice changes nothing. */
  plan(nowMs: number): HeartbeatPlan;
  /**
   * Seconds that the present network keeps an idle flow, once that is known well enough to share it; it goes up with
   * the next frame after it changed. A controller that learns nothing leaves it out.
   */
  flowSeconds?(): number | undefined;
  /** What is worth keeping across restarts, as JSON values; undefined when nothing is. */
  memory(): unknown;
}
