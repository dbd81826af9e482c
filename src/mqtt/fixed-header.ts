// The fixed header of every MQTT control packet (MQTT 3.1.1 §2.2).

/** Control packet types as they stand in the upper four bits of the first byte (§2.2.1). */
export const packetTypes = {
  connect: 1,
  connack: 2,
  publish: 3,
  puback: 4,
  pubrec: 5,
  subscribe: 8,
  suback: 9,
  unsubscribe: 10,
  unsuback: 11,
  pingreq: 12,
  pingresp: 13,
  disconnect: 14,
} as const;

/** Largest remaining length that four bytes carry (§2.2.3). */
export const largestRemainingLength = 268_435_455;

export interface FixedHeader {
  readonly type: number;
  /** The lower four bits of the first byte. */
  readonly flags: number;
  /** Where what follows the fixed header starts. */
  readonly bodyStart: number;
  /** Where the packet ends: may be past the bytes at hand. */
  readonly end: number;
}

/**
 * The fixed header at `start`; 'incomplete' when bytes of it are still to come, 'malformed' when its remaining length
 * does not end with its fourth byte (§2.2.3).
 */
export function readFixedHeader(bytes: Uint8Array, start: number): FixedHeader | 'incomplete' | 'malformed' {
  const first = bytes[start];
  if (first === undefined) return 'incomplete';
  let length = 0;
  for (let index = 0; index < 4; index += 1) {
    const byte = bytes[start + 1 + index];
    if (byte === undefined) return 'incomplete';
    length |= (byte & 0x7f) << (7 * index);
    if (byte < 0x80) {
      const bodyStart = start + 2 + index;
      return { type: first >>> 4, flags: first & 0x0f, bodyStart, end: bodyStart + length };
    }
  }
  return 'malformed';
}

/** Bytes that the remaining length `length` takes. */
export function remainingLengthBytes(length: number): number {
  if (length < 0x80) return 1;
  if (length < 0x4000) return 2;
  return length < 0x20_0000 ? 3 : 4;
}

/** Writes the first byte and the remaining length; returns where the rest goes. */
export function writeFixedHeader(bytes: Uint8Array, firstByte: number, length: number): number {
  bytes[0] = firstByte;
  let at = 1;
  let rest = length;
  while (rest >= 0x80) {
    bytes[at] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
    at += 1;
  }
  bytes[at] = rest;
  return at + 1;
}
