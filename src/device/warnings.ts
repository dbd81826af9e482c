export type DeviceWarningCode =
  /** A connection could not be made; the client tries again by itself unless its status is 'stopped'. */
  | 'connect-failed'
  /** What was stored could not be read: it was put aside, and the client began afresh. */
  | 'state-damaged'
  /** The state could not be stored: after a restart a notification may come twice and an unsent message be missing. */
  | 'state-not-saved'
  | 'handler-failed'
  | 'handler-too-slow'
  /** An encrypted notification could not be decrypted, and nobody listens to the event of that name. */
  | 'undecryptable'
  /** `crypto.subtle` is missing: apps get no keys for Web Push. */
  | 'no-web-crypto'
  | 'keys-not-made'
  /** The gateway sent something that is no frame. */
  | 'malformed-frame';

/** Something went wrong that the client deals with by itself. */
export interface DeviceWarning {
  readonly code: DeviceWarningCode;
  readonly message: string;
  readonly cause?: unknown;
}

/** Never empty: where a host has several addresses, Node's error of a failed connection has a code only. */
export function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.message !== '') return error.message;
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
