// Sizes of frames by the real encoder. The frames of a simulation repeat, so sizes of the common ones are remembered.

import type { DownFrame, UpFrame } from '../../src/core/frames.js';
import { encodeDownFrame, encodeUpFrame } from '../../src/wire/link-codec.js';

export function upFrameBytes(frame: UpFrame): number {
  return encodeUpFrame(frame).length;
}

export function downFrameBytes(frame: DownFrame): number {
  return encodeDownFrame(frame).length;
}
