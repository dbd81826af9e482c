import type { DevicePresence } from '../../core/frames.js';
import type { DeviceId, UserId } from '../../core/ids.js';
import type { DeviceKnown } from '../../core/presence/visible.js';

export interface DevicePresenceChange {
  readonly device: DeviceId;
  readonly user: UserId;
  readonly presence: DevicePresence | 'offline';
  readonly atMs: number;
}

export type DevicePresenceListener = (change: DevicePresenceChange) => void;

/** What each device last was, by its own word or by its silence. In memory only: at most one entry for each device there is. */
export class DevicePresences {
  readonly #presences = new Map<DeviceId, DevicePresence | 'offline'>();
  readonly #listeners: DevicePresenceListener[] = [];

  onChange(listener: DevicePresenceListener): void {
    this.#listeners.push(listener);
  }

  of(device: DeviceId): DeviceKnown {
    return this.#presences.get(device) ?? 'unknown';
  }

  /** Told again, the same presence is no change: a reconnect within the linger is no event (facts/presence M3). */
  set(change: DevicePresenceChange): void {
    if (this.#presences.get(change.device) === change.presence) return;
    this.#presences.set(change.device, change.presence);
    for (const listener of this.#listeners) listener(change);
  }

  forget(device: DeviceId): void {
    this.#presences.delete(device);
  }
}
