// The packets that the front itself writes.

import { packetTypes, remainingLengthBytes, writeFixedHeader } from './fixed-header.js';

/** What a CONNECT is refused with (MQTT 3.1.1 §3.2.2.3). */
export const returnCodes = {
  'unacceptable-protocol-version': 1,
  'identifier-rejected': 2,
  'server-unavailable': 3,
  'bad-user-name-or-password': 4,
  'not-authorized': 5,
} as const;
export type ReturnCode = keyof typeof returnCodes;

/**
 * Accepted, session present 0: no MQTT session outlives its connection here, the store keeps what waits [MQTT-3.2.2-3].
 */
export const connackAccepted: Uint8Array = Uint8Array.of(packetTypes.connack << 4, 2, 0, 0);
export const pingresp: Uint8Array = Uint8Array.of(packetTypes.pingresp << 4, 0);

/** Refused; session present is 0 [MQTT-3.2.2-4]. */
export function encodeConnackRefused(code: ReturnCode): Uint8Array {
  return Uint8Array.of(packetTypes.connack << 4, 2, 0, returnCodes[code]);
}

export function encodePuback(packetId: number): Uint8Array {
  return encodeAcknowledgement(packetTypes.puback, packetId);
}

/** One behind the other. */
export function encodePubacks(packetIds: readonly number[]): Uint8Array {
  const bytes = Buffer.allocUnsafe(4 * packetIds.length);
  let at = 0;
  for (const packetId of packetIds) {
    bytes[at] = packetTypes.puback << 4;
    bytes[at + 1] = 2;
    at = bytes.writeUInt16BE(packetId, at + 2);
  }
  return bytes;
}

export function encodePubrec(packetId: number): Uint8Array {
  return encodeAcknowledgement(packetTypes.pubrec, packetId);
}

export function encodeUnsuback(packetId: number): Uint8Array {
  return encodeAcknowledgement(packetTypes.unsuback, packetId);
}

/** One return code for each filter, in their order [MQTT-3.9.3-1]. */
export function encodeSuback(packetId: number, codes: readonly number[]): Uint8Array {
  const length = 2 + codes.length;
  const bytes = Buffer.allocUnsafe(1 + remainingLengthBytes(length) + length);
  const at = bytes.writeUInt16BE(packetId, writeFixedHeader(bytes, packetTypes.suback << 4, length));
  bytes.set(codes, at);
  return bytes;
}

/** A topic name as it stands in a packet: length and UTF-8. */
export function encodeTopic(topic: string): Uint8Array {
  const length = Buffer.byteLength(topic);
  const bytes = Buffer.allocUnsafe(2 + length);
  bytes.write(topic, bytes.writeUInt16BE(length, 0));
  return bytes;
}

/** QoS 1 when `packetId` is above 0, else QoS 0, which has no packet identifier [MQTT-2.3.1-5]. */
export function encodePublish(topic: Uint8Array, payload: Uint8Array, packetId: number): Uint8Array {
  const length = topic.length + (packetId > 0 ? 2 : 0) + payload.length;
  const bytes = Buffer.allocUnsafe(1 + remainingLengthBytes(length) + length);
  let at = writeFixedHeader(bytes, (packetTypes.publish << 4) | (packetId > 0 ? 2 : 0), length);
  bytes.set(topic, at);
  at += topic.length;
  if (packetId > 0) at = bytes.writeUInt16BE(packetId, at);
  bytes.set(payload, at);
  return bytes;
}

function encodeAcknowledgement(type: number, packetId: number): Uint8Array {
  return Uint8Array.of(type << 4, 2, packetId >>> 8, packetId & 0xff);
}
