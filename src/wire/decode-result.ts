export type DecodeErrorCode =
  /** Above `limits.frameBytes`. */
  | 'frame-too-large'
  /** Not protobuf, or a known field of another wire type. */
  | 'malformed'
  /** Well-formed, and a value or a combination that cannot be. */
  | 'impossible';

export interface DecodeError {
  readonly code: DecodeErrorCode;
  /** The field, what was wrong, what would be right. */
  readonly message: string;
}

export type DecodeResult<Frame> =
  | { readonly ok: true; readonly frame: Frame }
  | { readonly ok: false; readonly error: DecodeError };
