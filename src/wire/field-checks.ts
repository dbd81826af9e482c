// What a value of a frame may be: the same for a frame that is to be written and for one that was read.

import { limits } from '../core/limits.js';
import { isUint32 } from './protobuf.js';

const largestUint32 = 0xffff_ffff;

/** A frame that protobuf could read and that cannot be: `impossible` of DecodeErrorCode. */
export class ImpossibleFrame extends Error {}

export function refuse(problem: string): never {
  throw new ImpossibleFrame(problem);
}

/** An id, an alias or a request: 0 means none, so it names nothing. */
export function requireNumber(field: string, value: number): void {
  if (value === 0 || !isUint32(value)) refuse(`${field} must be 1 to ${largestUint32}, not ${value}`);
}

export function requireCount(field: string, value: number): void {
  if (!isUint32(value)) refuse(`${field} must be 0 to ${largestUint32}, not ${value}`);
}

export function requireBetween(field: string, value: number, least: number, most: number): void {
  if (!(isUint32(value) && value >= least && value <= most)) {
    refuse(`${field} must be ${least} to ${most}, not ${value}`);
  }
}

export function requireItems(field: string, items: readonly unknown[]): void {
  if (items.length === 0) refuse(`${field} must not be an empty list: leave it out`);
  if (items.length > limits.frameItems) {
    refuse(`${field} has ${items.length} items, at most ${limits.frameItems} fit a frame`);
  }
}

export function requireBytes(field: string, bytes: Uint8Array, least: number, most: number): void {
  if (bytes.length < least || bytes.length > most) {
    refuse(`${field} must have ${least} to ${most} bytes, not ${bytes.length}`);
  }
}

/** `most` counts UTF-16 code units, as JavaScript does. */
export function requireText(field: string, text: string, most: number): void {
  if (text.length === 0 || text.length > most) {
    refuse(`${field} must have 1 to ${most} characters, not ${text.length}`);
  }
  // UTF-8 cannot carry it: protobufjs would write U+FFFD.
  if (!text.isWellFormed()) refuse(`${field} has half of a surrogate pair`);
}
