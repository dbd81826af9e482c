// `lowbeat/device`: the phone client. Runs in Node, Electron, React Native and browsers.

import { Device } from './device.js';
import type { DeviceOptions } from './options.js';

/** A device at a gateway; throws a `DeviceError` 'bad-option'. Attach apps, then call its `start`. */
export function createDevice(options: DeviceOptions): Device {
  return new Device(options);
}

export { AdaptiveController } from '../core/heartbeat/adaptive.js';
export { FixedIntervalController } from '../core/heartbeat/fixed-interval.js';
export { browserNetwork } from './browser-network.js';
export { DeviceError } from './errors.js';
export { localStorageStorage } from './local-storage.js';
export { pairDevice } from './pairing.js';

export type { DevicePresence, NetworkKind, Power, RejectionCode, Urgency } from '../core/frames.js';
export type { DeviceStatus } from '../core/device-agent/actions.js';
export type { AdaptiveOptions, BeatCosts, LearnedNetwork } from '../core/heartbeat/adaptive.js';
export type { AlarmWindow } from '../core/heartbeat/alarm-windows.js';
export type { HeartbeatController } from '../core/heartbeat/controller.js';
export type { Prng } from '../core/prng.js';
export type { Clock, Timer } from './clock.js';
export type { Device, DeviceApp, DeviceEvents } from './device.js';
export type { AppHandlers, Notification, Undecryptable } from './dispatcher.js';
export type { DeviceErrorCode } from './errors.js';
export type { DeviceNetwork, NetworkSource } from './network.js';
export type { AppOptions, DeviceOptions } from './options.js';
export type { PairedDevice, PairingCode, PairingOptions } from './pairing.js';
export type { PushKeys } from './push-keys.js';
export type { AppRegistration } from './registrations.js';
export type { DeviceStorage } from './storage.js';
export type { DeviceWarning, DeviceWarningCode } from './warnings.js';
