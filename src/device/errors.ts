import type { RejectionCode } from '../core/frames.js';

export type DeviceErrorCode =
  /** An option or argument cannot be; the message names it and says what would be right. */
  | 'bad-option'
  | 'not-started'
  | 'already-started'
  /** The device was stopped, by this side or by the gateway; what was queued goes up after the next start. */
  | 'stopped'
  /** As many messages as the device keeps already wait for the gateway. */
  | 'queue-full'
  /** The message is above `limits.messageBytes`. */
  | 'too-large'
  /** `device.app` was not called with this name. */
  | 'unknown-app'
  /** The app was removed before the gateway answered. */
  | 'app-removed'
  /** The gateway refused; `rejection` says why. */
  | 'registration-rejected'
  | 'message-rejected'
  /** An encrypted payload (RFC 8291) has no room for a header and one record. */
  | 'ciphertext-too-short'
  | 'bad-record-size'
  /** Its key id is not a point on P-256. */
  | 'bad-sender-key'
  /** It was encrypted for other keys than the app's, or changed on its way. */
  | 'decryption-failed'
  /** It was decrypted and has no end, or more than one. */
  | 'bad-padding'
  /** The user said no; nobody entered the code in time; the gateway cannot be asked, or refused. */
  | 'pairing-refused'
  | 'pairing-expired'
  | 'pairing-failed'
  /** The app has no keys on this device: there is no WebCrypto, or it is not registered. */
  | 'no-keys';

export interface DeviceErrorOptions {
  readonly code: DeviceErrorCode;
  readonly message: string;
  readonly rejection?: RejectionCode;
  readonly cause?: unknown;
}

export class DeviceError extends Error {
  readonly code: DeviceErrorCode;
  readonly rejection: RejectionCode | undefined;

  constructor(options: DeviceErrorOptions) {
    super(options.message, { cause: options.cause });
    this.name = 'DeviceError';
    this.code = options.code;
    this.rejection = options.rejection;
  }
}

/** What each of the gateway's refusals means for whoever reads the error. */
export const rejectionTexts: Record<RejectionCode, string> = {
  'bad-app-name': 'the app name is not 1 to 64 characters of what the gateway allows',
  'too-many-subscriptions': 'this device has as many subscriptions as the gateway allows',
  'unknown-alias': 'the gateway does not know this app on this device; it must be registered again',
  'no-grant': 'the user has not allowed this app',
  'message-too-large': 'the message is larger than the gateway takes',
  'outbox-full': 'too much waits for the app server already; try again later',
  'bad-application-server-key': 'the application server key is not an uncompressed P-256 point of 65 bytes',
  'store-unavailable': 'the gateway cannot keep anything at present; try again later',
  other: 'for a reason that this version does not know',
};

export function badOption(message: string): DeviceError {
  return new DeviceError({ code: 'bad-option', message });
}
