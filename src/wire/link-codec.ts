// Frames as bytes. Decoding never throws, whatever the bytes; encoding throws RangeError for a frame
// that breaks a bound of the protocol, since only a fault of ours can build one.

import type { DownFrame, UpFrame } from '../core/frames.js';
import { limits } from '../core/limits.js';
import type { DecodeErrorCode, DecodeResult } from './decode-result.js';
import { readDownFrame, writeDownFrame } from './down-frame.js';
import { ImpossibleFrame } from './field-checks.js';
import { encoded } from './protobuf.js';
import type { Writer } from './protobuf.js';
import { readUpFrame, writeUpFrame } from './up-frame.js';

/** Bytes that the caller owns. Throws RangeError. */
export function encodeUpFrame(frame: UpFrame): Uint8Array {
  return encode('up frame', frame, writeUpFrame);
}

/** Nothing in the frame aliases `bytes`. */
export function decodeUpFrame(bytes: Uint8Array): DecodeResult<UpFrame> {
  return decode(bytes, readUpFrame);
}

/** Bytes that the caller owns. Throws RangeError. */
export function encodeDownFrame(frame: DownFrame): Uint8Array {
  return encode('down frame', frame, writeDownFrame);
}

/** Nothing in the frame aliases `bytes`. */
export function decodeDownFrame(bytes: Uint8Array): DecodeResult<DownFrame> {
  return decode(bytes, readDownFrame);
}

function encode<Frame>(
  name: string,
  frame: Frame,
  write: (frame: Frame, writer: Writer) => void,
): Uint8Array {
  let bytes;
  try {
    bytes = encoded(frame, write);
  } catch (error) {
    if (error instanceof ImpossibleFrame) throw new RangeError(`${name}: ${error.message}`);
    throw error;
  }
  if (bytes.length > limits.frameBytes) {
    throw new RangeError(`${name}: it takes ${bytes.length} bytes, at most ${limits.frameBytes} are allowed: split it`);
  }
  return bytes;
}

function decode<Frame>(bytes: Uint8Array, read: (bytes: Uint8Array) => Frame): DecodeResult<Frame> {
  if (bytes.length > limits.frameBytes) {
    return failed('frame-too-large', `the frame has ${bytes.length} bytes, at most ${limits.frameBytes} are allowed`);
  }
  try {
    return { ok: true, frame: read(bytes) };
  } catch (error) {
    // Whatever else is thrown over bytes is protobufjs's word that they are not protobuf.
    const message = error instanceof Error ? error.message : String(error);
    return failed(error instanceof ImpossibleFrame ? 'impossible' : 'malformed', message);
  }
}

function failed(code: DecodeErrorCode, message: string): DecodeResult<never> {
  return { ok: false, error: { code, message } };
}
