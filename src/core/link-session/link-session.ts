import type { Advice, CloseReason, Confirmation, DevicePresence, Heartbeat, Rejection, UpFrame, Urgency } from '../frames.js';
import type { NotificationId } from '../ids.js';
import type { LinkSessionAction, WaitingNotification } from './actions.js';

export interface LinkSessionOptions {
  readonly nowMs: number;
  readonly minimumUrgency: Urgency;
  /** Longest an admitted, unhurried notification is held; `limits.holdMs` if absent. */
  readonly holdMs?: number;
}

/* eslint-disable @typescript-eslint/no-unused-vars, @typescript-eslint/class-methods-use-this */
export class LinkSession {
  constructor(_options: LinkSessionOptions) {}

  onFrame(_nowMs: number, _frame: UpFrame): void {}
  onMalformed(_nowMs: number): void {}
  /** Any other packet of the device. */
  onAlive(_nowMs: number): void {}
  /** Just became durable for this device; ids ascend. */
  onStored(_nowMs: number, _notification: WaitingNotification): void {}
  /** The answer to 'load'; `complete` when nothing with a higher id waits. */
  onLoaded(_nowMs: number, _notifications: readonly WaitingNotification[], _complete: boolean): void {}
  /** A plain client's PUBACK: the same as an ack item. */
  onDelivered(_nowMs: number, _ids: readonly NotificationId[]): void {}
  /**
   * Some of what waited was withdrawn (revoked, cancelled, unsubscribed). What is not acknowledged yet is not sent (again) before
   * it was loaded again; the answer to a 'load' that is outstanding comes from after this.
   */
  onWithdrawn(_nowMs: number): void {}
  onRegistered(_nowMs: number, _confirmation: Confirmation): void {}
  onRejected(_nowMs: number, _rejection: Rejection): void {}
  onBlocked(_nowMs: number): void {}
  onWritable(_nowMs: number): void {}
  onAdvice(_nowMs: number, _advice: Advice): void {}
  /** The gateway wants to end the link. */
  onClose(_nowMs: number, _reason: CloseReason, _notBeforeSeconds: number): void {}
  onDisconnected(_nowMs: number, _how: 'goodbye' | 'lost'): void {}
  onTimeout(_nowMs: number): void {}

  nextTimeoutMs(): number {
    return Infinity;
  }

  poll(): LinkSessionAction | undefined {
    return undefined;
  }

  get linked(): boolean {
    return true;
  }

  /** Nothing will come from it any more. */
  get over(): boolean {
    return false;
  }

  get presence(): DevicePresence | 'offline' {
    return 'offline';
  }

  /** When silence will mean offline. */
  leaseUntilMs(): number {
    return Infinity;
  }

  get lastHeartbeat(): Heartbeat | undefined {
    return undefined;
  }

  get lastHeartbeatAtMs(): number {
    return -Infinity;
  }
}
